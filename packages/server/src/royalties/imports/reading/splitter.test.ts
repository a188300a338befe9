import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readBatches } from './batches.ts'
import { csvCutter } from './csv.ts'
import { detect } from './detect.ts'
import { cutterOf } from './format.ts'
import { jsonCutter, textOf } from './json.ts'
import type { BadRow, Cutter, Row } from './row.ts'

/** Reads bytes that come in pieces. */
async function read(cut: Cutter, pieces: readonly Uint8Array[], from = { bytes: 0, lines: 0 }, size = 64) {
  const [rows, bad]: [Row[], BadRow[]] = [[], []]
  async function* source() {
    yield* pieces
  }
  let place = from
  for await (const batch of readBatches({ source: source(), from, cut, size })) {
    rows.push(...batch.rows)
    bad.push(...batch.bad)
    place = batch.place
  }
  return { rows, bad, place }
}

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, n) => bytes.subarray(at[n], end))
}

const field = fc.string({
  unit: fc.constantFrom('a', '1', '"', ';', ',', '\t', ' ', 'é', '😀', '\r', '\n'),
  maxLength: 6,
})

const file = fc.record({
  rows: fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 12 }),
  delimiter: fc.constantFrom(';' as const, ',' as const, '\t' as const),
  end: fc.constantFrom('\n', '\r\n', '\r'),
  quoteAll: fc.boolean(),
  isEnded: fc.boolean(),
  mark: fc.constantFrom('', '\ufeff'),
})

test('rows are those that csv-parse finds, wherever the bytes are cut', async () => {
  const given = fc.tuple(file, fc.array(fc.nat(), { maxLength: 8 }), fc.integer({ min: 1, max: 80 }))
  const property = fc.asyncProperty(given, async ([{ rows, delimiter, end, quoteAll, isEnded, mark }, cuts, size]) => {
    const quoted = (text: string) => (quoteAll || /["\r\n;,\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
    const lines = [['track', 'title', 'label'], ...rows].map((row) => row.map(quoted).join(delimiter))
    const text = mark + lines.join(end) + (isEnded ? end : '')
    const expected = parse(text, { delimiter, bom: true, record_delimiter: end, from: 2 })
    const bytes = Buffer.from(text)
    const { format } = detect({ bytes, whole: true, kind: 'tracks', asked: { type: 'csv', delimiter } })
    const body = bytes.subarray(format.start.bytes)
    const found = await read(cutterOf(format), pieces(body, cuts), format.start, size)
    expect(found.bad).toEqual([])
    expect(found.rows.map(({ fields }) => fields)).toEqual(expected)
    expect(found.place.bytes).toBe(bytes.length)
  })
  await fc.assert(property, { numRuns: 300 })
})

test('bytes of any kind are read to their end: nothing is thrown, and lines go up', async () => {
  const piece = fc.constantFrom('a', ';', '"', '\n', '\r', '\r\n', 'é', '\0', '\xff', '[', '{', '}', ']', ':', '\\')
  const given = fc.tuple(fc.array(piece, { maxLength: 60 }), fc.array(fc.nat(), { maxLength: 5 }))
  const csv = csvCutter({ delimiter: ';', width: 2 })
  const json = jsonCutter(() => [])
  const property = fc.asyncProperty(given, fc.constantFrom(csv, json), async ([parts, cuts], cut) => {
    const bytes = Buffer.from(parts.join(''), 'latin1')
    const [whole, cutUp] = [
      await read(cut, [bytes], undefined, 1_000),
      await read(cut, pieces(bytes, cuts), undefined, 1),
    ]
    expect(cutUp.place.bytes).toBe(bytes.length)
    const lines = [...cutUp.rows, ...cutUp.bad].map(({ line }) => line)
    expect(new Set(lines).size).toBe(lines.length)
    expect(cutUp.rows).toEqual(whole.rows)
  })
  await fc.assert(property, { numRuns: 300 })
})

test('a broken line is lost alone', async () => {
  const text = 'a;b\n"a;b\nc;d\n"x"y;z\ne\nf;g;h\n\n"i\nj";k\nl;"m'
  const { rows, bad } = await read(csvCutter({ delimiter: ';', width: 2 }), [Buffer.from(text)])
  expect(rows.map(({ line, fields }) => [line, ...fields])).toEqual([
    [1, 'a', 'b'],
    [3, 'c', 'd'],
    [8, 'i\nj', 'k'],
  ])
  expect(bad.map(({ line, code }) => `${line} ${code}`)).toEqual([
    ...['2 UNCLOSED_QUOTE', '4 UNCLOSED_QUOTE', '5 FIELDS_MISSING', '6 FIELDS_EXTRA', '10 UNCLOSED_QUOTE'],
  ])
})

test('an unreadable line between a return and a line feed keeps its number', async () => {
  const { rows, bad } = await read(csvCutter({ delimiter: ';', width: 2 }), [Buffer.from('a;b\r\0\nc;d\r\n\0\n')])
  expect(rows.map(({ line }) => line)).toEqual([1, 3])
  expect(bad.map(({ line, code }) => `${line} ${code}`)).toEqual(['2 WRONG_ENCODING', '4 WRONG_ENCODING'])
})

test.each([
  ['returns as line ends', '"a;\r'],
  ['lines without a delimiter', 'abc\n'],
])('quotes amid %s take no longer than their bytes', (_what, line) => {
  const bytes = Buffer.from(`"q";b;c;d\r${line.repeat(400_000)}`)
  const begun = performance.now()
  const { bad } = csvCutter({ delimiter: ';', width: 4 })(bytes, { lines: 0, last: true })
  expect(bad.length).toBe(400_000)
  // Searching the rest with each of them took many times as long.
  expect(performance.now() - begun).toBeLessThan(4_000)
})

const entries = (text: string, size: number) =>
  read(
    jsonCutter(({ a }) => [textOf(a)]),
    [...Buffer.from(text)].map((byte) => Buffer.from([byte])),
    undefined,
    size,
  )

test.each([
  ['two arrays', '{"a":1}]\n[{"a":2}]', ['1'], ['2 ]', '3 [{"a":2}]']],
  ['a bracket too early', '{"a":1}],{"a":2},{"a":3}]\n', ['1', '2', '3'], ['2 ]']],
  ['no bracket', '{"a":1},{"a":2}', ['1', '2'], []],
  ['other things than objects', '{"a":1},7,"x",[1,2],{"a":2}]', ['1', '2'], ['2 7', '3 "x"', '4 [1,2]']],
  ['a broken entry', '{"a":1},\n{"a":"x\n},\n{"a":2}]', ['1', '2'], ['2 {"a":"x', '3 }']],
])('of JSON with %s nothing is lost', async (_what, text, values, bad) => {
  for (const size of [1, 7, 1_000]) {
    const found = await entries(text, size)
    expect(found.rows.map(({ fields }) => fields[0])).toEqual(values)
    expect(found.bad.map(({ line, raw }) => `${line} ${raw}`)).toEqual(bad)
    expect(found.bad.every(({ code }) => code === 'NOT_JSON')).toBe(true)
  }
})
