import { expect, test } from 'vitest'
import { atClock, clockOf } from './time.ts'

test.each([
  ['2026-01-15T20:15', 'Europe/Berlin', '2026-01-15T19:15:00.000Z'],
  ['2026-07-15T20:15', 'Europe/Berlin', '2026-07-15T18:15:00.000Z'],
  ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T01:30:00.000Z'],
  ['2026-03-08T03:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
  ['2026-12-31T23:45', 'Pacific/Kiritimati', '2026-12-31T09:45:00.000Z'],
  ['2026-05-01T00:00', 'Asia/Kathmandu', '2026-04-30T18:15:00.000Z'],
])('%s on the clock of %s', (clock, zone, iso) => {
  expect(atClock(clock, zone).toISOString()).toBe(iso)
  expect(clockOf(new Date(iso), zone)).toBe(clock)
})

test('no time is said so; one that the change to summer time leaves out is an hour beside', () => {
  expect(() => atClock('', 'UTC')).toThrow(/date and a time/)
  const left = atClock('2026-03-29T02:30', 'Europe/Berlin').toISOString()
  expect(['2026-03-29T00:30:00.000Z', '2026-03-29T01:30:00.000Z']).toContain(left)
})
