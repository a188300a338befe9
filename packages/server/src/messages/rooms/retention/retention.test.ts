import type { RoomId } from '@antiphon/client'
import { afterAll, describe, expect, test } from 'vitest'
import { folding } from '../../../../test/fold.ts'
import { codeOf, type Person, startTestServer } from '../../../../test/server.ts'
import { createDb, createPool } from '../../../db/connect.ts'
import { newId } from '../../../ids.ts'
import { purgeRooms } from './purge.ts'

const { anyone, databaseUrl, signUp, query } = await startTestServer()
const db = createDb(createPool({ connectionString: databaseUrl }, { max: 2 }))
afterAll(() => db.destroy())

async function group() {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const { id: roomId } = await ann.client.messages.rooms.create({
    ...{ name: 'Choir', topic: 'Bach', access: 'open' },
    memberIds: [bob.user.id, cleo.user.id],
  })
  const say = (person: Person, body: string) => person.client.messages.send({ roomId, body })
  return { ann, bob, cleo, roomId, people: [ann, bob, cleo], say }
}

const bodiesOf = async ({ client }: Person, roomId: RoomId) =>
  (await client.messages.list({ roomId, window: { last: 1_000 } })).items.map(({ body }) => body)

/** Makes what happened up to a number so many days older. */
const age = (roomId: RoomId, upTo: number, days: number) =>
  query(
    `with aged as (update room_events set at = at - $3 * interval '1 day' where room_id = $1 and seq <= $2)
     update messages set sent_at = sent_at - $3 * interval '1 day' where room_id = $1 and seq <= $2`,
    [roomId, upTo, days],
  )

const tables = ['messages', 'message_versions', 'reactions', 'receipt_log', 'room_members', 'room_bans'] as const

/** How many rows of each table are about a room. */
async function rowsOf(roomId: RoomId) {
  const counts: Record<string, number> = {}
  for (const table of [...tables, 'room_events'] as const) {
    const [row] = await query<{ count: number }>(`select count(*)::int from ${table} where room_id = $1`, [roomId])
    counts[table] = row?.count ?? 0
  }
  return counts
}

/** Everything that can be of a room and its messages. */
async function fill(roomId: RoomId, person: Person, seq: number) {
  await query('insert into message_versions (room_id, seq, version, body, written_at) values ($1, $2, 1, $3, now())', [
    ...[roomId, seq, 'Before the edit'],
  ])
  await query('insert into reactions (room_id, seq, emoji, user_id) values ($1, $2, $3, $4)', [
    ...[roomId, seq, '👍', person.user.id],
  ])
  await query(`insert into receipt_log (room_id, user_id, kind, upto_seq) values ($1, $2, 'read', $3)`, [
    ...[roomId, person.user.id, seq],
  ])
}

describe('remove', () => {
  test('leaves nothing of a room but its last event, for who was in it', async () => {
    const { ann, bob, cleo, roomId, people, say } = await group()
    const { seq } = await say(bob, 'Farewell')
    await cleo.client.messages.rooms.leave({ roomId })
    await ann.client.messages.rooms.members.ban({ roomId, userId: cleo.user.id })
    await fill(roomId, bob, seq)
    await fill(roomId, cleo, (await say(ann, 'And again')).seq)
    await folding(roomId, people, () => ann.client.messages.rooms.remove({ roomId }))
    const nothing = Object.fromEntries(tables.map((table) => [table, 0]))
    expect(await rowsOf(roomId)).toEqual({ ...nothing, room_events: 1 })
    const [row] = await query('select name, topic, retention_days, min_seq::int as min from rooms where id = $1', [
      roomId,
    ])
    expect(row).toEqual({ name: '', topic: '', retention_days: null, min: 4 })
    for (const after of [0, 1, 4]) {
      const range = await bob.client.messages.since({ roomId, after })
      expect(range).toMatchObject({ from: after, to: 5, lastSeq: 5 })
      expect(range.events).toEqual([
        { kind: 'room.removed', seq: 5, at: expect.any(Date) as Date, actorId: ann.user.id },
      ])
    }
    expect(await codeOf(cleo.client.messages.since({ roomId, after: 0 }))).toBe('NOT_FOUND')
  })

  test('leaves nothing to be done there', async () => {
    const { ann, bob, cleo, roomId, say } = await group()
    await ann.client.messages.rooms.remove({ roomId })
    const userId = bob.user.id
    for (const { client } of [ann, bob]) {
      const { rooms } = client.messages
      const calls = [
        ...[rooms.get({ roomId }), rooms.update({ roomId, name: 'x' }), rooms.archive({ roomId })],
        ...[rooms.remove({ roomId }), rooms.join({ roomId }), rooms.leave({ roomId }), rooms.members.list({ roomId })],
        ...[rooms.members.add({ roomId, userIds: [userId] }), rooms.members.ban({ roomId, userId })],
        ...[rooms.members.setRole({ roomId, userId, role: 'owner' }), client.messages.list({ roomId })],
        ...[say(ann, 'Anybody?'), client.messages.typing({ roomId })],
      ]
      expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => 'NOT_FOUND'))
      expect((await rooms.list()).items).toEqual([])
      expect((await rooms.list({ scope: 'open' })).items.map(({ id }) => id)).not.toContain(roomId)
    }
    expect(await codeOf(cleo.client.messages.rooms.join({ roomId }))).toBe('NOT_FOUND')
  })

  test('is for the owner of a group', async () => {
    const { ann, bob, roomId } = await group()
    const stranger = await signUp()
    const direct = await ann.client.messages.rooms.direct({ userId: bob.user.id })
    await ann.client.messages.rooms.members.setRole({ roomId, userId: bob.user.id, role: 'admin' })
    expect(await codeOf(bob.client.messages.rooms.remove({ roomId }))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(stranger.client.messages.rooms.remove({ roomId }))).toBe('NOT_FOUND')
    expect(await codeOf(ann.client.messages.rooms.remove({ roomId: newId('room') }))).toBe('NOT_FOUND')
    expect(await codeOf(ann.client.messages.rooms.remove({ roomId: direct.id }))).toBe('NOT_A_GROUP')
    expect(await codeOf(ann.client.messages.rooms.remove({ roomId: 'plaza' as RoomId }))).toBe('INVALID_INPUT')
    expect(await codeOf(anyone.messages.rooms.remove({ roomId }))).toBe('NOT_SIGNED_IN')
  })

  test('that was cut off is finished by the sweep', async () => {
    const { ann, bob, roomId, say } = await group()
    await fill(roomId, bob, (await say(bob, 'Left over')).seq)
    const [kept] = await query<{ seq: number }>('select last_seq::int as seq from rooms where id = $1', [roomId])
    await ann.client.messages.rooms.remove({ roomId })
    // As if the process had died between the removal and the clearing.
    await query('update rooms set retention_days = 1 where id = $1', [roomId])
    await query(
      `insert into messages (room_id, seq, sender_id, content_hash, body, sent_at)
       select $1, n, $2, '', 'left over', now() from generate_series(1 - 4000, $3::int) n`,
      [roomId, bob.user.id, kept?.seq],
    )
    await fill(roomId, bob, 1)
    await fill(roomId, ann, 2)
    expect(await bodiesOf(bob, roomId).catch(() => [])).toEqual([])
    await purgeRooms(db)
    expect(await rowsOf(roomId)).toMatchObject({ messages: 0, reactions: 0, receipt_log: 0, room_events: 1 })
    expect(await query('select retention_days from rooms where id = $1', [roomId])).toEqual([{ retention_days: null }])
  })

  test('at once with sends ends with the removal', async () => {
    for (let round = 0; round < 5; round++) {
      const { ann, bob, roomId, say } = await group()
      const sends = Array.from({ length: 6 }, (_, at) => say(bob, `m${at}`).then(() => 'ok', codeOfError))
      await ann.client.messages.rooms.remove({ roomId })
      const codes = await Promise.all(sends)
      expect(['ok', 'NOT_FOUND', 'ROOM_ARCHIVED']).toEqual(expect.arrayContaining(codes))
      expect(await rowsOf(roomId)).toMatchObject({ messages: 0, room_events: 1 })
      const { events, lastSeq } = await bob.client.messages.since({ roomId, after: 0 })
      expect(events).toMatchObject([{ kind: 'room.removed', seq: lastSeq }])
    }
  })
})

const codeOfError = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error))

describe('purging', () => {
  test('takes messages past the retention of their room, and tells', async () => {
    const { ann, bob, roomId, people, say } = await group()
    const old = await say(ann, 'old')
    const older = await say(bob, 'also old')
    const answer = await bob.client.messages.send({ roomId, body: 'young', replyTo: older.seq })
    await fill(roomId, bob, old.seq)
    await fill(roomId, bob, answer.seq)
    await ann.client.messages.rooms.update({ roomId, retentionDays: 10 })
    await age(roomId, older.seq, 11)
    await folding(roomId, people, () => purgeRooms(db))
    expect(await bodiesOf(bob, roomId)).toEqual(['young'])
    expect((await bob.client.messages.list({ roomId })).items[0]).toMatchObject({ replyTo: older.seq })
    expect(await rowsOf(roomId)).toMatchObject({ messages: 1, message_versions: 1, reactions: 1, receipt_log: 1 })
    const room = await bob.client.messages.rooms.get({ roomId })
    expect(room).toMatchObject({ minSeq: older.seq, lastSeq: 6, retentionDays: 10 })
    const range = await bob.client.messages.since({ roomId, after: 0 })
    expect(range).toMatchObject({ from: 0, to: 6, lastSeq: 6 })
    expect(range.events.map(({ seq, kind }) => [seq, kind])).toEqual([
      [4, 'message.sent'],
      [5, 'room.updated'],
      [6, 'room.purged'],
    ])
    expect(range.events.at(-1)).toMatchObject({ actorId: ann.user.id, upTo: older.seq, room: { minSeq: older.seq } })
  })

  test('of nothing is no event, however often', async () => {
    const { ann, roomId, say } = await group()
    const { seq } = await say(ann, 'old')
    await say(ann, 'young')
    await ann.client.messages.rooms.update({ roomId, retentionDays: 1 })
    await purgeRooms(db)
    expect(await bodiesOf(ann, roomId)).toHaveLength(2)
    await age(roomId, seq, 2)
    await purgeRooms(db)
    const { lastSeq } = await ann.client.messages.rooms.get({ roomId })
    // The lines that are left are old as well, that of the purge too: they are no reason for another.
    await age(roomId, lastSeq, 2)
    await query('delete from messages where room_id = $1', [roomId])
    await purgeRooms(db)
    await purgeRooms(db)
    expect((await ann.client.messages.rooms.get({ roomId })).lastSeq).toBe(lastSeq)
  })

  test('leaves rooms without a retention alone', async () => {
    const { ann, roomId, say } = await group()
    await age(roomId, (await say(ann, 'old')).seq, 3_000)
    await purgeRooms(db)
    expect(await bodiesOf(ann, roomId)).toEqual(['old'])
  })

  test('of much goes in steps, each with its event', async () => {
    const { ann, bob, roomId, people } = await group()
    await query(
      `insert into messages (room_id, seq, sender_id, content_hash, body, sent_at)
       select $1, n, $2, '', n::text, now() - interval '3 days' from generate_series(2, 4500) n`,
      [roomId, bob.user.id],
    )
    await query('update rooms set last_seq = 4500 where id = $1', [roomId])
    await say4501()
    await ann.client.messages.rooms.update({ roomId, retentionDays: 2 })
    await folding(roomId, people, () => purgeRooms(db))
    const { events } = await ann.client.messages.since({ roomId, after: 4_501 })
    expect(events.flatMap((event) => (event.kind === 'room.purged' ? event.upTo : []))).toEqual([2_001, 4_001, 4_500])
    expect(await bodiesOf(ann, roomId)).toEqual(['young'])

    async function say4501() {
      expect((await bob.client.messages.send({ roomId, body: 'young' })).seq).toBe(4_501)
    }
  })

  test('spares what is young between the old, where the clock was set back', async () => {
    const { ann, roomId, say } = await group()
    for (const body of ['old', 'young', 'old again']) await say(ann, body)
    await ann.client.messages.rooms.update({ roomId, retentionDays: 2 })
    await query(`update messages set sent_at = now() - interval '3 days' where room_id = $1 and body like 'old%'`, [
      roomId,
    ])
    await purgeRooms(db)
    expect(await bodiesOf(ann, roomId)).toEqual(['old again', 'young'])
  })

  test('meets with sends, edits of the settings and itself', async () => {
    const { ann, bob, roomId, people, say } = await group()
    for (let at = 0; at < 10; at++) await say(bob, `old ${at}`)
    await ann.client.messages.rooms.update({ roomId, retentionDays: 2 })
    await age(roomId, 11, 3)
    await folding(roomId, people, () =>
      Promise.all([
        ...[purgeRooms(db), purgeRooms(db), say(bob, 'new'), say(ann, 'new')],
        ann.client.messages.rooms.update({ roomId, topic: 'Mozart' }),
      ]),
    )
    const { events } = await ann.client.messages.since({ roomId, after: 11 })
    expect(events.filter(({ kind }) => kind === 'room.purged')).toHaveLength(1)
    expect(await bodiesOf(ann, roomId)).toEqual(['new', 'new'])
  })
})
