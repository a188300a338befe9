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
