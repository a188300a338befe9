import { expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { encodeCursor } from '../../page.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { royalties } = client
const make = catalogueOf(client)
const stranger = await server.signUp()
const [a, b] = [await make.label(), await make.label()]
const lost = await make.track({ externalId: 'lost', title: 'Lost' })
const half = await make.track({ externalId: 'half', shares: [{ labelId: a.id, sharePpm: 500_000 }], from: '2026-01' })
const listener = await make.listener({ period: '2026-01', grossMinor: 1_000n })
const silent = await make.listener({ period: '2026-01', grossMinor: 100n })
for (const [track, seconds] of [
  [lost, 200],
  [half, 100],
] as const) {
  await make.stream({ playedOn: '2026-01-09', listenerId: listener.id, trackId: track.id, seconds })
}

const listed = async (limit = 1) =>
  (await collect(royalties.suspense.list.all({ period: '2026-01', limit }))).map((item) => [
    ...[item.kind, item.externalId, item.sharePpm, item.seconds, item.streams, item.amountMinor],
  ])

test('an open period has its tracks that are not all assigned, by seconds', async () => {
  const tracks = [
    ['unassigned', 'lost', 1_000_000, 200, 1, null],
    ['unassigned', 'half', 500_000, 100, 1, null],
  ]
  expect(await listed()).toEqual(tracks)
  expect(await listed(200)).toEqual(tracks)
})

test('one with a run has amounts, also of fees that nobody heard anything for; of a frozen one nothing is moved', async () => {
  // By listener: 9.00 for 300 seconds; 0.90 of who heard nothing.
  await royalties.runs.create({ period: '2026-01', model: 'user-centric-seconds' })
  const amounts = [
    ['unassigned', 'lost', 1_000_000, 200, 1, 600n],
    ['unassigned', 'half', 500_000, 100, 1, 150n],
    ['unheard', null, 1_000_000, 0, 0, 90n],
  ]
  expect(await listed()).toEqual(amounts)
  expect(silent.id).not.toBe(listener.id)
  const shares = [{ labelId: b.id, sharePpm: 1_000_000 }]
  expect(await royalties.suspense.resolve({ trackId: lost.id, shares })).toEqual({
    ...{ from: '2026-02', bookedIn: null, moved: [], waiting: ['2026-01'] },
  })
  expect(await listed()).toEqual(amounts)
})

test('of a closed one it goes to who lacked it, once', async () => {
  await royalties.periods.close({ period: '2026-01' })
  const shares = [a, b].map(({ id }) => ({ labelId: id, sharePpm: 500_000 }))
  const { moved, bookedIn } = await royalties.suspense.resolve({ trackId: half.id, shares })
  expect([moved, bookedIn]).toEqual([[{ period: '2026-01', labelId: b.id, amountMinor: 150n }], '2026-02'])
  const again = await Promise.all([1, 2].map(() => royalties.suspense.resolve({ trackId: lost.id, shares })))
  expect(again.flatMap((one) => one.moved).map(({ amountMinor }) => amountMinor)).toEqual([300n, 300n])
  expect(await listed()).toEqual([['unheard', null, 1_000_000, 0, 0, 90n]])
  const adjustments = await collect(royalties.adjustments.list.all({ period: '2026-02' }))
  expect(adjustments.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)).toBe(0n)
})

test('what came late counts once the period that it is accounted in is closed', async () => {
  const [february, march] = ['2026-02', '2026-03'] as const
  const found = await make.track({ externalId: 'found' })
  const late = { playedOn: '2026-01-10', listenerId: listener.id, trackId: found.id, seconds: 300, late: true }
  const { id: streamId, booked } = await make.stream(late)
  expect(booked).toBe(february)
  const { id: runId } = await royalties.runs.create({ period: february, model: 'user-centric-seconds' })
  const shares = [{ labelId: b.id, sharePpm: 1_000_000 }]
  const nothing = { from: march, bookedIn: null, moved: [], waiting: [february] }
  expect(await royalties.suspense.resolve({ trackId: found.id, shares })).toEqual(nothing)
  expect(await listed()).toEqual([['unheard', null, 1_000_000, 0, 0, 90n]])
  await royalties.runs.reverse({ runId, reason: 'It was not heard' })
  await royalties.streams.remove({ streamId, reason: 'It was not heard' })
  await make.stream(late)
  await royalties.runs.create({ period: february, model: 'user-centric-seconds' })
  await royalties.periods.close({ period: february })
  const { moved, bookedIn } = await royalties.suspense.resolve({ trackId: found.id, shares })
  expect([moved, bookedIn]).toEqual([[{ period: '2026-01', labelId: b.id, amountMinor: 450n }], march])
})

test('what is not there, or may not be', async () => {
  const trackId = `trk_${'0'.repeat(26)}` as const
  const shares = [{ labelId: a.id, sharePpm: 1 }]
  expect(await codeOf(royalties.suspense.list({ period: '1999-01' }))).toBe('NOT_FOUND')
  expect(await codeOf(royalties.suspense.list({ period: '2026-13' }))).toBe('INVALID_INPUT')
  expect(await codeOf(royalties.suspense.list({ period: '2026-01', cursor: 'x' }))).toBe('BAD_CURSOR')
  for (const wrong of [
    ['1', 'unheard', 2 ** 31],
    ['1', 'un\0heard', 1],
    [String(-(2n ** 63n)), 'unheard', 1],
  ]) {
    expect(await codeOf(royalties.suspense.list({ period: '2026-01', cursor: encodeCursor(wrong) }))).toBe('BAD_CURSOR')
  }
  expect(await codeOf(royalties.suspense.resolve({ trackId, shares }))).toBe('NOT_FOUND')
  expect(await codeOf(royalties.suspense.resolve({ trackId: lost.id, shares: [] }))).toBe('INVALID_INPUT')
  const high = [...shares, { labelId: b.id, sharePpm: 1_000_000 }]
  expect(await codeOf(royalties.suspense.resolve({ trackId: lost.id, shares: high }))).toBe('SHARES_TOO_HIGH')
  const foreign = [{ labelId: `lbl_${'0'.repeat(26)}` as const, sharePpm: 1 }]
  expect(await codeOf(royalties.suspense.resolve({ trackId: lost.id, shares: foreign }))).toBe('UNKNOWN_LABEL')
  expect(await codeOf(stranger.client.royalties.suspense.resolve({ trackId: lost.id, shares }))).toBe('NOT_ALLOWED')
  expect(await codeOf(server.anyone.royalties.suspense.list({ period: '2026-01' }))).toBe('NOT_SIGNED_IN')
})
