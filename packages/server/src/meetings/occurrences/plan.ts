import { occurrencesOf, type Series } from './recurrence.ts'

/** A series is written out so many times at most. */
export const maxOccurrences = 1_000
const dayMs = 86_400_000
/** One without an end is written out so far ahead. */
const aheadMs = 366 * dayMs
const farthest = new Date('2200-01-01')

export interface Plan {
  /** When it begins, each time. */
  times: Date[]
  /** Up to when that is all; null where it is all there is. */
  expandedTo: Date | null
}

/** When a meeting takes place from a time on: once, or as its rule says. */
export function planOf(
  { startsAt, timeZone, recurrence }: Omit<Series, 'recurrence'> & { recurrence: string | null },
  from: Date,
  now = new Date(),
): Plan {
  if (recurrence === null) return { times: startsAt < from ? [] : [startsAt], expandedTo: null }
  const series = { startsAt, timeZone, recurrence }
  const hasEnd = /(^|;)(COUNT|UNTIL)=/.test(recurrence)
  const until = hasEnd ? farthest : new Date(Math.max(now.getTime(), startsAt.getTime()) + aheadMs)
  const times = occurrencesOf(series, { from: startsAt, until, limit: maxOccurrences }).filter((at) => at >= from)
  return { times, expandedTo: hasEnd ? null : until }
}
