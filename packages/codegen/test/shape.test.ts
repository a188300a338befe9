import { expect, test } from 'vitest'
import { z } from 'zod'
import { type Direction, type Shape, toJsonSchema } from '../src/index.ts'
import { declarationText, typeText } from '../src/shape/typescript.ts'
import { createWalker } from '../src/shape/walk.ts'

function describe(schema: z.ZodType, io: Direction = 'output') {
  const walker = createWalker()
  const shape = walker.walk(schema, io, `things.get ${io}`)
  return { shape, shapes: walker.finish() }
}

const type = (schema: z.ZodType, io?: Direction) => typeText(describe(schema, io).shape, { dates: 'Date' })
const json = (schema: z.ZodType, io?: Direction) => toJsonSchema(describe(schema, io).shape)

// What TypeScript makes of an enum of numbers.
const Colour = { Red: 0, Blue: 1, 0: 'Red', 1: 'Blue' } as const

test.each<[string, z.ZodType, string, object]>([
  ['string', z.string().min(2).max(5), 'string', { type: 'string', minLength: 2, maxLength: 5 }],
  ['length', z.string().length(3), 'string', { type: 'string', minLength: 3, maxLength: 3 }],
  ['email', z.email().max(254), 'string', { type: 'string', maxLength: 254, format: 'email' }],
  ['url', z.url(), 'string', { type: 'string', format: 'uri' }],
  ['datetime', z.iso.datetime(), 'string', { type: 'string', format: 'date-time' }],
  ['regex', z.string().regex(/^a+$/), 'string', { type: 'string', pattern: '^a+$' }],
  [
    'two patterns',
    z.string().regex(/a/).regex(/b/),
    'string',
    { type: 'string', allOf: [{ pattern: 'a' }, { pattern: 'b' }] },
  ],
  [
    'stated length',
    z
      .string()
      .refine(() => true)
      .meta({ minLength: 1, maxLength: 9 }),
    'string',
    { type: 'string', minLength: 1, maxLength: 9 },
  ],
  [
    'number',
    z.number().gt(0).lte(10).multipleOf(0.5),
    'number',
    { type: 'number', exclusiveMinimum: 0, maximum: 10, multipleOf: 0.5 },
  ],
  ['int', z.int().min(1), 'number', { type: 'integer', minimum: 1 }],
  ['int32', z.int32(), 'number', { type: 'integer', minimum: -2147483648, maximum: 2147483647 }],
  ['coerced', z.coerce.number(), 'number', { type: 'number' }],
  [
    'bigint',
    z.bigint().min(0n).max(9n),
    'bigint',
    { type: 'string', pattern: '^\\d+$', 'x-minimum': '0', 'x-maximum': '9' },
  ],
  [
    'date',
    z.date().min(new Date(0)),
    'Date',
    { type: 'string', format: 'date-time', 'x-minimum': '1970-01-01T00:00:00.000Z' },
  ],
  ['boolean', z.boolean(), 'boolean', { type: 'boolean' }],
  ['null', z.null(), 'null', { type: 'null' }],
  ['void', z.void(), 'void', { type: 'null' }],
  ['never', z.never(), 'never', { not: {} }],
  ['any', z.any(), 'unknown', {}],
  ['literal', z.literal("it's"), "'it\\'s'", { type: 'string', const: "it's" }],
  ['literals', z.literal([1, 2n, true, null]), '1 | 2n | true | null', { enum: [1, '2', true, null] }],
  ['enum', z.enum(['a', 'b']), "'a' | 'b'", { type: 'string', enum: ['a', 'b'] }],
  ['enum of TypeScript', z.enum(Colour), '0 | 1', { type: 'number', enum: [0, 1] }],
  [
    'template',
    z.templateLiteral(['v', z.number(), '-', z.enum(['x', 'y'])]),
    "`v\u0024{number}-\u0024{'x' | 'y'}`",
    { type: 'string' },
  ],
  [
    'array',
    z.array(z.string().nullable()).min(1).max(2),
    '(string | null)[]',
    { type: 'array', minItems: 1, maxItems: 2 },
  ],
  ['readonly', z.array(z.string()).readonly(), 'readonly string[]', { type: 'array', items: { type: 'string' } }],
  [
    'tuple',
    z.tuple([z.string(), z.number().optional()]).rest(z.boolean()),
    '[string, (number | undefined)?, ...boolean[]]',
    { type: 'array', minItems: 1, items: { type: 'boolean' } },
  ],
  ['set', z.set(z.date()).max(3), 'Set<Date>', { type: 'array', uniqueItems: true, maxItems: 3 }],
  ['map', z.map(z.string(), z.bigint()), 'Map<string, bigint>', { type: 'array' }],
  [
    'record',
    z.record(z.string(), z.number()),
    'Record<string, number>',
    { type: 'object', additionalProperties: { type: 'number' } },
  ],
  ['record of keys', z.record(z.enum(['a']), z.number()), "Record<'a', number>", { required: ['a'] }],
  ['partial record', z.partialRecord(z.enum(['a']), z.number()), "Partial<Record<'a', number>>", { type: 'object' }],
  [
    'strict',
    z.strictObject({}),
    'Record<string, never>',
    { type: 'object', properties: {}, additionalProperties: false },
  ],
  ['loose', z.looseObject({}), '{\n  [key: string]: unknown\n}', { type: 'object' }],
  [
    'catchall',
    z.object({}).catchall(z.number()),
    '{ [key: string]: number }',
    { additionalProperties: { type: 'number' } },
  ],
  [
    'union',
    z.union([z.string(), z.number()]).nullish(),
    'string | number | null | undefined',
    { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'null' }] },
  ],
  [
    'intersection',
    z.intersection(z.string(), z.union([z.literal('a'), z.literal('b')])),
    "string & ('a' | 'b')",
    { allOf: [{}, {}] },
  ],
  ['brand', z.string().brand('x'), 'string', { type: 'string' }],
  ['catch', z.string().catch('x'), 'string', { type: 'string' }],
  ['lazy', z.lazy(() => z.string()), 'string', { type: 'string' }],
  ['stringbool', z.stringbool(), 'boolean', { type: 'boolean' }],
])('%s', (_name, schema, text, expected) => {
  expect(type(schema)).toBe(text)
  expect(json(schema)).toMatchObject(expected)
})

test('defaults are optional on the way in and there on the way out', () => {
  const schema = z.object({
    a: z.number().default(1).describe('How many.'),
    b: z.string().prefault('x'),
    c: z.string().optional().nonoptional(),
  })
  expect(type(schema, 'input')).toBe(
    '{\n  /**\n   * How many.\n   * @default 1\n   */\n  a?: number | undefined\n  /** @default "x" */\n  b?: string | undefined\n  c: string\n}',
  )
  expect(type(schema, 'output')).toBe('{\n  /** How many. */\n  a: number\n  b: string\n  c: string\n}')
  expect(json(schema, 'input')).toMatchObject({
    properties: { a: { default: 1, description: 'How many.' } },
    required: ['c'],
  })
  expect(json(schema, 'output')).toMatchObject({ required: ['a', 'b', 'c'] })
})

test('a default that changes between readings is left out', () => {
  const schema = z.object({
    at: z.date().default(() => new Date()),
    id: z.string().default(() => String(Math.random())),
  })
  expect(JSON.stringify(json(schema, 'input'))).not.toContain('default')
})

test('pipes and codecs have a side for each direction', () => {
  const schema = z.codec(z.string(), z.date(), {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  })
  expect([type(schema, 'input'), type(schema, 'output')]).toEqual(['string', 'Date'])
  const prepared = z.preprocess((value) => value, z.number())
  expect([type(prepared, 'input'), type(prepared, 'output')]).toEqual(['number', 'number'])
  const measured = z
    .string()
    .transform((text) => text.length)
    .pipe(z.number())
  expect([type(measured, 'input'), type(measured, 'output')]).toEqual(['string', 'number'])
  expect(
    type(
      z.string().transform((text) => text.length),
      'input',
    ),
  ).toBe('string')
})

test('named shapes: one name where both directions agree, X and XInput where they differ, also through a ref', () => {
  const Plain = z.object({ a: z.string() }).meta({ id: 'Plain' })
  const Leaf = z.object({ n: z.number().default(1) }).meta({ id: 'Leaf' })
  const Tree: z.ZodType = z
    .object({ leaf: Leaf, plain: Plain.describe('Mine.'), next: z.lazy(() => z.array(Tree)) as z.ZodType })
    .meta({ id: 'Tree' })
  const walker = createWalker()
  const output = walker.walk(Tree, 'output', 'a output')
  const input = walker.walk(z.object({ tree: Tree.optional() }), 'input', 'a input')
  const shapes = walker.finish()
  expect([...shapes.keys()]).toEqual(['Leaf', 'LeafInput', 'Plain', 'Tree', 'TreeInput'])
  expect(typeText(output, { dates: 'Date' })).toBe('Tree')
  expect(typeText(input, { dates: 'Date' })).toBe('{\n  tree?: TreeInput | undefined\n}')
  const declared = declarationText('TreeInput', shapes.get('TreeInput') as Shape, { dates: 'Date' })
  expect(declared).toBe(
    'export interface TreeInput {\n  leaf: LeafInput\n  /** Mine. */\n  plain: Plain\n  next: TreeInput[]\n}\n',
  )
  expect(toJsonSchema(output, { refPrefix: '#/components/schemas/' })).toEqual({ $ref: '#/components/schemas/Tree' })
})

test('two schemas of one name have to say the same', () => {
  const same = () => z.object({ a: z.string() }).meta({ id: 'Same' })
  expect([...describe(z.tuple([same(), same()])).shapes.keys()]).toEqual(['Same'])
  const other = z.object({ a: z.number() }).meta({ id: 'Same' })
  expect(() => describe(z.object({ x: same(), y: other }))).toThrow(
    'things.get output.y: two different schemas are named "Same"; the other one is at things.get output.x',
  )
  const input = z.object({ a: z.string().default('') }).meta({ id: 'Twice' })
  const taken = z.object({}).meta({ id: 'TwiceInput' })
  const walker = createWalker()
  walker.walk(z.tuple([input, taken]), 'input', 'a input')
  walker.walk(input, 'output', 'a output')
  expect(() => walker.finish()).toThrow('"TwiceInput", which is the name of another shape')
})

test.each<[string, z.ZodType, string]>([
  ['file', z.array(z.object({ file: z.file() })), 'things.get output[].file: a schema of the kind "file"'],
  [
    'transform',
    z.object({ a: z.string().transform(Number) }),
    'things.get output.a: the result of a transform is not known',
  ],
  ['instanceof', z.record(z.string(), z.instanceof(URL)), 'things.get output{}: z.custom()'],
  ['NaN', z.tuple([z.string(), z.nan()]), 'things.get output[1]: a schema of the kind "nan"'],
  ['promise', z.promise(z.string()), 'things.get output: a schema of the kind "promise"'],
  ['symbol', z.union([z.string(), z.symbol()]), 'things.get output(option 2): a schema of the kind "symbol"'],
  ['name', z.string().meta({ id: 'no-name' }), 'things.get output: the name "no-name" cannot be the name of a type'],
])('what has no form on the wire is refused with its place: %s', (_name, schema, message) => {
  expect(() => describe(schema)).toThrow(message)
})

test('a recursive schema without a name is refused', () => {
  const Node = z.object({
    get next() {
      return Node.optional()
    },
  })
  expect(() => describe(Node)).toThrow('things.get output.next: a recursive schema needs a name')
})
