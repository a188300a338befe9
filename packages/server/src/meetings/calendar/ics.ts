import ical, { ICalCalendarMethod, type ICalEventData, ICalEventStatus } from 'ical-generator'
import { DateTime } from 'luxon'
import { tzlib_get_ical_block } from 'timezones-ical-library'
import { occurrencesEnd } from '../occurrences/recurrence.ts'
import type { CalendarException, CalendarMeeting } from './store.ts'

interface CalendarOptions {
  /** `publish` for files and feeds; `request` and `cancel` for mails. */
  method: 'publish' | 'request' | 'cancel'
  /** Whose address stands for the host: answers by mail would go there. */
  organizerEmail: string
  /** Who is asked to come, by mail. */
  attendeeEmail?: string
  /** What programs call a calendar that they subscribe to; they ask for it each hour. */
  name?: string
}

const methods = {
  publish: ICalCalendarMethod.PUBLISH,
  request: ICalCalendarMethod.REQUEST,
  cancel: ICalCalendarMethod.CANCEL,
}

/** Of a time that is other than its series has it: the series has all of it. */
const longestOfException = 500

/** About how many characters a meeting takes in iCalendar. */
export function weightOf({ description, exceptions }: CalendarMeeting): number {
  return 1_500 + description.length + exceptions.length * (700 + Math.min(description.length, longestOfException))
}

/** Meetings as iCalendar (RFC 5545), with the time zones of those that are repeated. */
export function toIcs(meetings: readonly CalendarMeeting[], options: CalendarOptions): string {
  const calendar = ical({
    prodId: { company: 'Antiphon', product: 'Meetings' },
    method: methods[options.method],
    timezone: { name: null, generator: zoneBlock },
    ...(options.name !== undefined && { name: options.name, ttl: 3_600 }),
  })
  for (const meeting of meetings) for (const event of eventsOf(meeting, options)) calendar.createEvent(event)
  return `${withPlainUrls(calendar.toString())}\r\n`
}

/** An address is no text: nothing is escaped in it (RFC 5545, 3.3.13), as the library does. */
function withPlainUrls(ics: string): string {
  return ics.replace(/^URL;VALUE=URI:.*(?:\r\n .*)*/gm, (folded) => {
    const line = folded.replaceAll('\r\n ', '').replace(/\\([\\,;])/g, '$1')
    // An address is of ASCII: a character is an octet.
    return line.match(/^.{1,75}|.{1,74}/g)?.join('\r\n ') ?? line
  })
}

/** Under the name that the times have, which may be another one for the same zone, as Europe/Oslo. */
function zoneBlock(zone: string): string | null {
  const [block] = tzlib_get_ical_block(zone)
  return block?.startsWith('BEGIN:VTIMEZONE') ? block.replace(/^TZID:.*$/m, `TZID:${zone}`) : null
}

function eventsOf(meeting: CalendarMeeting, options: CalendarOptions): ICalEventData[] {
  const { startsAt, durationMinutes, recurrence, exceptions } = meeting
  const endsAt = new Date(startsAt.getTime() + durationMinutes * 60_000)
  const whole = eventOf(meeting, { startsAt, endsAt, title: null, cancelledAt: null }, options)
  if (recurrence === null) {
    const [moved] = exceptions
    return [moved === undefined ? whole : eventOf(meeting, moved, options)]
  }
  const cancelled = exceptions.filter(({ cancelledAt }) => cancelledAt !== null)
  const others = exceptions.filter(({ cancelledAt }) => cancelledAt === null)
  return [
    { ...whole, repeating: ruleOf(meeting, recurrence, cancelled) },
    ...others.map((one) => ({
      ...eventOf({ ...meeting, description: shortened(meeting.description) }, one, options),
      recurrenceId: DateTime.fromJSDate(one.originalAt, { zone: meeting.timeZone }),
    })),
  ]
}

function shortened(text: string): string {
  return text.length <= longestOfException ? text : `${[...text].slice(0, longestOfException - 1).join('')}…`
}

function ruleOf({ timeZone }: CalendarMeeting, recurrence: string, cancelled: readonly CalendarException[]): string {
  const end = occurrencesEnd(recurrence, timeZone)
  const rule = end === null ? recurrence : recurrence.replace(/UNTIL=[^;]+/, `UNTIL=${inUtc(end)}`)
  // As DTSTART has it: not every program compares times of different zones.
  const excluded = cancelled.map(({ originalAt }) => `EXDATE${inZone(originalAt, timeZone)}`)
  return [`RRULE:${rule}`, ...excluded].join('\r\n')
}

function inUtc(at: Date): string {
  return DateTime.fromJSDate(at, { zone: 'utc' }).toFormat("yyyyLLdd'T'HHmmss'Z'")
}

function inZone(at: Date, zone: string): string {
  if (zone === 'UTC') return `:${inUtc(at)}`
  return `;TZID=${zone}:${DateTime.fromJSDate(at, { zone }).toFormat("yyyyLLdd'T'HHmmss")}`
}

function eventOf(
  meeting: CalendarMeeting,
  { startsAt, endsAt, title, cancelledAt }: Omit<CalendarException, 'originalAt'>,
  { method, organizerEmail, attendeeEmail }: CalendarOptions,
): ICalEventData {
  const { id, timeZone, recurrence, joinUrl } = meeting
  const isCancelled = method === 'cancel' || meeting.cancelledAt !== null || cancelledAt !== null
  const inZone = (at: Date) => DateTime.fromJSDate(at, { zone: recurrence === null ? 'utc' : timeZone })
  return {
    id: `${id}@antiphon`,
    sequence: meeting.sequence,
    start: inZone(startsAt),
    end: inZone(endsAt),
    // Of mails, the newer counts by this where the meeting itself was not changed (RFC 5546, 2.1.5).
    stamp: method === 'publish' ? meeting.modifiedAt : new Date(),
    lastModified: meeting.modifiedAt,
    ...(recurrence !== null && { timezone: timeZone }),
    summary: title ?? meeting.title,
    description: [meeting.description, joinUrl].filter(Boolean).join('\n\n'),
    ...(joinUrl !== null && { url: joinUrl, location: joinUrl }),
    status: isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    organizer: { name: meeting.host || 'Deleted user', email: organizerEmail },
    ...(attendeeEmail !== undefined && { attendees: [{ email: attendeeEmail, rsvp: method === 'request' }] }),
  }
}
