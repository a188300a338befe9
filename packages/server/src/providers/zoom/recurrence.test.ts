import { expect, test } from 'vitest'
import { zoomRecurrence } from './recurrence.ts'

/** Monday evening in Berlin, and Tuesday in Tokyo. */
const startsAt = new Date('2030-05-06T16:00:00Z')
const of = (recurrence: string, timeZone = 'Europe/Berlin') => zoomRecurrence({ startsAt, timeZone, recurrence })

test.each([
  ['FREQ=DAILY;COUNT=5', { type: 1, repeat_interval: 1, end_times: 5 }],
  ['FREQ=DAILY;INTERVAL=3;UNTIL=20300601', { type: 1, repeat_interval: 3, end_date_time: '2030-06-01T21:59:59Z' }],
  ['FREQ=WEEKLY;COUNT=12', { type: 2, repeat_interval: 1, weekly_days: '2', end_times: 12 }],
  ['FREQ=WEEKLY;INTERVAL=2;COUNT=2', { type: 2, repeat_interval: 2, weekly_days: '2', end_times: 2 }],
  ['FREQ=WEEKLY;BYDAY=SU,SA,MO;COUNT=9', { type: 2, repeat_interval: 1, weekly_days: '1,2,7', end_times: 9 }],
  ['FREQ=MONTHLY;COUNT=3', { type: 3, repeat_interval: 1, monthly_day: 6, end_times: 3 }],
  ['FREQ=MONTHLY;BYMONTHDAY=28;COUNT=3', { type: 3, repeat_interval: 1, monthly_day: 28, end_times: 3 }],
  [
    'FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO;COUNT=3',
    { type: 3, repeat_interval: 2, monthly_week: 1, monthly_week_day: 2, end_times: 3 },
  ],
  [
    'FREQ=MONTHLY;BYDAY=-1SU;COUNT=3',
    { type: 3, repeat_interval: 1, monthly_week: -1, monthly_week_day: 1, end_times: 3 },
  ],
])('%s', (recurrence, expected) => {
  expect(of(recurrence)).toEqual(expected)
})

test('days are those of the zone of the series', () => {
  const late = new Date('2030-05-06T22:30:00Z')
  expect(zoomRecurrence({ startsAt: late, timeZone: 'Asia/Tokyo', recurrence: 'FREQ=WEEKLY;COUNT=2' })).toMatchObject({
    weekly_days: '3',
  })
})

test.each([
  // It never ends, or too late.
  ...['FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=MO', 'FREQ=DAILY;COUNT=51'],
  // Too far apart, or by the year.
  ...['FREQ=DAILY;INTERVAL=91;COUNT=2', 'FREQ=MONTHLY;INTERVAL=4;COUNT=2', 'FREQ=YEARLY;COUNT=2'],
  // Zoom takes the last day of short months.
  ...['FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2', 'FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2'],
  ...['FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=2', 'FREQ=MONTHLY;BYDAY=1MO,3MO;COUNT=2', 'FREQ=MONTHLY;BYDAY=MO;COUNT=2'],
  ...['FREQ=MONTHLY;BYDAY=5MO;COUNT=2', 'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1;COUNT=2', 'FREQ=DAILY;BYDAY=MO;COUNT=2'],
  ...['FREQ=WEEKLY;BYMONTH=5;COUNT=2', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=4'],
])('Zoom cannot express %s', (recurrence) => {
  expect(of(recurrence)).toBeNull()
})
