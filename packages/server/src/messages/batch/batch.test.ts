import type { BatchItem, BatchResult, RoomId } from '@antiphon/client'
import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { signUp, signUpAdmin, query, url } = await startTestServer()
const [ann, bob, cleo] = [await signUp('ann'), await signUp('bob'), await signUp('cleo')]

const group = async (...others: Person[]) =>
  (await ann.client.messages.rooms.create({ name: 'Choir', memberIds: others.map(({ user }) => user.id) })).id

let keys = 0
const item = (roomId: RoomId, body: string, more: object = {}) =>
  ({ roomId, body, clientId: `key-${++keys}`, ...more }) satisfies BatchItem

const shown = (results: readonly BatchResult[]) =>
  results.map((result) => ('message' in result ? `${result.status} ${result.message.seq}` : result.code))

const lastSeqOf = async (roomId: RoomId) =>
  Number((await query<{ last_seq: string }>('select last_seq from rooms where id = $1', [roomId]))[0]!.last_seq)

describe('a batch', () => {
  test('goes to rooms and people; its messages are as those that are sent one by one', async () => {
    const [eve, max] = [await signUp(), await signUp('maximilian')]
    const roomId = await group(eve)
    const before = await ann.client.messages.send({ roomId, body: 'Seven?', clientId: 'k' })
    const clientSentAt = new Date('2024-02-29T12:00:00Z')
    const results = await eve.client.messages.sendBatch({
      items: [
        { recipientId: max.user.id, body: 'Hi @maximilian', clientId: 'a' },
        { roomId, body: 'Seven @ann.', clientId: 'b', replyTo: before.seq, clientSentAt },
        { recipientUserName: 'MAXimilian', body: 'Hello 👋🏽', clientId: 'c' },
        { recipientId: eve.user.id, body: 'Remember', clientId: 'd' },
      ],
    })
    expect(shown(results)).toEqual(['sent 2', 'sent 3', 'sent 3', 'sent 2'])
    const messages = results.map((result) => ('message' in result ? result.message : undefined)!)
    expect(messages[1]).toEqual({
      ...before,
      ...{ seq: 3, senderId: eve.user.id, clientId: 'b', body: 'Seven @ann.', mentions: [ann.user.id] },
      ...{ replyTo: before.seq, clientSentAt, sentAt: expect.any(Date), duplicate: undefined },
    })
    expect(messages[0]).toMatchObject({ mentions: [max.user.id], roomId: messages[2]!.roomId })
    for (const { roomId, seq } of messages) {
      expect(messages).toContainEqual(await eve.client.messages.get({ roomId, seq }))
    }
    const { events } = await max.client.messages.since({ roomId: messages[0]!.roomId, after: 1 })
    const seen = [messages[0], messages[2]].map((message) => ({ ...message, clientId: null }))
    expect(events).toEqual(
      seen.map((message) => ({
        ...{ kind: 'message.sent', actorId: eve.user.id, seq: message.seq, at: message.sentAt, message },
      })),
    )
  })

  test('has a result for each item: what can be sent is sent, with consecutive numbers in their order', async () => {
    const [one, two, foreign, archived] = [await group(bob), await group(bob), await group(cleo), await group(bob)]
    await ann.client.messages.rooms.archive({ roomId: archived })
    const [blocked, gone] = [await signUp(), newId('user')]
    await bob.client.users.blocks.add({ userId: blocked.user.id })
    const direct = await blocked.client.messages.send({ recipientId: bob.user.id, body: 'Hi' })
    const stranger = await signUp()
    await bob.client.users.blocks.add({ userId: stranger.user.id })
    const known = item(one, 'Known')
    await bob.client.messages.send(known)
    const results = await bob.client.messages.sendBatch({
      items: [
        ...[item(two, 'm1'), item(one, 'm2'), item(foreign, 'x'), item(newId('room'), 'x'), item(two, ' ')],
        ...[item(two, 'x'.repeat(4_001)), item(one, 'm3'), item(archived, 'x'), item(direct.roomId, 'x')],
        ...[item(two, 'x', { replyTo: 99 }), { ...known, body: 'Other' }, known, item(two, 'm4')],
        { recipientId: gone, body: 'x', clientId: 'g' },
        { recipientUserName: 'nobody-at-all', body: 'x', clientId: 'h' },
        { recipientId: stranger.user.id, body: 'x', clientId: 'i' },
        { recipientId: ann.user.id, body: 'x', clientId: 'j', replyTo: 2 },
      ],
    })
    expect(shown(results)).toEqual([
      ...['sent 2', 'sent 3', 'NOT_FOUND', 'NOT_FOUND', 'BODY_EMPTY'],
      ...['BODY_TOO_LONG', 'sent 4', 'ROOM_ARCHIVED', 'BLOCKED'],
      ...['REPLY_UNKNOWN', 'CLIENT_ID_REUSED', 'duplicate 2', 'sent 3'],
      ...['NOT_FOUND', 'NOT_FOUND', 'BLOCKED', 'REPLY_UNKNOWN'],
    ])
    expect([await lastSeqOf(one), await lastSeqOf(two)]).toEqual([4, 3])
    const rooms = 'select 1 from direct_rooms where $1 in (user_low, user_high) and $2 in (user_low, user_high)'
    expect(await query(rooms, [bob.user.id, stranger.user.id])).toEqual([])
    expect(await query(rooms, [bob.user.id, ann.user.id])).toEqual([])
  })

  test('that is atomic is sent as a whole or not at all', async () => {
    const [one, two] = [await group(bob), await group(bob)]
    const max = await signUp()
    const known = item(one, 'Known')
    await bob.client.messages.send(known)
    const toMax = { recipientId: max.user.id, body: 'Hi', clientId: 'x' }
    const late = { ...item(two, 'y'), clientId: known.clientId, roomId: one }
    for (const wrong of [item(two, ''), item(newId('room'), 'x'), late]) {
      const items = [item(one, 'm1'), toMax, wrong, known, item(two, 'm2')]
      const results = await bob.client.messages.sendBatch({ mode: 'atomic', items })
      const code = wrong === late ? 'CLIENT_ID_REUSED' : wrong.body === '' ? 'BODY_EMPTY' : 'NOT_FOUND'
      expect(shown(results)).toEqual(['BATCH_REFUSED', 'BATCH_REFUSED', code, 'duplicate 2', 'BATCH_REFUSED'])
    }
    expect([await lastSeqOf(one), await lastSeqOf(two)]).toEqual([2, 1])
    expect(await query('select 1 from direct_rooms where $1 in (user_low, user_high)', [max.user.id])).toEqual([])
    const items = [item(one, 'm1'), toMax, known, item(two, 'm2')]
    const results = await bob.client.messages.sendBatch({ mode: 'atomic', items })
    expect(shown(results)).toEqual(['sent 3', 'sent 2', 'duplicate 2', 'sent 2'])
  })

  test.each(['partial', 'atomic'] as const)('that is %s can be made again as a whole, also at once', async (mode) => {
    const [one, two, max] = [await group(bob), await group(bob), await signUp()]
    const items = [
      ...[item(one, 'm1'), item(two, 'm2'), item(one, 'm3')],
      { recipientId: max.user.id, body: 'Hi', clientId: 'x' },
    ]
    const calls = await Promise.all(
      Array.from({ length: 5 }, () => {
        const client = createClient({ url, token: bob.token })
        return client.messages.sendBatch({ mode, items })
      }),
    )
    for (const at of items.keys()) {
      const results = calls.map((results) => results[at]!)
      expect(results.map(({ status }) => status).sort()).toEqual([
        ...['duplicate', 'duplicate', 'duplicate', 'duplicate', 'sent'],
      ])
      expect(new Set(shown(results).map((text) => text.split(' ')[1])).size).toBe(1)
    }
    expect([await lastSeqOf(one), await lastSeqOf(two)]).toEqual([3, 2])
    const retry = await bob.client.messages.sendBatch({ mode, items })
    expect(shown(retry)).toEqual(['duplicate 2', 'duplicate 2', 'duplicate 3', 'duplicate 2'])
  })

  test('with the same key twice sends it once', async () => {
    const roomId = await group(bob)
    const one = item(roomId, 'Once')
    const items = [one, item(roomId, 'two'), one, { ...one, body: 'Other' }, one]
    const results = await bob.client.messages.sendBatch({ items })
    expect(shown(results)).toEqual(['sent 2', 'sent 3', 'duplicate 2', 'CLIENT_ID_REUSED', 'duplicate 2'])
    const sent = await bob.client.messages.send(one)
    expect([sent.duplicate, sent.seq]).toEqual([true, 2])
    expect(await lastSeqOf(roomId)).toBe(3)
  })

  test('of a blocked person stays with them', async () => {
    const [eve, max] = [await signUp(), await signUp()]
    await eve.client.users.blocks.add({ userId: max.user.id })
    const items = [1, 2].map((at) => ({ recipientId: eve.user.id, body: `m${at}`, clientId: `${at}` }))
    const results = await max.client.messages.sendBatch({ items })
    expect(shown(results)).toEqual(['sent 2', 'sent 3'])
    await eve.client.users.blocks.remove({ userId: max.user.id })
    const { id: roomId } = await eve.client.messages.rooms.direct({ userId: max.user.id })
    expect((await eve.client.messages.list({ roomId })).items).toEqual([])
    expect((await max.client.messages.list({ roomId })).items).toHaveLength(2)
  })

  test('is not seen by who joins later where the history is not shared', async () => {
    const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', history: 'joined' })
    await ann.client.messages.sendBatch({ items: [item(roomId, 'before')] })
    await ann.client.messages.rooms.members.add({ roomId, userIds: [bob.user.id] })
    await ann.client.messages.sendBatch({ items: [item(roomId, 'after')] })
    expect((await bob.client.messages.list({ roomId })).items.map(({ body }) => body)).toEqual(['after'])
  })

  test('has a hundred items and a megabyte at most, each with a key and one address', async () => {
    const roomId = await group(bob)
    const many = Array.from({ length: 101 }, () => item(roomId, 'x'))
    const { sendBatch } = bob.client.messages
    expect(await codeOf(sendBatch({ items: many }))).toBe('INVALID_INPUT')
    expect(await codeOf(sendBatch({ items: [] }))).toBe('INVALID_INPUT')
    expect(await codeOf(sendBatch({ items: [{ ...item(roomId, 'x'), recipientId: ann.user.id }] }))).toBe(
      'INVALID_INPUT',
    )
    const { clientId: _, ...keyless } = item(roomId, 'x')
    expect(await codeOf(sendBatch({ items: [keyless as BatchItem] }))).toBe('INVALID_INPUT')
    const large = Array.from({ length: 100 }, () => item(roomId, 'x'.repeat(10_100)))
    expect(await codeOf(sendBatch({ items: large }))).toBe('TOO_LARGE')
    const full = Array.from({ length: 61 }, () => item(roomId, '😀'.repeat(4_000)))
    expect((await sendBatch({ items: full })).every(({ status }) => status === 'sent')).toBe(true)
  })
})

test('batches and sends at once: consecutive numbers for each batch, none lost, none twice', async () => {
  const rooms = [await group(bob, cleo), await group(bob, cleo), await group(bob, cleo)]
  const senders = [ann, bob, cleo].map(({ token }) => createClient({ url, token }))
  const batch = (at: number) => {
    const order = at % 2 ? rooms : rooms.toReversed()
    return senders[at % 3]!.messages.sendBatch({
      items: Array.from({ length: 15 }, (_, n) => item(order[n % 3]!, `batch ${at} item ${n}`)),
    })
  }
  const one = (at: number) => senders[at % 3]!.messages.send({ roomId: rooms[at % 3]!, body: `one ${at}` })
  const [batches] = await Promise.all([
    Promise.all(Array.from({ length: 12 }, (_, at) => batch(at))),
    Promise.all(Array.from({ length: 12 }, (_, at) => one(at))),
  ])
  for (const results of batches) {
    const messages = results.flatMap((result) => (result.status === 'sent' ? [result.message] : []))
    expect(messages).toHaveLength(15)
    for (const [, own] of Map.groupBy(messages, ({ roomId }) => roomId)) {
      expect(own.map(({ seq }) => seq)).toEqual(own.map((_, at) => own[0]!.seq + at))
    }
  }
  for (const roomId of rooms) {
    const { events, lastSeq } = await ann.client.messages.since({ roomId, after: 1 })
    expect([lastSeq, events.map(({ seq }) => seq)]).toEqual([65, Array.from({ length: 64 }, (_, at) => at + 2)])
    const times = events.map(({ at }) => at.getTime())
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  }
})

describe('in the name of others', () => {
  const keyOf = async (person: Person, kind: 'personal' | 'service', ...scopes: ('messages:write' | 'act-as')[]) => {
    const { secret } = await person.client.users.apiKeys.create({ name: 'Bridge', kind, scopes })
    return createClient({ url, token: secret })
  }

  test('a service sends for people, audited for each of them', async () => {
    const admin = await signUpAdmin()
    const service = await keyOf(admin, 'service', 'messages:write', 'act-as')
    const roomId = await group(bob)
    const items = [
      item(roomId, 'm1', { senderId: bob.user.id }),
      item(roomId, 'm2', { senderId: ann.user.id }),
      item(roomId, 'm3', { senderId: cleo.user.id }),
      item(roomId, 'm4', { senderId: newId('user') }),
      item(roomId, 'm5', { senderId: bob.user.id }),
      { recipientUserName: 'cleo', body: 'Your lesson starts', clientId: 'z', senderId: ann.user.id },
    ]
    const results = await service.messages.sendBatch({ items })
    expect(shown(results)).toEqual(['sent 2', 'sent 3', 'NOT_FOUND', 'NOT_FOUND', 'sent 4', 'sent 2'])
    const { events } = await ann.client.messages.since({ roomId, after: 1 })
    expect(events.map(({ actorId }) => actorId)).toEqual([bob.user.id, ann.user.id, bob.user.id])
    const lines = await query(
      `select user_id, service, details->>'messages' as messages from audit_log where action = 'messages.sendBatch' order by id`,
    )
    expect(lines).toEqual([
      { user_id: bob.user.id, service: 'Bridge', messages: '2' },
      { user_id: ann.user.id, service: 'Bridge', messages: '2' },
    ])
  })

  test('needs the scope for it, and somebody to act for', async () => {
    const admin = await signUpAdmin()
    const roomId = await group(bob)
    const forBob = { items: [item(roomId, 'x', { senderId: bob.user.id })] }
    const plain = await keyOf(admin, 'service', 'messages:write')
    const acting = await keyOf(admin, 'service', 'messages:write', 'act-as')
    const ofAdmin = await keyOf(admin, 'personal', 'messages:write', 'act-as')
    expect(await codeOf(ann.client.messages.sendBatch(forBob))).toBe('NOT_ALLOWED')
    expect(await codeOf(admin.client.messages.sendBatch(forBob))).toBe('NOT_ALLOWED')
    expect(await codeOf(plain.messages.sendBatch(forBob))).toBe('NOT_ALLOWED')
    expect(await codeOf(acting.as(ann.user.id).messages.sendBatch(forBob))).toBe('NOT_ALLOWED')
    const nobody = await acting.messages.sendBatch.safe({ items: [item(roomId, 'x')] })
    expect(nobody).toMatchObject({ error: { code: 'INVALID_INPUT', fields: [{ path: 'items.0.senderId' }] } })
    expect(shown(await ofAdmin.messages.sendBatch(forBob))).toEqual(['sent 2'])
    expect(shown(await acting.as(ann.user.id).messages.sendBatch({ items: [item(roomId, 'y')] }))).toEqual(['sent 3'])
    const own = { items: [item(roomId, 'z', { senderId: bob.user.id })] }
    expect(shown(await bob.client.messages.sendBatch(own))).toEqual(['sent 4'])
    await query(`update users set roles = '{}' where id = $1`, [admin.user.id])
    expect(await codeOf(ofAdmin.messages.sendBatch(forBob))).toBe('NOT_ALLOWED')
  })
})
