import ICAL from 'ical.js'
import { DateTime } from 'luxon'
import { expect, test } from 'vitest'
import { newId } from '../../ids.ts'
import { toIcs } from './ics.ts'
import type { CalendarMeeting } from './store.ts'

const at = (text: string) => new Date(text)
const single: CalendarMeeting = {
  hostId: newId('user'),
  ...{ id: newId('meeting'), title: 'Probe, laut; "leise"\n\\', description: 'Zeile 1\nZeile 2 🎶', host: 'Ann' },
  ...{ startsAt: at('2026-03-25T18:00Z'), durationMinutes: 90, timeZone: 'Europe/Berlin', recurrence: null },
  ...{ joinUrl: 'https://meet.example.com/choir', sequence: 3, modifiedAt: at('2026-03-01T00:00Z'), cancelledAt: null },
  exceptions: [],
}
const publish = { method: 'publish', organizerEmail: 'no-reply@antiphon.example' } as const

/** The lines of a text, unfolded. */
const linesOf = (ics: string) => ics.replaceAll('\r\n ', '').split('\r\n')

test('a single meeting, in UTC, with its texts escaped', () => {
  const lines = linesOf(toIcs([single], publish))
  expect(lines).toEqual(
    expect.arrayContaining([
      ...[
        'METHOD:PUBLISH',
        `UID:${single.id}@antiphon`,
        'SEQUENCE:3',
        'DTSTART:20260325T180000Z',
        'DTEND:20260325T193000Z',
      ],
      ...['SUMMARY:Probe\\, laut\\; "leise"\\n\\\\', 'STATUS:CONFIRMED'],
      'DESCRIPTION:Zeile 1\\nZeile 2 🎶\\n\\nhttps://meet.example.com/choir',
    ]),
  )
  for (const line of toIcs([single], publish).split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
})

test('a series, in its zone, with what is cancelled and what is moved', () => {
  const series = {
    ...single,
    recurrence: 'FREQ=WEEKLY;UNTIL=20260501',
    exceptions: [
      {
        ...{ originalAt: at('2026-04-01T17:00Z'), startsAt: at('2026-04-01T17:00Z'), endsAt: at('2026-04-01T18:30Z') },
        ...{ title: null, cancelledAt: at('2026-03-20T00:00Z') },
      },
      {
        ...{ originalAt: at('2026-04-08T17:00Z'), startsAt: at('2026-04-09T17:00Z'), endsAt: at('2026-04-09T18:30Z') },
        ...{ title: 'A day later', cancelledAt: null },
      },
    ],
  }
  const lines = linesOf(toIcs([series], publish))
  expect(lines).toEqual(
    expect.arrayContaining([
      ...['BEGIN:VTIMEZONE', 'TZID:Europe/Berlin', 'DTSTART;TZID=Europe/Berlin:20260325T190000'],
      ...['RRULE:FREQ=WEEKLY;UNTIL=20260501T215959Z', 'EXDATE;TZID=Europe/Berlin:20260401T190000'],
      ...['RECURRENCE-ID;TZID=Europe/Berlin:20260408T190000', 'DTSTART;TZID=Europe/Berlin:20260409T190000'],
      'SUMMARY:A day later',
    ]),
  )
  expect(lines.filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(2)
})

test('an invitation by mail, and that it is off', () => {
  const to = { organizerEmail: 'no-reply@antiphon.example', attendeeEmail: 'guest@example.org' }
  const asked = linesOf(toIcs([single], { ...to, method: 'request' }))
  expect(asked).toContain('METHOD:REQUEST')
  expect(asked.find((line) => line.startsWith('ATTENDEE'))).toMatch(/RSVP=TRUE.*MAILTO:guest@example.org$/i)
  const off = linesOf(toIcs([{ ...single, cancelledAt: at('2026-03-02T00:00Z') }], { ...to, method: 'cancel' }))
  expect(off).toEqual(expect.arrayContaining(['METHOD:CANCEL', 'STATUS:CANCELLED', `UID:${single.id}@antiphon`]))
})

test('another program reads it as it is meant', () => {
  const joinUrl = `https://meet.example.com/${'a,b;c%5C'.repeat(20)}?d=1,2;3`
  const exception = { startsAt: at('2026-04-01T17:00Z'), endsAt: at('2026-04-01T18:30Z'), title: null }
  for (const timeZone of ['Europe/Berlin', 'UTC', 'Etc/UTC', 'Asia/Calcutta', 'Europe/Oslo', 'America/New_York']) {
    const originalAt = DateTime.fromISO('2026-04-01T19:00', { zone: timeZone }).toJSDate()
    const startsAt = DateTime.fromISO('2026-03-25T19:00', { zone: timeZone }).toJSDate()
    const exceptions = [{ ...exception, originalAt, cancelledAt: startsAt }]
    const series = { ...single, startsAt, timeZone, joinUrl, recurrence: 'FREQ=WEEKLY;COUNT=4', exceptions }
    const ics = toIcs([series], { ...publish, name: 'Meetings' })
    expect(ics).toMatch(/END:VCALENDAR\r\n$/)
    for (const line of ics.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    const calendar = new ICAL.Component(ICAL.parse(ics) as unknown[])
    for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone)
    expect(calendar.getFirstPropertyValue('name')).toBe('Meetings')
    expect(String(calendar.getFirstPropertyValue('refresh-interval'))).toBe('PT1H')
    const event = new ICAL.Event(calendar.getFirstSubcomponent('vevent')!)
    expect(event.component.getFirstPropertyValue('url')).toBe(joinUrl)
    expect([event.summary, event.location]).toEqual([series.title, joinUrl])
    const times: Date[] = []
    const iterator = event.iterator()
    for (let next = iterator.next(); next; next = iterator.next()) times.push(next.toJSDate())
    const expected = [0, 2, 3].map((weeks) =>
      DateTime.fromJSDate(startsAt, { zone: timeZone }).plus({ weeks }).toJSDate(),
    )
    expect([timeZone, times]).toEqual([timeZone, expected])
  }
})
