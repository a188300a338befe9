import { describe, expect, test } from 'vitest'
import { codeOf, passwordOf, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'

const { signUp, query } = await startTestServer()
const [ann, bob, cleo] = [await signUp('Ann'), await signUp('Bob'), await signUp('Cleo')]

const group = (...others: (typeof ann)[]) =>
  ann.client.messages.rooms.create({ name: 'Choir', memberIds: others.map(({ user }) => user.id) })

describe('to a person', () => {
  test('goes to the one room of the two, made on first use, by id and by name in any case', async () => {
    const [eve, max] = [await signUp(), await signUp('MaxMusician')]
    const sent = await Promise.all([
      eve.client.messages.send({ recipientId: max.user.id, body: 'one' }),
      eve.client.messages.send({ recipientUserName: 'mAXmusician', body: 'two' }),
      max.client.messages.send({ recipientId: eve.user.id, body: 'three' }),
    ])
    expect(new Set(sent.map(({ roomId }) => roomId)).size).toBe(1)
    const room = await eve.client.messages.rooms.direct({ userId: max.user.id })
    expect(room).toMatchObject({ id: sent[0].roomId, kind: 'direct', lastSeq: 4 })
  })

  test('goes to the notes where that is oneself', async () => {
    const sent = await ann.client.messages.send({ recipientId: ann.user.id, body: 'Buy strings' })
    expect((await ann.client.messages.rooms.direct({ userId: ann.user.id })).id).toBe(sent.roomId)
  })

  test('is one message over retries, of which the first made the room', async () => {
    const [eve, max] = [await signUp(), await signUp()]
    const message = { recipientId: max.user.id, body: 'Once', clientId: 'first' }
    const sent = await Promise.all(Array.from({ length: 5 }, () => eve.client.messages.send(message)))
    expect(sent.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
    expect(new Set(sent.map(({ roomId, seq }) => `${roomId} ${seq}`)).size).toBe(1)
  })

  test('answers NOT_FOUND for nobody and for who was removed, and makes no room', async () => {
    const [eve, gone] = [await signUp(), await signUp('gone')]
    const known = await eve.client.messages.send({ recipientId: gone.user.id, body: 'Hello' })
    await gone.client.users.remove({ password: passwordOf('gone') })
    const { send } = ann.client.messages
    expect(await codeOf(send({ recipientId: newId('user'), body: 'x' }))).toBe('NOT_FOUND')
    expect(await codeOf(send({ recipientUserName: 'nobody-at-all', body: 'x' }))).toBe('NOT_FOUND')
    expect(await codeOf(send({ recipientId: gone.user.id, body: 'x' }))).toBe('NOT_FOUND')
    expect(await codeOf(send({ recipientUserName: gone.user.id, body: 'x' }))).toBe('NOT_FOUND')
    expect(await codeOf(eve.client.messages.send({ recipientId: gone.user.id, body: 'x' }))).toBe('NOT_FOUND')
    expect((await eve.client.messages.since({ roomId: known.roomId, after: 0 })).lastSeq).toBe(2)
    const rooms = await query('select 1 from direct_rooms where $1 in (user_low, user_high)', [gone.user.id])
    expect(rooms).toHaveLength(1)
  })

  test('answers BLOCKED for whom one blocks, with a room and without one; the blocked notices nothing', async () => {
    const [eve, old, other] = [await signUp(), await signUp(), await signUp()]
    await eve.client.messages.send({ recipientId: old.user.id, body: 'Hello' })
    for (const { user } of [old, other]) await eve.client.users.blocks.add({ userId: user.id })
    const { send } = eve.client.messages
    for (const { user } of [old, other]) {
      expect(await codeOf(send({ recipientId: user.id, body: 'x' }))).toBe('BLOCKED')
      expect(await codeOf(send({ recipientUserName: user.userName, body: 'x' }))).toBe('BLOCKED')
    }
    expect(await query('select 1 from direct_rooms where $1 in (user_low, user_high)', [other.user.id])).toEqual([])
    const unheard = await other.client.messages.send({ recipientUserName: eve.user.userName, body: 'Hi' })
    expect(unheard).toMatchObject({ seq: 2, duplicate: false })
    await eve.client.users.blocks.remove({ userId: other.user.id })
    expect(await codeOf(eve.client.messages.get({ roomId: unheard.roomId, seq: 2 }))).toBe('NOT_FOUND')
  })

  test('takes exactly one address, and tells what is wrong with the form that was meant', async () => {
    const { send } = ann.client.messages
    const both = { roomId: newId('room'), recipientId: bob.user.id, body: 'x' }
    const refused = await send.safe(both)
    expect(refused).toMatchObject({
      error: { code: 'INVALID_INPUT', message: 'Give exactly one of roomId, recipientId and recipientUserName.' },
    })
    const empty = await send.safe({ recipientId: bob.user.id, body: ' ' })
    expect(empty).toMatchObject({ error: { code: 'BODY_EMPTY', fields: [{ path: 'body' }] } })
  })
})

describe('what a message carries', () => {
  test('a key of the SDK, so that it can be sent again, whatever form the address has', async () => {
    const { id: roomId } = await group(bob)
    const sent = await ann.client.messages.send({ roomId, body: 'Hi' })
    expect(sent.clientId).toMatch(/^[0-9a-f-]{36}$/)
    expect((await ann.client.messages.send({ recipientId: bob.user.id, body: 'Hi' })).clientId).toHaveLength(36)
  })

  test('the time of the sender, beside that of the server', async () => {
    const { id: roomId } = await group(bob)
    const clientSentAt = new Date('2020-02-29T12:00:00.123Z')
    const sent = await ann.client.messages.send({ roomId, body: 'From offline', clientSentAt })
    expect(sent).toMatchObject({ clientSentAt, version: 1, editedAt: null, deletedAt: null, reactions: [] })
    expect(Math.abs(Date.now() - sent.sentAt.getTime())).toBeLessThan(60_000)
    expect((await bob.client.messages.get({ roomId, seq: sent.seq })).clientSentAt).toEqual(clientSentAt)
  })

  test('what it answers, where the sender can see that', async () => {
    const { id: roomId } = await group(bob)
    const { seq } = await ann.client.messages.send({ roomId, body: 'Seven?' })
    const answer = { roomId, body: 'Seven.', replyTo: seq, clientId: 'answer' }
    expect((await bob.client.messages.send(answer)).replyTo).toBe(seq)
    const { send } = bob.client.messages
    expect(await codeOf(send({ roomId, body: 'x', replyTo: 1 }))).toBe('REPLY_UNKNOWN')
    expect(await codeOf(send({ roomId, body: 'x', replyTo: 99 }))).toBe('REPLY_UNKNOWN')
    expect(await codeOf(send({ recipientId: (await signUp()).user.id, body: 'x', replyTo: 2 }))).toBe('REPLY_UNKNOWN')
    expect(await codeOf(send({ ...answer, replyTo: undefined }))).toBe('CLIENT_ID_REUSED')
    await bob.client.users.blocks.add({ userId: ann.user.id })
    expect(await codeOf(send({ roomId, body: 'x', replyTo: seq }))).toBe('REPLY_UNKNOWN')
    expect((await send(answer)).duplicate).toBe(true)
    await bob.client.users.blocks.remove({ userId: ann.user.id })
  })

  test('whom it mentions, of the members of the room', async () => {
    const { id: roomId } = await group(bob)
    const body = `@bob, (@ANN) @cleo @nobody mail@bob.example @bob. Are you there, @Bob?`
    const { mentions, seq } = await ann.client.messages.send({ roomId, body })
    expect(mentions.toSorted()).toEqual([ann.user.id, bob.user.id].sort())
    expect((await bob.client.messages.get({ roomId, seq })).mentions).toEqual(mentions)
    expect(cleo.user.userName).toBe('Cleo')
  })
})

test('get answers NOT_FOUND for what is no message, and to strangers', async () => {
  const { id: roomId } = await group(bob)
  const { seq } = await ann.client.messages.send({ roomId, body: 'Here', clientId: 'mine' })
  expect(await ann.client.messages.get({ roomId, seq })).toMatchObject({ body: 'Here', clientId: 'mine' })
  expect(await bob.client.messages.get({ roomId, seq })).toMatchObject({ body: 'Here', clientId: null })
  for (const other of [1, seq + 1])
    expect(await codeOf(bob.client.messages.get({ roomId, seq: other }))).toBe('NOT_FOUND')
  expect(await codeOf(cleo.client.messages.get({ roomId, seq }))).toBe('NOT_FOUND')
})

test('an archived room takes nothing, but gives back what it has', async () => {
  const { id: roomId } = await group(bob)
  const message = { roomId, body: 'In time', clientId: 'k' }
  const sent = await bob.client.messages.send(message)
  await ann.client.messages.rooms.archive({ roomId })
  expect(await codeOf(bob.client.messages.send({ roomId, body: 'Late' }))).toBe('ROOM_ARCHIVED')
  expect(await bob.client.messages.send(message)).toEqual({ ...sent, duplicate: true })
})
