import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createWalker, decodeFlat, decodeJson, encodeFlat, FlatError, isFlat } from '../src/index.ts'
import { flatParameters } from '../src/shape/flatFields.ts'

function shapeOf(schema: z.ZodType) {
  const walker = createWalker()
  const shape = walker.walk(schema, 'input', 'test input')
  return { shape, shapes: walker.finish() }
}

function flat(schema: z.ZodType, query: string): unknown {
  const { shape, shapes } = shapeOf(schema)
  return decodeFlat(shape, new URLSearchParams(query), shapes)
}

const RoomId = z.templateLiteral(['rom_', z.string().regex(/[a-z0-9]+/)])
const search = z.object({
  text: z.string().optional(),
  limit: z.int().default(50),
  exact: z.boolean().optional(),
  ids: z.array(RoomId).optional(),
  levels: z.array(z.number()).optional(),
  since: z.date().nullish(),
  minor: z.bigint().optional(),
  kind: z.enum(['group', 'direct']).nullable().optional(),
  window: z.object({ days: z.int(), open: z.boolean().optional() }).optional(),
})

test.each<[string, unknown]>([
  ['', {}],
  ['text=12&limit=5&exact=true', { text: '12', limit: 5, exact: true }],
  ['text=null&since=null&kind=null', { text: 'null', since: null, kind: null }],
  ['text=', { text: '' }],
  ['ids=rom_a', { ids: ['rom_a'] }],
  ['ids=rom_a&limit=1&ids=rom_b', { ids: ['rom_a', 'rom_b'], limit: 1 }],
  ['levels=1&levels=-2.5e3&levels=x', { levels: [1, -2500, 'x'] }],
  ['ids=', { ids: [] }],
  ['since=2026-01-31&minor=12', { since: '2026-01-31', minor: '12' }],
  ['window.days=30&window.open=false', { window: { days: 30, open: false } }],
  ['window=', { window: {} }],
])('parameters become the input: %s', (query, input) => {
  expect(flat(search, query)).toEqual(input)
})

test.each<[string, unknown]>([
  ['limit=five', { limit: 'five' }],
  ['limit=5&limit=6', { limit: ['5', '6'] }],
  ['limit=0x10&exact=1', { limit: '0x10', exact: '1' }],
  ['limit=null', { limit: 'null' }],
  ['window=30', { window: '30' }],
  ['window=x&window.days=30', { window: 'x' }],
])('what cannot be read is left to the schema: %s', (query, input) => {
  expect(flat(search, query)).toEqual(input)
})

test.each<[string, string, z.ZodType?]>([
  ['unknown=1', 'unknown'],
  ['limit=5&unknown.more=2', 'unknown.more'],
  ['limit.more=1', 'limit.more'],
  ['window.days.more=30', 'window.days.more'],
  ['window.hours=30', 'window.hours'],
  ['lmit=5', 'lmit', z.strictObject({ limit: z.int().optional() })],
  ['where.b.c=5', 'where.b.c', z.union([z.object({ where: z.object({ a: z.int() }) }), z.object({ b: z.int() })])],
])('an unknown parameter is refused: %s', (query, name, schema = search) => {
  expect(() => flat(schema, query)).toThrow(new FlatError(`an unknown parameter ${name}`))
})

test('the schema reports a bad parameter at its field', () => {
  const { shape, shapes } = shapeOf(search)
  const input = decodeFlat(shape, new URLSearchParams('window.days=x&since=never&kind=other'), shapes)
  const { error } = search.safeParse(decodeJson(shape, input, shapes))
  expect(error?.issues.map(({ path }) => path.join('.'))).toEqual(['since', 'kind', 'window.days'])
})

test('unions give the fields of all their members; no parameters may mean no input', () => {
  const union = z.union([z.object({ userId: z.int() }), z.object({ email: z.string(), on: z.boolean() })])
  expect(flat(union, 'userId=5')).toEqual({ userId: 5 })
  expect(flat(union, 'email=5&on=true')).toEqual({ email: '5', on: true })
  expect(flat(search.optional(), '')).toBeUndefined()
  expect(flat(z.object({ where: z.object({ a: z.int().optional() }) }), '')).toEqual({ where: {} })
  expect(flat(z.looseObject({ a: z.int() }), 'a=1&b=2')).toEqual({ a: 1, b: '2' })
  expect(flat(z.object({ rates: z.record(z.string(), z.number()) }), 'rates.a.b=1&rates.c=2')).toEqual({
    rates: { 'a.b': 1, c: 2 },
  })
})

test('names that reach for a prototype are refused', () => {
  for (const name of ['__proto__', 'constructor.prototype.a', 'window.__proto__.a', 'rates.constructor']) {
    const schema = z.looseObject({
      rates: z.record(z.string(), z.number()).optional(),
      window: z.object({}).optional(),
    })
    expect(() => flat(schema, `${name}=1`)).toThrow(FlatError)
  }
  expect(Object.hasOwn(Object.prototype, 'a')).toBe(false)
})

test('parameters are bounded', () => {
  const many = (count: number) =>
    new URLSearchParams(Array.from({ length: count }, (): [string, string] => ['ids', 'rom_a']))
  const { shape, shapes } = shapeOf(search)
  expect(decodeFlat(shape, many(200), shapes)).toMatchObject({ ids: { length: 200 } })
  expect(() => decodeFlat(shape, many(201), shapes)).toThrow(FlatError)
  const Node = z
    .object({
      get next() {
        return Node.optional()
      },
    })
    .meta({ id: 'Node' })
  expect(() => flat(Node, `${'next.'.repeat(5_000)}x=1`)).toThrow(FlatError)
})

const Tree = z
  .object({
    get part() {
      return Tree.optional()
    },
  })
  .meta({ id: 'Tree' })

test.each<[string, z.ZodType, boolean]>([
  ['object', search, true],
  ['optional object', search.optional(), true],
  ['union of objects', z.union([z.object({ a: z.int() }), z.object({ b: z.string() })]), true],
  ['record', z.object({ rates: z.record(z.string(), z.number()) }), true],
  ['set and tuple', z.object({ a: z.set(z.int()), b: z.tuple([z.int(), z.string()]) }), true],
  ['a text that may be null or missing', z.object({ cursor: z.string().nullish() }), true],
  ['scalar', RoomId, false],
  ['list', z.array(z.int()), false],
  ['list of objects', z.object({ a: z.array(z.object({ b: z.int() })) }), false],
  ['list of lists', z.object({ a: z.array(z.array(z.int())) }), false],
  ['map', z.object({ a: z.map(z.string(), z.int()) }), false],
  ['anything', z.object({ a: z.unknown() }), false],
  ['record of objects', z.object({ a: z.record(z.string(), z.object({ b: z.int() })) }), false],
  ['recursion', Tree, false],
  ['a text that may be null', z.object({ a: z.string().nullable() }), false],
  ['texts of which some are null', z.object({ a: z.array(z.string().nullable()).optional() }), false],
  ['no list or one of nothing', z.object({ a: z.array(z.int().nullable()).nullish() }), false],
  ['text or number', z.object({ a: z.union([z.string(), z.number()]) }), false],
  ['bigint or number', z.object({ a: z.union([z.bigint(), z.number()]) }), false],
  ["'1' or 1", z.object({ a: z.literal(['1', 1]) }), false],
  ["'null' or null", z.object({ a: z.enum(['null', 'x']).nullable() }), false],
  ['one or many', z.object({ a: z.union([z.int(), z.array(z.int())]) }), false],
  ['one field, two types', z.union([z.object({ a: z.int() }), z.object({ a: z.string() })]), false],
  ['a name with a dot', z.object({ 'a.b': z.int() }), false],
])('what can be flat: %s', (_name, schema, expected) => {
  const { shape, shapes } = shapeOf(schema)
  expect(isFlat(shape, shapes)).toBe(expected)
})

test('the parameters of a flat shape can be listed, except those of records', () => {
  const union = z.discriminatedUnion('by', [
    z.object({ by: z.literal('id'), id: RoomId, window: z.object({ days: z.int() }) }),
    z.object({ by: z.literal('all'), window: z.object({ days: z.int() }) }),
  ])
  const { shape, shapes } = shapeOf(union)
  expect(flatParameters(shape, shapes)).toMatchObject([
    { name: 'by', required: true, shape: { kind: 'literal', values: ['id', 'all'] } },
    { name: 'id', required: false },
    { name: 'window.days', required: true, shape: { kind: 'number' } },
  ])
  const rates = shapeOf(z.object({ rates: z.record(z.string(), z.number()) }))
  expect(flatParameters(rates.shape, rates.shapes)).toBeUndefined()
})

const date = fc.date({ noInvalidDate: true })
const integer = fc.integer()
// A list of one empty text is the one list without a flat form.
const texts = fc.array(fc.string()).filter((list) => list.length !== 1 || list[0] !== '')

test.each<[string, z.ZodType, fc.Arbitrary<unknown>]>([
  [
    'scalars',
    z.object({
      text: z.string(),
      n: z.number(),
      big: z.bigint(),
      at: z.date(),
      on: z.boolean(),
      maybe: z.number().nullable(),
      level: z.literal([1, 'low', null, true]),
      either: z.union([z.date(), z.boolean()]),
      id: RoomId.nullable().optional(),
    }),
    fc.record(
      {
        text: fc.string(),
        n: fc.double({ noNaN: true, noDefaultInfinity: true }),
        big: fc.bigInt(),
        at: date,
        on: fc.boolean(),
        maybe: fc.option(integer),
        level: fc.constantFrom(1, 'low', null, true),
        either: fc.oneof(date, fc.boolean()),
        id: fc.constantFrom('rom_1', null),
      },
      { requiredKeys: ['text', 'n', 'big', 'at', 'on', 'maybe', 'level', 'either'] },
    ),
  ],
  [
    'lists',
    z.object({
      texts: z.array(z.string()),
      dates: z.array(z.date()).nullable(),
      maybe: z.array(z.date().nullable()),
      set: z.set(z.bigint()).optional(),
      pair: z.tuple([z.boolean(), z.number().nullable()]),
    }),
    fc.record(
      {
        texts,
        dates: fc.option(fc.array(date)),
        maybe: fc.array(fc.option(date)),
        set: fc.uniqueArray(fc.bigInt()).map((items) => new Set(items)),
        pair: fc.tuple(fc.boolean(), fc.option(integer)),
      },
      { requiredKeys: ['texts', 'dates', 'maybe', 'pair'] },
    ),
  ],
  [
    'objects and records',
    z.object({
      where: z.object({ from: z.object({ at: z.date() }), to: z.object({ at: z.date().optional() }).nullish() }),
      rates: z.record(z.string(), z.number()),
    }),
    fc.record({
      where: fc.record(
        {
          from: fc.record({ at: date }),
          to: fc.option(fc.oneof(fc.record({ at: date }), fc.constant({}))),
        },
        { requiredKeys: ['from'] },
      ),
      rates: fc.dictionary(
        fc.string().filter((key) => !/(^|\.)(__proto__|constructor|prototype)(\.|$)/.test(key)),
        integer,
      ),
    }),
  ],
  [
    'unions of objects',
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), v: z.date() }),
      z.object({ kind: z.literal('b'), v: z.bigint(), w: z.object({ on: z.boolean() }) }),
    ]),
    fc.oneof(
      fc.record({ kind: fc.constant('a'), v: date }),
      fc.record({ kind: fc.constant('b'), v: fc.bigInt(), w: fc.record({ on: fc.boolean() }) }),
    ),
  ],
])('what is flat comes back equal: %s', (_name, schema, values) => {
  const { shape, shapes } = shapeOf(schema)
  expect(isFlat(shape, shapes)).toBe(true)
  fc.assert(
    fc.property(values, (value) => {
      const query = new URLSearchParams(encodeFlat(value).toString())
      expect(schema.parse(decodeJson(shape, decodeFlat(shape, query, shapes), shapes))).toEqual(value)
    }),
  )
})

test('no parameters make it fail but unknown ones', () => {
  const { shape, shapes } = shapeOf(z.union([search, Tree, z.array(z.int()), z.map(z.string(), z.unknown())]))
  const names = fc.oneof(fc.string(), fc.constantFrom('ids', 'window', 'window.days', 'limit', 'part.part', '.', ''))
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.string())), (entries) => {
      try {
        decodeFlat(shape, new URLSearchParams(entries), shapes)
      } catch (error) {
        expect(error).toBeInstanceOf(FlatError)
      }
    }),
  )
})

test.each<[unknown]>([[5], [[1]], [null], [{ a: [[1]] }], [{ a: [{ b: 1 }] }], [{ a: [''] }], [{ constructor: 1 }]])(
  'what has no flat form is refused: %j',
  (value) => {
    expect(() => encodeFlat(value)).toThrow(FlatError)
  },
)
