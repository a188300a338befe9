import { texts } from './texts.ts'

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const dayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
})
const momentFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'short' })

export const timeOf = (at: Date) => timeFormat.format(at)

/** Day and time. */
export const moment = (at: Date) => momentFormat.format(at)

export function isSameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString()
}

/** The name of a day for a separator. */
export function dayOf(at: Date): string {
  const now = new Date()
  if (isSameDay(at, now)) return texts.today
  now.setDate(now.getDate() - 1)
  return isSameDay(at, now) ? texts.yesterday : dayFormat.format(at)
}

/** As short as can be: the time where it was today, else the date. */
export function briefly(at: Date): string {
  return isSameDay(at, new Date()) ? timeOf(at) : dateFormat.format(at)
}

/** From one time to another, by the clock of a time zone. */
export function span(from: Date, to: Date, timeZone?: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short', timeZone }).formatRange(from, to)
}

export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** What the clock of a time zone shows, as inputs take it: `2026-11-21T20:15`. */
export function clockOf(at: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'short', timeZone })
  return format.format(at).replace(' ', 'T')
}

/** When the clock of a time zone shows that. */
export function atClock(clock: string, timeZone: string): Date {
  const wanted = Date.parse(`${clock}Z`)
  if (Number.isNaN(wanted)) throw new Error(texts.noTime)
  const aheadAt = (at: number) => Date.parse(`${clockOf(new Date(at), timeZone)}Z`) - at
  return new Date(wanted - aheadAt(wanted - aheadAt(wanted)))
}

/** How long something plays: `1:02:03`. */
export function lengthOf(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60]
  return parts
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
    .replace(/^00:0?/, '')
}

const agoFormat = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
/** How many seconds each has, and up to how many it is told in. */
const units = [
  ['second', 1, 90],
  ['minute', 60, 5_400],
  ['hour', 3_600, 129_600],
  ['day', 86_400, Number.POSITIVE_INFINITY],
] as const

/** How long before or after now: `5 minutes ago`. */
export function fromNow(at: Date | number, now: number): string {
  const seconds = Math.round((Number(at) - now) / 1_000)
  const [unit, length] = units.find(([, , most]) => Math.abs(seconds) < most) ?? units[3]
  return agoFormat.format(Math.round(seconds / length), unit)
}
