import { occurrencesOf, type Series } from './recurrence.ts'

/** A series with an end is written out so many times at most. */
export const maxOccurrences = 1_000
const dayMs = 86_400_000
/** One without an end is written out so far ahead, and from so far back on. */
const aheadMs = 366 * dayMs
const farthest = new Date('2200-01-01')

export interface Plan {
  /** When it begins for the first time; undefined where it never does. */
  first: Date | undefined
  /** When it begins, each time from the time asked for on. */
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
  if (recurrence === null) return { first: startsAt, times: startsAt < from ? [] : [startsAt], expandedTo: null }
  const series = { startsAt, timeZone, recurrence }
  const [first] = occurrencesOf(series, { from: startsAt, until: farthest, limit: 1 })
  const isFrom = (at: Date) => at >= from
  if (/(^|;)(COUNT|UNTIL)=/.test(recurrence)) {
    const all = occurrencesOf(series, { from: startsAt, until: farthest, limit: maxOccurrences })
    return { first, times: all.filter(isFrom), expandedTo: null }
  }
  const back = new Date(Math.max(from.getTime(), now.getTime() - aheadMs))
  const expandedTo = new Date(Math.max(now.getTime(), startsAt.getTime()) + aheadMs)
  const times = occurrencesOf(series, { from: back, until: expandedTo, limit: maxOccurrences })
  return { first, times: times.filter(isFrom), expandedTo }
}
