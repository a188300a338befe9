import type { ImportKind } from '../rows/kinds.ts'
import { wholeLines } from './batches.ts'
import { type Columns, findColumns, layoutOf } from './columns.ts'
import { csvCutter } from './csv.ts'
import { findDateFormat } from './dates.ts'
import type { AskedFormat, FoundFormat } from './format.ts'
import { cutterOf } from './format.ts'
import { jsonCutter, ndjsonCutter, parseEntry } from './json.ts'
import { endOfLine, quotedRecord } from './quoted.ts'
import { decodeLines } from './text.ts'

/** Why a file as a whole is not taken. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** As much of a file is looked at to find out how it is written. */
export const headBytes = 262_144
const sampled = 1_000
const delimiters = [';', ',', '\t', '|'] as const

interface Head {
  bytes: Buffer
  /** Whether it is all of the file. */
  whole: boolean
  kind: ImportKind
  asked: AskedFormat
}

/**
 * How a file is written. `isSure` is false where its days could be written in two ways.
 * @throws FileRefused
 */
export function detect(head: Head): { format: FoundFormat; isSure: boolean } {
  const { bytes, whole } = head
  refuseOthers(bytes)
  const mark = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0
  const body = bytes.subarray(mark, mark + wholeLines(bytes.subarray(mark), whole))
  const first = (body.length > 0 ? body : bytes.subarray(mark)).toString('latin1').trimStart()[0]
  if (first === undefined) throw new FileRefused('EMPTY_FILE', 'The file is empty.')
  const type = head.asked.type ?? (first === '[' ? 'json' : first === '{' ? 'ndjson' : 'csv')
  if (type === 'csv') return detectCsv(head, body, mark)
  if (type === 'json' && first !== '[') throw new FileRefused('UNREADABLE', 'The file is not an array of JSON.')
  return detectJson(head, bytes.subarray(mark), type, mark)
}

function refuseOthers(bytes: Buffer): void {
  const start = bytes.toString('latin1', 0, 4)
  if (start.startsWith('\xff\xfe') || start.startsWith('\xfe\xff') || bytes.subarray(0, 1_024).includes(0)) {
    throw new FileRefused('WRONG_ENCODING', 'The file is not UTF-8: it seems to be UTF-16, or no text at all.')
  }
  if (start.startsWith('PK') || start.startsWith('\x1f\x8b'))
    throw new FileRefused('UNREADABLE', 'The file is an archive or a spreadsheet; CSV, NDJSON and JSON are read.')
}

function detectCsv({ kind, asked, whole }: Head, body: Buffer, mark: number) {
  const { text, bad } = decodeLines(body, 0)
  const blank = /^(?:\r\n|\r|\n)*/.exec(text)?.[0] ?? ''
  const blankLines = blank.match(/\r\n|\r|\n/g)?.length ?? 0
  if (bad[0] !== undefined && bad[0].line <= blankLines + 1)
    throw new FileRefused('WRONG_ENCODING', 'The header is not UTF-8.')
  if (text.length === blank.length) throw new FileRefused('UNREADABLE', 'The first line has no end.')
  const candidates = (asked.delimiter === undefined ? delimiters : [asked.delimiter]).map((delimiter) => {
    const header = headerOf(text, blank.length, delimiter)
    return { delimiter, header, ...findColumns(kind, header, asked.columns ?? {}) }
  })
  const rank = ({ missing, columns, header }: (typeof candidates)[number]) =>
    Object.keys(columns).length * 1_000 - missing.length * 10 + Math.min(header.length, 9)
  const best = candidates.toSorted((a, b) => rank(b) - rank(a))[0]
  if (best === undefined || best.missing.length > 0) throw wrongColumns(best?.missing ?? [], best?.header ?? [])
  const { delimiter, header, columns } = best
  const first = text.slice(blank.length)
  const headerLine = first.slice(0, endOfLine(first, 0))
  const rest = first.startsWith('\r\n', headerLine.length) ? 2 : 1
  const start = { bytes: mark + Buffer.byteLength(blank + headerLine) + rest, lines: blankLines + 1 }
  const layout = layoutOf(columns, header)
  const form = { delimiter, width: header.length }
  const sample = csvCutter(form)(body.subarray(start.bytes - mark), { lines: start.lines, last: whole })
  if (whole && sample.rows.length === 0 && sample.bad.length === 0)
    throw new FileRefused('EMPTY_FILE', 'The file has no rows.')
  const samples = sample.rows.slice(0, sampled).map(({ fields }) => fields)
  return finish({ type: 'csv', ...form, columns, layout, start }, asked, samples)
}

function headerOf(text: string, from: number, delimiter: string): string[] {
  const record = quotedRecord(text, from, delimiter, true)
  if (typeof record === 'object' && record.lines === 1) return record.fields.map((name) => name.trim())
  return text.slice(from, endOfLine(text, from)).split(delimiter)
}

function detectJson({ kind, asked, whole }: Head, bytes: Buffer, type: 'json' | 'ndjson', mark: number) {
  const skipped = type === 'json' ? bytes.indexOf('[') + 1 : 0
  const start = { bytes: mark + skipped, lines: 0 }
  const head = bytes.subarray(skipped)
  const none = () => []
  const cut = type === 'json' ? jsonCutter(none) : ndjsonCutter(none)
  const { rows, bad } = cut(head, { lines: 0, last: whole })
  if (whole && rows.length === 0 && bad.length === 0) throw new FileRefused('EMPTY_FILE', 'The file has no entries.')
  const objects = rows.slice(0, sampled).map(({ raw }) => parseEntry(raw) ?? {})
  const header = [...new Set(objects.flatMap((object) => Object.keys(object)))]
  if (header.length === 0) throw new FileRefused('UNREADABLE', 'None of the first entries is an object of JSON.')
  const { columns, missing } = findColumns(kind, header, asked.columns ?? {})
  if (missing.length > 0) throw wrongColumns(missing, header)
  const layout = layoutOf(columns, Object.values(columns))
  const form = { type, delimiter: '', width: Object.keys(columns).length, columns, layout, start }
  const reader = cutterOf({ ...form, decimal: '.', dateFormat: 'yyyy-mm-dd' })
  const samples = reader(head, { lines: 0, last: whole }).rows.slice(0, sampled)
  return finish(
    form,
    asked,
    samples.map(({ fields }) => fields),
  )
}

function finish(
  form: Omit<FoundFormat, 'decimal' | 'dateFormat'>,
  asked: AskedFormat,
  samples: readonly (readonly string[])[],
): { format: FoundFormat; isSure: boolean } {
  const of = (field: keyof Columns) => {
    const at = form.layout[field]
    return at === undefined ? [] : samples.map((fields) => fields[at] ?? '')
  }
  const dates = findDateFormat(of('date'))
  const dateFormat = asked.dateFormat ?? dates.format
  const decimal = asked.decimal ?? decimalOf([...of('fee'), ...of('share')], form.delimiter)
  return { format: { ...form, decimal, dateFormat }, isSure: asked.dateFormat !== undefined || dates.isSure }
}

/** What separates decimals, by amounts that have some. */
function decimalOf(samples: readonly string[], delimiter: string): ',' | '.' {
  const ending = (pattern: RegExp) => samples.filter((text) => pattern.test(text)).length
  const [commas, points] = [ending(/^\d+,\d+%?$/), ending(/^\d+\.\d+%?$/)]
  if (commas !== points) return commas > points ? ',' : '.'
  return delimiter === ';' ? ',' : '.'
}

function wrongColumns(missing: readonly string[], header: readonly string[]): FileRefused {
  const found = header
    .slice(0, 30)
    .map((name) => JSON.stringify(name.slice(0, 60)))
    .join(', ')
  return new FileRefused(
    'WRONG_COLUMNS',
    `There is no column for ${missing.join(', ')}. The file has ${found}.`.slice(0, 1_000),
  )
}
