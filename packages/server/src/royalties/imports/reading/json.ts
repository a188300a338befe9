import { z } from 'zod'
import { afterLines } from './batches.ts'
import { type BadRow, type Cut, type Cutter, keptOfLong, longestLine, type Row } from './row.ts'
import { lineCutter } from './text.ts'

const entry = z.record(z.string(), z.unknown())

/** The entries of an object, by the names of the columns; undefined where it is none. */
export type Picker = (object: Readonly<Record<string, unknown>>) => string[]

/** What is taken of a value: text, numbers and truth values; nothing of what has an inside. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

function addEntry(raw: string, line: number, pick: Picker, { rows, bad }: Pick<Cut, 'rows' | 'bad'>): void {
  const fail = (code: BadRow['code']) => bad.push({ line, raw, code })
  if (raw.length > longestLine) {
    bad.push({ line, raw: raw.slice(0, keptOfLong).toWellFormed(), code: 'LINE_TOO_LONG' })
    return
  }
  const object = parseEntry(raw)
  if (object === undefined) return void fail('NOT_JSON')
  const fields = pick(object)
  if (fields.some((field) => field.includes('\0') || !field.isWellFormed())) return void fail('WRONG_ENCODING')
  rows.push({ line, raw, fields })
}

export function parseEntry(raw: string): Record<string, unknown> | undefined {
  try {
    return entry.safeParse(JSON.parse(raw)).data
  } catch {
    return undefined
  }
}

/** Cuts one object a line. */
export function ndjsonCutter(pick: Picker): Cutter {
  return lineCutter((text, { lines }) => {
    const cut = { rows: [] as Row[], bad: [] as BadRow[] }
    let line = lines
    const pieces = text.split(/\r\n|\r|\n/)
    if (pieces.at(-1) === '') pieces.pop()
    for (const piece of pieces) {
      line++
      const raw = piece.trim()
      if (raw !== '') addEntry(raw, line, pick, cut)
    }
    return { ...cut, lines: line - lines, unused: 0 }
  }, afterLines)
}

const code = (character: string) => character.charCodeAt(0)
const [quote, backslash, newLine, comma] = [code('"'), code('\\'), code('\n'), code(',')]
/** An entry that is longer is not gone through to its end: the next one is looked for in the next line. */
const mostBytes = 1_048_576
const [open, close, openList, closeList] = [code('{'), code('}'), code('['), code(']')]

/**
 * Cuts the entries of an array; they are counted instead of lines. The bytes begin after `[`, or after an entry. A `]` that
 * something follows is an entry that is none, and what follows is read on.
 */
export function jsonCutter(pick: Picker): Cutter {
  return (bytes, { lines, last }) => {
    const cut = { rows: [] as Row[], bad: [] as BadRow[] }
    let entries = lines
    let at = 0
    for (;;) {
      const start = nextEntry(bytes, at)
      if (start === undefined) return { ...cut, consumed: bytes.length, lines: entries - lines }
      if (bytes[start] === closeList) {
        const isBlank = isBlankFrom(bytes, start + 1)
        if (isBlank && last) return { ...cut, consumed: bytes.length, lines: entries - lines }
        // Whether it is the end, the next bytes say.
        if (isBlank && bytes.length - start < mostBytes) return { ...cut, consumed: start, lines: entries - lines }
        entries++
        cut.bad.push({ line: entries, raw: ']', code: 'NOT_JSON' })
        at = start + 1
        continue
      }
      const { end, state } = entryEnd(bytes, start)
      const isLong = end - start > mostBytes
      if (state === 'unfinished' && !last && !isLong) {
        return { ...cut, consumed: start, lines: entries - lines }
      }
      entries++
      const raw = bytes.toString('utf8', start, end).replaceAll('\0', '\ufffd')
      if (state === 'whole' || isLong) addEntry(raw, entries, pick, cut)
      else cut.bad.push({ line: entries, raw: raw.trimEnd().slice(0, longestLine).toWellFormed(), code: 'NOT_JSON' })
      at = isLong ? bytes.indexOf(newLine, end) + 1 || bytes.length : end
    }
  }
}

/** Where the next entry begins, or the array ends. */
function nextEntry(bytes: Buffer, from: number): number | undefined {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte > 32 && byte !== comma) return at
  }
  return undefined
}

function isBlankFrom(bytes: Buffer, from: number): boolean {
  for (let at = from; at < bytes.length; at++) if ((bytes[at] ?? 0) > 32) return false
  return true
}

/** Where an entry ends: with its last brace, or, where it is broken, with its line. A line's end within a text breaks it. */
function entryEnd(bytes: Buffer, start: number): { end: number; state: 'whole' | 'broken' | 'unfinished' } {
  const isObject = bytes[start] === open
  let depth = 0
  let inText = false
  const most = Math.min(bytes.length, start + mostBytes + 1)
  for (let at = start; at < most; at++) {
    const byte = bytes[at]
    if (inText) {
      if (byte === backslash) at++
      else if (byte === quote) inText = false
      else if (byte === newLine) return { end: at + 1, state: 'broken' }
    } else if (byte === quote) inText = true
    else if (byte === open || byte === openList) depth++
    else if (byte === close || byte === closeList) {
      if (--depth === 0) return { end: at + 1, state: isObject ? 'whole' : 'broken' }
      if (depth < 0) return { end: Math.max(at, start + 1), state: 'broken' }
    } else if (!isObject && depth === 0 && (byte === comma || byte === newLine)) return { end: at, state: 'broken' }
  }
  return { end: most, state: 'unfinished' }
}
