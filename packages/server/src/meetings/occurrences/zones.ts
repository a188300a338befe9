import { DateTime, IANAZone } from 'luxon'
import { tzlib_get_timezones } from 'timezones-ical-library'

/** A time on the wall somewhere, as the time in UTC with the same fields. */
export type WallTime = Date & { readonly wall?: true }

/** In the spelling of IANA: calendars are told what the clocks do there. */
const named = new Set(tzlib_get_timezones())

export function isZone(name: string): boolean {
  return named.has(name) && IANAZone.isValidZone(name)
}

/** What a clock in a zone shows at a time. */
export function toWall(at: Date, zone: string): WallTime {
  return DateTime.fromJSDate(at, { zone }).setZone('utc', { keepLocalTime: true }).toJSDate()
}

/**
 * When a clock in a zone shows a time: where it shows it twice, the first; where it is skipped, as much later as the clock is
 * moved (RFC 5545, 3.3.5).
 */
export function fromWall(wall: WallTime, zone: string): Date {
  const time = DateTime.fromJSDate(wall, { zone: 'utc' }).setZone(zone, { keepLocalTime: true })
  const [first = time] = time.getPossibleOffsets().sort((a, b) => a.toMillis() - b.toMillis())
  return first.toJSDate()
}
