import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { forEachListening } from './listening.ts'
import { settlementOf } from './settlement.ts'
import { totalsIn } from './store.ts'
import {
  addLate,
  anew,
  assign,
  change,
  clear,
  db,
  hear,
  insertImport,
  insertStream,
  kept,
  months,
  moveStream,
  november,
  october,
  pay,
  people,
  september,
  settle,
  songs,
  takeIn,
} from './totals.fixture.ts'

const month = fc.constantFrom(...months)
const listener = fc.integer({ min: 1, max: people })
const heard = fc.record({
  ...{ month, listener, track: fc.integer({ min: 1, max: songs }) },
  seconds: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 2_678_400 })),
})
const shares = fc.uniqueArray(
  fc.record({ label: fc.integer({ min: 1, max: 4 }), ppm: fc.constantFrom(1, 250_000, 333_333) }),
  { maxLength: 3, selector: ({ label }) => label },
)

type Step = () => Promise<unknown>

const step: fc.Arbitrary<Step> = fc.oneof(
  heard.map(
    (one): Step =>
      () =>
        hear(one),
  ),
  heard.map(
    (one): Step =>
      () =>
        hear(one),
  ),
  fc.record({ month, listener, gross: fc.bigInt(0n, 2_000n), origin: fc.constantFrom('web', 'app_store') }).map(
    (fee): Step =>
      () =>
        pay(fee.month, fee.listener, fee.gross, fee.origin),
  ),
  fc.record({ month, track: fc.integer({ min: 1, max: songs }), shares }).map(
    (given): Step =>
      () =>
        assign(given.month, given.track, given.shares),
  ),
  // A stream that moves to another month, another track, another length; or goes.
  fc.record({ at: fc.nat(20), to: heard, goes: fc.boolean() }).map(
    (given): Step =>
      () =>
        moveStream(given),
  ),
  fc.record({ month, ppm: fc.integer({ min: 0, max: 1_000_000 }) }).map(
    ({ month, ppm }): Step =>
      () =>
        change({ periods: { from: month }, listeners: 'all' }, (tx) =>
          sql`insert into royalty_origins (name, from_period, counts_ppm) values ('web', ${month}, ${ppm})
            on conflict (name, from_period) do update set counts_ppm = excluded.counts_ppm`.execute(tx),
        ),
  ),
  fc.record({ month, minimum: fc.integer({ min: 0, max: 60 }), isRounded: fc.boolean() }).map(
    ({ month, minimum, isRounded }): Step =>
      () =>
        change({ periods: { from: month }, listeners: 'all' }, (tx) =>
          sql`insert into royalty_policies (from_period, fee_rounding, minimum_seconds, minimum_payout_minor, suspicious_seconds)
            values (${month}, ${isRounded ? 'perListener' : 'none'}, ${minimum}, 0, 86400)
            on conflict (from_period) do update set minimum_seconds = excluded.minimum_seconds,
              fee_rounding = excluded.fee_rounding`.execute(tx),
        ),
  ),
  // Files: one that is taken in, and one that is not done.
  fc.record({ rows: fc.array(heard, { maxLength: 8 }), isDone: fc.boolean() }).map(
    ({ rows, isDone }): Step =>
      () =>
        takeIn(rows, isDone),
  ),
  // A late one: it counts in another period's run.
  heard.map(
    (one): Step =>
      () =>
        addLate(one),
  ),
)

describe('totals', () => {
  test('are what the facts come to, whatever changed in whatever order', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        await clear()
        for (const each of steps) await each()
        const now = await kept()
        expect(now).toEqual(await anew())
        await change({ periods: { from: september }, listeners: 'all' }, async () => {})
        expect(await kept()).toEqual(now)
      }),
      { numRuns: 15 },
    )
  })

  test('of seconds and streams are what the database adds up by itself', async () => {
    await clear()
    await assign(october, 1, [{ label: 1, ppm: 250_000 }])
    for (const [at, seconds] of [10, 40, 500, 29, 30].entries())
      await hear({ month: october, listener: 1 + (at % 2), track: 1 + (at % 3), seconds })
    const { rows } = await sql<{ model: string; seconds: bigint; streams: bigint; weight: bigint }>`
      select 'pro-rata-seconds' as model, sum(seconds) as seconds, count(*) as streams, sum(seconds) * 250000 as weight
      from streams where track_key = 1
      union all select 'pro-rata-streams', sum(seconds), count(*) filter (where seconds >= 30),
        count(*) filter (where seconds >= 30) * 250000 from streams where track_key = 1
      order by 1`.execute(db)
    const ofLabel = (await kept())[october]?.totals.filter(
      ({ payee, model }) => payee === 'lbl_1' && /rata/.test(model),
    )
    expect(ofLabel?.map(({ model, seconds, streams, weight }) => ({ model, seconds, streams, weight }))).toEqual(rows)
  })

  test('of a month that nothing is left in are gone', async () => {
    await clear()
    await hear({ month: october, listener: 1, track: 1, seconds: 60 })
    expect(await totalsIn(db, october)).not.toEqual([])
    await moveStream({ at: 0, to: { month: october, listener: 1, track: 1, seconds: 0 }, goes: true })
    expect(await totalsIn(db, october)).toEqual([])
  })

  test('follow two at once who change the same listener', async () => {
    await clear()
    await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        at % 3 === 0
          ? pay(october, 1, BigInt(at), 'web')
          : hear({ month: october, listener: 1, track: 1 + (at % 2), seconds: 60 + at }),
      ),
    )
    expect(await kept()).toEqual(await anew())
  })

  test('follow terms that change while a month comes to be', async () => {
    await clear()
    await Promise.all([
      ...[1, 2, 3].map((one) => pay(november, one, 1_000n, 'web')),
      change({ periods: { from: september }, listeners: 'all' }, (tx) =>
        sql`insert into royalty_origins (name, from_period, counts_ppm) values ('web', ${september}, 500000)`.execute(
          tx,
        ),
      ),
      ...[4, 5].map((one) => pay(october, one, 1_000n, 'web')),
    ])
    expect(await kept()).toEqual(await anew())
    expect((await kept())[november]?.pool).toBe(1_500_000_000n)
  })
})

describe('listening', () => {
  test('with late facts is read up to the period that they are accounted in', async () => {
    await clear()
    await hear({ month: september, listener: 1, track: 1, seconds: 60 })
    await addLate({ month: september, listener: 2, track: 2, seconds: 30 })
    const secondsUpTo = async (bookedUpTo?: string) => {
      const { seconds } = await settlementOf(db, {
        ...{ period: september, model: 'pro-rata-seconds' },
        ...(bookedUpTo !== undefined && { bookedUpTo }),
      })
      return seconds
    }
    expect([await secondsUpTo(), await secondsUpTo(october), await secondsUpTo(november)]).toEqual([60n, 60n, 90n])
  })

  test('comes in the order of listeners and tracks, each once', async () => {
    await clear()
    await takeIn(
      Array.from({ length: 30 }, (_, at) => ({
        month: october,
        listener: 1 + (at % 4),
        track: 6 - (at % 5),
        seconds: at,
      })),
      true,
    )
    const seen: number[][] = []
    await forEachListening(db, october, {}, ({ listenerKey, plays }) => {
      seen.push([listenerKey, ...plays.map(({ trackKey }) => trackKey)])
    })
    expect(seen).toEqual([1, 2, 3, 4].map((one) => [one, 2, 3, 4, 5, 6]))
  })
})

describe('a shut period', () => {
  test.each([
    ['frozen', 'PERIOD_FROZEN'],
    ['closed', 'PERIOD_CLOSED'],
  ])('that is %s refuses changes before anything is done: %s', async (state, code) => {
    await clear()
    const heard = { month: september, listener: 1, track: 1, seconds: 60 }
    await hear(heard)
    const importKey = await insertImport()
    await insertStream(db, heard, { importKey })
    const before = await kept()
    await sql`update royalty_periods set state = ${state} where id = ${september}`.execute(db)
    const refused = (work: Promise<unknown>) => expect(work).rejects.toMatchObject({ details: { code } })
    let isChanged = false
    const note = async () => {
      isChanged = true
    }
    await refused(change({ periods: [october, september], listeners: [1] }, note))
    await refused(change({ periods: { from: september }, listeners: 'all' }, note))
    await refused(settle(importKey))
    expect(isChanged).toBe(false)
    expect(await kept()).toEqual(before)
    if (state === 'frozen') await sql`update royalty_periods set state = 'open'`.execute(db)
  })
})
