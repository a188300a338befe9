import { expect, test } from 'vitest'
import { z } from 'zod'
import { compare, type Sketch } from './contracts.ts'

const text = z.string()
const object = (shape: z.ZodRawShape) => z.object(shape)
const wire = 'wire-breaking'
const source = 'source-breaking'
const more = 'additive'
const user = z.templateLiteral(['usr_', z.literal('a')])
const person = z.templateLiteral(['prs_', z.literal('a')])
const old = z.date().min(new Date(0))
const year = z.date().min(new Date('1971-01-01'))

/** What a change means in an input and in an output, then place and message. */
const rows: [before: z.ZodType, after: z.ZodType, input: string, output: string, message: string][] = [
  [object({ a: text.optional() }), object({ a: text }), wire, more, '.a | made required'],
  [object({ a: text }), object({ a: text.optional() }), more, wire, '.a | made optional'],
  [object({ a: text }), object({ a: text.nullable() }), more, wire, '.a | may be null'],
  [object({ a: text.nullable() }), object({ a: text }), wire, more, '.a | no longer null'],
  [object({ a: text }), object({ a: z.int() }), wire, wire, '.a | type string became integer'],
  [z.date(), text, wire, wire, ' | type date-time became string'],
  [z.bigint(), text, wire, wire, ' | type bigint became string'],
  [z.array(text), z.set(text), wire, wire, ' | type list became set'],
  [z.int(), z.number(), more, wire, ' | type integer became number'],
  [z.number(), z.int(), wire, more, ' | type number became integer'],
  [object({ a: text }), object({ a: z.unknown() }), more, wire, '.a | type string became anything'],
  [object({ a: z.unknown() }), object({ a: text }), wire, more, '.a | type anything became string'],
  [text.max(5), text.max(9), more, more, ' | maxLength 5 became 9'],
  [text.max(9), text.max(5), wire, more, ' | maxLength 9 became 5'],
  [z.number(), z.number().min(1), wire, more, ' | minimum none became 1'],
  [z.number().min(1), z.number(), more, more, ' | minimum 1 became none'],
  [z.number().min(1), z.number().gt(1), wire, more, ' | minimum 1 became 1 (exclusive)'],
  [z.bigint().max(9n), z.bigint().max(10n), more, more, ' | maximum 9 became 10'],
  [old, year, wire, more, ' | minimum 1970-01-01T00:00:00.000Z became 1971-01-01T00:00:00.000Z'],
  [z.number().multipleOf(10), z.number().multipleOf(5), more, more, ' | multipleOf 10 became 5'],
  [z.number().multipleOf(5), z.number().multipleOf(10), wire, more, ' | multipleOf 5 became 10'],
  [z.array(text).max(5), z.array(text).max(6), more, more, ' | maxItems 5 became 6'],
  [z.array(text), z.array(text.max(5)), wire, more, '[] | maxLength none became 5'],
  [text, text.regex(/^a/), wire, more, ' | pattern added: ^a'],
  [text.regex(/^a/), text, more, more, ' | pattern removed: ^a'],
  [text.regex(/^a/), text.regex(/^b/), wire, source, ' | pattern ^a became ^b'],
  [user, person, wire, source, ' | pattern ^usr_(a)$ became ^prs_(a)$'],
  [text, z.email(), wire, more, ' | format none became email'],
  [z.enum(['a']), z.enum(['a', 'b']), more, wire, ' | values added: "b"'],
  [z.enum(['a', 'b']), z.enum(['a']), wire, source, ' | values removed: "b"'],
  [z.enum(['a', 'b']), text, more, wire, ' | type enum of string became string'],
  [text, z.enum(['a', 'b']), wire, more, ' | type string became enum of string'],
  [z.literal(['a', null]), z.literal(['a']), wire, more, ' | no longer null'],
  [text, z.union([text, z.int()]), more, wire, ' | alternative added: integer'],
  [z.union([text, z.int()]), text, wire, source, ' | alternative removed: integer'],
  [z.union([z.int(), text.max(5)]), z.union([text.max(6), z.int()]), more, more, ' | maxLength 5 became 6'],
  [z.record(text, z.int()), z.record(text, z.number()), more, wire, '{} | type integer became number'],
  [z.record(z.enum(['a']), text), z.partialRecord(z.enum(['a']), text), more, wire, '.a | made optional'],
  [z.record(text, text), z.record(text.max(5), text), wire, more, '{key} | not any key is possible'],
  [z.tuple([text]), z.tuple([text, text]), wire, more, ' | at least 2 items, no longer 1'],
  [z.tuple([text, text]), z.tuple([text]), wire, wire, ' | 2 items became 1'],
  [z.tuple([text]), z.tuple([text]).rest(text), more, wire, ' | further items are possible'],
  [z.tuple([text]), z.tuple([text, text.optional()]), more, more, ' | 1 items became 2'],
  [z.tuple([z.int()]), z.tuple([z.number()]), more, wire, '[0] | type integer became number'],
  [z.map(text, z.int()), z.map(text, z.number()), more, wire, '[][1] | type integer became number'],
  [
    object({ a: object({ b: z.array(object({ c: text })) }) }),
    object({ a: object({ b: z.array(object({ c: text.optional() })) }) }),
    more,
    wire,
    '.a.b[].c | made optional',
  ],
  [
    z.intersection(object({ a: text }), object({ b: text })),
    z.intersection(object({ a: text }), object({ b: text.optional() })),
    more,
    wire,
    '.b | made optional',
  ],
  [object({ a: text }), object({ a: text.meta({ deprecated: true }) }), more, more, '.a | deprecated'],
  [object({ a: text.meta({ deprecated: true }) }), object({ a: text }), 'docs', 'docs', '.a | no longer deprecated'],
  [
    object({ a: text.describe('One.') }),
    object({ a: text.describe('Two.') }),
    'docs',
    'docs',
    '.a | description changed',
  ],
  [object({ a: text }), object({ a: text.meta({ examples: ['x'] }) }), 'docs', 'docs', '.a | examples changed'],
]
const named = rows.map((row) => [`${row[4]} (${row[2]} in inputs, ${row[3]} in outputs)`, ...row] as const)

test.each(named)('%s', (_name, before, after, input, output, message) => {
  expect(compare({ input: before }, { input: after })).toContain(`${input} | p input${message}`)
  expect(compare({ output: before }, { output: after })).toContain(`${output} | p output${message}`)
})

test('only what changed is told', () => {
  const before = object({ a: text.optional(), b: z.int(), c: z.enum(['x', 'y']), d: z.array(z.date()) })
  const after = object({ a: text.optional(), b: z.int(), c: z.enum(['x', 'z']), d: z.array(z.date()) })
  expect(compare({ input: before }, { input: after })).toEqual([
    'additive | p input.c | values added: "z"',
    'wire-breaking | p input.c | values removed: "y"',
  ])
})

const passedOver = 'what running clients say by it is passed over'

test.each<[string, Sketch, Sketch, string[]]>([
  [
    'optional added',
    { input: object({}) },
    { input: object({ a: text.optional() }) },
    ['additive | p input.a | optional field added'],
  ],
  [
    'required added',
    { input: object({}) },
    { input: object({ a: text }) },
    ['wire-breaking | p input.a | required field added'],
  ],
  [
    'removed',
    { input: object({ a: text.optional() }) },
    { input: object({}) },
    [`wire-breaking | p input.a | field removed: ${passedOver}`],
  ],
  [
    'added to the output',
    { output: object({}) },
    { output: object({ a: text }) },
    ['additive | p output.a | field added'],
  ],
  [
    'required removed',
    { output: object({ a: text }) },
    { output: object({}) },
    ['wire-breaking | p output.a | field removed'],
  ],
  [
    'optional removed',
    { output: object({ a: text.optional() }) },
    { output: object({}) },
    ['source-breaking | p output.a | optional field removed'],
  ],
  [
    'others refused',
    { input: object({}) },
    { input: z.strictObject({}) },
    ['wire-breaking | p input | unknown fields are refused now'],
  ],
  [
    'others passed over',
    { input: z.strictObject({}) },
    { input: object({}) },
    ['additive | p input | unknown fields are passed over now'],
  ],
  ['others refused in the output', { output: object({}) }, { output: z.strictObject({}) }, []],
  [
    'default added',
    { input: object({ a: text.optional() }) },
    { input: object({ a: text.default('x') }) },
    ['additive | p input.a | default added: "x"'],
  ],
  [
    'default changed',
    { input: object({ a: text.default('x') }) },
    { input: object({ a: text.default('y') }) },
    ['wire-breaking | p input.a | default "x" became "y"'],
  ],
  [
    'default removed',
    { input: object({ a: text.default('x') }) },
    { input: object({ a: text.optional() }) },
    ['wire-breaking | p input.a | default removed: "x"'],
  ],
])('fields: %s', (_name, before, after, expected) => {
  expect(compare(before, after)).toEqual(expected)
})

const open = (values: [string, ...string[]]) => z.enum(values).meta({ open: true })
const event = (kinds: readonly string[], meta: { id?: string; open?: boolean } = {}) =>
  z
    .discriminatedUnion('kind', kinds.map((kind) => z.object({ kind: z.literal(kind), at: z.date() })) as never)
    .meta(meta)

test.each<[string, Sketch, Sketch, string[]]>([
  ['value added', { output: open(['a']) }, { output: open(['a', 'b']) }, ['additive | p output | values added: "b"']],
  ['value removed', { output: open(['a', 'b']) }, { output: open(['a']) }, ['docs | p output | values removed: "b"']],
  [
    'opened',
    { output: z.enum(['a', 'b']) },
    { output: open(['a', 'b']) },
    ['source-breaking | p output | now open: a switch over its values lacks the others'],
  ],
  [
    'closed',
    { output: open(['a', 'b']) },
    { output: z.enum(['a', 'b']) },
    ['additive | p output | now closed: no other values come'],
  ],
  [
    'freed',
    { output: open(['a', 'b']) },
    { output: text },
    ['source-breaking | p output | type enum of string became string'],
  ],
  [
    'kind added, closed',
    { output: event(['a']) },
    { output: event(['a', 'b']) },
    ['wire-breaking | p output | kinds added: b'],
  ],
  [
    'kind added, open',
    { output: event(['a'], { open: true }) },
    { output: event(['a', 'b'], { open: true }) },
    ['additive | p output | kinds added: b'],
  ],
  ['kind added, input', { input: event(['a']) }, { input: event(['a', 'b']) }, ['additive | p input | kinds added: b']],
  [
    'kind removed, input',
    { input: event(['a', 'b']) },
    { input: event(['a']) },
    ['wire-breaking | p input | kinds removed: b'],
  ],
  [
    'kind removed, output',
    { output: event(['a', 'b']) },
    { output: event(['a']) },
    ['source-breaking | p output | kinds removed: b'],
  ],
  [
    'kind added to a stream',
    { type: 'subscription', meta: { event: event(['a']) } },
    { type: 'subscription', meta: { event: event(['a', 'b']) } },
    ['additive | p output | kinds added: b'],
  ],
  [
    'kind added to a named stream',
    { type: 'subscription', meta: { event: event(['a'], { id: 'Event' }) } },
    { type: 'subscription', meta: { event: event(['a', 'b'], { id: 'Event' }) } },
    ['additive | #/shapes/Event output | kinds added: b'],
  ],
  [
    'told apart by another field',
    { output: z.discriminatedUnion('a', [z.object({ a: z.literal('x'), b: z.literal('x') })]) },
    { output: z.discriminatedUnion('b', [z.object({ a: z.literal('x'), b: z.literal('x') })]) },
    ['wire-breaking | p output | the kinds are told apart by b, no longer by a'],
  ],
  [
    'a kind changed and grown',
    { output: z.discriminatedUnion('k', [z.object({ k: z.literal(['x']), v: text })]) },
    {
      output: z
        .discriminatedUnion('k', [z.object({ k: z.literal(['x', 'y']), v: text.optional() })])
        .meta({ open: true }),
    },
    [
      'wire-breaking | p output | kinds added: y',
      'additive | p output | now open: more kinds may come',
      'wire-breaking | p output(x).v | made optional',
    ],
  ],
])('open and closed: %s', (_name, before, after, expected) => {
  expect(compare(before, after)).toEqual(expected)
})
