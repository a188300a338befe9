import { expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { encodeCursor } from '../../page.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { royalties } = client
const make = catalogueOf(client)
const [member, stranger] = [await server.signUp(), await server.signUp()]
const [label, other] = [await make.label(), await make.label()]
await royalties.labels.addMember({ labelId: label.id, userId: member.user.id })
const shares = [
  { labelId: label.id, sharePpm: 750_000 },
  { labelId: other.id, sharePpm: 250_000 },
]
const [track, rest] = [await make.track({ shares, from: '2026-01' }), await make.track({ labelId: other.id })]
const listener = await make.listener({ period: '2026-01', grossMinor: 1_000n })
const hear = (trackId: typeof track.id, seconds: number, late = false) =>
  make.stream({ playedOn: '2026-01-09', listenerId: listener.id, trackId, seconds, region: 'NL', late })
const [long, short] = [await hear(track.id, 60), await hear(track.id, 10)]
await hear(rest.id, 40)
await hear(rest.id, 40)
const of = { period: '2026-01', labelId: label.id, trackId: track.id }

test('a line of a statement is traced to its streams, with what rounding gave or took', async () => {
  expect(await codeOf(royalties.trace(of))).toBe('NO_RUN')
  // 9.00 for three streams that count, as one of the two of the track is too short: 3.00 for it, 2.25 for the label.
  const run = await royalties.runs.create({ period: '2026-01', model: 'pro-rata-streams' })
  const line = {
    ...{ ...of, runId: run.id, model: 'pro-rata-streams', currency: 'EUR', seconds: 70, streams: 1, sharePpm: 750_000 },
    ...{ weight: 750_000n, totalWeight: 3_000_000n, poolMinor: 900n, exactMicro: 225_000_000n, amountMinor: 225n },
    roundingMicro: 0n,
  }
  const stream = { importId: null, fileName: null, line: null, playedOn: '2026-01-09', region: 'NL', booked: '2026-01' }
  const items = [
    { ...stream, id: long.id, listenerId: listener.id, seconds: 60, isCounted: true },
    { ...stream, id: short.id, listenerId: listener.id, seconds: 10, isCounted: false },
  ]
  expect(await royalties.trace(of)).toEqual({ ...line, items, nextCursor: null })
  const first = await royalties.trace({ ...of, limit: 1 })
  expect(first.items).toEqual([items[0]])
  expect((await royalties.trace({ ...of, limit: 1, cursor: first.nextCursor! })).items).toEqual([items[1]])
  const seen = await member.client.royalties.trace(of)
  const hidden = { poolMinor: null, totalWeight: null }
  expect(seen).toEqual({
    ...line,
    ...hidden,
    items: items.map((item) => ({ ...item, listenerId: null })),
    nextCursor: null,
  })
})

test('what came late is there, as accounted later', async () => {
  await royalties.periods.close({ period: '2026-01' })
  const late = await hear(track.id, 50, true)
  const { items, streams } = await royalties.trace(of)
  expect(streams).toBe(1)
  expect(items.map(({ id, booked, isCounted }) => [id, booked, isCounted])).toContainEqual([late.id, '2026-02', false])
})

test('rounding is told to the millionth', async () => {
  // 0.90 by seconds: a third each, of which one gets 0.30 exactly; three quarters of it are 0.225.
  await royalties.listeners.update({
    listenerId: listener.id,
    fee: { period: '2026-02', grossMinor: 100n, currency: 'EUR', origin: 'web' },
  })
  for (const [trackId, seconds] of [[track.id, 30] as const, [rest.id, 60] as const]) {
    await make.stream({ playedOn: '2026-02-01', listenerId: listener.id, trackId, seconds })
  }
  await royalties.runs.create({ period: '2026-02', model: 'pro-rata-seconds' })
  const found = await royalties.trace({ ...of, period: '2026-02' })
  expect(found.exactMicro).toBe(22_500_000n)
  expect(found.amountMinor * 1_000_000n - found.exactMicro).toBe(found.roundingMicro)
  expect([-500_000n, 500_000n]).toContain(found.roundingMicro)
})

test('what is not there, or may not be', async () => {
  const trackId = `trk_${'0'.repeat(26)}` as const
  expect(await codeOf(royalties.trace({ ...of, trackId }))).toBe('NOT_FOUND')
  expect(await codeOf(royalties.trace({ ...of, trackId: rest.id }))).toBe('NOT_FOUND')
  expect(await codeOf(royalties.trace({ ...of, labelId: `lbl_${'0'.repeat(26)}` }))).toBe('NOT_FOUND')
  expect(await codeOf(royalties.trace({ ...of, period: '1999-01' }))).toBe('NO_RUN')
  expect(await codeOf(royalties.trace({ ...of, period: 'May' }))).toBe('INVALID_INPUT')
  for (const wrong of [[2 ** 40], [true], [String(2n ** 63n)]]) {
    expect(await codeOf(royalties.trace({ ...of, cursor: encodeCursor(wrong) }))).toBe('BAD_CURSOR')
  }
  expect(await codeOf(royalties.trace({ ...of, cursor: 'x' }))).toBe('BAD_CURSOR')
  expect(await codeOf(stranger.client.royalties.trace(of))).toBe('NOT_FOUND')
  expect(await codeOf(member.client.royalties.trace({ ...of, labelId: other.id }))).toBe('NOT_FOUND')
  expect(await codeOf(server.anyone.royalties.trace(of))).toBe('NOT_SIGNED_IN')
})
