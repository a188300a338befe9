import { z } from 'zod'

/** A month of accounts. */
export const period = z
  .string()
  .max(7)
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, { abort: true, error: 'is a month, such as 2026-10' })
  .meta({ id: 'Period', description: 'A month of accounts, such as `2026-10`.', examples: ['2026-10'] })

/** The month that a day, `2026-10-31`, is in. */
export const monthOf = (day: string): string => day.slice(0, 7)

/** The month after one. */
export function monthAfter(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return number === 12
    ? `${String(year + 1).padStart(4, '0')}-01`
    : `${month.slice(0, 4)}-${String(number + 1).padStart(2, '0')}`
}

/** The month before one. */
export function monthBefore(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return number === 1
    ? `${String(year - 1).padStart(4, '0')}-12`
    : `${month.slice(0, 4)}-${String(number - 1).padStart(2, '0')}`
}

/** The last day that something can have been heard on: by UTC it is tomorrow somewhere. */
export const lastDay = (now: Date): string => new Date(now.getTime() + 86_400_000).toISOString().slice(0, 10)

/** Whether a month is past, by UTC. */
export const isOver = (month: string, now: Date): boolean => month < now.toISOString().slice(0, 7)

/** What holds from the beginning holds from this month on. */
export const firstMonth = '0001-01'
