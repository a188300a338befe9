import { TRPCError } from '@trpc/server'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ApiError, describeError } from './errors.ts'

const inputError = (schema: z.ZodType, value: unknown) =>
  describeError(new TRPCError({ code: 'BAD_REQUEST', cause: schema.safeParse(value).error }))

test.each([
  [z.object({ name: z.string().min(3) }), { name: 'a' }, 'name: has at least 3 characters'],
  [z.object({ name: z.string().max(4) }), { name: 'abcde' }, 'name: has at most 4 characters'],
  [z.object({ ids: z.array(z.string()).max(1_000) }), { ids: Array(1_001).fill('') }, 'ids: has at most 1,000 items'],
  [z.object({ limit: z.int().min(1) }), { limit: 0 }, 'limit: is at least 1'],
  [z.object({ limit: z.int().max(200) }), { limit: 5_000 }, 'limit: is at most 200'],
])('problems of the input are told in plain words', (schema, value, message) => {
  expect(inputError(schema, value)).toMatchObject({ code: 'INVALID_INPUT', status: 400, message })
})

test('of very many problems the first twenty are told', () => {
  const schema = z.object({ items: z.array(z.string()) })
  expect(inputError(schema, { items: Array(5_000).fill(1) }).fields).toHaveLength(20)
})

test('what is not declared is told as INTERNAL, without its text', () => {
  const secret = new Error('password=hunter2')
  for (const error of [secret, new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: secret }), 'hunter2', null]) {
    const described = describeError(error)
    expect(described).toMatchObject({ code: 'INTERNAL', status: 500 })
    expect(JSON.stringify(described)).not.toContain('hunter2')
  }
})

test('a refusal inside another error keeps its code', () => {
  const refusal = new ApiError('NOT_FOUND')
  expect(describeError(new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: refusal }))).toEqual(refusal.details)
})

test.each([
  ['57P01', 'UNAVAILABLE'],
  ['08006', 'UNAVAILABLE'],
  ['53300', 'UNAVAILABLE'],
  ['57014', 'UNAVAILABLE'],
  ['25006', 'UNAVAILABLE'],
  ['40P01', 'UNAVAILABLE'],
  ['55P03', 'UNAVAILABLE'],
  ['EHOSTUNREACH', 'UNAVAILABLE'],
  ['EAI_AGAIN', 'UNAVAILABLE'],
  ['ECONNREFUSED', 'UNAVAILABLE'],
  ['22003', 'INVALID_INPUT'],
  ['23505', 'INTERNAL'],
])('an error %s of the database is %s', (code, expected) => {
  expect(describeError(Object.assign(new Error('x'), { code })).code).toBe(expected)
})
