import type { TrackId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { anyone, signUp } = server
const keeper = await accountant(server)
const { tracks, rights } = keeper.client.royalties
const make = catalogueOf(keeper.client)
const missing: TrackId = newId('track')
const label = await make.label('Sony Classical')
const member = await signUp()
await keeper.client.royalties.labels.addMember({ labelId: label.id, userId: member.user.id })

describe('create', () => {
  test('makes a track, once per key, with all of it for one label where that is said', async () => {
    const input = { externalId: '71700f06', title: 'Goldberg Variations', isrc: 'us-sm1-81-00001', labelId: label.id }
    const made = await tracks.create({ ...input, idempotencyKey: 'goldberg' })
    expect(made).toEqual({
      ...{ id: made.id, externalId: '71700f06', title: 'Goldberg Variations', isrc: 'USSM18100001' },
      rights: [{ labelId: label.id, sharePpm: 1_000_000, from: '0001-01' }],
      ...{ createdAt: expect.any(Date), modifiedAt: expect.any(Date) },
    })
    expect(await tracks.create({ ...input, idempotencyKey: 'goldberg' })).toEqual(made)
    expect(await codeOf(tracks.create(input))).toBe('EXTERNAL_ID_TAKEN')
    expect(await tracks.create({ externalId: '71700F06' })).toMatchObject({ title: null, isrc: null, rights: [] })
  })

  test('refuses what is no track', async () => {
    expect(await codeOf(tracks.create({ externalId: '' }))).toBe('INVALID_INPUT')
    expect(await codeOf(tracks.create({ externalId: 'x'.repeat(201) }))).toBe('INVALID_INPUT')
    expect(await codeOf(tracks.create({ externalId: 'x', isrc: 'GB-1' }))).toBe('INVALID_INPUT')
    expect(await codeOf(tracks.create({ externalId: 'x', labelId: newId('label') }))).toBe('UNKNOWN_LABEL')
    expect(await codeOf(tracks.get({ externalId: 'x' }))).toBe('NOT_FOUND')
  })
})

test('get has a track by either id', async () => {
  const made = await make.track({ title: 'Kinderszenen' })
  expect(await tracks.get({ trackId: made.id })).toEqual(made)
  expect(await tracks.get({ externalId: made.externalId })).toEqual(made)
  expect(await codeOf(tracks.get({ trackId: missing }))).toBe('NOT_FOUND')
  expect(await codeOf(tracks.get({ externalId: 'none' }))).toBe('NOT_FOUND')
})

describe('list', () => {
  test('finds by external id, code, label, and what is nobody’s', async () => {
    const own = await make.label()
    const [one, two, bare] = [
      await make.track({ labelId: own.id }),
      await make.track({
        shares: [
          { labelId: own.id, sharePpm: 400_000 },
          { labelId: label.id, sharePpm: 600_000 },
        ],
      }),
      await make.track(),
    ]
    await tracks.update({ trackId: one.id, isrc: 'NLA501300001' })
    const ids = async (filter: Parameters<typeof tracks.list>[0]) =>
      (await collect(tracks.list.all({ ...filter, limit: 1 }))).map(({ id }) => id)
    expect(await ids({ externalId: two.externalId })).toEqual([two.id])
    expect(await ids({ isrc: 'nl-a50-13-00001' })).toEqual([one.id])
    expect(await ids({ labelId: own.id })).toEqual([one.id, two.id])
    expect(await ids({ labelId: own.id, isrc: 'NLA501300001' })).toEqual([one.id])
    expect(await ids({ unassigned: true })).toContain(bare.id)
    expect(await ids({ unassigned: true })).not.toContain(one.id)
    // What was set before the latest does not count.
    await rights.set({ trackId: one.id, from: '2026-10', shares: [{ labelId: label.id, sharePpm: 1_000_000 }] })
    expect(await ids({ labelId: own.id })).toEqual([two.id])
  })

  test('pages through all tracks in the order in which they came', async () => {
    const all = await collect(tracks.list.all())
    expect(await collect(tracks.list.all({ limit: 2 }))).toEqual(all)
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort())
    expect(await codeOf(tracks.list({ cursor: 'nonsense' }))).toBe('BAD_CURSOR')
  })
})

test('update changes what is given', async () => {
  const made = await make.track({ title: 'Gaspard' })
  const changed = await tracks.update({ trackId: made.id, isrc: 'FRZ039800212' })
  expect(changed).toEqual({ ...made, isrc: 'FRZ039800212', modifiedAt: expect.any(Date) })
  expect(await tracks.update({ trackId: made.id, title: null })).toMatchObject({ title: null, isrc: 'FRZ039800212' })
  expect(await codeOf(tracks.update({ trackId: made.id, isrc: 'x' }))).toBe('INVALID_INPUT')
  expect(await codeOf(tracks.update({ trackId: missing, title: 'X' }))).toBe('NOT_FOUND')
})

describe('remove', () => {
  test('removes a track that nobody heard, with its rights', async () => {
    const made = await make.track({ labelId: label.id })
    await tracks.remove({ trackId: made.id })
    expect(await codeOf(tracks.remove({ trackId: made.id }))).toBe('NOT_FOUND')
    await make.track({ externalId: made.externalId })
  })

  test('keeps one that was heard', async () => {
    const [track, listener] = [await make.track(), await make.listener()]
    await make.stream({ playedOn: '2026-10-01', listenerId: listener.id, trackId: track.id, seconds: 1 })
    expect(await codeOf(tracks.remove({ trackId: track.id }))).toBe('IN_USE')
  })
})

test('tracks and rights are for who keeps the accounts', async () => {
  const { id: trackId, externalId } = await make.track({ labelId: label.id })
  const calls = [
    (of: typeof keeper.client.royalties) => of.tracks.create({ externalId: 'y' }),
    (of: typeof keeper.client.royalties) => of.tracks.get({ externalId }),
    (of: typeof keeper.client.royalties) => of.tracks.list(),
    (of: typeof keeper.client.royalties) => of.tracks.update({ trackId, title: 'Mine' }),
    (of: typeof keeper.client.royalties) => of.tracks.remove({ trackId }),
    (of: typeof keeper.client.royalties) => of.rights.set({ trackId, shares: [] }),
    (of: typeof keeper.client.royalties) => of.rights.list({ trackId }),
  ]
  for (const call of calls) {
    expect(await codeOf(call(member.client.royalties))).toBe('NOT_ALLOWED')
    expect(await codeOf(call(anyone.royalties))).toBe('NOT_SIGNED_IN')
  }
})
