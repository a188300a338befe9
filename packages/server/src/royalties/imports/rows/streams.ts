import { dateReader } from '../reading/dates.ts'
import type { FoundFormat } from '../reading/format.ts'
import type { Row } from '../reading/row.ts'
import type { RowCode } from '../schema.ts'

export interface StreamRow {
  line: number
  raw: string
  period: string
  day: string
  listener: string
  track: string
  seconds: number
  region: string
}

/** Of a month. */
const mostSeconds = 2_678_400
export const longestId = 200

/** Reads rows of streams, none of days after the last; what is wrong with one is told by its code. */
export function streamReader({ layout, dateFormat }: FoundFormat, lastDay: string): (row: Row) => StreamRow | RowCode {
  const dayOf = dateReader(dateFormat)
  const { date = -1, listener = -1, track = -1, seconds = -1, region = -1 } = layout
  return ({ line, raw, fields }) => {
    const day = dayOf(fields[date] ?? '')
    if (day === undefined || day > lastDay) return 'DATE_INVALID'
    const heardBy = (fields[listener] ?? '').trim()
    const heard = (fields[track] ?? '').trim()
    const wrong = wrongId(heardBy) ?? wrongId(heard)
    if (wrong !== undefined) return wrong
    const count = secondsIn(fields[seconds] ?? '')
    if (typeof count === 'string') return count
    const where = (fields[region] ?? '').trim().toUpperCase()
    if (where !== '' && !/^[A-Z0-9-]{1,10}$/.test(where)) return 'REGION_INVALID'
    return { line, raw, period: day.slice(0, 7), day, listener: heardBy, track: heard, seconds: count, region: where }
  }
}

export function wrongId(id: string): RowCode | undefined {
  if (id === '') return 'ID_MISSING'
  if (id.length > longestId || /[\n\v\f\r\u0085\u2028\u2029]/.test(id)) return 'ID_INVALID'
  return undefined
}

function secondsIn(text: string): number | RowCode {
  if (/^\d{1,9}$/.test(text)) {
    const seconds = Number(text)
    return seconds > mostSeconds ? 'SECONDS_ABSURD' : seconds
  }
  const trimmed = text.trim()
  if (trimmed !== text) return secondsIn(trimmed)
  if (/^-\d+([.,]\d+)?$/.test(text)) return 'SECONDS_NEGATIVE'
  return /^\d{10,}$/.test(text) ? 'SECONDS_ABSURD' : 'SECONDS_INVALID'
}
