import type { Receipt, RoomId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'

const { signUp, query } = await startTestServer()
const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]

/** A room of Ann and Bob with so many messages of Ann, the first of which has the number 2. */
async function choir(messages = 4) {
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
  for (let at = 0; at < messages; at++) await ann.client.messages.send({ roomId, body: `m${at}` })
  return roomId
}

async function receiptOf({ client }: Person, of: Person, roomId: RoomId, seq?: number): Promise<Receipt | undefined> {
  for await (const receipt of client.messages.receipts.all({ roomId, seq, limit: 1 })) {
    if (receipt.userId === of.user.id) return receipt
  }
  return undefined
}

const logOf = (roomId: RoomId) =>
  query('select user_id, kind, upto_seq from receipt_log where room_id = $1 order by at, kind', [roomId])
const toldOf = (roomId: RoomId) => query('select kind, user_id from ephemera where room_id = $1 order by id', [roomId])

describe('marks', () => {
  test('go up only; reading implies delivery; advances are logged and told', async () => {
    const roomId = await choir()
    const { markDelivered, markRead } = bob.client.messages
    expect(await markDelivered({ roomId, seq: 4 })).toEqual({ roomId, deliveredSeq: 4, readSeq: 0, privateReadSeq: 0 })
    expect(await markRead({ roomId, seq: 3 })).toEqual({ roomId, deliveredSeq: 4, readSeq: 3, privateReadSeq: 0 })
    expect(await markRead({ roomId, seq: 2 })).toMatchObject({ deliveredSeq: 4, readSeq: 3 })
    expect(await markDelivered({ roomId, seq: 1 })).toMatchObject({ deliveredSeq: 4, readSeq: 3 })
    expect(await markRead({ roomId, seq: 5 })).toMatchObject({ deliveredSeq: 5, readSeq: 5 })
    const common = { user_id: bob.user.id }
    expect(await logOf(roomId)).toEqual([
      { ...common, kind: 'delivered', upto_seq: '4' },
      { ...common, kind: 'read', upto_seq: '3' },
      { ...common, kind: 'delivered', upto_seq: '5' },
      { ...common, kind: 'read', upto_seq: '5' },
    ])
    expect(await toldOf(roomId)).toEqual(Array.from({ length: 3 }, () => ({ ...common, kind: 'marks' })))
  })

  test('set at once end with the highest', async () => {
    const roomId = await choir(20)
    const calls = Array.from({ length: 20 }, (_, at) => bob.client.messages.markRead({ roomId, seq: at + 2 }))
    await Promise.all(calls.toReversed())
    expect(await receiptOf(ann, bob, roomId)).toMatchObject({ deliveredSeq: 21, readSeq: 21 })
    const log = await logOf(roomId)
    for (const wanted of ['delivered', 'read']) {
      const advances = log.flatMap(({ kind, upto_seq }) => (kind === wanted ? [Number(upto_seq)] : []))
      expect(advances).toEqual([...new Set(advances)].sort((a, b) => a - b))
      expect(advances.at(-1)).toBe(21)
    }
  })

  test('do not go beyond the end, nor into rooms that one is not in', async () => {
    const roomId = await choir()
    for (const { messages } of [ann.client, bob.client]) {
      expect(await codeOf(messages.markRead({ roomId, seq: 6 }))).toBe('MARK_BEYOND_END')
      expect(await codeOf(messages.markRead({ roomId, seq: 6, private: true }))).toBe('MARK_BEYOND_END')
      expect(await codeOf(messages.markDelivered({ roomId, seq: 6 }))).toBe('MARK_BEYOND_END')
    }
    expect(await codeOf(bob.client.messages.markRead({ roomId, seq: 0 }))).toBe('INVALID_INPUT')
    expect(await codeOf(cleo.client.messages.markRead({ roomId, seq: 2 }))).toBe('NOT_FOUND')
    expect(await codeOf(cleo.client.messages.receipts({ roomId }))).toBe('NOT_FOUND')
    await bob.client.messages.rooms.leave({ roomId })
    expect(await codeOf(bob.client.messages.markRead({ roomId, seq: 2 }))).toBe('NOT_FOUND')
    expect([await logOf(roomId), await toldOf(roomId)]).toEqual([[], []])
  })

  test('go on for who comes again; the times stay those of the first time', async () => {
    const roomId = await choir()
    await bob.client.messages.markRead({ roomId, seq: 4 })
    const before = await receiptOf(ann, bob, roomId, 3)
    await bob.client.messages.rooms.leave({ roomId })
    await ann.client.messages.rooms.members.add({ roomId, userIds: [bob.user.id] })
    await query('update room_members set read_seq = 0, delivered_seq = 0 where user_id = $1', [bob.user.id])
    for (const seq of [2, 3, 4]) await bob.client.messages.markRead({ roomId, seq })
    expect(await receiptOf(ann, bob, roomId, 3)).toEqual(before)
    await bob.client.messages.markRead({ roomId, seq: 7 })
    expect((await logOf(roomId)).map(({ upto_seq }) => upto_seq)).toEqual(['4', '4', '7', '7'])
  })

  test('that are private are seen by nobody, and count for oneself', async () => {
    const roomId = await choir()
    const marks = await bob.client.messages.markRead({ roomId, seq: 5, private: true })
    expect(marks).toEqual({ roomId, deliveredSeq: 0, readSeq: 0, privateReadSeq: 5 })
    for (const person of [ann, bob]) {
      expect(await receiptOf(person, bob, roomId, 3)).toMatchObject({ deliveredSeq: 0, readSeq: 0, readAt: null })
    }
    expect(await bob.client.messages.unread({ roomIds: [roomId] })).toEqual([])
    expect([await logOf(roomId), await toldOf(roomId)]).toEqual([[], []])
    expect(await bob.client.messages.markRead({ roomId, seq: 2 })).toMatchObject({ readSeq: 2, privateReadSeq: 5 })
  })
})

describe('receipts', () => {
  test('tell when each member got and read a message: the first advance that reached it', async () => {
    const roomId = await choir()
    expect(await receiptOf(ann, bob, roomId, 3)).toMatchObject({ deliveredAt: null, readAt: null })
    await bob.client.messages.markDelivered({ roomId, seq: 3 })
    await bob.client.messages.markDelivered({ roomId, seq: 5 })
    await bob.client.messages.markRead({ roomId, seq: 4 })
    const at = await query<{ kind: string; upto_seq: string; at: Date }>(
      'select * from receipt_log where room_id = $1',
      [roomId],
    )
    const timeOf = (kind: string, upTo: number) =>
      at.find((row) => row.kind === kind && Number(row.upto_seq) === upTo)!.at
    const marks = { userId: bob.user.id, deliveredSeq: 5, readSeq: 4 }
    const [first, second] = [timeOf('delivered', 3), timeOf('delivered', 5)]
    for (const [seq, deliveredAt, readAt] of [
      [2, first, timeOf('read', 4)],
      [3, first, timeOf('read', 4)],
      [4, second, timeOf('read', 4)],
      [5, second, null],
    ] as const) {
      expect(await receiptOf(ann, bob, roomId, seq)).toEqual({ ...marks, deliveredAt, readAt })
    }
    expect(await receiptOf(ann, bob, roomId)).toEqual({ ...marks, deliveredAt: null, readAt: null })
  })

  test('are of all members, with a message of all but its sender who can see it', async () => {
    const { id: roomId } = await ann.client.messages.rooms.create({
      name: 'Choir',
      history: 'joined',
      memberIds: [bob.user.id],
    })
    const { seq } = await ann.client.messages.send({ roomId, body: 'For Bob' })
    await ann.client.messages.rooms.members.add({ roomId, userIds: [cleo.user.id] })
    await cleo.client.messages.markRead({ roomId, seq: seq + 1 })
    const ids = async (person: Person, of?: number) =>
      (await person.client.messages.receipts({ roomId, seq: of })).items.map(({ userId }) => userId)
    expect(await ids(cleo)).toEqual([ann.user.id, bob.user.id, cleo.user.id].sort())
    expect(await ids(ann, seq)).toEqual([bob.user.id])
    expect(await codeOf(ids(cleo, seq))).toBe('NOT_FOUND')
    expect(await codeOf(ids(ann, seq + 1))).toBe('NOT_FOUND')
    expect(await codeOf(ann.client.messages.receipts({ roomId, cursor: 'bogus' }))).toBe('BAD_CURSOR')
  })

  test('tell who is blocked nothing of what is hidden', async () => {
    const [eve, max] = [await signUp(), await signUp()]
    await eve.client.users.blocks.add({ userId: max.user.id })
    const { roomId, seq } = await max.client.messages.send({ recipientId: eve.user.id, body: 'Hello?' })
    await eve.client.messages.markRead({ roomId, seq })
    expect(await receiptOf(max, eve, roomId, seq)).toMatchObject({ deliveredAt: null, readAt: null })
  })
})
