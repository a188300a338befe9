import fc from 'fast-check'
import superjson from 'superjson'
import { describe, expect, test } from 'vitest'
import { ApiError } from './errors.ts'
import { deserializeInput } from './wire.ts'

/** As an input arrives: through JSON text. */
function send(value: unknown): unknown {
  return deserializeInput(JSON.parse(JSON.stringify(value)))
}

function codeOf(value: unknown): string {
  try {
    deserializeInput(value)
  } catch (error) {
    if (error instanceof ApiError) return error.details.code
    throw error
  }
  return 'passed'
}

/** An annotated value of one type. */
const typed = (json: unknown, type: unknown) => ({ json: { a: json }, meta: { values: { a: [type] } } })

test('what the stock serializer sends arrives as it was', () => {
  const safeKey = fc.string().filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key))
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.date({ noInvalidDate: true, min: new Date('0000-01-01'), max: new Date('9999-12-31') }),
    fc.bigInt({ min: -(10n ** 90n), max: 10n ** 90n }),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(safeKey, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      fc.uniqueArray(fc.integer()).map((items) => new Set(items)),
      fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    ),
  }))
  fc.assert(
    fc.property(value, (sent) => {
      expect(send(superjson.serialize(sent))).toEqual(sent)
    }),
  )
})

test('shared objects arrive as copies: referential equalities are dropped', () => {
  const at = new Date(5)
  const arrived = send(superjson.serialize({ from: at, to: at })) as { from: Date; to: Date }
  expect(arrived).toEqual({ from: at, to: at })
  expect(arrived.from).not.toBe(arrived.to)
})

describe('hostile inputs are refused, quickly and small', () => {
  const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)
  const corpus: [string, unknown, string][] = [
    ['not an envelope', [1, 2], 'MALFORMED_REQUEST'],
    ['a typed array of a gigabyte', typed(1e9, ['typed-array', 'Uint8Array']), 'MALFORMED_REQUEST'],
    ['a regular expression', typed('/(a+)+$/', 'regexp'), 'MALFORMED_REQUEST'],
    ['an Error', typed({ message: 'x' }, 'Error'), 'MALFORMED_REQUEST'],
    ['a URL', typed('https://example.com', 'URL'), 'MALFORMED_REQUEST'],
    ['a bigint of a million digits', typed('9'.repeat(1_000_000), 'bigint'), 'MALFORMED_REQUEST'],
    ['a bigint that is none', typed('1e3', 'bigint'), 'MALFORMED_REQUEST'],
    ['a map of odd entries', typed([[1]], 'map'), 'MALFORMED_REQUEST'],
    ['a prototype as key', JSON.parse('{"json":{"__proto__":{"admin":true}}}'), 'MALFORMED_REQUEST'],
    ['a constructor as key', { json: { a: [{ constructor: 1 }] } }, 'MALFORMED_REQUEST'],
    ['a prototype as path', { json: {}, meta: { values: { '__proto__.x': ['Date'] } } }, 'MALFORMED_REQUEST'],
    ['a path to nowhere', { json: {}, meta: { values: { 'a.b': ['Date'] } } }, 'MALFORMED_REQUEST'],
    [
      'the length of an array as path',
      { json: { a: [1] }, meta: { values: { 'a.length': ['undefined'] } } },
      'MALFORMED_REQUEST',
    ],
    ['5,000 levels', { json: deep }, 'TOO_LARGE'],
    ['a million values', { json: Array.from({ length: 1_000_000 }, () => 0) }, 'TOO_LARGE'],
    [
      'an object of two thousand keys',
      { json: Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [at, 1])) },
      'TOO_LARGE',
    ],
    [
      'ten thousand typed values',
      {
        json: Array.from({ length: 9_000 }, () => '1'),
        meta: { values: Object.fromEntries(Array.from({ length: 9_000 }, (_, at) => [at, ['bigint']])) },
      },
      'TOO_LARGE',
    ],
  ]
  // A busy machine may take longer once.
  test.each(corpus)('%s', { retry: 2 }, (_name, value, code) => {
    const start = performance.now()
    expect(codeOf(value)).toBe(code)
    expect(performance.now() - start).toBeLessThan(50)
  })

  test('a graph that doubles at every level stays as small as its JSON', () => {
    const equalities = Object.fromEntries(
      Array.from({ length: 24 }, (_, at) => [`l${at}`, [`l${at + 1}.a`, `l${at + 1}.b`]]),
    )
    const json = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`l${at}`, { a: null, b: null }]))
    const arrived = send({ json, meta: { referentialEqualities: equalities } })
    expect(JSON.stringify(arrived).length).toBeLessThan(2_000)
  })
})
