import { expect, test } from 'vitest'
import { collect, startTestServer } from '../../../test/server.ts'
import { importsOf } from '../imports/imports.fixture.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { royalties } = client
const make = catalogueOf(client)
const imports = importsOf(client)
// Nothing comes for July until August is closed.
const [july, august, september, october, november] = ['2025-07', '2025-08', '2025-09', '2025-10', '2025-11'] as const
const [a, b] = [await make.label('A'), await make.label('B')]
const [ofA, ofB, lost] = [
  await make.track({ labelId: a.id, from: '2025-01' }),
  await make.track({ labelId: b.id, from: '2025-01' }),
  await make.track({ externalId: 'lost' }),
]
const [ann, bob] = [await make.listener(undefined, 'ann'), await make.listener(undefined, 'bob')]

type Model = Parameters<typeof royalties.runs.create>[0]['model']

const fee = (period: string) =>
  royalties.listeners.update({
    listenerId: ann.id,
    fee: { period, grossMinor: 1_000n, currency: 'EUR', origin: 'web' },
  })

const hear = (day: string, who: typeof ann, track: typeof ofA, seconds: number, late = false) =>
  make.stream({ playedOn: day, listenerId: who.id, trackId: track.id, seconds, late })

async function lateFee(name: string, gross: string) {
  const text = `listener;fee;origin;period;currency\n${name};${gross};web;${july};EUR\n`
  const { id: importId } = await imports.run({ kind: 'listeners' }, text)
  expect(await imports.problems(importId)).toEqual(['2 PERIOD_CLOSED'])
  expect(await royalties.imports.resolve({ importId, lines: [2], action: 'late' })).toMatchObject({ resolved: 1 })
}

async function settle(period: string, model: Model) {
  const run = await royalties.runs.create({ period, model })
  await royalties.periods.close({ period })
  const [ledger] = await server.query('select coalesce(sum(amount_minor), 0)::text as sum from ledger_entries')
  expect(ledger).toEqual({ sum: '0' })
  return run
}

/** What late facts of July gave in a period, by label. */
async function lateIn(period: string) {
  const all = await collect(royalties.adjustments.list.all({ period }))
  for (const found of await collect(royalties.statements.list.all({ period }))) {
    const own = all.filter(({ labelId }) => labelId === found.labelId)
    expect(own.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)).toBe(found.adjustmentsMinor)
    expect(found.closingMinor).toBe(found.openingMinor + found.earningsMinor + found.adjustmentsMinor)
    const [account] = await collect(royalties.ledger.accounts.all({ labelId: found.labelId }))
    expect(account?.balanceMinor ?? 0n).toBe(found.closingMinor)
  }
  const late = all.filter(({ kind, forPeriod }) => kind === 'late' && forPeriod === july)
  const nameOf = (id: string | null) => (id === a.id ? 'A' : id === b.id ? 'B' : 'nobody')
  return Object.fromEntries(late.map(({ labelId, amountMinor }) => [nameOf(labelId), amountMinor]))
}

const suspended = async () =>
  (await collect(royalties.suspense.list.all({ period: july }))).map((item) => [item.externalId, item.amountMinor])

test('facts of a month that nothing had come for are settled with the run that takes them in', async () => {
  await fee(august)
  await hear(`${august}-01`, ann, ofA, 60)
  await settle(august, 'pro-rata-seconds')
  expect(await hear(`${july}-30`, ann, ofA, 60, true)).toMatchObject({ period: july, booked: september })
  await hear(`${july}-31`, ann, lost, 30, true)
  await lateFee('ann', '10,00')
  await fee(september)
  await hear(`${september}-01`, ann, ofB, 60)
  const run = await royalties.runs.create({ period: september, model: 'user-centric-seconds' })
  expect([run.poolMinor, run.lateMinor]).toEqual([900n, 900n])
  await royalties.runs.reverse({ runId: run.id, reason: 'A try' })
  const again = await settle(september, 'user-centric-seconds')
  expect(again.digest).toBe(run.digest)
  expect(await lateIn(september)).toEqual({ A: 600n, nobody: 300n })
})

test('and once more, by the same model, whatever the next run is', async () => {
  await hear(`${july}-29`, bob, ofB, 900, true)
  await lateFee('bob', '2,00')
  await fee(october)
  await hear(`${october}-01`, ann, ofA, 60)
  expect((await settle(october, 'pro-rata-seconds')).lateMinor).toBe(180n)
  // By listener: all that the second one paid is for B, and nothing changes for the others.
  expect(await lateIn(october)).toEqual({ B: 180n })
})

test('what is suspended of it is listed, and goes to the holders', async () => {
  expect(await suspended()).toEqual([['lost', 300n]])
  const shares = [{ labelId: b.id, sharePpm: 1_000_000 }]
  expect(await royalties.suspense.resolve({ trackId: lost.id, shares })).toEqual({
    ...{ from: november, bookedIn: november, waiting: [] },
    moved: [{ period: july, labelId: b.id, amountMinor: 300n }],
  })
  expect(await suspended()).toEqual([])
})
