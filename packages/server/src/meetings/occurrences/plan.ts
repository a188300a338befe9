import { maxOccurrences, occurrencesOf, type Series } from './recurrence.ts'

const dayMs = 86_400_000
/** One without an end is written out so far ahead, and from so far back on. */
const aheadMs = 366 * dayMs

export interface Plan {
  /** When it begins for the first time; undefined where it never does. */
  first: Date | undefined
  /** When it begins, each time from the time asked for on. */
  times: Date[]
  /** Up to when that is all; null where it is all there is. */
  expandedTo: Date | null
  /** It has an end, but more times than one may have. */
  isTooLong: boolean
}

/** When a meeting takes place from a time on: once, or as its rule says. */
export function planOf(
  { startsAt, timeZone, recurrence }: Omit<Series, 'recurrence'> & { recurrence: string | null },
  from: Date,
  now = new Date(),
): Plan {
  const whole = { expandedTo: null, isTooLong: false }
  if (recurrence === null) return { ...whole, first: startsAt, times: startsAt < from ? [] : [startsAt] }
  const series = { startsAt, timeZone, recurrence }
  const isFrom = (at: Date) => at >= from
  if (/(^|;)(COUNT|UNTIL)=/.test(recurrence)) {
    const all = occurrencesOf(series, { from: startsAt, limit: maxOccurrences + 1 })
    return { ...whole, first: all[0], times: all.filter(isFrom), isTooLong: all.length > maxOccurrences }
  }
  const [first] = occurrencesOf(series, { from: startsAt, limit: 1 })
  const back = new Date(Math.max(from.getTime(), now.getTime() - aheadMs))
  const expandedTo = new Date(Math.max(now.getTime(), startsAt.getTime()) + aheadMs)
  const times = occurrencesOf(series, { from: back, until: expandedTo, limit: maxOccurrences })
  return { first, times: times.filter(isFrom), expandedTo, isTooLong: false }
}
