import rrule from 'rrule'
import { occurrencesEnd } from '../../meetings/occurrences/recurrence.ts'
import { toWall } from '../../meetings/occurrences/zones.ts'

const { RRule } = rrule

/** A series as Zoom has it. */
export type ZoomRecurrence = {
  repeat_interval: number
  weekly_days?: string
  monthly_day?: number
  monthly_week?: number
  monthly_week_day?: number
} & ({ end_times: number } | { end_date_time: string }) & { type: 1 | 2 | 3 }

interface Series {
  readonly startsAt: Date
  readonly timeZone: string
  readonly recurrence: string
}

const types = new Map<number, { type: 1 | 2 | 3; maxInterval: number }>([
  [RRule.DAILY, { type: 1, maxInterval: 90 }],
  [RRule.WEEKLY, { type: 2, maxInterval: 12 }],
  [RRule.MONTHLY, { type: 3, maxInterval: 3 }],
])
const maxTimes = 50
/** Zoom counts from Sunday as 1, the library from Monday as 0. */
const dayOf = (weekday: number) => ((weekday + 1) % 7) + 1

/** A series in the words of Zoom; null for one that it cannot express: such a meeting is open at any time. */
export function zoomRecurrence({ startsAt, timeZone, recurrence }: Series): ZoomRecurrence | null {
  const rule = RRule.parseString(recurrence)
  const { freq, interval = 1, count } = rule
  const known = freq === undefined ? undefined : types.get(freq)
  if (known === undefined || interval > known.maxInterval) return null
  if (rule.bymonth != null || rule.bysetpos != null) return null
  const when = whenOf(known.type, rule, toWall(startsAt, timeZone))
  const until = occurrencesEnd(recurrence, timeZone)
  if (when === null) return null
  const base = { type: known.type, repeat_interval: interval, ...when }
  if (until !== null) return { ...base, end_date_time: until.toISOString().replace(/\.\d+/, '') }
  return count != null && count <= maxTimes ? { ...base, end_times: count } : null
}

type Rule = ReturnType<typeof RRule.parseString>

function whenOf(type: 1 | 2 | 3, rule: Rule, wall: Date) {
  const monthDays = [rule.bymonthday ?? []].flat()
  const weekdays = [rule.byweekday ?? []]
    .flat()
    .map((day) => (typeof day === 'object' ? day : { weekday: day, n: undefined }))
  if (weekdays.some(({ weekday }) => typeof weekday !== 'number')) return null
  const named = weekdays.map(({ weekday, n }) => ({ day: dayOf(Number(weekday)), n }))
  const today = wall.getUTCDay() + 1
  if (type === 1) return named.length + monthDays.length === 0 ? {} : null
  if (type === 2) {
    if (monthDays.length > 0 || named.some(({ n }) => n != null)) return null
    // Every second week and more begins on a day of its own, which Zoom does not know.
    if (named.length > 1 && (rule.interval ?? 1) > 1) return null
    return {
      weekly_days:
        named.length === 0
          ? String(today)
          : named
              .map(({ day }) => day)
              .sort()
              .join(','),
    }
  }
  if (named.length === 0 && monthDays.length <= 1) {
    const [day = wall.getUTCDate()] = monthDays
    // In short months Zoom takes the last day; a rule leaves them out.
    return day >= 1 && day <= 28 ? { monthly_day: day } : null
  }
  const [only] = named
  const isOne = named.length === 1 && monthDays.length === 0 && only?.n != null && [-1, 1, 2, 3, 4].includes(only.n)
  return isOne && only.n != null ? { monthly_week: only.n, monthly_week_day: only.day } : null
}
