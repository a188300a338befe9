import { expect, test } from 'vitest'
import { createClock } from './api/clock.ts'
import { learn, limitOf } from './api/limits.ts'
import { isZoom, pathPart, zoomUrls } from './api/urls.ts'
import { pace, snapshotPeriodMs } from './period.ts'

test('snapshots are as frequent as half of the limits allow, and never more than every 30 seconds', () => {
  expect(snapshotPeriodMs({}, {})).toBe(30_000)
  expect(snapshotPeriodMs({}, { heavy: 1 })).toBe(30_000)
  // 2 calls out of 30,000 a day, of which half is ours: every 11.5 s would do.
  expect(snapshotPeriodMs({}, { heavy: 2 })).toBe(30_000)
  expect(snapshotPeriodMs({}, { heavy: 10 })).toBe(57_600)
  expect(snapshotPeriodMs({ heavy: { perDay: 60_000 } }, { heavy: 10 })).toBe(30_000)
  expect(snapshotPeriodMs({ medium: { perSecond: 20 } }, { medium: 100 })).toBe(30_000)
  expect(snapshotPeriodMs({ medium: { perSecond: 20 } }, { medium: 1_000 })).toBe(100_000)
  // A free account with three users: four calls out of 2,000 a day.
  expect(snapshotPeriodMs({ medium: { perSecond: 2 } }, { medium: 4 })).toBe(345_600)
})

test('limits are learned from answers, whatever they say', () => {
  const headers = (category: string, type: string, limit: string) =>
    new Headers({ 'x-ratelimit-category': category, 'x-ratelimit-type': type, 'x-ratelimit-limit': limit })
  const known = learn({}, headers('Medium', 'QPS', '2'))
  expect(known).toEqual({ medium: { perSecond: 2 } })
  expect(limitOf(known, 'medium')).toEqual({ perSecond: 2, perDay: 2_000 })
  expect(learn(known, headers('MEDIUM', 'Daily-limit', '2000'))).toEqual({ medium: { perSecond: 2, perDay: 2_000 } })
  expect(limitOf({ medium: { perDay: 2_000 } }, 'medium')).toEqual({ perSecond: 2, perDay: 2_000 })
  for (const odd of [headers('Odd', 'QPS', '2'), headers('Light', 'QPS', 'x'), headers('Light', 'QPS', '0')])
    expect(learn(known, odd)).toBe(known)
  expect([learn(known, headers('Light', 'Hourly', '9')), learn(known, new Headers())]).toEqual([known, known])
  expect([pace({}, 'medium'), pace(known, 'medium')]).toEqual([10, 1])
})

test("Zoom's clock is known by its answers", () => {
  const clock = createClock()
  const hear = (date: number, sentAt: number, receivedAt: number) =>
    clock.hear(new Date(date).toUTCString(), sentAt, receivedAt)
  clock.hear(null, 0, 0)
  clock.hear('yesterday', 0, 0)
  expect(clock.aheadMs()).toBe(0)
  // A second is not to be told from none.
  hear(10_000, 10_400, 10_500)
  expect(clock.aheadMs()).toBe(0)
  // An hour ahead: each answer tells it to a second, all of them to less.
  for (let at = 20_000; at < 40_000; at += 970) hear(Math.floor((at + 3_600_050) / 1_000) * 1_000, at, at + 100)
  expect(Math.abs(clock.aheadMs() - 3_600_050)).toBeLessThan(150)
  // It was set.
  hear(50_000, 50_000, 50_100)
  expect(clock.aheadMs()).toBe(0)
  expect(clock.toZoom(50_000)).toEqual(new Date(50_000))
})

test('addresses: one setting for both, and what is told who we are', () => {
  expect(zoomUrls(undefined)).toEqual({ oauth: 'https://zoom.us', api: 'https://api.zoom.us/v2' })
  const local = zoomUrls('http://127.0.0.1:4010/')
  expect(local).toEqual({ oauth: 'http://127.0.0.1:4010', api: 'http://127.0.0.1:4010/v2' })
  const own = (address: string, setting?: string) => isZoom(new URL(address), zoomUrls(setting))
  expect(['https://zoom.us/rec', 'https://us02web.zoom.us/rec', 'https://api.zoom.us'].map((one) => own(one))).toEqual([
    ...[true, true, true],
  ])
  const foreign = ['http://zoom.us/', 'https://zoom.us.example.com/', 'https://evilzoom.us/', 'https://a.zoom.us:8443/']
  expect(foreign.map((one) => own(one))).toEqual([false, false, false, false])
  expect(own('http://127.0.0.1:4010/rec', 'http://127.0.0.1:4010')).toBe(true)
  expect(own('http://127.0.0.1:4011/rec', 'http://127.0.0.1:4010')).toBe(false)
  expect(own('https://us02web.zoom.us/rec', 'http://127.0.0.1:4010')).toBe(false)
})

test('a uuid is encoded twice where Zoom reads it twice', () => {
  expect(pathPart('a+b/c==')).toBe('a%2Bb%2Fc%3D%3D')
  expect(pathPart('/ab==')).toBe('%252Fab%253D%253D')
  expect(['', '.', '..'].map(pathPart)).toEqual(['-', '-', '-'])
  expect(pathPart('a//b')).toBe('a%252F%252Fb')
})
