import type { RoomId } from '@antiphon/client'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { signUp, query } = await startTestServer()
const people = [await signUp('ann'), await signUp('bob'), await signUp('cleo')] as const
const [ann, bob, cleo] = people

const unreadOf = async ({ client }: Person, roomId: RoomId) =>
  (await client.messages.unread({ roomIds: [roomId] })).map(({ count, mentions }) => [count, mentions])[0]

describe('unread', () => {
  test('counts what others sent beyond the marks, in the rooms where there is any', async () => {
    const [eve, max] = [await signUp(), await signUp('max')]
    const one = await max.client.messages.send({ recipientId: eve.user.id, body: 'one' })
    const { id: roomId } = await max.client.messages.rooms.create({ name: 'Choir', memberIds: [eve.user.id] })
    await eve.client.messages.send({ roomId, body: 'mine' })
    await max.client.messages.send({ roomId, body: 'two' })
    await max.client.messages.send({ roomId, body: `for @${eve.user.userName}` })
    const second = { roomId, count: 2, mentions: 1 }
    expect(await eve.client.messages.unread()).toEqual([second, { roomId: one.roomId, count: 1, mentions: 0 }])
    expect(await eve.client.messages.unread({ roomIds: [roomId] })).toEqual([second])
    expect(await max.client.messages.unread()).toEqual([{ roomId, count: 1, mentions: 0 }])
    await eve.client.messages.markRead({ roomId, seq: 3 })
    expect(await unreadOf(eve, roomId)).toEqual([1, 1])
    await eve.client.messages.markRead({ roomId, seq: 4, private: true })
    await eve.client.messages.markRead({ roomId: one.roomId, seq: one.seq })
    expect(await eve.client.messages.unread()).toEqual([])
    for (const roomIds of [[newId('room')], [roomId, newId('room')]]) {
      expect(await codeOf(eve.client.messages.unread({ roomIds }))).toBe('NOT_FOUND')
    }
  })

  test('leaves out what is deleted, hidden, or by whom one blocks', async () => {
    const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
    const sent = await ann.client.messages.send({ roomId, body: 'One for @bob' })
    await ann.client.messages.send({ roomId, body: 'Two' })
    expect(await unreadOf(bob, roomId)).toEqual([2, 1])
    await ann.client.messages.edit({ ...sent, body: 'One' })
    expect(await unreadOf(bob, roomId)).toEqual([2, 0])
    await ann.client.messages.remove(sent)
    expect(await unreadOf(bob, roomId)).toEqual([1, 0])
    await bob.client.users.blocks.add({ userId: ann.user.id })
    expect(await unreadOf(bob, roomId)).toBeUndefined()
    await bob.client.users.blocks.remove({ userId: ann.user.id })
    expect(await unreadOf(bob, roomId)).toEqual([1, 0])
  })

  test('stops at a thousand', async () => {
    const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
    await query(
      `insert into messages (room_id, seq, sender_id, content_hash, body, sent_at, mentions)
       select $1, n, $2, '', 'x', now(), case when n <= 500 then array[$3] else '{}' end from generate_series(2, 1100) n`,
      [roomId, ann.user.id, bob.user.id],
    )
    await query('update rooms set last_seq = 1100 where id = $1', [roomId])
    expect(await unreadOf(bob, roomId)).toEqual([1_000, 400])
    await bob.client.messages.markRead({ roomId, seq: 101 })
    expect(await unreadOf(bob, roomId)).toEqual([999, 399])
  })
})

type Step = { who: number; what: string; at: number }

/** What somebody has not read, counted from all that they can see. */
async function recount({ client, user }: Person, roomId: RoomId) {
  const marks = await query<{ upto: string }>(
    'select greatest(read_seq, private_read_seq) as upto from room_members where room_id = $1 and user_id = $2',
    [roomId, user.id],
  )
  if (marks[0] === undefined) return undefined
  let [count, mentions] = [0, 0]
  for await (const message of client.messages.list.all({ roomId, window: {} })) {
    if (message.senderId === user.id || message.deletedAt !== null || message.seq <= Number(marks[0].upto)) continue
    count += 1
    mentions += message.mentions.includes(user.id) ? 1 : 0
  }
  return count === 0 ? undefined : [count, mentions]
}

async function apply(roomId: RoomId, { who, what, at }: Step) {
  const me = people[who % 3]!
  const other = people[(who + 1 + (at % 2)) % 3]!
  const { messages, users } = me.client
  const userIds = [other.user.id]
  const calls: Record<string, () => Promise<unknown>> = {
    send: () => messages.send({ roomId, body: `m${at}` }),
    mention: () => messages.send({ roomId, body: `@${other.user.userName} m${at}` }),
    edit: () => messages.edit({ roomId, seq: at, body: `@${other.user.userName} edited` }),
    remove: () => messages.remove({ roomId, seq: at }),
    react: () => messages.react({ roomId, seq: at, emoji: '👍' }),
    read: () => messages.markRead({ roomId, seq: at }),
    readPrivately: () => messages.markRead({ roomId, seq: at, private: true }),
    block: () => users.blocks.add({ userId: other.user.id }),
    unblock: () => users.blocks.remove({ userId: other.user.id }),
    leave: () => messages.rooms.leave({ roomId }),
    add: () => ann.client.messages.rooms.members.add({ roomId, userIds }),
    history: () => ann.client.messages.rooms.update({ roomId, history: at % 2 ? 'joined' : 'shared' }),
  }
  // What the room does not allow just now changes nothing.
  await calls[what]?.().catch(() => {})
}

test('whatever happens, it is what a recount gives', async () => {
  const step = fc.record({
    who: fc.nat(2),
    what: fc.constantFrom(
      ...['send', 'send', 'send', 'mention', 'mention', 'edit', 'remove', 'react', 'read', 'readPrivately'],
      ...['block', 'unblock', 'leave', 'add', 'history'],
    ),
    at: fc.integer({ min: 1, max: 25 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
      await query('delete from blocks')
      const memberIds = [bob.user.id, cleo.user.id]
      const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds })
      for (const one of steps) await apply(roomId, one)
      for (const person of people) {
        const expected = await recount(person, roomId)
        const [own] = (await person.client.messages.unread()).filter((room) => room.roomId === roomId)
        expect(own && [own.count, own.mentions]).toEqual(expected)
      }
    }),
    { numRuns: 12 },
  )
}, 120_000)
