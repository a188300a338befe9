import { longestLine } from './row.ts'

export interface QuotedRecord {
  fields: string[]
  /** Where it ends, before the line's end. */
  end: number
  lines: number
}

/** Lines that a record may have, by quoted fields with line ends in them. */
const mostLines = 32

/**
 * A record of CSV that begins at a place (RFC 4180). A quote that does not begin a field is part of it. `unclosed`: a quoted
 * field has no end, or too late a one, or text follows it; `unfinished`: its end may come with the next bytes.
 */
export function quotedRecord(
  text: string,
  start: number,
  delimiter: string,
  last: boolean,
): QuotedRecord | 'unclosed' | 'unfinished' {
  const fields: string[] = []
  let end = -1
  let lines = 1
  for (let at = start; ; at++) {
    if (text[at] === '"') {
      const quoted = quotedField(text, at, start + longestLine)
      if (quoted === 'unclosed') return 'unclosed'
      if (quoted === 'open') return last || text.length - start > longestLine ? 'unclosed' : 'unfinished'
      fields.push(quoted.value)
      lines += lineEndsIn(quoted.value)
      if (lines > mostLines) return 'unclosed'
      at = quoted.end
      const isEnd = at === text.length || text[at] === '\n' || text[at] === '\r'
      if (isEnd) return { fields, end: at, lines }
      if (text[at] !== delimiter) return 'unclosed'
      end = -1
      continue
    }
    // Of the line that is gone through now, looked up once.
    if (end < at) end = endOfLine(text, at)
    const rest = text.slice(at, end)
    const next = rest.indexOf(delimiter)
    if (next < 0) {
      fields.push(rest)
      return { fields, end, lines }
    }
    fields.push(rest.slice(0, next))
    at += next
  }
}

function quotedField(text: string, start: number, bound: number): { value: string; end: number } | 'open' | 'unclosed' {
  let value = ''
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return 'open'
    if (quote > bound) return 'unclosed'
    value += text.slice(from, quote)
    if (text[quote + 1] !== '"') return { value, end: quote + 1 }
    value += '"'
    from = quote + 2
  }
}

function lineEndsIn(value: string): number {
  if (!value.includes('\n') && !value.includes('\r')) return 0
  return value.match(/\r\n|\r|\n/g)?.length ?? 0
}

/** Where the line ends that a place is in: before its end. */
export function endOfLine(text: string, from: number): number {
  const ends = /[\r\n]/g
  ends.lastIndex = from
  return ends.exec(text)?.index ?? text.length
}
