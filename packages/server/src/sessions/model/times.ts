const aheadMs = 60_000
const behindMs = 30 * 86_400_000

/** A time that a provider told, within reason: not after it was heard, but for clocks that differ, and not long before. */
export function sane(told: Date, heardAt: Date): Date {
  const time = told.getTime()
  const heard = heardAt.getTime()
  if (Number.isNaN(time)) return heardAt
  return new Date(Math.min(Math.max(time, heard - behindMs), heard + aheadMs))
}

/** Whether a time of our own lies ahead, as a clock that was wrong leaves it behind: it proves nothing. */
export function isAhead(noted: Date): boolean {
  return noted.getTime() > Date.now() + aheadMs
}
