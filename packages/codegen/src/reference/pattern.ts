/** A text that a regular expression matches, the same every time; undefined where it cannot be told. */
export function sampleOf(source: string): string | undefined {
  try {
    const text = readAlternatives({ source, at: 0, picked: 0 })
    return new RegExp(source).test(text) ? text : undefined
  } catch {
    return undefined
  }
}

interface Reader {
  readonly source: string
  at: number
  /** How many characters were picked from classes, so that the next pick is another. */
  picked: number
}

function peek(reader: Reader): string {
  return reader.source.charAt(reader.at)
}

/** Of alternatives the first is taken. */
function readAlternatives(reader: Reader): string {
  const first = readSequence(reader)
  while (peek(reader) === '|') {
    reader.at++
    readSequence(reader)
  }
  return first
}

function readSequence(reader: Reader): string {
  let text = ''
  while (reader.at < reader.source.length && peek(reader) !== '|' && peek(reader) !== ')') {
    const start = reader.at
    const atom = readAtom(reader)
    const end = reader.at
    const isClass = /^(\[|\\[dw]|\.)/.test(reader.source.slice(start))
    const times = readTimes(reader, isClass)
    const after = reader.at
    let part = times > 0 ? atom : ''
    for (let count = 1; count < times; count++) {
      reader.at = start
      part += readAtom(reader)
    }
    reader.at = Math.max(after, end)
    text += part
  }
  return text
}

/** How often the atom before is repeated: as rarely as allowed, but classes often enough to look like something. */
function readTimes(reader: Reader, isClass: boolean): number {
  const found = /^(?:([*+?])|\{(\d+)(,(\d*))?\})\??/.exec(reader.source.slice(reader.at))
  if (found === null) return 1
  reader.at += found[0].length
  const [, sign, low, range, high] = found
  if (sign !== undefined) return sign === '?' ? 0 : isClass ? 6 : sign === '+' ? 1 : 0
  const least = Number(low)
  if (range === undefined || !isClass) return least
  const most = high === undefined || high === '' ? Number.POSITIVE_INFINITY : Number(high)
  return Math.min(Math.max(least, 6), most)
}

function readAtom(reader: Reader): string {
  const char = peek(reader)
  reader.at++
  switch (char) {
    case '(':
      return readGroup(reader)
    case '[':
      return pick(readClass(reader), reader)
    case '.':
      return pick(letters, reader)
    case '\\':
      return readEscape(reader)
    case '^':
    case '$':
      return ''
    default:
      return char
  }
}

function readGroup(reader: Reader): string {
  const opening = /^\?(?::|<\w+>)/.exec(reader.source.slice(reader.at))
  if (opening === null && peek(reader) === '?') throw new Error('what looks around has no text of its own')
  reader.at += opening?.[0].length ?? 0
  const text = readAlternatives(reader)
  reader.at++
  return text
}

const digits = '0123456789'
const letters = 'abcdefghijklmnopqrstuvwxyz'

function readEscape(reader: Reader): string {
  const char = peek(reader)
  reader.at++
  if (char === 'd') return pick(digits, reader)
  if (char === 'w') return pick(letters, reader)
  if (char === 's') return ' '
  if (/[A-Za-z0-9]/.test(char)) throw new Error(`\\${char} is not known`)
  return char
}

function readClass(reader: Reader): string {
  const negated = peek(reader) === '^'
  if (negated) reader.at++
  let chars = ''
  while (peek(reader) !== ']') {
    if (reader.at >= reader.source.length) throw new Error('a class without end')
    const low = readClassChar(reader)
    if (peek(reader) === '-' && reader.source.charAt(reader.at + 1) !== ']') {
      reader.at++
      const [from, to] = [low, readClassChar(reader)].map((char) => char.codePointAt(0) ?? 0)
      for (let code = from ?? 0; code <= Math.min(to ?? 0, (from ?? 0) + 100); code++)
        chars += String.fromCodePoint(code)
    } else chars += low
  }
  reader.at++
  if (!negated) return chars
  return [...(letters + digits)].filter((char) => !chars.includes(char)).join('')
}

function readClassChar(reader: Reader): string {
  const char = peek(reader)
  reader.at++
  if (char !== '\\') return char
  const escaped = peek(reader)
  reader.at++
  if (escaped === 'd') return digits
  if (escaped === 'w') return letters + digits
  if (escaped === 's') return ' '
  if (/[A-Za-z0-9]/.test(escaped)) throw new Error(`\\${escaped} is not known`)
  return escaped
}

function pick(chars: string, reader: Reader): string {
  if (chars === '') throw new Error('an empty class')
  const char = chars.charAt((reader.picked * 7) % chars.length)
  reader.picked++
  return char
}
