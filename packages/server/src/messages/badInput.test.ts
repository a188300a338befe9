import { expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../test/server.ts'

const { signUp } = await startTestServer()

test('each mistake has a code of its own', async () => {
  const [ann, bob, stranger] = [await signUp(), await signUp(), await signUp()]
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Codes', memberIds: [bob.user.id] })
  const { seq } = await ann.client.messages.send({ roomId, body: 'First', clientId: 'first' })
  await ann.client.users.blocks.add({ userId: stranger.user.id })
  const { messages } = ann.client
  const calls: Record<string, () => Promise<unknown>> = {
    NOT_FOUND: () => stranger.client.messages.send({ roomId, body: 'Let me in' }),
    BODY_EMPTY: () => messages.send({ roomId, body: '' }),
    BODY_TOO_LONG: () => messages.send({ roomId, body: '🎶'.repeat(4_001) }),
    REPLY_UNKNOWN: () => messages.send({ roomId, body: 'To what?', replyTo: 999 }),
    NOT_YOURS: () => bob.client.messages.edit({ roomId, seq, body: 'Not what she said' }),
    STALE_VERSION: () => messages.edit({ roomId, seq, body: 'Second', expectedVersion: 7 }),
    CLIENT_ID_REUSED: () => messages.send({ roomId, body: 'Another', clientId: 'first' }),
    MARK_BEYOND_END: () => messages.markRead({ roomId, seq: seq + 1 }),
    BLOCKED: () => messages.send({ recipientId: stranger.user.id, body: 'Hello' }),
  }
  for (const [code, call] of Object.entries(calls)) expect([code, await codeOf(call())]).toEqual([code, code])
  const { body } = await messages.send({ roomId, body: '🎶'.repeat(4_000) })
  expect([...body]).toHaveLength(4_000)
})

test('in a batch, too, item by item, and the others are sent', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Codes' })
  const { id: other } = await bob.client.messages.rooms.create({ name: 'Not hers' })
  await ann.client.messages.send({ roomId, body: 'First', clientId: 'first' })
  const items = [
    { roomId, body: 'Fine', clientId: '1' },
    { roomId: other, body: 'Let me in', clientId: '2' },
    { roomId, body: '', clientId: '3' },
    { roomId, body: 'x'.repeat(4_001), clientId: '4' },
    { roomId, body: 'To what?', replyTo: 999, clientId: '5' },
    { roomId, body: 'Another', clientId: 'first' },
    { roomId, body: 'First', clientId: 'first' },
    { roomId, body: 'Fine, too', clientId: '6' },
  ]
  const results = await ann.client.messages.sendBatch({ items })
  expect(results.map((result) => ('code' in result ? result.code : [result.status, result.message.seq]))).toEqual([
    ...[['sent', 3], 'NOT_FOUND', 'BODY_EMPTY', 'BODY_TOO_LONG', 'REPLY_UNKNOWN', 'CLIENT_ID_REUSED'],
    ...[
      ['duplicate', 2],
      ['sent', 4],
    ],
  ])
})
