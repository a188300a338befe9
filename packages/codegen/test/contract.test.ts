import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { initTRPC } from '@trpc/server'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { buildContract, contractText, describeRouter } from '../src/index.ts'
import { appRouter, errorCodes, version } from './fixture/router.ts'

const t = initTRPC.create()

test('the contract of the fixture is the committed one, byte for byte', () => {
  const text = () => contractText(buildContract(describeRouter(appRouter), { version, errorCodes }))
  expect(text()).toBe(text())
  expect(text()).toBe(readFileSync(join(import.meta.dirname, 'generated/contract.json'), 'utf8'))
})

test('the contract says what a client may rely on', () => {
  const contract = buildContract(describeRouter(appRouter), { version, errorCodes })
  expect(Object.keys(contract.procedures)).toEqual(Object.keys(contract.procedures).toSorted())
  expect(Object.keys(contract.shapes)).toEqual(Object.keys(contract.shapes).toSorted())
  expect(contract.procedures['loans.lend']).toMatchObject({
    type: 'mutation',
    summary: 'Lends a book.',
    auth: 'member',
    errors: ['ALREADY_LENT', 'TOO_MANY_BOOKS'],
    idempotent: true,
  })
  expect(contract.procedures['loans.giveBack']).toMatchObject({
    deprecated: 'Use `returns.drop`.',
    idempotent: true,
    output: { type: 'null' },
  })
  expect(contract.procedures['loans.extend']).toMatchObject({
    auth: null,
    idempotent: false,
    input: { required: ['bookId', 'days'] },
  })
  expect(contract.procedures['loans.history.watch']).toMatchObject({
    type: 'subscription',
    output: { $ref: '#/shapes/LibraryEvent' },
  })
  expect(contract.procedures['books.count']).toMatchObject({ input: null })
  expect(contract.procedures['misc.untyped']).toMatchObject({ output: {} })
  const refs = [...JSON.stringify(contract).matchAll(/"#\/shapes\/(\w+)"/g)].map(([, name]) => name ?? '')
  for (const name of refs) expect(contract.shapes).toHaveProperty(name)
})

test('a procedure without output is listed; strict refuses it', () => {
  expect(describeRouter(appRouter).warnings).toEqual(['misc.untyped: no output schema, so its type is unknown'])
  expect(() => describeRouter(appRouter, { strict: true })).toThrow('misc.untyped: no output schema')
})

test('a key per call is found in an input of several forms, where each of them has it', () => {
  const lend = (...forms: [z.ZodObject, z.ZodObject]) =>
    t.procedure
      .input(z.union(forms))
      .output(z.void())
      .mutation(() => {})
  const [keyed, other] = [z.object({ a: z.string(), clientId: z.string() }), z.object({ b: z.string() })]
  const router = t.router({ all: lend(keyed, other.extend({ clientId: z.string() })), some: lend(keyed, other) })
  const { procedures } = buildContract(describeRouter(router), { version, errorCodes })
  expect([procedures.all?.idempotent, procedures.some?.idempotent]).toEqual([true, false])
})

test('several inputs are merged', () => {
  const both = z.object({ b: z.number() }).meta({ id: 'Both' })
  const router = t.router({
    apart: t.procedure
      .input(z.object({ a: z.string() }))
      .input(both)
      .output(z.void())
      .query(() => {}),
    together: t.procedure
      .input(both)
      .input(z.object({ b: z.int() }))
      .output(z.void())
      .query(() => {}),
    none: t.procedure
      .input(z.void())
      .output(z.void())
      .query(() => {}),
  })
  const { procedures } = buildContract(describeRouter(router), { version: '1' })
  expect(procedures.apart?.input).toMatchObject({ type: 'object', required: ['a', 'b'] })
  expect(procedures.together?.input).toMatchObject({ allOf: [{ $ref: '#/shapes/Both' }, { type: 'object' }] })
  expect(procedures.none?.input).toBeNull()
})

test('all problems of a router are told at once, each with its place', () => {
  const router = t.router({
    a: t.router({ send: t.procedure.input(z.object({ files: z.array(z.object({ data: z.file() })) })).query(() => 1) }),
    b: t.procedure.output(z.string().transform(Number)).query(() => '1'),
    c: t.procedure.input((value: unknown) => String(value)).query(() => 1),
  })
  expect(() => describeRouter(router)).toThrow(
    [
      'a.send input.files[].data: a schema of the kind "file" has no form on the wire',
      'b output: the result of a transform is not known; end it with .pipe(schema), or use z.codec()',
      'c input: this is not a schema of zod 4',
    ].join('\n'),
  )
  expect(() => describeRouter({})).toThrow('this is not a tRPC router')
})

test('meta of another library is left alone', () => {
  const foreign = initTRPC.meta<{ auth: boolean; errors: object }>().create()
  const router = foreign.router({
    a: foreign.procedure
      .meta({ auth: true, errors: {} })
      .output(z.void())
      .query(() => {}),
  })
  expect(buildContract(describeRouter(router), { version: '1' }).procedures.a).toMatchObject({ auth: null, errors: [] })
})

test('without a transformer, what JSON would lose stops the description', () => {
  const plain = initTRPC.create()
  const lost = plain.router({
    maps: plain.procedure.output(z.object({ m: z.array(z.map(z.string(), z.number())) })).query(() => ({ m: [] })),
    big: plain.procedure
      .input(z.object({ n: z.bigint().optional() }))
      .output(z.string())
      .query(() => ''),
  })
  expect(() => describeRouter(lost)).toThrow(/maps output: a map needs a transformer/)
  expect(() => describeRouter(lost)).toThrow(/big input: a bigint needs a transformer/)
})
