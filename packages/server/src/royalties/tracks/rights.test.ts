import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { accountant, catalogueOf, shut, totalsOf } from '../royalties.fixture.ts'
import { sharesFit } from './rights.ts'

const server = await startTestServer()
const keeper = await accountant(server)
const { rights, tracks } = keeper.client.royalties
const make = catalogueOf(keeper.client)
const [ann, bob] = [await make.label('Ann'), await make.label('Bob')]
const half = (labelId: typeof ann.id) => ({ labelId, sharePpm: 500_000 })
const whole = (labelId: typeof ann.id) => ({ labelId, sharePpm: 1_000_000 })

describe('set', () => {
  test('sets who gets which part from a period on, in place of what was set from there', async () => {
    const { id: trackId } = await make.track()
    const version = { from: '2026-10', shares: [whole(ann.id)] }
    expect(await rights.set({ trackId, ...version })).toEqual(version)
    await rights.set({ trackId, from: '2026-12', shares: [half(ann.id), half(bob.id)] })
    await rights.set({ trackId, from: '2026-10', shares: [{ labelId: bob.id, sharePpm: 1 }] })
    expect((await rights.list({ trackId })).items).toEqual([
      { from: '2026-12', shares: [half(ann.id), half(bob.id)] },
      { from: '2026-10', shares: [{ labelId: bob.id, sharePpm: 1 }] },
    ])
    const { rights: shown } = await tracks.get({ trackId })
    expect(shown).toEqual([ann, bob].map(({ id }) => ({ ...half(id), from: '2026-12' })))
    // Nothing: what was set before goes on.
    expect(await rights.set({ trackId, from: '2026-12', shares: [] })).toEqual({ from: '2026-12', shares: [] })
    expect((await tracks.get({ trackId })).rights).toEqual([{ labelId: bob.id, sharePpm: 1, from: '2026-10' }])
  })

  test('takes all of a track at most, each holder once, holders that there are', async () => {
    const { id: trackId } = await make.track()
    const set = (shares: { labelId: typeof ann.id; sharePpm: number }[]) => codeOf(rights.set({ trackId, shares }))
    expect(await set([whole(ann.id), { labelId: bob.id, sharePpm: 1 }])).toBe('SHARES_TOO_HIGH')
    expect(await set([half(ann.id), half(ann.id)])).toBe('SHARES_TOO_HIGH')
    expect(await set([half(newId('label'))])).toBe('UNKNOWN_LABEL')
    for (const sharePpm of [0, -1, 0.5, 1_000_001]) {
      expect(await set([{ labelId: ann.id, sharePpm }])).toBe('INVALID_INPUT')
    }
    expect(await codeOf(rights.set({ trackId, from: '2026-13', shares: [] }))).toBe('INVALID_INPUT')
    expect(await codeOf(rights.set({ trackId: newId('track'), shares: [] }))).toBe('NOT_FOUND')
    expect(await codeOf(rights.list({ trackId: newId('track') }))).toBe('NOT_FOUND')
    expect((await rights.list({ trackId })).items).toEqual([])
  })

  test('what it changes is in the totals of its periods at once', async () => {
    const [track, listener] = [await make.track({ shares: [whole(ann.id)], from: '2025-01' }), await make.listener()]
    const heard = { listenerId: listener.id, trackId: track.id, seconds: 60 }
    await make.stream({ ...heard, playedOn: '2025-01-31' })
    await make.stream({ ...heard, playedOn: '2025-02-01', seconds: 100 })
    expect((await totalsOf(server, '2025-01')).payees).toEqual({ [ann.id]: [60, 1] })
    await rights.set({ trackId: track.id, from: '2025-02', shares: [whole(bob.id)] })
    expect((await totalsOf(server, '2025-01')).payees).toEqual({ [ann.id]: [60, 1] })
    expect((await totalsOf(server, '2025-02')).payees).toEqual({ [bob.id]: [100, 1] })
    await rights.set({ trackId: track.id, from: '2025-02', shares: [] })
    expect((await totalsOf(server, '2025-02')).payees).toEqual({ [ann.id]: [100, 1] })
    await rights.set({ trackId: track.id, from: '2025-01', shares: [] })
    expect((await totalsOf(server, '2025-01')).payees).toEqual({ unassigned: [60, 1] })
  })
})

test('list pages through the versions, the latest first', async () => {
  const { id: trackId } = await make.track()
  for (const from of ['2026-11', '2026-10', '2026-12']) await rights.set({ trackId, from, shares: [half(ann.id)] })
  const all = await collect(rights.list.all({ trackId, limit: 1 }))
  expect(all.map(({ from }) => from)).toEqual(['2026-12', '2026-11', '2026-10'])
  expect(await codeOf(rights.list({ trackId, cursor: 'nonsense' }))).toBe('BAD_CURSOR')
})

// Last: what is shut stays shut.
test('periods that are shut keep their rights; without a period it is from the next on', async () => {
  const track = await make.track({ shares: [whole(ann.id)], from: '2025-01' })
  await shut(server, '2026-08', 'closed')
  const set = (from?: string) => rights.set({ trackId: track.id, from, shares: [whole(bob.id)] })
  expect(await codeOf(set('2026-08'))).toBe('PERIOD_CLOSED')
  expect(await codeOf(set('0001-01'))).toBe('PERIOD_CLOSED')
  expect((await set()).from).toBe('2026-09')
  await shut(server, '2026-10', 'frozen')
  expect(await codeOf(set('2026-09'))).toBe('PERIOD_FROZEN')
  expect((await set()).from).toBe('2026-11')
  const made = await make.track({ labelId: bob.id })
  expect(made.rights).toEqual([{ ...whole(bob.id), from: '2026-11' }])
  // Rights of shut periods keep their track.
  expect(await codeOf(tracks.remove({ trackId: track.id }))).toBe('IN_USE')
  await tracks.remove({ trackId: made.id })
})

test('shares fit where they come to all of a track at most, each holder once', () => {
  const share = fc.record({
    labelId: fc.constantFrom('a', 'b', 'c', 'd'),
    sharePpm: fc.integer({ min: 1, max: 1_000_000 }),
  })
  fc.assert(
    fc.property(fc.array(share, { maxLength: 5 }), (shares) => {
      const holders = Map.groupBy(shares, ({ labelId }) => labelId)
      const sum = shares.map(({ sharePpm }) => sharePpm).reduce((a, b) => a + b, 0)
      expect(sharesFit(shares)).toBe(holders.size === shares.length && sum <= 1_000_000)
    }),
  )
})
