import { initTRPC } from '@trpc/server'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createWalker, type Direction, describeRouter, generateSdk, toJsonSchema } from '../src/index.ts'
import { declarationText, typeText } from '../src/shape/typescript.ts'

function describe(schema: z.ZodType, io: Direction = 'output') {
  const walker = createWalker()
  return { shape: walker.walk(schema, io, 'things.get output'), shapes: walker.finish() }
}

const Kind = z.enum(['a', 'b']).meta({ open: true })
const types = { dates: 'Date' } as const
const long = ['a', 'b', 'c'].map((letter) => letter.repeat(50))
const lines = long.map((text) => `\n  | '${text}'`).join('')

test.each<[string, z.ZodType, string, string]>([
  ['enum', Kind, "'a' | 'b' | (string & {})", "'a' | 'b'"],
  ['nullable', Kind.nullable(), "'a' | 'b' | (string & {}) | null", "'a' | 'b' | null"],
  [
    'marked outside',
    z.enum(['a', 'b']).nullable().meta({ open: true }),
    "'a' | 'b' | (string & {}) | null",
    "'a' | 'b' | null",
  ],
  [
    'long and nullable',
    z.enum(long).meta({ open: true }).nullable(),
    `${lines}\n  | (string & {})\n  | null`,
    `${lines}\n  | null`,
  ],
  ['list', z.array(Kind), "('a' | 'b' | (string & {}))[]", "('a' | 'b')[]"],
  ['numbers', z.enum({ Low: 1, High: 2 }).meta({ open: true }), '1 | 2 | (number & {})', '1 | 2'],
])('an open enum takes other values where it is given, not where it is accepted: %s', (_name, schema, given, taken) => {
  expect(typeText(describe(schema).shape, types)).toBe(given)
  expect(typeText(describe(schema, 'input').shape, types)).toBe(taken)
})

test('the contract marks what is open; OpenAPI lets other values through', () => {
  const { shape } = describe(Kind.describe('Its kind.'))
  expect(toJsonSchema(shape)).toEqual({
    type: 'string',
    enum: ['a', 'b'],
    'x-open': true,
    description: 'Its kind.',
  })
  expect(toJsonSchema(shape, { openEnums: 'loose' })).toEqual({
    anyOf: [{ type: 'string', enum: ['a', 'b'] }, { type: 'string' }],
    'x-open': true,
    description: 'Its kind.',
  })
  expect(toJsonSchema(describe(Kind, 'input').shape)).toEqual({ type: 'string', enum: ['a', 'b'] })
})

test('an open union of objects says so in words', () => {
  const Event = z
    .discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })])
    .meta({ id: 'Event', description: 'What happened.', open: true })
  const { shapes } = describe(z.array(Event))
  const event = shapes.get('Event')!
  expect(declarationText('Event', event, types)).toContain(
    ' * What happened.\n * More kinds may be added; pass over those that you do not know.\n',
  )
  expect(toJsonSchema(event)).toMatchObject({ 'x-open': true, discriminator: { propertyName: 'kind' } })
})

test('an open shape that is accepted too has a closed form for that', () => {
  const t = initTRPC.create()
  const Named = z.enum(['a', 'b']).meta({ id: 'Kind', open: true })
  const router = t.router({
    list: t.procedure
      .input(z.object({ kind: Named }))
      .output(z.array(Named))
      .query(() => []),
  })
  const text = generateSdk(describeRouter(router)).get('types.ts')
  expect(text).toContain("export type Kind = 'a' | 'b' | (string & {})\n")
  expect(text).toContain("export type KindInput = 'a' | 'b'\n")
})

test('only enums and discriminated unions can be open', () => {
  expect(() => describe(z.object({ a: z.string().meta({ open: true }) }))).toThrow(
    'things.get output.a: .meta({ open: true }) is for enums and discriminated unions',
  )
})
