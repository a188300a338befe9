import fc from 'fast-check'
import { expect, test } from 'vitest'
import { collect, startTestServer } from '../../../test/server.ts'
import { monthAfter } from '../periods/month.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { royalties } = client
const make = catalogueOf(client)

const first = '2025-01'
const labels = await Promise.all(['A', 'B', 'C', 'D'].map((name) => make.label(name)))
const [a, b, c, d] = labels.map(({ id }) => id) as [`lbl_${string}`, ...`lbl_${string}`[]]
const third = [a, b!, c!].map((labelId) => ({ labelId, sharePpm: 333_333 }))
const tracks = await Promise.all([
  make.track({ labelId: a, from: first }),
  make.track({ labelId: b!, from: first }),
  make.track({ shares: third, from: first }),
  make.track({ shares: [{ labelId: d!, sharePpm: 1 }], from: first }),
  make.track(),
])
const listeners = await Promise.all([1, 2, 3, 4].map(() => make.listener()))

const stream = fc.record({
  listener: fc.nat({ max: listeners.length - 1 }),
  track: fc.nat({ max: tracks.length - 1 }),
  seconds: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 90_000 })),
})
const month = fc.record({
  model: fc.constantFrom('pro-rata-seconds' as const, 'pro-rata-streams' as const, 'user-centric-seconds' as const),
  fees: fc.array(fc.option(fc.bigInt({ min: 0n, max: 2_000n })), { minLength: 4, maxLength: 4 }),
  origins: fc.constantFrom('web', 'app_store'),
  streams: fc.array(stream, { maxLength: 8 }),
  late: fc.array(stream, { maxLength: 3 }),
})

const sum = (rows: readonly { amountMinor: bigint }[]) => rows.reduce((total, row) => total + row.amountMinor, 0n)

let period = first
await royalties.listeners.update({
  listenerId: listeners[0]!.id,
  fee: { period, grossMinor: 1n, currency: 'EUR', origin: 'web' },
})

async function enter({ fees, origins: origin, streams, late }: typeof month extends fc.Arbitrary<infer M> ? M : never) {
  const isFirst = period === first
  await Promise.all([
    ...fees.map(async (grossMinor, at) => {
      if (grossMinor === null) return
      const fee = { period, grossMinor, currency: 'EUR', origin }
      await royalties.listeners.update({ listenerId: listeners[at]!.id, fee })
    }),
    ...[
      ...streams.map((one) => ({ ...one, of: period })),
      ...(isFirst ? [] : late.map((one) => ({ ...one, of: first }))),
    ].map(({ listener, track, seconds, of }) =>
      make.stream({
        ...{ playedOn: `${of}-05`, listenerId: listeners[listener]!.id, trackId: tracks[track]!.id, seconds },
        late: of !== period,
      }),
    ),
  ])
}

test('whatever a month is: payouts and suspense are the pool, lines are earnings, the ledger comes to zero', async () => {
  const check = async (given: typeof month extends fc.Arbitrary<infer M> ? M : never) => {
    await enter(given)
    const { model } = given
    const report = await royalties.report({ period, model }).catch(() => undefined)
    if (report === undefined) return
    const run = await royalties.runs.create({ period, model })
    expect(run.payoutsMinor + run.suspenseMinor).toBe(run.poolMinor)
    const payees = await collect(royalties.runs.payees.all({ runId: run.id }))
    expect(sum(payees)).toBe(run.poolMinor)
    const byLabel = (rows: readonly { labelId: string | null; amountMinor: bigint }[]) =>
      rows.flatMap(({ labelId, amountMinor }) => (labelId === null ? [] : [`${labelId} ${amountMinor}`])).sort()
    expect(byLabel(payees)).toEqual(byLabel(report.lines))
    expect(run.suspenseMinor).toBe(report.suspenseMinor)
    await royalties.runs.reverse({ runId: run.id, reason: 'Again' })
    const again = await royalties.runs.create({ period, model })
    expect(again.digest).toBe(run.digest)
    const { id: _, duplicate: __, transactionId: ___, createdAt: ____, ...what } = again
    expect(run).toMatchObject(what)
    await royalties.periods.close({ period })
    for (const found of await collect(royalties.statements.list.all({ period }))) {
      const of = { period, labelId: found.labelId }
      expect(sum(await collect(royalties.statements.lines.all(of)))).toBe(found.earningsMinor)
      expect(sum(await collect(royalties.adjustments.list.all(of)))).toBe(found.adjustmentsMinor)
      const [account] = await collect(royalties.ledger.accounts.all({ labelId: found.labelId }))
      expect(account?.balanceMinor ?? 0n).toBe(found.closingMinor)
    }
    const [ledger] = await server.query('select coalesce(sum(amount_minor), 0)::text as sum from ledger_entries')
    expect(ledger).toEqual({ sum: '0' })
    period = monthAfter(period)
  }
  await fc.assert(fc.asyncProperty(month, check), { numRuns: 6, endOnFailure: true })
})
