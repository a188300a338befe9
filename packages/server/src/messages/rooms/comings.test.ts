import type { RoomId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { folding } from '../../../test/fold.ts'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { anyone, signUp, query } = await startTestServer()

async function openRoom(history: 'shared' | 'joined' = 'shared') {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const { id: roomId } = await ann.client.messages.rooms.create({
    ...{ name: 'Plaza', access: 'open', history },
    memberIds: [cleo.user.id],
  })
  const say = (person: Person, body: string) => person.client.messages.send({ roomId, body })
  return { ann, bob, cleo, roomId, people: [ann, bob, cleo], say }
}

const join = ({ client }: Person, roomId: RoomId) => client.messages.rooms.join({ roomId })
const leave = ({ client }: Person, roomId: RoomId) => client.messages.rooms.leave({ roomId })

/** The texts that somebody sees, by list and by events, which have to be the same; undefined where they see nothing. */
async function seen({ client }: Person, roomId: RoomId): Promise<string[]> {
  const listed: string[] = []
  for await (const { body } of client.messages.list.all({ roomId, limit: 2 })) listed.unshift(body)
  const told: string[] = []
  for (let after = 0; ; ) {
    const range = await client.messages.since({ roomId, after, limit: 3 })
    for (const event of range.events) if (event.kind === 'message.sent') told.push(event.message.body)
    after = range.to
    if (after === range.lastSeq) break
  }
  expect(told).toEqual(listed)
  return listed
}

/** What the events tell of people coming and going. */
async function comings({ client }: Person, roomId: RoomId, after = 0) {
  const { events } = await client.messages.since({ roomId, after })
  return events.flatMap((event) => ('userId' in event ? [[event.seq, event.kind, event.userId, event.actorId]] : []))
}

describe('join', () => {
  test('makes a member of an open room of anybody, once', async () => {
    const { ann, bob, roomId, people } = await openRoom()
    const joined = await folding(roomId, people, () => join(bob, roomId))
    expect(joined).toMatchObject({ id: roomId, role: 'member', lastSeq: 2 })
    expect(await Promise.all(Array.from({ length: 4 }, () => join(bob, roomId)))).toEqual(
      [1, 2, 3, 4].map(() => joined),
    )
    expect(await comings(ann, roomId)).toEqual([[2, 'member.joined', bob.user.id, bob.user.id]])
    await bob.client.messages.send({ roomId, body: 'Hello' })
  })

  test('is not for closed rooms, nor for rooms that do not exist', async () => {
    const { ann, bob, cleo, roomId } = await openRoom()
    await ann.client.messages.rooms.update({ roomId, access: 'closed' })
    expect(await codeOf(join(bob, roomId))).toBe('NOT_FOUND')
    expect(await codeOf(join(bob, newId('room')))).toBe('NOT_FOUND')
    expect(await codeOf(anyone.messages.rooms.join({ roomId }))).toBe('NOT_SIGNED_IN')
    expect(await codeOf(bob.client.messages.rooms.join({ roomId: 'plaza' as RoomId }))).toBe('INVALID_INPUT')
    expect(await join(cleo, roomId)).toMatchObject({ role: 'member' })
  })

  test('is not for the banned', async () => {
    const { ann, bob, roomId } = await openRoom()
    await ann.client.messages.rooms.members.ban({ roomId, userId: bob.user.id })
    expect(await codeOf(join(bob, roomId))).toBe('BANNED')
    await ann.client.messages.rooms.members.unban({ roomId, userId: bob.user.id })
    expect(await join(bob, roomId)).toMatchObject({ role: 'member' })
  })

  test('at once with a ban ends outside, whichever came first', async () => {
    for (let round = 0; round < 6; round++) {
      const { ann, bob, roomId } = await openRoom()
      const [joined] = await Promise.all([
        bob.client.messages.rooms.join.safe({ roomId }),
        ann.client.messages.rooms.members.ban({ roomId, userId: bob.user.id }),
      ])
      if (!joined.ok) expect(joined.error.code).toBe('BANNED')
      expect(await query('select 1 from room_members where user_id = $1', [bob.user.id])).toEqual([])
      expect(await query('select 1 from memberships where user_id = $1 and to_seq is null', [bob.user.id])).toEqual([])
    }
  })
})

describe('leave', () => {
  test('ends being a member, and keeps what was seen', async () => {
    const { ann, bob, roomId, people, say } = await openRoom()
    await join(bob, roomId)
    await say(bob, 'Hello')
    await folding(roomId, people, () => leave(bob, roomId))
    await say(ann, 'Pity')
    expect(await seen(bob, roomId)).toEqual(['Hello'])
    expect(await comings(bob, roomId, 1)).toEqual([
      [2, 'member.joined', bob.user.id, bob.user.id],
      [4, 'member.left', bob.user.id, bob.user.id],
    ])
    expect(await codeOf(say(bob, 'Wait'))).toBe('NOT_FOUND')
    expect(await codeOf(leave(bob, roomId))).toBe('NOT_FOUND')
    expect((await bob.client.messages.rooms.list()).items).toEqual([])
    expect(await bob.client.messages.rooms.get({ roomId })).toMatchObject({ role: null })
    await ann.client.messages.rooms.update({ roomId, access: 'closed' })
    expect(await codeOf(bob.client.messages.rooms.get({ roomId }))).toBe('NOT_FOUND')
    expect(await codeOf(bob.client.messages.rooms.members.list({ roomId }))).toBe('NOT_FOUND')
    expect(await seen(bob, roomId)).toEqual(['Hello'])
  })

  test('is not for the owner while others are there, nor for direct rooms, nor for strangers', async () => {
    const { ann, bob, cleo, roomId } = await openRoom()
    const direct = await ann.client.messages.rooms.direct({ userId: bob.user.id })
    expect(await codeOf(leave(ann, roomId))).toBe('OWNER_STAYS')
    expect(await codeOf(leave(ann, direct.id))).toBe('NOT_A_GROUP')
    expect(await codeOf(leave(bob, roomId))).toBe('NOT_FOUND')
    expect(await codeOf(leave(bob, newId('room')))).toBe('NOT_FOUND')
    expect(await codeOf(anyone.messages.rooms.leave({ roomId }))).toBe('NOT_SIGNED_IN')
    await ann.client.messages.rooms.members.setRole({ roomId, userId: cleo.user.id, role: 'owner' })
    await leave(ann, roomId)
    expect(await cleo.client.messages.rooms.get({ roomId })).toMatchObject({ role: 'owner' })
  })

  test('by the last one removes the room', async () => {
    const { ann, cleo, roomId, say } = await openRoom()
    await say(ann, 'All alone soon')
    await leave(cleo, roomId)
    await folding(roomId, [ann, cleo], () => leave(ann, roomId))
    expect(await codeOf(join(cleo, roomId))).toBe('NOT_FOUND')
    expect(await query('select 1 from messages where room_id = $1', [roomId])).toEqual([])
  })

  test('of two at once leaves nobody behind without an owner', async () => {
    for (let round = 0; round < 6; round++) {
      const { ann, cleo, roomId } = await openRoom()
      const [owner, member] = await Promise.all([
        ann.client.messages.rooms.leave.safe({ roomId }),
        cleo.client.messages.rooms.leave.safe({ roomId }),
      ])
      expect(member.ok).toBe(true)
      const left = await query<{ role: string }>('select role from room_members where room_id = $1', [roomId])
      expect(left).toEqual(owner.ok ? [] : [{ role: 'owner' }])
      if (!owner.ok) expect(owner.error.code).toBe('OWNER_STAYS')
    }
  })
})

describe('who comes later', () => {
  test('sees what was sent before where the history is shared', async () => {
    const { ann, bob, roomId, say } = await openRoom('shared')
    await say(ann, 'Before')
    await join(bob, roomId)
    await say(ann, 'After')
    expect(await seen(bob, roomId)).toEqual(['Before', 'After'])
  })

  test('does not where it is not, by the setting as of sending', async () => {
    const { ann, bob, cleo, roomId, say } = await openRoom('joined')
    await say(ann, 'hidden 1')
    await ann.client.messages.rooms.update({ roomId, history: 'shared' })
    await say(ann, 'shared 2')
    await ann.client.messages.rooms.update({ roomId, history: 'joined' })
    await say(cleo, 'hidden 3')
    await join(bob, roomId)
    await say(ann, 'seen 4')
    expect(await seen(bob, roomId)).toEqual(['shared 2', 'seen 4'])
    await ann.client.messages.rooms.update({ roomId, history: 'shared' })
    expect(await seen(bob, roomId)).toEqual(['shared 2', 'seen 4'])
    expect(await seen(cleo, roomId)).toEqual(['hidden 1', 'shared 2', 'hidden 3', 'seen 4'])
  })

  test.each(['shared', 'joined'] as const)('and was there before sees both times (%s)', async (history) => {
    const { ann, bob, roomId, people, say } = await openRoom(history)
    await say(ann, 'one')
    await folding(roomId, people, () => join(bob, roomId))
    await say(ann, 'two')
    await folding(roomId, people, () => leave(bob, roomId))
    await say(ann, 'three')
    await folding(roomId, people, async () => {
      await ann.client.messages.rooms.update({ roomId, topic: 'Anew' })
      await join(bob, roomId)
      await say(bob, 'four')
    })
    expect(await seen(bob, roomId)).toEqual(history === 'shared' ? ['one', 'two', 'three', 'four'] : ['two', 'four'])
    const own = (await comings(bob, roomId)).filter(([, , userId]) => userId === bob.user.id)
    expect(own.map(([, kind]) => kind)).toEqual(['member.joined', 'member.left', 'member.joined'])
  })

  test('has nothing unread, and has told nobody to have read it', async () => {
    const { ann, bob, roomId, say } = await openRoom()
    const { seq } = await say(ann, 'Old news')
    await join(bob, roomId)
    expect(await bob.client.messages.unread()).toEqual([])
    const marks = (await ann.client.messages.receipts({ roomId, seq })).items.find(
      ({ userId }) => userId === bob.user.id,
    )
    expect(marks).toMatchObject({ deliveredSeq: 0, readSeq: 0, readAt: null })
    await say(ann, 'News')
    expect(await bob.client.messages.unread()).toMatchObject([{ roomId, count: 1 }])
  })

  test('and was there before has the marks of that time', async () => {
    const { ann, bob, roomId, say } = await openRoom()
    await join(bob, roomId)
    const { seq } = await say(ann, 'News')
    await bob.client.messages.markRead({ roomId, seq })
    await leave(bob, roomId)
    await say(ann, 'Missed')
    await join(bob, roomId)
    expect(await bob.client.messages.unread()).toEqual([])
    const marks = (await ann.client.messages.receipts({ roomId })).items.find(({ userId }) => userId === bob.user.id)
    expect(marks).toMatchObject({ deliveredSeq: seq, readSeq: seq })
    for (const upTo of [seq - 1, seq, seq + 1]) await bob.client.messages.markRead({ roomId, seq: upTo })
  })
})
