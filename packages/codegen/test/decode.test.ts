import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createWalker, decodeJson, encodeJson } from '../src/index.ts'

function decoder(schema: z.ZodType) {
  const walker = createWalker()
  const shape = walker.walk(schema, 'input', 'test input')
  const shapes = walker.finish()
  return (value: unknown) => decodeJson(shape, value, shapes)
}

const decode = (schema: z.ZodType, value: unknown) => decoder(schema)(value)

test('dates and bigints are read where the schema has them', () => {
  const schema = z.object({ at: z.date(), n: z.bigint(), text: z.string() })
  const at = '2026-02-28T10:00:00.000Z'
  expect(decode(schema, { at, n: '12', text: at })).toEqual({ at: new Date(at), n: 12n, text: at })
  expect(decode(schema, { at: '2026-02-28', n: 12, more: 1 })).toEqual({ at: new Date('2026-02-28'), n: 12n, more: 1 })
  expect(decode(z.date(), '2026-02-28T10:00:00+13:00')).toEqual(new Date('2026-02-27T21:00:00Z'))
})

test.each([
  [z.date(), 'yesterday'],
  [z.date(), '2026-02-30'],
  [z.date(), '2026-02-28T10:00:00'],
  [z.date(), '1'],
  [z.date(), 5],
  [z.bigint(), '1.5'],
  [z.bigint(), 1.5],
  [z.bigint(), 2 ** 60],
  [z.bigint(), '9'.repeat(100_000)],
  [z.set(z.string()), { 0: 'a' }],
  [z.map(z.string(), z.string()), [['a']]],
  [z.array(z.date()), 'x'],
  [z.object({ a: z.date() }), [1]],
  [z.tuple([z.date()]), null],
  [z.record(z.string(), z.date()), 'x'],
])('what does not fit stays as it is, for zod to refuse', (schema, value) => {
  expect(decode(schema, value)).toEqual(value)
  expect(z.safeParse(schema, decode(schema, value)).success).toBe(false)
})

test('of a union the first member that fits is taken', () => {
  const schema = z.union([
    z.object({ kind: z.string(), at: z.date() }),
    z.object({ at: z.string() }),
    z.bigint(),
    z.string(),
  ])
  expect(decode(schema, { kind: 'a', at: '2026-01-01' })).toEqual({ kind: 'a', at: new Date('2026-01-01') })
  expect(decode(schema, { at: '2026-01-01' })).toEqual({ at: '2026-01-01' })
  expect(decode(schema, '12')).toBe(12n)
  expect(decode(schema, 'twelve')).toBe('twelve')
  const nested = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a'), at: z.date() }),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal(['b', 'c']), at: z.bigint() }),
      z.object({ kind: z.literal('d') }),
    ]),
  ])
  expect(decode(nested, { kind: 'c', at: '7' })).toEqual({ kind: 'c', at: 7n })
  expect(decode(nested, { kind: 'x', at: '7' })).toEqual({ kind: 'x', at: '7' })
  expect(decode(z.date().nullish(), '2026-01-01')).toEqual(new Date('2026-01-01'))
  expect(decode(z.object({ at: z.date(), n: z.number() }).optional(), { at: '2026-01-01', n: 'x' })).toEqual({
    at: new Date('2026-01-01'),
    n: 'x',
  })
})

test('nested unions take no exponential time', () => {
  const Node: z.ZodType = z
    .union([
      z.object({ a: z.lazy(() => Node) }),
      z.object({ a: z.lazy(() => Node), b: z.string().optional() }),
      z.literal('end'),
    ])
    .meta({ id: 'Node' })
  let value: unknown = 'no end'
  for (let depth = 0; depth < 60; depth++) value = { a: value }
  const start = Date.now()
  expect(decode(Node, value)).toEqual(value)
  expect(Date.now() - start).toBeLessThan(1000)
})

test('keys that reach for a prototype do no harm', () => {
  const value: unknown = JSON.parse('{"__proto__": "2026-01-01", "a": "2026-01-01"}')
  const decoded = decode(z.record(z.string(), z.date()), value)
  expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
  expect(decoded).toHaveProperty('a', new Date('2026-01-01'))
  expect(encodeJson(JSON.parse('{"__proto__": 1}'))).toEqual(JSON.parse('{"__proto__": 1}'))
})

test('encodeJson writes plain JSON', () => {
  const value = {
    at: new Date(0),
    n: 5n,
    s: new Set([1n]),
    m: new Map([['k', new Date(0)]]),
    u: undefined,
    f: () => 1,
    x: Number.NaN,
  }
  expect(encodeJson(value)).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    n: '5',
    s: ['1'],
    m: [['k', '1970-01-01T00:00:00.000Z']],
    x: null,
  })
  expect(encodeJson([undefined, new Date(Number.NaN), new URL('http://a/')])).toEqual([null, null, 'http://a/'])
  expect(encodeJson(undefined)).toBeNull()
})

const date = fc.date({ noInvalidDate: true })
const Tree = z
  .object({
    at: z.date(),
    get parts() {
      return z.array(Tree)
    },
  })
  .meta({ id: 'Tree' })
// Shallow, since toEqual takes exponential time on nested arrays.
const leaf = fc.record({ at: date, parts: fc.constant([]) })
const branch = fc.record({ at: date, parts: fc.array(leaf, { maxLength: 3 }) })
const tree = fc.record({ at: date, parts: fc.array(fc.oneof(leaf, branch), { maxLength: 3 }) })

test.each<[string, z.ZodType, fc.Arbitrary<unknown>]>([
  [
    'object',
    z.object({ at: z.date(), n: z.bigint(), t: z.string().optional() }),
    fc.record({ at: date, n: fc.bigInt(), t: fc.string() }, { requiredKeys: ['at', 'n'] }),
  ],
  ['set', z.set(z.bigint()), fc.uniqueArray(fc.bigInt()).map((items) => new Set(items))],
  [
    'map',
    z.map(z.bigint(), z.array(z.date().nullable())),
    fc.array(fc.tuple(fc.bigInt(), fc.array(fc.option(date)))).map((items) => new Map(items)),
  ],
  [
    'record',
    z.record(z.string(), z.date()),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      date,
    ),
  ],
  ['tuple', z.tuple([z.bigint(), z.date()]).rest(z.string()), fc.tuple(fc.bigInt(), date, fc.string())],
  ['recursion', Tree, tree],
  [
    'discriminated union',
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), v: z.date() }),
      z.object({ kind: z.literal('b'), v: z.bigint() }),
      z.object({ kind: z.literal('c'), v: z.string() }),
    ]),
    fc.oneof(
      fc.record({ kind: fc.constant('a'), v: date }),
      fc.record({ kind: fc.constant('b'), v: fc.bigInt() }),
      fc.record({ kind: fc.constant('c'), v: fc.string() }),
    ),
  ],
])('what goes out as plain JSON comes back equal: %s', (_name, schema, values) => {
  const decodeOne = decoder(schema)
  fc.assert(
    fc.property(values, (value) => {
      const wire: unknown = JSON.parse(JSON.stringify(encodeJson(value)))
      expect(schema.parse(decodeOne(wire))).toEqual(value)
    }),
  )
})

test('no JSON makes it throw', () => {
  const decodeOne = decoder(
    z.object({ a: z.union([z.date(), z.map(z.bigint(), z.set(z.date()))]), b: Tree, c: z.tuple([z.bigint()]) }),
  )
  const fields = fc.record({ a: fc.jsonValue(), b: fc.jsonValue(), c: fc.jsonValue() })
  fc.assert(fc.property(fc.oneof(fc.jsonValue(), fields), (value) => void decodeOne(value)))
})
