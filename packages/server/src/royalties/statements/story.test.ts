import type { LabelId, ListenerId, TrackId } from '@antiphon/client'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { collect, startTestServer } from '../../../test/server.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { royalties } = client
const make = catalogueOf(client)

const labels: Record<string, LabelId> = {}
const tracks: Record<string, TrackId> = {}
const listeners: ListenerId[] = []
const model = 'pro-rata-seconds'
const [january, february, march] = ['2026-01', '2026-02', '2026-03'] as const

const hear = (day: string, listener: number, track: string, seconds: number, late = false) =>
  make.stream({ playedOn: day, listenerId: listeners[listener]!, trackId: tracks[track]!, seconds, late })

const fee = async (period: string) => {
  const given = { period, grossMinor: 1_000n, currency: 'EUR', origin: 'web' }
  await royalties.listeners.update({ listenerId: listeners[0]!, fee: given })
}

/** Balances as the ledger has them: `subscriptions`, `payable A` and so on, without those of nothing. */
async function balances() {
  const accounts = await collect(royalties.ledger.accounts.all())
  const nameOf = (id: LabelId | null) => Object.keys(labels).find((name) => labels[name] === id)
  return Object.fromEntries(
    accounts
      .map(({ kind, labelId, balanceMinor }) => [labelId ? `${kind} ${nameOf(labelId)}` : kind, balanceMinor] as const)
      .filter(([, balance]) => balance !== 0n),
  )
}

async function statementOf(name: string, period: string) {
  const labelId = labels[name]!
  const found = await royalties.statements.get({ period, labelId })
  const { openingMinor, earningsMinor, adjustmentsMinor, paymentsMinor, closingMinor, payableMinor } = found
  const lines = await collect(royalties.statements.lines.all({ period, labelId, limit: 1 }))
  expect(lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)).toBe(earningsMinor)
  const adjustments = await collect(royalties.adjustments.list.all({ period, labelId, limit: 1 }))
  expect(adjustments.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)).toBe(adjustmentsMinor)
  expect(found.payments.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)).toBe(paymentsMinor)
  return [openingMinor, earningsMinor, adjustmentsMinor, -paymentsMinor, closingMinor, payableMinor].map(Number)
}

beforeAll(async () => {
  for (const name of ['A', 'B', 'C']) labels[name] = (await make.label(name)).id
  const half = [
    { labelId: labels.A!, sharePpm: 600_000 },
    { labelId: labels.C!, sharePpm: 400_000 },
  ]
  tracks.ofA = (await make.track({ labelId: labels.A! })).id
  tracks.ofB = (await make.track({ labelId: labels.B! })).id
  tracks.ofTwo = (await make.track({ shares: half })).id
  tracks.ofNobody = (await make.track({ externalId: 'lost' })).id
  // Of 10.00 by way of the web 9.00 count.
  for (const _ of [1, 2]) listeners.push((await make.listener({ period: january, grossMinor: 1_000n })).id)
  await royalties.policies.set({ from: january, minimumPayoutMinor: 500n })
})

afterEach(async () => {
  const [sum] = await server.query<{ sum: string }>(
    'select coalesce(sum(amount_minor), 0)::text as sum from ledger_entries',
  )
  expect(sum?.sum).toBe('0')
})

describe('three months, to the cent', () => {
  test('January: 18.00 for 600 seconds, 3 cents each; what is below 5.00 is carried forward', async () => {
    await hear('2026-01-05', 0, 'ofA', 300)
    await hear('2026-01-06', 0, 'ofTwo', 100)
    await hear('2026-01-07', 1, 'ofB', 100)
    await hear('2026-01-31', 1, 'ofNobody', 100)
    const run = await royalties.runs.create({ period: january, model })
    expect([run.poolMinor, run.payoutsMinor, run.suspenseMinor]).toEqual([1_800n, 1_500n, 300n])
    const after = { subscriptions: 1_800n, 'payable A': 1_080n, 'payable B': 300n, 'payable C': 120n, suspense: 300n }
    expect(await balances()).toEqual(after)
    await royalties.periods.close({ period: january })
    expect(await balances()).toEqual(after)
    expect(await statementOf('A', january)).toEqual([0, 1_080, 0, 0, 1_080, 1_080])
    expect(await statementOf('B', january)).toEqual([0, 300, 0, 0, 300, 0])
    expect(await statementOf('C', january)).toEqual([0, 120, 0, 0, 120, 0])
  })

  test('February: A is paid, C is given something, and 300 seconds of January come late', async () => {
    await fee(february)
    await hear('2026-02-01', 0, 'ofB', 90)
    await hear('2026-01-20', 1, 'ofB', 300, true)
    const of = { period: january, labelId: labels.A! }
    expect((await royalties.statements.markPaid({ ...of, reference: 'Transfer 1' })).dueMinor).toBe(0n)
    await royalties.adjustments.create({ labelId: labels.C!, amountMinor: 50n, reason: 'A prize' })
    expect(await balances()).toEqual({
      ...{ subscriptions: 1_800n, 'payable B': 300n, 'payable C': 170n, suspense: 300n },
      ...{ adjustments: 50n, payments: 1_080n },
    })
    // January anew: 18.00 for 900 seconds, 2 cents each: 7.20, 8.00, 0.80, and 2.00 for nobody.
    const run = await royalties.runs.create({ period: february, model })
    expect([run.poolMinor, run.lateMinor]).toEqual([900n, 0n])
    const after = {
      ...{ subscriptions: 2_700n, 'payable A': -360n, 'payable B': 1_700n, 'payable C': 130n, suspense: 200n },
      ...{ adjustments: 50n, payments: 1_080n },
    }
    expect(await balances()).toEqual(after)
    await royalties.runs.reverse({ runId: run.id, reason: 'To see that it comes again' })
    expect(await balances()).toEqual({
      ...{ subscriptions: 1_800n, 'payable B': 300n, 'payable C': 170n, suspense: 300n },
      ...{ adjustments: 50n, payments: 1_080n },
    })
    const again = await royalties.runs.create({ period: february, model })
    expect(again.digest).toBe(run.digest)
    expect(await balances()).toEqual(after)
    await royalties.periods.close({ period: february })
    expect(await statementOf('A', february)).toEqual([1_080, 0, -360, -1_080, -360, 0])
    expect(await statementOf('B', february)).toEqual([300, 900, 500, 0, 1_700, 1_700])
    expect(await statementOf('C', february)).toEqual([120, 0, 10, 0, 130, 0])
    // What was is as it was.
    expect(await statementOf('B', january)).toEqual([0, 300, 0, 0, 300, 0])
  })

  test('March: what nobody held goes to C and B by halves, once, and they hold it from now on', async () => {
    const trackId = tracks.ofNobody!
    const suspended = async (period: string) =>
      (await collect(royalties.suspense.list.all({ period }))).map((item) => [item.externalId, item.amountMinor])
    expect(await suspended(january)).toEqual([['lost', 200n]])
    const ofC = [{ labelId: labels.C!, sharePpm: 500_000 }]
    expect(await royalties.suspense.resolve({ trackId, shares: ofC })).toEqual({
      ...{ from: march, bookedIn: march, waiting: [] },
      moved: [{ period: january, labelId: labels.C!, amountMinor: 100n }],
    })
    expect(await suspended(january)).toEqual([['lost', 100n]])
    const shares = [...ofC, { labelId: labels.B!, sharePpm: 500_000 }]
    const { moved } = await royalties.suspense.resolve({ trackId, shares })
    expect(moved).toEqual([{ period: january, labelId: labels.B!, amountMinor: 100n }])
    expect(await suspended(january)).toEqual([])
    expect((await royalties.suspense.resolve({ trackId, shares })).moved).toEqual([])
    await royalties.statements.markPaid({ period: february, labelId: labels.B!, reference: 'Transfer 2' })
    await fee(march)
    await hear('2026-03-03', 0, 'ofNobody', 300)
    await royalties.runs.create({ period: march, model })
    await royalties.periods.close({ period: march })
    expect(await statementOf('A', march)).toEqual([-360, 0, 0, 0, -360, 0])
    expect(await statementOf('B', march)).toEqual([1_700, 450, 100, -1_700, 550, 550])
    expect(await statementOf('C', march)).toEqual([130, 450, 100, 0, 680, 680])
    expect(await balances()).toEqual({
      ...{ subscriptions: 3_600n, adjustments: 50n, payments: 2_780n },
      ...{ 'payable A': -360n, 'payable B': 550n, 'payable C': 680n },
    })
  })

  test('balances at any time, and each entry with the balance after it', async () => {
    const [account] = await collect(royalties.ledger.accounts.all({ labelId: labels.B! }))
    const entries = await collect(royalties.ledger.entries.all({ accountId: account!.id, limit: 2 }))
    expect(
      entries.map(({ period, kind, amountMinor, balanceMinor }) => [period, kind, amountMinor, balanceMinor]),
    ).toEqual([
      [march, 'run', -450n, 550n],
      [march, 'payment', 1_700n, 100n],
      [march, 'adjustment', -100n, 1_800n],
      [february, 'adjustment', -500n, 1_700n],
      [february, 'run', -900n, 1_200n],
      [february, 'reversal', 500n, 300n],
      [february, 'reversal', 900n, 800n],
      [february, 'adjustment', -500n, 1_700n],
      [february, 'run', -900n, 1_200n],
      [january, 'run', -300n, 300n],
    ])
    for (const { postedAt, balanceMinor } of [entries.at(-1)!, entries[1]!]) {
      const [then] = await collect(royalties.ledger.accounts.all({ labelId: labels.B!, at: postedAt }))
      expect(then!.balanceMinor).toBe(balanceMinor)
    }
  })
})
