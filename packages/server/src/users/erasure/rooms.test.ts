import { createClient, type RoomId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { expectFolded, fetchCopy, folding } from '../../../test/fold.ts'
import { type Person, passwordOf, startTestServer } from '../../../test/server.ts'
import { erasure } from './erase.ts'

const { url, signUp, query } = await startTestServer()

const removeOf = ({ client, user }: Person) => client.users.remove({ password: passwordOf(user.userName) })

const membersOf = (roomId: RoomId) =>
  query<{ id: string; role: string }>(
    'select user_id as id, role from room_members where room_id = $1 order by user_id',
    [roomId],
  )

async function changesOf({ client }: Person, roomId: RoomId, after: number) {
  const { events } = await client.messages.since({ roomId, after })
  return events.map((event) => [event.kind, 'userId' in event ? event.userId : null, event.actorId])
}

async function people() {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const group = async (owner: Person, ...members: Person[]) => {
    const memberIds = members.map(({ user }) => user.id)
    return (await owner.client.messages.rooms.create({ name: 'Choir', memberIds })).id
  }
  return { ann, bob, cleo, group }
}

describe('groups of a removed person', () => {
  test('hear that they left', async () => {
    const { ann, bob, cleo, group } = await people()
    const roomId = await group(bob, ann, cleo)
    const { seq } = await ann.client.messages.send({ roomId, body: 'Goodbye' })
    await folding(roomId, [bob, cleo], () => removeOf(ann))
    expect(await changesOf(bob, roomId, seq)).toEqual([['member.left', ann.user.id, ann.user.id]])
    expect((await bob.client.messages.list({ roomId })).items).toMatchObject([
      { senderId: ann.user.id, body: 'Goodbye' },
    ])
    const intervals = await query('select to_seq::int as to from memberships where user_id = $1', [ann.user.id])
    expect(intervals).toEqual([{ to: seq + 1 }])
  })

  test('pass on, as an event, to the longest-serving administrator', async () => {
    const { ann, bob, cleo, group } = await people()
    const roomId = await group(ann, bob, cleo)
    await ann.client.messages.rooms.members.setRole({ roomId, userId: cleo.user.id, role: 'admin' })
    await folding(roomId, [bob, cleo], () => removeOf(ann))
    expect(await changesOf(bob, roomId, 2)).toEqual([
      ['member.changed', cleo.user.id, ann.user.id],
      ['member.left', ann.user.id, ann.user.id],
    ])
    expect(await membersOf(roomId)).toEqual([
      { id: bob.user.id, role: 'member' },
      { id: cleo.user.id, role: 'owner' },
    ])
  })

  test('pass on to the longest-serving member where there is no administrator', async () => {
    const { ann, bob, cleo, group } = await people()
    const roomId = await group(ann, cleo)
    await ann.client.messages.rooms.members.add({ roomId, userIds: [bob.user.id] })
    await removeOf(ann)
    expect(await cleo.client.messages.rooms.get({ roomId })).toMatchObject({ role: 'owner' })
    await removeOf(cleo)
    expect(await bob.client.messages.rooms.get({ roomId })).toMatchObject({ role: 'owner' })
  })

  test('with nobody left are removed with all that is in them', async () => {
    const { ann, bob, group } = await people()
    const roomId = await group(ann, bob)
    await ann.client.messages.send({ roomId, body: 'To myself' })
    await bob.client.messages.rooms.leave({ roomId })
    const copy = await fetchCopy(bob, roomId)
    await removeOf(ann)
    expect(await membersOf(roomId)).toEqual([])
    expect(await query('select 1 from messages where room_id = $1', [roomId])).toEqual([])
    const rooms = await query('select name, removed_at is not null as removed from rooms where id = $1', [roomId])
    expect(rooms).toEqual([{ name: '', removed: true }])
    expect((await expectFolded(copy)).messages.size).toBe(0)
  })
})

describe('direct rooms of a removed person', () => {
  test('stay for the other', async () => {
    const { ann, bob } = await people()
    const { id: roomId } = await ann.client.messages.rooms.direct({ userId: bob.user.id })
    await ann.client.messages.send({ roomId, body: 'Goodbye' })
    await folding(roomId, [bob], () => removeOf(ann))
    expect(await bob.client.messages.rooms.get({ roomId })).toMatchObject({ kind: 'direct', peerId: ann.user.id })
    expect((await bob.client.messages.list({ roomId })).items).toMatchObject([{ body: 'Goodbye' }])
  })

  test('are removed with the second of the two, and notes with their writer', async () => {
    const { ann, bob } = await people()
    const both = await ann.client.messages.rooms.direct({ userId: bob.user.id })
    const notes = await ann.client.messages.rooms.direct({ userId: ann.user.id })
    for (const { id } of [both, notes]) await ann.client.messages.send({ roomId: id, body: 'Secret' })
    const left = (ids: RoomId[]) => query('select body from messages where room_id = any ($1)', [ids])
    await removeOf(ann)
    expect(await left([both.id, notes.id])).toEqual([{ body: 'Secret' }])
    await removeOf(bob)
    expect(await left([both.id, notes.id])).toEqual([])
    expect(await query('select 1 from direct_rooms where user_low = $1', [ann.user.id])).toEqual([])
  })

  test('of two who are removed at once are removed too', async () => {
    for (let round = 0; round < 5; round++) {
      const { ann, bob, group } = await people()
      const { id } = await ann.client.messages.rooms.direct({ userId: bob.user.id })
      const roomId = await group(ann, bob)
      await Promise.all([removeOf(ann), removeOf(bob)])
      const rows = await query('select removed_at is not null as removed from rooms where id = any ($1)', [
        [id, roomId],
      ])
      expect(rows).toEqual([{ removed: true }, { removed: true }])
    }
  })
})

describe('of a removed person', () => {
  test('reactions go, as events', async () => {
    const { ann, bob, cleo, group } = await people()
    const rooms = [await group(bob, ann, cleo), await group(cleo, ann, bob)]
    const direct = await ann.client.messages.rooms.direct({ userId: bob.user.id })
    for (const roomId of [...rooms, direct.id]) {
      for (const body of ['one', 'two', 'three']) await bob.client.messages.send({ roomId, body })
      for (const [seq, emoji, { user }] of [
        ...[[2, '👍', ann] as const, [2, '🎶', ann] as const, [4, '👍', ann] as const],
        ...[[2, '👍', bob] as const, [3, '👍', bob] as const],
      ]) {
        await query('insert into reactions (room_id, seq, emoji, user_id) values ($1, $2, $3, $4)', [
          ...[roomId, seq, emoji, user.id],
        ])
      }
    }
    // From a room that they have left, too.
    await ann.client.messages.rooms.leave({ roomId: rooms[1]! })
    const copies = await Promise.all([...rooms, direct.id].map((roomId) => fetchCopy(bob, roomId)))
    await removeOf(ann)
    for (const copy of copies) {
      const { messages } = await expectFolded(copy)
      expect(
        [...messages.values()].map(({ reactions }) => reactions.map(({ emoji, count }) => [emoji, count])),
      ).toEqual(expect.arrayContaining([[['👍', 1]], [['👍', 1]], []]))
    }
    const { events } = await bob.client.messages.since({ roomId: direct.id, after: 4 })
    expect(events.map((event) => [event.kind, event.seq, 'message' in event && event.message.seq])).toEqual([
      ['message.reacted', 5, 2],
      ['message.reacted', 6, 4],
    ])
    expect(await query('select 1 from reactions where user_id = $1', [ann.user.id])).toEqual([])
  })

  test('marks, their times and bans go; what they did stays under the id', async () => {
    const { ann, bob, cleo, group } = await people()
    const roomId = await group(ann, bob, cleo)
    const other = await group(bob, cleo)
    const direct = await ann.client.messages.rooms.direct({ userId: bob.user.id })
    const { seq } = await bob.client.messages.send({ roomId, body: `Hello @${ann.user.userName}` })
    await ann.client.messages.rooms.members.ban({ roomId, userId: cleo.user.id })
    await bob.client.messages.rooms.members.ban({ roomId: other, userId: ann.user.id })
    await query('update room_members set delivered_seq = 2, read_seq = 2, private_read_seq = 2 where user_id = $1', [
      ann.user.id,
    ])
    await query(`insert into receipt_log (room_id, user_id, kind, upto_seq) values ($1, $2, 'read', 2)`, [
      ...[direct.id, ann.user.id],
    ])
    await query(`insert into reports (room_id, seq, reporter_id, reason) values ($1, $2, $3, 'Rude')`, [
      ...[roomId, seq, ann.user.id],
    ])
    await removeOf(ann)
    const marks = await query(
      'select (delivered_seq + read_seq + private_read_seq)::int as marks from room_members where user_id = $1',
      [ann.user.id],
    )
    expect(marks).toEqual([{ marks: 0 }])
    expect(await query('select 1 from receipt_log where user_id = $1', [ann.user.id])).toEqual([])
    expect(await query('select user_id as id, banned_by as by from room_bans')).toEqual([
      { id: cleo.user.id, by: ann.user.id },
    ])
    expect(await query('select reporter_id as id from reports')).toEqual([{ id: ann.user.id }])
    expect((await bob.client.messages.list({ roomId })).items[0]).toMatchObject({ mentions: [ann.user.id] })
  })

  test('every column that refers to users is provided for', async () => {
    const keys = await query<{ column: string }>(
      `select conrelid::regclass || '.' || attname as column from pg_constraint
       join pg_attribute on attrelid = conrelid and attnum = any (conkey)
       where contype = 'f' and confrelid = 'users'::regclass`,
    )
    const known = erasure.flatMap(({ columns }) => columns)
    expect(keys.map(({ column }) => column).filter((column) => !known.includes(column))).toEqual([])
  })
})

test('somebody removed while they and others write, add and ban is gone from every room, and nobody locks another out', async () => {
  for (let round = 0; round < 6; round++) {
    const { ann, bob, cleo, group } = await people()
    const rooms = [await group(ann, bob), await group(bob, ann), await group(cleo, bob)]
    const [first, second, third] = rooms as [RoomId, RoomId, RoomId]
    const { seq } = await bob.client.messages.send({ roomId: first, body: 'Hello' })
    const userIds = [ann.user.id]
    const [{ messages }, { messages: marks }] = [1, 2].map(() =>
      createClient({ url, token: ann.token, maxRetries: 0 }),
    ) as [typeof ann.client, typeof ann.client]
    const own = [
      ...[
        messages.send.safe({ roomId: first, body: 'Wait' }),
        messages.react.safe({ roomId: first, seq, emoji: '👋' }),
      ],
      ...[marks.markRead.safe({ roomId: first, seq }), marks.markDelivered.safe({ roomId: second, seq: 1 })],
    ]
    await Promise.all([
      removeOf(ann),
      cleo.client.messages.rooms.members.add.safe({ roomId: third, userIds }),
      bob.client.messages.rooms.members.ban.safe({ roomId: second, userId: ann.user.id }),
      bob.client.messages.send.safe({ roomId: first, body: 'Still here?' }),
      cleo.client.messages.rooms.create.safe({ name: 'Late', memberIds: userIds }),
    ])
    for (const result of await Promise.all<Awaited<(typeof own)[number]>>(own)) {
      if (!result.ok) expect(['NOT_FOUND', 'TOKEN_INVALID']).toContain(result.error.code)
    }
    for (const table of ['room_members', 'reactions', 'receipt_log']) {
      expect(await query(`select 1 from ${table} where user_id = $1`, [ann.user.id])).toEqual([])
    }
    expect(await query('select 1 from memberships where user_id = $1 and to_seq is null', [ann.user.id])).toEqual([])
    for (const roomId of rooms) {
      const roles = (await membersOf(roomId)).map(({ role }) => role)
      expect(roles.filter((role) => role === 'owner')).toHaveLength(1)
    }
  }
  const [stats] = await query('select deadlocks::int from pg_stat_database where datname = current_database()')
  expect(stats).toEqual({ deadlocks: 0 })
})
