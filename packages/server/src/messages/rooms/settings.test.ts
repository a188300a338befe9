import type { Room } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { expectFolded, fetchCopy, folding } from '../../../test/fold.ts'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { anyone, signUp } = await startTestServer()

/** A group of an owner, an administrator and a member, and somebody outside. */
async function group() {
  const [ann, bob, cleo, dan] = [await signUp(), await signUp(), await signUp(), await signUp()]
  const { id: roomId } = await ann.client.messages.rooms.create({
    name: 'Choir',
    memberIds: [bob.user.id, cleo.user.id],
  })
  await ann.client.messages.rooms.members.setRole({ roomId, userId: bob.user.id, role: 'admin' })
  const people = [ann, bob, cleo]
  const eventsAfter = async (after: number) => (await ann.client.messages.since({ roomId, after })).events
  return { ann, bob, cleo, dan, roomId, people, eventsAfter }
}

describe('update', () => {
  test('changes what is given, by owner or administrator, and tells everybody', async () => {
    const { ann, bob, roomId, people, eventsAfter } = await group()
    const before = await ann.client.messages.rooms.get({ roomId })
    const settings = { topic: 'Bach', access: 'open', history: 'joined', retentionDays: 30 } as const
    const changed = await folding(roomId, people, () => bob.client.messages.rooms.update({ roomId, ...settings }))
    expect(changed).toMatchObject({ ...settings, name: 'Choir', role: 'admin', lastSeq: before.lastSeq + 1 })
    const last = await folding(roomId, people, () =>
      ann.client.messages.rooms.update({ roomId, name: 'Chorus', topic: '', retentionDays: null }),
    )
    expect(last).toMatchObject({ name: 'Chorus', topic: '', access: 'open', retentionDays: null, role: 'owner' })
    const events = await eventsAfter(before.lastSeq)
    expect(events.map(({ kind, actorId }) => [kind, actorId])).toEqual([
      ['room.updated', bob.user.id],
      ['room.updated', ann.user.id],
    ])
  })

  test('of nothing new is no event', async () => {
    const { ann, roomId } = await group()
    const { lastSeq } = await ann.client.messages.rooms.update({
      roomId,
      name: 'Choir',
      topic: '',
      retentionDays: null,
    })
    expect((await ann.client.messages.rooms.update({ roomId })).lastSeq).toBe(lastSeq)
    expect((await ann.client.messages.rooms.update({ roomId, name: 'Other' })).lastSeq).toBe(lastSeq + 1)
  })

  test('is not for members, strangers and direct rooms', async () => {
    const { ann, cleo, dan, roomId } = await group()
    const direct = await ann.client.messages.rooms.direct({ userId: cleo.user.id })
    const change = { name: 'Mine' }
    expect(await codeOf(cleo.client.messages.rooms.update({ roomId, ...change }))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(dan.client.messages.rooms.update({ roomId, ...change }))).toBe('NOT_FOUND')
    expect(await codeOf(dan.client.messages.rooms.update({ roomId: newId('room'), ...change }))).toBe('NOT_FOUND')
    expect(await codeOf(ann.client.messages.rooms.update({ roomId: direct.id, ...change }))).toBe('NOT_A_GROUP')
    expect(await codeOf(anyone.messages.rooms.update({ roomId, ...change }))).toBe('NOT_SIGNED_IN')
    await ann.client.messages.rooms.update({ roomId, access: 'open' })
    expect(await codeOf(dan.client.messages.rooms.update({ roomId, ...change }))).toBe('NOT_FOUND')
  })

  test.each<[string, Partial<Room>]>([
    ['an empty name', { name: ' ' }],
    ['a long topic', { topic: 'x'.repeat(501) }],
    ['no retention at all', { retentionDays: 0 }],
    ['half a day', { retentionDays: 1.5 }],
    ['a retention of eleven years', { retentionDays: 4_000 }],
    ['another access', { access: 'secret' as 'open' }],
  ])('refuses %s', async (_what, change) => {
    const { client } = await signUp()
    const { id: roomId } = await client.messages.rooms.create({ name: 'Own' })
    const given = change as { name: string }
    expect(await codeOf(client.messages.rooms.update({ roomId, ...given }))).toBe('INVALID_INPUT')
  })
})

describe('archive', () => {
  test('ends writing, not reading, and can be taken back', async () => {
    const { ann, bob, cleo, roomId, people } = await group()
    await cleo.client.messages.send({ roomId, body: 'Last words' })
    const archived = await folding(roomId, people, () => bob.client.messages.rooms.archive({ roomId }))
    expect(archived.archivedAt).toBeInstanceOf(Date)
    expect((await bob.client.messages.rooms.archive({ roomId })).lastSeq).toBe(archived.lastSeq)
    expect(await codeOf(cleo.client.messages.send({ roomId, body: 'One more' }))).toBe('ROOM_ARCHIVED')
    expect((await cleo.client.messages.list({ roomId })).items).toMatchObject([{ body: 'Last words' }])
    expect((await cleo.client.messages.rooms.list()).items).toMatchObject([{ id: roomId }])
    const back = await folding(roomId, people, () => ann.client.messages.rooms.archive({ roomId, archived: false }))
    expect([back.archivedAt, back.lastSeq]).toEqual([null, archived.lastSeq + 1])
    expect((await ann.client.messages.rooms.archive({ roomId, archived: false })).lastSeq).toBe(back.lastSeq)
    await cleo.client.messages.send({ roomId, body: 'One more' })
  })

  test('leaves people free to come and go, and settings to be changed', async () => {
    const { ann, cleo, dan, roomId, people } = await group()
    await ann.client.messages.rooms.archive({ roomId })
    await folding(roomId, [...people, dan], async () => {
      await ann.client.messages.rooms.update({ roomId, access: 'open', topic: 'How it was' })
      await dan.client.messages.rooms.join({ roomId })
      await cleo.client.messages.rooms.leave({ roomId })
    })
  })

  test('is not for members, strangers and direct rooms', async () => {
    const { ann, cleo, dan, roomId } = await group()
    const direct = await ann.client.messages.rooms.direct({ userId: cleo.user.id })
    expect(await codeOf(cleo.client.messages.rooms.archive({ roomId }))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(dan.client.messages.rooms.archive({ roomId }))).toBe('NOT_FOUND')
    expect(await codeOf(ann.client.messages.rooms.archive({ roomId: newId('room') }))).toBe('NOT_FOUND')
    expect(await codeOf(ann.client.messages.rooms.archive({ roomId: direct.id }))).toBe('NOT_A_GROUP')
    const archived = 'yes' as unknown as boolean
    expect(await codeOf(ann.client.messages.rooms.archive({ roomId, archived }))).toBe('INVALID_INPUT')
  })

  test('lets no message in after it, however they race', async () => {
    for (let round = 0; round < 6; round++) {
      const { ann, cleo, roomId, eventsAfter } = await group()
      const copy = await fetchCopy(cleo, roomId)
      const sends = Array.from({ length: 6 }, (_, at) => cleo.client.messages.send.safe({ roomId, body: `m${at}` }))
      const { lastSeq } = await ann.client.messages.rooms.archive({ roomId })
      const sent = await Promise.all(sends)
      for (const one of sent) if (!one.ok) expect(one.error.code).toBe('ROOM_ARCHIVED')
      const after = await eventsAfter(lastSeq)
      expect(after).toEqual([])
      await expectFolded(copy)
    }
  })
})
