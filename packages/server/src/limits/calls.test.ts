import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { CallCounts } from './callCounts.ts'
import { type CallLimits, createCallLimits } from './calls.ts'
import { openInstances, outcome } from './limits.fixture.ts'

/** So long that no test meets its end. */
const windowMs = 1_000_000_000_000
const flushMs = 50

async function open(figures: Parameters<typeof createCallLimits>[1] = {}) {
  const opened = await openInstances()
  const warnings: string[] = []
  const log = { warn: (_details: object, text: string) => warnings.push(text) }
  const [one, two] = opened.pools.map((pool) =>
    createCallLimits({ pool, secret: opened.secret, perMinute: 100, log }, { windowMs, flushMs, ...figures }),
  )
  onTestFinished(async () => {
    await Promise.all([one!.close(), two!.close()])
  })
  return { ...opened, one: one!, two: two!, warnings }
}

function times(count: number, work: () => unknown): void {
  for (let index = 0; index < count; index++) work()
}

test('counts down, then refuses until the window ends', async () => {
  const { one } = await open()
  expect(one.count('ann')).toEqual({ limit: 100, remaining: 99, resetMs: expect.any(Number) })
  times(98, () => one.count('ann'))
  expect(one.count('ann').remaining).toBe(0)
  expect(await outcome(() => one.count('ann'))).toEqual({ wait: expect.any(Number) })
  expect(one.count('bob').remaining).toBe(99)
})

test('a window begins anew, on all instances at the same time', async () => {
  const { one, two } = await open({ windowMs: 400 })
  await delay(400 - (Date.now() % 400) + 20)
  times(100, () => one.count('ann'))
  const { resetMs } = two.count('ann')
  expect(resetMs).toBeLessThanOrEqual(400)
  expect(await outcome(() => one.count('ann'))).toHaveProperty('wait')
  await delay(resetMs + 5)
  expect(one.count('ann').remaining).toBe(99)
  expect(two.count('ann').remaining).toBe(99)
})

test('two instances agree after two flushes', async () => {
  const { one, two, rows } = await open()
  const shared = async (points: number) => {
    await vi.waitFor(async () => expect((await rows())[0]?.points).toBe(points), 5_000)
    await delay(flushMs)
  }
  times(60, () => one.count('ann'))
  times(30, () => two.count('ann'))
  await shared(90)
  one.count('ann')
  two.count('ann')
  await shared(92)
  // Of the last two calls, the one that was shared first does not know the other.
  const left = await Promise.all([one, two].map((instance) => admittedBy(instance, 20)))
  expect(Math.min(...left)).toBe(8)
  expect(Math.max(...left)).toBeLessThanOrEqual(9)
})

async function admittedBy(limits: CallLimits, calls: number): Promise<number> {
  const outcomes = await Promise.all(Array.from({ length: calls }, () => outcome(() => limits.count('ann'))))
  return outcomes.filter((one) => 'value' in one).length
}

test('what is refused is not counted, so hammering costs no query', async () => {
  const { one, rows } = await open()
  times(100, () => one.count('ann'))
  await vi.waitFor(async () => expect((await rows())[0]?.points).toBe(100))
  const query = vi.spyOn(pg.Client.prototype, 'query')
  for (let index = 0; index < 1_000; index++) expect(await outcome(() => one.count('ann'))).toHaveProperty('wait')
  await delay(3 * flushMs)
  expect(query).not.toHaveBeenCalled()
  query.mockRestore()
})

test('a call adds no query: one statement per flush for all keys, none when nothing changed', async () => {
  const { pools } = await open()
  const [pool] = pools
  const query = vi.spyOn(pool, 'query')
  const limits = createCallLimits(
    { pool, secret: Buffer.from('s'), perMinute: 10, log: console },
    { windowMs, flushMs },
  )
  await delay(3 * flushMs)
  expect(query).toHaveBeenCalledTimes(0)
  for (let key = 0; key < 500; key++) times(5, () => limits.count(`key${key}`))
  expect(query).toHaveBeenCalledTimes(0)
  await delay(4 * flushMs)
  expect(query).toHaveBeenCalledTimes(1)
  await limits.close()
  expect(query).toHaveBeenCalledTimes(1)
})

test('more keys than fit one statement go with the next', async () => {
  const { one, rows } = await open({ maxSent: 100, flushMs: 20 })
  for (let key = 0; key < 350; key++) one.count(`key${key}`)
  await vi.waitFor(async () => expect(await rows()).toHaveLength(350))
  expect((await rows()).every(({ points }) => points === 1)).toBe(true)
})

test('closing shares what is left', async () => {
  const { one, rows } = await open({ flushMs: 60_000 })
  times(7, () => one.count('ann'))
  await one.close()
  expect((await rows()).map(({ points }) => points)).toEqual([7])
})

test('no key in the table holds whose it is', async () => {
  const { one, rows } = await open()
  one.count('192.0.2.7')
  await one.close()
  expect((await rows())[0]?.key).toMatch(/^calls:[\w-]{43}$/)
})

test('an outage is logged once, limits hold meanwhile, and nothing is lost', async () => {
  const { one, two, rows, pools, warnings } = await open()
  await pools[0].query('alter table rate_limits rename to away')
  times(40, () => one.count('ann'))
  await delay(5 * flushMs)
  times(60, () => one.count('ann'))
  expect(await outcome(() => one.count('ann'))).toHaveProperty('wait')
  await delay(5 * flushMs)
  expect(warnings).toEqual(['call limits are not shared between instances'])
  await pools[0].query('alter table away rename to rate_limits')
  await vi.waitFor(async () => expect((await rows())[0]?.points).toBe(100))
  two.count('ann')
  await vi.waitFor(async () => expect(await outcome(() => two.count('ann'))).toHaveProperty('wait'))
  await pools[0].query('alter table rate_limits rename to away')
  one.count('bob')
  // The other instance may have something to share as well.
  await vi.waitFor(() => expect(warnings.length).toBeGreaterThanOrEqual(2))
  await pools[0].query('alter table away rename to rate_limits')
})

test('both instances may flush the same keys all the time: no deadlock, no count lost', async () => {
  const { one, two, rows, warnings } = await open({ flushMs: 2 })
  for (let round = 0; round < 40; round++) {
    const keys = Array.from({ length: 300 }, (_, index) => `key${index}`)
    for (const key of keys) one.count(key)
    for (const key of keys.reverse()) two.count(key)
    await delay(5)
  }
  await Promise.all([one.close(), two.close()])
  expect(warnings).toEqual([])
  expect(new Set((await rows()).map(({ points }) => points))).toEqual(new Set([80]))
})

test('an instance whose clock is behind neither turns a row back nor takes its total', async () => {
  const { one, rows, pools } = await open()
  one.count('ann')
  await vi.waitFor(async () => expect(await rows()).toHaveLength(1))
  await pools[0].query('update rate_limits set points = 90, expire = expire + 1')
  one.count('ann')
  await delay(3 * flushMs)
  expect((await rows())[0]?.points).toBe(90)
  expect(one.count('ann').remaining).toBe(97)
})

test('memory holds so many keys at most, and drops the idle ones', () => {
  const counts = new CallCounts(windowMs, 1_000, (key) => key)
  const now = Date.now()
  for (let key = 0; key < 20_000; key++) {
    counts.add(`key${key}`, 100_000, now)
    counts.add('busy', 100_000, now)
  }
  expect(counts.size).toBe(1_000)
  expect(counts.add('busy', 100_000, now)).toBe(100_000 - 20_001)
  expect(counts.take(100_000, now)).toHaveLength(1_000)
  expect(counts.take(100_000, now)).toHaveLength(0)
  counts.take(1, now + windowMs)
  expect(counts.size).toBe(0)
})

test('what was sent in vain is sent again, unless its window is over', () => {
  const counts = new CallCounts(1_000, 10, (key) => `calls:${key}`)
  counts.add('ann', 10, 5_000)
  const [sent] = counts.take(10, 5_000)
  counts.add('ann', 10, 5_001)
  counts.putBack(sent!)
  expect(counts.take(10, 5_002)).toEqual([{ key: 'ann', sharedKey: 'calls:ann', shared: 0, sending: 2, unsent: 0 }])
  counts.add('ann', 10, 6_000)
  counts.putBack(sent!)
  expect(counts.take(10, 6_001)).toEqual([{ key: 'ann', sharedKey: 'calls:ann', shared: 0, sending: 1, unsent: 0 }])
})
