import rrule from 'rrule'
import { fromWall, toWall } from './zones.ts'

const { RRule } = rrule

/** What a series repeats by, where its clock is. */
export interface Series {
  startsAt: Date
  timeZone: string
  /** An RRULE of RFC 5545 without its name: `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10`. */
  recurrence: string
}

const number = /^[1-9]\d{0,3}$/
const parts: Readonly<Record<string, RegExp>> = {
  FREQ: /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: number,
  COUNT: number,
  UNTIL: /^\d{8}(T\d{6}Z?)?$/,
  BYDAY: /^([+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU)(,(?=[+\-A-Z1-5])|$))+$/,
  BYMONTHDAY: /^(-?([1-9]|[12]\d|3[01])(,(?=[-\d])|$))+$/,
  BYMONTH: /^(([1-9]|1[0-2])(,(?=\d)|$))+$/,
  BYSETPOS: /^(-?[1-9]\d{0,2}(,(?=[-\d])|$))+$/,
  WKST: /^(MO|TU|WE|TH|FR|SA|SU)$/,
}
const dayMs = 86_400_000
/** There are no times after this one. */
const farthest = new Date('2200-01-01')
/** A series with an end has so many times at most. */
export const maxOccurrences = 1_000
/** After so long the calendar is the same again, weekdays too. */
const cycle = { years: 400, ms: 146_097 * dayMs }
/** Up to here the library looks for what never comes true. */
const lastYear = 9_999

/** Why a text is no rule for meetings; undefined where it is one. */
export function problemOf(recurrence: string): string | undefined {
  if (/^RRULE:/i.test(recurrence)) return 'is the rule alone, without "RRULE:" before it'
  const given = recurrence.split(';').map((part) => part.split('=') as [string, string?, ...string[]])
  const misspelt = given.find(([name, value = '', ...more]) => more.length > 0 || parts[name]?.test(value) !== true)
  if (misspelt !== undefined) return misspeltAs(misspelt)
  const names = given.map(([name]) => name)
  if (new Set(names).size < names.length) return 'says something twice'
  if (!names.includes('FREQ')) return 'has FREQ=DAILY, WEEKLY, MONTHLY or YEARLY'
  if (names.includes('COUNT') && names.includes('UNTIL')) return 'ends by COUNT or by UNTIL, not by both'
  const misfit = misfitOf(Object.fromEntries(given))
  if (misfit !== undefined) return misfit
  try {
    const { count } = new RRule({ ...RRule.parseString(recurrence), dtstart: farthest }).options
    return (count ?? 0) > maxOccurrences ? 'is of 1,000 times at most (COUNT)' : undefined
  } catch {
    return 'cannot be read as an RRULE (RFC 5545)'
  }
}

function misspeltAs(part: readonly (string | undefined)[]): string {
  const [name = ''] = part
  const known = Object.keys(parts)
  const text = part.join('=').slice(0, 40)
  return known.includes(name)
    ? `cannot have "${text}": see ${name} in RFC 5545, 3.3.10`
    : `cannot have "${text}": its parts are ${known.join(', ')}, as in FREQ=WEEKLY;BYDAY=MO`
}

/** What the frequency does not go with: such rules may take for ever to come true, and say it in a roundabout way. */
function misfitOf({ FREQ, INTERVAL = '1', BYDAY, BYMONTH, BYMONTHDAY, BYSETPOS }: Record<string, string | undefined>) {
  const isShort = FREQ === 'DAILY' || FREQ === 'WEEKLY'
  if (isShort && (BYMONTHDAY ?? BYSETPOS) !== undefined)
    return 'has BYMONTHDAY and BYSETPOS with MONTHLY or YEARLY only'
  if (FREQ === 'DAILY' && INTERVAL !== '1' && (BYDAY ?? BYMONTH) !== undefined)
    return 'has BYDAY and BYMONTH with FREQ=DAILY only where it is every day (INTERVAL=1)'
  return undefined
}

/**
 * The beginnings of a series from one time up to another, at most so many, in order. The clock in the zone of the series
 * shows the same time for all of them, over changes of daylight saving.
 */
export function occurrencesOf(
  { startsAt, timeZone, recurrence }: Series,
  { from, until = farthest, limit }: Span,
): Date[] {
  const end = Math.min(until.getTime(), farthest.getTime())
  // As near to the library's end of time as it can be: it goes on until there where nothing comes true.
  const cycles = Math.floor((lastYear - 1 - new Date(end).getUTCFullYear()) / cycle.years)
  const later = (at: Date) => new Date(at.getTime() + cycles * cycle.ms)
  const last = lastOf(recurrence, timeZone)
  const rule = new RRule({
    ...RRule.parseString(recurrence),
    dtstart: later(toWall(startsAt, timeZone)),
    until: last && later(last),
  })
  const found: Date[] = []
  // A day more on either side: walls and times are that far apart at most.
  rule.between(later(new Date(from.getTime() - dayMs)), later(new Date(end + dayMs)), true, (wall) => {
    const at = fromWall(new Date(wall.getTime() - cycles * cycle.ms), timeZone)
    if (at >= from && at.getTime() < end) found.push(at)
    return found.length < limit
  })
  return found
}

interface Span {
  from: Date
  until?: Date
  limit: number
}

/** How a series is repeated, in words; those of the library for the plain rules, which it says well. */
export function wordsOf(recurrence: string): string {
  const { freq, interval, byweekday, ...others } = RRule.parseString(recurrence)
  const isPlain = !(others.bymonth ?? others.bymonthday ?? others.bysetpos) && !(byweekday && freq === RRule.YEARLY)
  if (!isPlain || freq === undefined) return 'and again after that'
  return new RRule({ freq, ...(interval && { interval }), ...(byweekday && { byweekday }) }).toText()
}

/** When a rule ends that ends by a time or a day; null for others. */
export function occurrencesEnd(recurrence: string, timeZone: string): Date | null {
  const last = lastOf(recurrence, timeZone)
  return last && fromWall(last, timeZone)
}

/** The end of a rule as a clock in the zone shows it: a time in UTC, a time there, or a day as a whole. */
function lastOf(recurrence: string, timeZone: string): Date | null {
  const [, text] = /(?:^|;)UNTIL=([^;]+)/.exec(recurrence) ?? []
  if (text === undefined) return null
  const until = RRule.parseString(`UNTIL=${text}`).until ?? null
  if (until === null) return null
  if (text.endsWith('Z')) return toWall(until, timeZone)
  return text.includes('T') ? until : new Date(until.getTime() + dayMs - 1)
}
