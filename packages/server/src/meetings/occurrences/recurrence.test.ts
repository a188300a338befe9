import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { occurrencesOf, problemOf } from './recurrence.ts'
import { fromWall, isZone, toWall } from './zones.ts'

const zones = Intl.supportedValuesOf('timeZone')
const times = fc.date({ min: new Date('1990-01-01'), max: new Date('2037-12-31'), noInvalidDate: true })
const all = { until: new Date('2200-01-01'), limit: 1_000 }

test('of times and what clocks show', () => {
  fc.assert(
    fc.property(times, fc.constantFrom(...zones), (at, zone) => {
      const wall = toWall(at, zone)
      const shown = new Intl.DateTimeFormat('en-CA', {
        timeZone: zone,
        dateStyle: 'short',
        timeStyle: 'medium',
        hourCycle: 'h23',
      })
      expect(shown.format(at).replace(/[^\d]+/g, ' ')).toBe(
        wall
          .toISOString()
          .slice(0, 19)
          .replace(/[^\d]+/g, ' '),
      )
      const back = fromWall(wall, zone)
      // The same time, or an hour shown twice, of which the first counts.
      expect(toWall(back, zone)).toEqual(wall)
      expect(back.getTime()).toBeLessThanOrEqual(at.getTime())
    }),
    { numRuns: 2_000 },
  )
})

test('a weekly series is at the same time of the clock in every zone and year', () => {
  fc.assert(
    fc.property(times, fc.constantFrom(...zones), (startsAt, timeZone) => {
      const series = { startsAt, timeZone, recurrence: 'FREQ=WEEKLY;COUNT=60' }
      const found = occurrencesOf(series, { from: startsAt, ...all })
      const first = fromWall(toWall(startsAt, timeZone), timeZone)
      expect(found.length).toBeGreaterThanOrEqual(first < startsAt ? 59 : 60)
      const clock = (at: Date) => toWall(at, timeZone).getTime() % 86_400_000
      const odd = found.filter((at) => clock(at) !== clock(startsAt))
      // Only where a clock is moved over that time; it comes as much later.
      for (const at of odd)
        expect(toWall(fromWall(toWall(at, timeZone), timeZone), timeZone)).toEqual(toWall(at, timeZone))
      expect(odd.length).toBeLessThanOrEqual(3)
      expect(found).toEqual(found.toSorted((a, b) => a.getTime() - b.getTime()))
    }),
    { numRuns: 500 },
  )
})

describe('over a change of daylight saving', () => {
  const daily = (startsAt: string, timeZone: string) =>
    occurrencesOf(
      { startsAt: new Date(startsAt), timeZone, recurrence: 'FREQ=DAILY;COUNT=3' },
      { from: new Date(startsAt), ...all },
    )
  const iso = (found: Date[]) => found.map((at) => at.toISOString().slice(0, 16))

  test('the clock counts', () => {
    expect(iso(daily('2026-03-28T09:00Z', 'Europe/Berlin'))).toEqual([
      '2026-03-28T09:00',
      '2026-03-29T08:00',
      '2026-03-30T08:00',
    ])
    expect(iso(daily('2026-10-31T13:00Z', 'America/New_York'))).toEqual([
      ...['2026-10-31T13:00', '2026-11-01T14:00', '2026-11-02T14:00'],
    ])
  })

  test('a time that is skipped comes as much later, one that is shown twice the first time', () => {
    expect(iso(daily('2026-03-28T01:30Z', 'Europe/Berlin'))).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:30',
      '2026-03-30T00:30',
    ])
    expect(iso(daily('2026-10-24T00:30Z', 'Europe/Berlin'))).toEqual([
      '2026-10-24T00:30',
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
  })
})

test('rules end by count, by a time in UTC, by a day of the zone, or not at all', () => {
  const series = (recurrence: string) =>
    occurrencesOf(
      { startsAt: new Date('2026-01-05T08:00Z'), timeZone: 'Asia/Tokyo', recurrence },
      { from: new Date('2026-01-01'), until: new Date('2026-02-01'), limit: 1_000 },
    ).length
  expect(series('FREQ=DAILY;COUNT=4')).toBe(4)
  expect(series('FREQ=DAILY;UNTIL=20260107T080000Z')).toBe(3)
  expect(series('FREQ=DAILY;UNTIL=20260107T075959Z')).toBe(2)
  expect(series('FREQ=DAILY;UNTIL=20260107')).toBe(3)
  expect(series('FREQ=DAILY')).toBe(27)
  expect(series('FREQ=MONTHLY;BYDAY=-1FR')).toBe(1)
  expect(series('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30')).toBe(0)
})

test.each([
  ...[
    '',
    'FREQ=HOURLY',
    'FREQ=WEEKLY;BYHOUR=3',
    'COUNT=3',
    'FREQ=DAILY;COUNT=3;UNTIL=20300101',
    'FREQ=DAILY;FREQ=DAILY',
  ],
  ...[
    'FREQ=DAILY\nEXDATE:20260101',
    'FREQ=DAILY;BYDAY=XX',
    'DTSTART:20260101;FREQ=DAILY',
    'FREQ=DAILY;INTERVAL=x',
    'FREQ=DAILY;COUNT=0',
  ],
])('%j is no rule', (text) => {
  expect(problemOf(text)).toEqual(expect.any(String))
})

test('zones are those of IANA', () => {
  for (const name of ['UTC', 'Asia/Calcutta', 'Europe/Kiev', 'CET', ...zones]) expect(isZone(name)).toBe(true)
  for (const name of ['', 'Mars/Olympus', '+02:00', 'europe/berlin', 'SystemV/AST4', 'Europe/Berlin\0'])
    expect(isZone(name)).toBe(false)
})

describe('rules that hardly ever or never come true', () => {
  const from = new Date('1970-12-01')
  const few = (recurrence: string) => occurrencesOf({ startsAt: from, timeZone: 'UTC', recurrence }, { from, ...all })

  test.each([
    'FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2',
    'FREQ=MONTHLY;BYMONTHDAY=31;INTERVAL=12;BYMONTH=11',
    'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300',
    'FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=4',
    'FREQ=YEARLY;BYDAY=MO;BYSETPOS=300;INTERVAL=7',
    'FREQ=WEEKLY;BYMONTH=2;INTERVAL=9999',
  ])('%s is found empty in no time', (recurrence) => {
    expect(problemOf(recurrence)).toBeUndefined()
    few(recurrence)
    const since = performance.now()
    expect(few(recurrence)).toEqual([])
    expect(performance.now() - since).toBeLessThan(500)
  })

  test.each([
    'FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2',
    'FREQ=DAILY;BYSETPOS=2',
    'FREQ=DAILY;INTERVAL=7;BYDAY=TU',
    'FREQ=WEEKLY;BYDAY=MO;BYSETPOS=3',
  ])('%s is refused', (recurrence) => {
    expect(problemOf(recurrence)).toMatch(/with/)
  })

  test('leap days come every four years', () => {
    const found = occurrencesOf(
      { startsAt: new Date('2096-02-29'), timeZone: 'UTC', recurrence: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29' },
      { from: new Date('2096-02-29'), ...all },
    )
    expect(found.slice(0, 3).map((at) => at.getUTCFullYear())).toEqual([2096, 2104, 2108])
  })
})
