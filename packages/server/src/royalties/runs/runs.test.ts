import type { LabelId } from '@antiphon/client'
import { beforeAll, describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { encodeCursor } from '../../page.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const keeper = await accountant(server)
const { royalties } = keeper.client
const given = catalogueOf(keeper.client)

let [a, b]: LabelId[] = []

/** Two listeners pay 10.00 each, of which 90 % count; 300 seconds for A, 100 for B, 200 for nobody. */
beforeAll(async () => {
  ;[a, b] = [(await given.label('A')).id, (await given.label('B')).id]
  const [mine, theirs, nobodys] = [
    await given.track({ labelId: a, from: '2026-01' }),
    await given.track({ labelId: b, from: '2026-01' }),
    await given.track(),
  ]
  const fee = { period: '2026-01', grossMinor: 1000n }
  const [ann, bob] = [await given.listener(fee), await given.listener(fee)]
  await given.stream({ playedOn: '2026-01-05', listenerId: ann.id, trackId: mine.id, seconds: 300 })
  await given.stream({ playedOn: '2026-01-06', listenerId: ann.id, trackId: theirs.id, seconds: 100 })
  await given.stream({ playedOn: '2026-01-31', listenerId: bob.id, trackId: nobodys.id, seconds: 200 })
})

const input = { period: '2026-01', model: 'pro-rata-seconds' } as const

describe('runs.create', () => {
  test('settles a period, posts it and freezes it; the same again has no effect', async () => {
    const run = await royalties.runs.create(input)
    expect(run).toMatchObject({
      ...{ state: 'standing', currency: 'EUR', duplicate: false, listeners: 2, streams: 3, seconds: 600 },
      ...{ poolMinor: 1800n, payoutsMinor: 1200n, suspenseMinor: 600n, lateMinor: 0n },
    })
    const { duplicate: _, ...kept } = run
    expect(await royalties.runs.create(input)).toEqual({ ...kept, duplicate: true })
    expect(await royalties.runs.get({ runId: run.id })).toEqual(kept)
    expect(await collect(royalties.runs.list.all({ period: '2026-01' }))).toEqual([kept])
    const payees = await collect(royalties.runs.payees.all({ runId: run.id, limit: 2 }))
    expect(payees.map(({ labelId, suspended, amountMinor }) => [labelId ?? suspended, amountMinor])).toEqual([
      ...[[a, 900n] as const, [b, 300n] as const].sort(([x], [y]) => (x! < y! ? -1 : 1)),
      ['unassigned', 600n],
    ])
    expect(await royalties.periods.get({ period: '2026-01' })).toMatchObject({ state: 'frozen', runId: run.id })
    const cursor = encodeCursor(['lbl_\0'])
    expect(await codeOf(royalties.runs.payees({ runId: run.id, cursor }))).toBe('BAD_CURSOR')
    expect(await codeOf(royalties.runs.create({ ...input, model: 'pro-rata-streams' }))).toBe('RUN_STANDS')
    const back = await royalties.runs.reverse({ runId: run.id, reason: 'A try' })
    expect(back).toMatchObject({ state: 'reversed' })
    expect(await codeOf(royalties.runs.reverse({ runId: run.id, reason: 'Again' }))).toBe('RUN_REVERSED')
    const second = await royalties.runs.create(input)
    expect(second.id).not.toBe(run.id)
    expect(second.digest).toBe(run.digest)
    const closed = await royalties.periods.close({ period: '2026-01' })
    expect(closed).toMatchObject({ state: 'closed', statements: 2 })
    expect(await royalties.periods.close({ period: '2026-01' })).toEqual(closed)
    expect(await codeOf(royalties.runs.reverse({ runId: second.id, reason: 'Late' }))).toBe('PERIOD_CLOSED')
  })
})

test('what is not there, or may not be', async () => {
  const runId = `run_${'0'.repeat(26)}` as const
  const stranger = await server.signUp()
  expect(await codeOf(royalties.runs.get({ runId }))).toBe('NOT_FOUND')
  expect(await codeOf(royalties.runs.payees({ runId }))).toBe('NOT_FOUND')
  expect(await codeOf(royalties.runs.reverse({ runId, reason: 'x' }))).toBe('NOT_FOUND')
  expect(await codeOf(royalties.runs.reverse({ runId, reason: ' ' }))).toBe('INVALID_INPUT')
  expect(await codeOf(royalties.runs.create({ ...input, model: 'by-taste' as typeof input.model }))).toBe(
    'INVALID_INPUT',
  )
  expect(await codeOf(royalties.runs.create({ ...input, model: 'pro-rata-streams' }))).toBe('PERIOD_CLOSED')
  expect(await codeOf(royalties.runs.list({ cursor: 'x' }))).toBe('BAD_CURSOR')
  expect(await codeOf(stranger.client.royalties.runs.create(input))).toBe('NOT_ALLOWED')
  expect(await codeOf(stranger.client.royalties.runs.get({ runId }))).toBe('NOT_ALLOWED')
  expect(await codeOf(server.anyone.royalties.runs.create(input))).toBe('NOT_SIGNED_IN')
})

test('no run without a currency: nobody ever paid', async () => {
  const [track, listener] = [await given.track(), await given.listener()]
  await server.query(`update royalty_periods set currency = null where state <> 'closed'`)
  await given.stream({ playedOn: '2026-02-05', listenerId: listener.id, trackId: track.id, seconds: 1 })
  // January has one.
  expect(await royalties.runs.create({ ...input, period: '2026-02' })).toMatchObject({ currency: 'EUR', poolMinor: 0n })
})
