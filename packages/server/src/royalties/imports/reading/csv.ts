import { afterLines } from './batches.ts'
import { endOfLine, quotedRecord } from './quoted.ts'
import { type BadRow, type Cutter, keptOfLong, longestLine, type Row } from './row.ts'
import { lineCutter } from './text.ts'

export interface CsvForm {
  delimiter: string
  /** How many fields a row has. */
  width: number
}

/** Cuts rows of CSV. Blank lines are none. */
export function csvCutter(form: CsvForm): Cutter {
  return lineCutter(
    (text, { lines, last }) => (text.includes('"') ? cutQuoted(text, form, lines, last) : cutPlain(text, form, lines)),
    afterLines,
  )
}

/** Of text without quotes: a row is a line. */
function cutPlain(given: string, { delimiter, width }: CsvForm, linesBefore: number) {
  const text = given.includes('\r') ? given.replace(/\r\n?/g, '\n') : given
  const [rows, bad]: [Row[], BadRow[]] = [[], []]
  let line = linesBefore
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('\n', at)
    const end = next < 0 ? text.length : next
    line++
    if (end > at) {
      const raw = text.slice(at, end)
      if (raw.length > longestLine) bad.push(tooLong(line, raw))
      else add({ line, raw, fields: raw.split(delimiter) }, width, rows, bad)
    }
    at = end + 1
  }
  return { rows, bad, lines: line - linesBefore, unused: 0 }
}

/** Of text with quotes. Where one is not closed, its line alone is lost. */
function cutQuoted(text: string, { delimiter, width }: CsvForm, linesBefore: number, last: boolean) {
  const [rows, bad]: [Row[], BadRow[]] = [[], []]
  let line = linesBefore
  let at = 0
  while (at < text.length) {
    const record = quotedRecord(text, at, delimiter, last)
    if (record === 'unfinished') break
    const isWhole = record !== 'unclosed' && (record.lines === 1 || record.fields.length === width)
    const lineEnd = isWhole ? record.end : endOfLine(text, at)
    const raw = text.slice(at, lineEnd)
    if (raw.length > longestLine) bad.push(tooLong(line + 1, raw))
    else if (!isWhole) bad.push({ line: line + 1, raw, code: 'UNCLOSED_QUOTE' })
    else if (raw !== '') add({ line: line + 1, raw, fields: record.fields }, width, rows, bad)
    line += isWhole ? record.lines : 1
    at = afterEnd(text, lineEnd)
  }
  return { rows, bad, lines: line - linesBefore, unused: text.length - at }
}

function add(row: Row, width: number, rows: Row[], bad: BadRow[]): void {
  const { line, raw, fields } = row
  if (fields.length === width) rows.push(row)
  else bad.push({ line, raw, code: fields.length < width ? 'FIELDS_MISSING' : 'FIELDS_EXTRA' })
}

const tooLong = (line: number, raw: string): BadRow => ({
  ...{ line, raw: raw.slice(0, keptOfLong).toWellFormed(), code: 'LINE_TOO_LONG' },
})

/** The place after a line's end. */
function afterEnd(text: string, end: number): number {
  return text.startsWith('\r\n', end) ? end + 2 : end + 1
}
