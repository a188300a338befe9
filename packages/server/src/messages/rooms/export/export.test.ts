import { createClient, type RoomExportItem, type RoomId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../../test/server.ts'
import { newId } from '../../../ids.ts'

const { url, anyone, signUp, query } = await startTestServer()

async function room() {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
  const say = (person: Person, body: string) => person.client.messages.send({ roomId, body })
  return { ann, bob, cleo, roomId, say }
}

async function exportOf({ client }: Person, roomId: RoomId): Promise<RoomExportItem[]> {
  const items: RoomExportItem[] = []
  for await (const item of client.messages.rooms.export({ roomId })) items.push(item)
  return items
}

const bodiesOf = (items: RoomExportItem[]) =>
  items.flatMap((item) => (item.kind === 'message' ? item.message.body : []))

describe('export', () => {
  test('gives settings, members and messages, the oldest first', async () => {
    const { ann, bob, roomId, say } = await room()
    for (const body of ['one', 'two', 'three']) await say(bob, body)
    const items = await exportOf(ann, roomId)
    expect(items.map(({ kind }) => kind)).toEqual(['room', 'member', 'member', 'message', 'message', 'message'])
    expect(items[0]).toEqual({ kind: 'room', room: await ann.client.messages.rooms.get({ roomId }) })
    expect(items[2]).toMatchObject({ member: { userId: bob.user.id, role: 'member' } })
    const listed = (await ann.client.messages.list({ roomId })).items.toReversed()
    expect(items.slice(3)).toEqual(listed.map((message) => ({ kind: 'message', message })))
    const plain = await fetch(`${url}/api/v1/messages.rooms.export?roomId=${roomId}`, {
      headers: { authorization: `Bearer ${ann.token}` },
    })
    expect([plain.status, ((await plain.json()) as unknown[]).length]).toEqual([200, 6])
  })

  test('gives each what they may see: those who left the messages of their time alone', async () => {
    const { ann, bob, cleo, roomId, say } = await room()
    await ann.client.messages.rooms.update({ roomId, history: 'joined' })
    await say(ann, 'before')
    await ann.client.messages.rooms.members.add({ roomId, userIds: [cleo.user.id] })
    await say(ann, 'meanwhile')
    await cleo.client.messages.rooms.leave({ roomId })
    await say(ann, 'after')
    const items = await exportOf(cleo, roomId)
    expect(items.map(({ kind }) => kind)).toEqual(['message'])
    expect(bodiesOf(items)).toEqual(['meanwhile'])
    await bob.client.users.blocks.add({ userId: ann.user.id })
    expect(bodiesOf(await exportOf(bob, roomId))).toEqual([])
    expect(bodiesOf(await exportOf(ann, roomId))).toEqual(['before', 'meanwhile', 'after'])
  })

  test('is not for others, nor of rooms that are removed', async () => {
    const { ann, bob, cleo, roomId } = await room()
    expect(await codeOf(exportOf(cleo, roomId))).toBe('NOT_FOUND')
    expect(await codeOf(exportOf(cleo, newId('room')))).toBe('NOT_FOUND')
    expect(await codeOf(exportOf({ ...cleo, client: anyone }, roomId))).toBe('NOT_SIGNED_IN')
    await ann.client.messages.rooms.remove({ roomId })
    for (const person of [ann, bob]) expect(await codeOf(exportOf(person, roomId))).toBe('NOT_FOUND')
  })

  test('goes on where it was cut off, and is audited once', async () => {
    const { ann, roomId, say } = await room()
    for (let at = 0; at < 5; at++) await say(ann, `m${at}`)
    const whole = await exportOf(ann, roomId)
    const parts: RoomExportItem[] = []
    const stream = ann.client.messages.rooms.export({ roomId })
    for await (const item of stream) if (parts.push(item) === 4) break
    const { lastEventId } = stream
    expect(lastEventId).toBe('message:2')
    for await (const item of ann.client.messages.rooms.export({ roomId, ...(lastEventId && { lastEventId }) })) {
      parts.push(item)
    }
    expect(parts).toEqual(whole)
    const lines = await query(`select target from audit_log where action = 'messages.rooms.export' and user_id = $1`, [
      ann.user.id,
    ])
    expect(lines).toEqual([{ target: roomId }, { target: roomId }])
  })

  test.each(['room', 'message:x', 'message:1;2', 'member:usr_1', 'nothing:1', ''])(
    'takes no %j for a place',
    async (id) => {
      const { ann, roomId } = await room()
      const { rooms } = createClient({ url, token: ann.token, maxRetries: 0 }).messages
      const run = async () => {
        for await (const _ of rooms.export({ roomId, lastEventId: id })) break
      }
      expect(await codeOf(run())).toBe('BAD_CURSOR')
    },
  )

  test('passes page borders of members and messages', async () => {
    const { ann, roomId } = await room()
    await query(
      `insert into users (id, user_name, user_name_key)
       select 'usr_01m7zdbp19f0zbgvxk9sk7' || lpad(n::text, 4, '0'), 'x', 'crowd' || n from generate_series(1, 230) n`,
    )
    await query(
      `insert into room_members (room_id, user_id, role) select $1, id, 'member' from users where user_name_key like 'crowd%'`,
      [roomId],
    )
    await query(
      `insert into messages (room_id, seq, sender_id, content_hash, body, sent_at)
       select $1, n, $2, '', n::text, now() from generate_series(2, 450) n`,
      [roomId, ann.user.id],
    )
    const items = await exportOf(ann, roomId)
    expect(items.filter(({ kind }) => kind === 'member')).toHaveLength(232)
    expect(bodiesOf(items)).toEqual(Array.from({ length: 449 }, (_, at) => String(at + 2)))
  })
})
