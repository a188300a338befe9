import { wholeLines } from './batches.ts'
import { type BadRow, type Cut, type Cutter, keptOfLong, longestLine } from './row.ts'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export interface Text {
  text: string
  /** Lines that are no text: empty in `text`. */
  bad: BadRow[]
}

/** Whole lines as text. Lines that are not UTF-8, or hold NUL characters, are told of. */
export function decodeLines(bytes: Buffer, linesBefore: number): Text {
  if (!bytes.includes(0)) {
    try {
      return { text: strict.decode(bytes), bad: [] }
    } catch {
      // Some line is not: which one?
    }
  }
  const bad: BadRow[] = []
  const texts = bytes
    .toString('latin1')
    .split(/(\r\n|\r|\n)/)
    .map((piece, at, pieces) => {
      // A return before and a line feed after an empty line are not one line end.
      if (at % 2 === 1) return piece === '\r' && pieces[at + 2] === '\n' ? '\n' : piece
      const line = Buffer.from(piece, 'latin1')
      try {
        const text = strict.decode(line)
        if (!text.includes('\0')) return text
      } catch {
        // Told of below.
      }
      const raw = line.toString('utf8').replaceAll('\0', '\ufffd').slice(0, longestLine).toWellFormed()
      bad.push({ line: linesBefore + at / 2 + 1, raw, code: 'WRONG_ENCODING' })
      return ''
    })
  return { text: texts.join(''), bad }
}

/** Cuts whole lines out of bytes and leaves the rest to `cutText`; a line without an end is skipped. */
export function lineCutter(
  cutText: (text: string, before: { lines: number; last: boolean }) => Omit<Cut, 'consumed'> & { unused: number },
  skipLines: (buffer: Buffer, lines: number) => number,
): Cutter {
  return (bytes, { lines, last }) => {
    const end = wholeLines(bytes, last)
    if (end === 0) {
      if (bytes.length <= 4 * longestLine) return { rows: [], bad: [], consumed: 0, lines: 0 }
      const raw = bytes.subarray(0, keptOfLong).toString('utf8').replaceAll('\0', '\ufffd')
      const bad: BadRow[] = [{ line: lines + 1, raw, code: 'LINE_TOO_LONG' }]
      return { rows: [], bad, consumed: bytes.length, lines: 0, skips: true }
    }
    const whole = end === bytes.length ? bytes : bytes.subarray(0, end)
    const { text, bad } = decodeLines(whole, lines)
    const cut = cutText(text, { lines, last })
    const consumed = cut.unused === 0 ? end : skipLines(whole, cut.lines)
    // What is left for the next bytes is told of then.
    const told = bad.filter(({ line }) => line <= lines + cut.lines)
    return { rows: cut.rows, bad: [...told, ...cut.bad], consumed, lines: cut.lines }
  }
}
