import type { RoomId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { signUp, query } = await startTestServer()
const [ann, bob, cleo] = [await signUp('ann'), await signUp('bob'), await signUp('cleo')]

/** A room that Ann owns, with a message of Bob. */
async function choir(body = 'Seven?') {
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
  const { seq } = await bob.client.messages.send({ roomId, body, clientId: 'key-1' })
  return { roomId, seq }
}

const versionsOf = async ({ client }: Person, place: { roomId: RoomId; seq: number }) => {
  const texts: string[] = []
  for await (const { body } of client.messages.versions.all({ ...place, limit: 1 })) texts.push(body)
  return texts
}

/** The kinds of events of a room after its first message. */
const eventsOf = async ({ client }: Person, roomId: RoomId) =>
  (await client.messages.since({ roomId, after: 2 })).events

describe('edit', () => {
  test('gives a message another text; what it said before can be read', async () => {
    const at = await choir('Seven @ann?')
    const before = await ann.client.messages.get(at)
    const edited = await bob.client.messages.edit({ ...at, body: 'Eight @bob?' })
    expect(edited).toEqual({
      ...before,
      ...{ clientId: 'key-1', body: 'Eight @bob?', mentions: [bob.user.id], version: 2, editedAt: expect.any(Date) },
    })
    await bob.client.messages.edit({ ...at, body: 'Nine' })
    const { items } = await ann.client.messages.versions(at)
    expect(items).toEqual([
      { version: 1, body: 'Seven @ann?', writtenAt: before.sentAt },
      { version: 2, body: 'Eight @bob?', writtenAt: edited.editedAt },
    ])
    expect(await versionsOf(ann, at)).toEqual(['Seven @ann?', 'Eight @bob?'])
    expect((await ann.client.messages.list({ roomId: at.roomId })).items).toMatchObject([{ body: 'Nine', version: 3 }])
  })

  test('is an event with the message as it is then; the same text again is none', async () => {
    const at = await choir()
    await bob.client.messages.edit({ ...at, body: 'Eight?' })
    const edited = await bob.client.messages.edit({ ...at, body: 'Nine?' })
    expect(await bob.client.messages.edit({ ...at, body: 'Nine?', expectedVersion: 2 })).toEqual(edited)
    const message = { ...edited, clientId: null }
    const common = { kind: 'message.edited', actorId: bob.user.id, at: expect.any(Date), message }
    expect(await eventsOf(ann, at.roomId)).toEqual([
      { ...common, seq: 3 },
      { ...common, seq: 4 },
    ])
    expect(edited.editedAt).toEqual((await eventsOf(ann, at.roomId))[1]!.at)
  })

  test('of two at once with the same expected version one wins', async () => {
    const at = await choir()
    const bodies = ['one', 'two', 'three', 'four']
    const edits = await Promise.all(
      bodies.map((body) => bob.client.messages.edit.safe({ ...at, body, expectedVersion: 1 })),
    )
    const won = edits.flatMap((result) => (result.ok ? [result.data.body] : []))
    const lost = edits.flatMap((result) => (result.ok ? [] : [result.error.code]))
    expect([won.length, lost]).toEqual([1, ['STALE_VERSION', 'STALE_VERSION', 'STALE_VERSION']])
    expect(await ann.client.messages.get(at)).toMatchObject({ body: won[0], version: 2 })
    expect(await versionsOf(ann, at)).toEqual(['Seven?'])
    expect(await eventsOf(ann, at.roomId)).toHaveLength(1)
  })

  test('many at once lose no text between them', async () => {
    const at = await choir()
    const bodies = Array.from({ length: 20 }, (_, n) => `text ${n}`)
    await Promise.all(bodies.map((body) => bob.client.messages.edit({ ...at, body })))
    const { body, version } = await ann.client.messages.get(at)
    expect(version).toBe(21)
    expect([...(await versionsOf(ann, at)), body].sort()).toEqual(['Seven?', ...bodies].sort())
  })

  test('refuses what is not there, not one’s own, stale, deleted, empty, too long, or archived', async () => {
    const at = await choir()
    const { edit } = bob.client.messages
    const body = 'Other'
    expect(await codeOf(edit({ ...at, seq: 1, body }))).toBe('NOT_FOUND')
    expect(await codeOf(edit({ ...at, seq: 99, body }))).toBe('NOT_FOUND')
    expect(await codeOf(edit({ ...at, roomId: newId('room'), body }))).toBe('NOT_FOUND')
    expect(await codeOf(cleo.client.messages.edit({ ...at, body }))).toBe('NOT_FOUND')
    expect(await codeOf(ann.client.messages.edit({ ...at, body }))).toBe('NOT_YOURS')
    expect(await codeOf(edit({ ...at, body, expectedVersion: 2 }))).toBe('STALE_VERSION')
    expect(await codeOf(edit({ ...at, body: ' ' }))).toBe('BODY_EMPTY')
    expect(await codeOf(edit({ ...at, body: 'x'.repeat(4_001) }))).toBe('BODY_TOO_LONG')
    await bob.client.messages.remove(at)
    expect(await codeOf(edit({ ...at, body }))).toBe('MESSAGE_DELETED')
    const other = await choir()
    await ann.client.messages.rooms.archive({ roomId: other.roomId })
    expect(await codeOf(edit({ ...other, body }))).toBe('ROOM_ARCHIVED')
    expect(await versionsOf(ann, other)).toEqual([])
  })

  test('is closed to who left, and to the direct room with whom one blocks', async () => {
    const at = await choir()
    await bob.client.messages.rooms.leave({ roomId: at.roomId })
    expect(await codeOf(bob.client.messages.edit({ ...at, body: 'x' }))).toBe('NOT_FOUND')
    const [eve, max] = [await signUp(), await signUp()]
    const sent = await eve.client.messages.send({ recipientId: max.user.id, body: 'Hello' })
    await eve.client.users.blocks.add({ userId: max.user.id })
    expect(await codeOf(eve.client.messages.edit({ ...sent, body: 'And another thing' }))).toBe('BLOCKED')
  })
})

describe('remove', () => {
  test('leaves the place of a message without text, history and reactions', async () => {
    const at = await choir('Seven @ann?')
    const before = await bob.client.messages.edit({ ...at, body: 'Eight @ann?' })
    await ann.client.messages.react({ ...at, emoji: '👍' })
    const removed = await bob.client.messages.remove(at)
    expect(removed).toEqual({ ...before, body: '', mentions: [], reactions: [], deletedAt: expect.any(Date) })
    expect(await bob.client.messages.remove(at)).toEqual(removed)
    expect(await versionsOf(ann, at)).toEqual([])
    const events = await eventsOf(ann, at.roomId)
    expect(events.map(({ kind }) => kind)).toEqual(['message.edited', 'message.reacted', 'message.deleted'])
    expect(events.at(-1)).toMatchObject({ actorId: bob.user.id, message: { ...removed, clientId: null } })
  })

  test('is for the sender and for administrators of the room, whose doing is audited', async () => {
    const at = await choir()
    expect(await codeOf(cleo.client.messages.remove(at))).toBe('NOT_FOUND')
    await ann.client.messages.rooms.members.add({ roomId: at.roomId, userIds: [cleo.user.id] })
    expect(await codeOf(cleo.client.messages.remove(at))).toBe('ROLE_TOO_LOW')
    await ann.client.messages.rooms.members.setRole({ roomId: at.roomId, userId: cleo.user.id, role: 'admin' })
    expect((await cleo.client.messages.remove(at)).deletedAt).not.toBeNull()
    const lines = await query(
      `select user_id, details from audit_log where action = 'messages.remove' and target = $1`,
      [at.roomId],
    )
    expect(lines).toEqual([{ user_id: cleo.user.id, details: { seq: String(at.seq), senderId: bob.user.id } }])
    const direct = await ann.client.messages.send({ recipientId: bob.user.id, body: 'Mine' })
    expect(await codeOf(bob.client.messages.remove(direct))).toBe('ROLE_TOO_LOW')
    for (const seq of [1, 99]) expect(await codeOf(ann.client.messages.remove({ ...at, seq }))).toBe('NOT_FOUND')
  })

  test('goes on in an archived room', async () => {
    const at = await choir()
    await ann.client.messages.rooms.archive({ roomId: at.roomId })
    expect((await bob.client.messages.remove(at)).body).toBe('')
  })

  test('is not undone by a retry of the send', async () => {
    const at = await choir()
    const removed = await bob.client.messages.remove(at)
    const retry = { roomId: at.roomId, body: 'Seven?', clientId: 'key-1' }
    expect(await bob.client.messages.send(retry)).toEqual({ ...removed, duplicate: true })
    expect(await codeOf(bob.client.messages.send({ ...retry, body: 'Eight?' }))).toBe('CLIENT_ID_REUSED')
  })

  test('races with edits and reactions without leaving any of them behind', async () => {
    for (let round = 0; round < 5; round++) {
      const at = await choir()
      await Promise.allSettled([
        ...['a', 'b', 'c'].map((body) => bob.client.messages.edit({ ...at, body })),
        ann.client.messages.react({ ...at, emoji: '🎶' }),
        bob.client.messages.remove(at),
        ann.client.messages.react({ ...at, emoji: '👍' }),
        bob.client.messages.edit({ ...at, body: 'd' }),
      ])
      expect(await ann.client.messages.get(at)).toMatchObject({ body: '', reactions: [], deletedAt: expect.any(Date) })
      expect(await versionsOf(ann, at)).toEqual([])
    }
  })
})

test('deleted text, also of versions, is in no later answer', async () => {
  const secret = 'Zwölftonreihe'
  const at = await choir(`My ${secret}`)
  const { roomId } = at
  await bob.client.messages.edit({ ...at, body: `My ${secret} again` })
  await bob.client.messages.edit({ ...at, body: `My ${secret} for the last time` })
  const { seq: reply } = await ann.client.messages.send({ roomId, body: 'Well', replyTo: at.seq })
  await ann.client.messages.report({ ...at, reason: 'Serial music' })
  expect((await ann.client.messages.search({ query: secret })).items).toHaveLength(1)
  await bob.client.messages.remove(at)
  for (const { client } of [ann, bob]) {
    const { messages, users } = client
    const exported: unknown[] = []
    for await (const item of users.export()) exported.push(item)
    for await (const item of messages.rooms.export({ roomId })) exported.push(item)
    const answers = [
      ...[
        await messages.list({ roomId }),
        await messages.recent(),
        await messages.get(at),
        await messages.versions(at),
      ],
      ...[await messages.since({ roomId, after: 0 }), await messages.get({ roomId, seq: reply })],
      ...[await messages.search({ query: secret }), await messages.search({ query: secret.slice(0, 5), roomId })],
      ...[await messages.receipts({ roomId, seq: at.seq }), await messages.unread(), exported],
    ]
    const words = JSON.stringify(answers, (_key, value) => (typeof value === 'bigint' ? String(value) : value))
    expect(words).toContain(at.roomId)
    expect(words).not.toContain(secret)
    expect(answers[6]).toEqual({ items: [], nextCursor: null })
  }
  const rows = await query(`select to_jsonb(messages) as row from messages where room_id = $1`, [roomId])
  const versions = await query(`select body from message_versions where room_id = $1`, [roomId])
  expect(JSON.stringify([rows, versions]).toLowerCase()).not.toContain('zwölf')
})
