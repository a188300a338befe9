import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'

const { signUp } = await startTestServer()

async function pair() {
  const [ann, bob] = [await signUp(), await signUp()]
  const room = await ann.client.messages.rooms.direct({ userId: bob.user.id })
  return { ann, bob, roomId: room.id }
}

async function bodiesOf({ client }: Person, roomId: `rom_${string}`): Promise<string[]> {
  const bodies: string[] = []
  for await (const message of client.messages.list.all({ roomId, limit: 3 })) bodies.push(message.body)
  return bodies
}

describe('send', () => {
  test('gives the message the next number of its room', async () => {
    const { ann, bob, roomId } = await pair()
    const first = await ann.client.messages.send({ roomId, body: 'Hello' })
    const second = await bob.client.messages.send({ roomId, body: 'Hi 👋🏽' })
    expect(first).toMatchObject({ roomId, seq: 2, senderId: ann.user.id, body: 'Hello', duplicate: false })
    expect(second).toMatchObject({ seq: 3, senderId: bob.user.id, body: 'Hi 👋🏽' })
    expect(second.sentAt >= first.sentAt).toBe(true)
  })

  test('keeps 4,000 characters of any script as they are', async () => {
    const { ann, roomId } = await pair()
    const body = '𝄞é漢👩‍🚀'.repeat(1_000).slice(0, 7_000)
    const exact = [...body].slice(0, 4_000).join('')
    expect([...exact]).toHaveLength(4_000)
    expect((await ann.client.messages.send({ roomId, body: exact })).body).toBe(exact)
    expect((await bodiesOf(ann, roomId))[0]).toBe(exact)
  })

  test.each([
    ['BODY_EMPTY', ''],
    ['BODY_EMPTY', ' \n\t '],
    ['BODY_EMPTY', '\u200b\u2060\u3164'],
    ['BODY_TOO_LONG', 'a'.repeat(4_001)],
    ['BODY_TOO_LONG', '𝄞'.repeat(4_001)],
    ['INVALID_INPUT', 'NUL \0'],
    ['INVALID_INPUT', 'half \ud83d'],
  ])('answers %s to %j, and writes nothing', async (code, body) => {
    const { ann, roomId } = await pair()
    const refused = await ann.client.messages.send.safe({ roomId, body })
    expect(refused).toMatchObject({ ok: false, error: { code, status: 400, fields: [{ path: 'body' }] } })
    expect((await ann.client.messages.since({ roomId, after: 0 })).lastSeq).toBe(1)
  })

  test('under the same clientId has one effect and the first answer', async () => {
    const { ann, bob, roomId } = await pair()
    const message = { roomId, body: 'Once', clientId: 'key-1' }
    const sent = await Promise.all(Array.from({ length: 8 }, () => ann.client.messages.send(message)))
    expect(sent.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
    expect(new Set(sent.map(({ seq }) => seq)).size).toBe(1)
    expect(await bodiesOf(bob, roomId)).toEqual(['Once'])
    expect((await bob.client.messages.since({ roomId, after: 0 })).lastSeq).toBe(2)
    expect(await codeOf(ann.client.messages.send({ ...message, body: 'Other' }))).toBe('CLIENT_ID_REUSED')
    const other = await bob.client.messages.send(message)
    expect(other.duplicate).toBe(false)
  })

  test('shows the clientId to its sender only', async () => {
    const { ann, bob, roomId } = await pair()
    await ann.client.messages.send({ roomId, body: 'Mine', clientId: 'secret-key' })
    const own = await ann.client.messages.list({ roomId })
    const others = await bob.client.messages.list({ roomId })
    expect(own.items[0]!.clientId).toBe('secret-key')
    expect(others.items[0]!.clientId).toBeNull()
  })

  test('refuses rooms that one is not in, and rooms that do not exist, alike', async () => {
    const { roomId } = await pair()
    const stranger = await signUp()
    const foreign = await stranger.client.messages.send.safe({ roomId, body: 'Let me in' })
    const missing = await stranger.client.messages.send.safe({ roomId: newId('room'), body: 'Let me in' })
    expect(foreign).toMatchObject({ ok: false, error: { code: 'NOT_FOUND', status: 404 } })
    const shown = (result: typeof foreign) =>
      !result.ok && { ...result.error, message: result.error.message, requestId: '' }
    expect(shown(foreign)).toEqual(shown(missing))
  })
})

test('list pages newest first, and goes on where it stood while new messages arrive', async () => {
  const { ann, bob, roomId } = await pair()
  for (let at = 1; at <= 7; at++) await ann.client.messages.send({ roomId, body: `m${at}` })
  const first = await bob.client.messages.list({ roomId, limit: 3 })
  expect(first.items.map(({ body }) => body)).toEqual(['m7', 'm6', 'm5'])
  await ann.client.messages.send({ roomId, body: 'm8' })
  const second = await bob.client.messages.list({ roomId, limit: 3, cursor: first.nextCursor! })
  expect(second.items.map(({ body }) => body)).toEqual(['m4', 'm3', 'm2'])
  const third = await bob.client.messages.list({ roomId, limit: 3, cursor: second.nextCursor! })
  expect(third).toMatchObject({ items: [{ body: 'm1' }], nextCursor: null })
  expect(await codeOf(bob.client.messages.list({ roomId, cursor: 'bogus' }))).toBe('BAD_CURSOR')
})

describe('since', () => {
  test('gives ranges that join without a gap', async () => {
    const { ann, bob, roomId } = await pair()
    for (let at = 1; at <= 10; at++) await ann.client.messages.send({ roomId, body: `m${at}` })
    const seqs: number[] = []
    let after = 0
    for (;;) {
      const range = await bob.client.messages.since({ roomId, after, limit: 4 })
      expect(range.from).toBe(after)
      seqs.push(...range.events.map(({ seq }) => seq))
      after = range.to
      if (range.to === range.lastSeq) break
    }
    expect(seqs).toEqual(Array.from({ length: 11 }, (_, at) => at + 1))
    expect(await bob.client.messages.since({ roomId, after })).toMatchObject({
      roomId,
      from: 11,
      to: 11,
      lastSeq: 11,
      events: [],
    })
  })

  test('old state and the events after it are what a fresh fetch gives', async () => {
    const { ann, bob, roomId } = await pair()
    for (const body of ['one', 'two']) await ann.client.messages.send({ roomId, body })
    const state = (await bob.client.messages.list({ roomId })).items
    const { to } = await bob.client.messages.since({ roomId, after: 0 })
    for (const body of ['three', 'four']) await bob.client.messages.send({ roomId, body })
    const { events } = await bob.client.messages.since({ roomId, after: to })
    const added = events.flatMap((event) => (event.kind === 'message.sent' ? [event.message] : []))
    expect([...added.reverse(), ...state]).toEqual((await bob.client.messages.list({ roomId })).items)
  })

  test('tells a client that has more than the room', async () => {
    const { ann, roomId } = await pair()
    expect(await codeOf(ann.client.messages.since({ roomId, after: 2 }))).toBe('AHEAD_OF_ROOM')
    expect((await ann.client.messages.since({ roomId, after: 1 })).events).toEqual([])
  })

  test('is closed to strangers', async () => {
    const { roomId } = await pair()
    const stranger = await signUp()
    expect(await codeOf(stranger.client.messages.since({ roomId, after: 0 }))).toBe('NOT_FOUND')
    expect(await codeOf(stranger.client.messages.list({ roomId }))).toBe('NOT_FOUND')
  })
})

test('two hundred sends at once get two hundred numbers, in the order everyone sees', async () => {
  const { ann, bob, roomId } = await pair()
  const sends = Array.from({ length: 200 }, (_, at) =>
    (at % 2 ? ann : bob).client.messages.send({ roomId, body: `m${at}` }),
  )
  const seqs = (await Promise.all(sends)).map(({ seq }) => seq).sort((a, b) => a - b)
  expect(seqs).toEqual(Array.from({ length: 200 }, (_, at) => at + 2))
  const forAnn = await ann.client.messages.since({ roomId, after: 1 })
  const forBob = await bob.client.messages.since({ roomId, after: 1 })
  const order = (range: typeof forAnn) =>
    range.events.map((event) => event.kind === 'message.sent' && event.message.body)
  expect(order(forAnn)).toEqual(order(forBob))
  const times = forAnn.events.map(({ at }) => at.getTime())
  expect(times).toEqual([...times].sort((a, b) => a - b))
})

test('answers stay small: pages and ranges of long messages end early, and go on', async () => {
  const { ann, bob, roomId } = await pair()
  const body = '😀'.repeat(4_000)
  for (let at = 0; at < 50; at++) await ann.client.messages.send({ roomId, body })
  const page = await bob.client.messages.list({ roomId, limit: 200 })
  expect(page.items.length).toBeLessThan(40)
  expect(page.nextCursor).not.toBeNull()
  let count = 0
  for await (const message of bob.client.messages.list.all({ roomId, limit: 200 }))
    count += message.body === body ? 1 : 0
  expect(count).toBe(50)
  const range = await bob.client.messages.since({ roomId, after: 0 })
  expect([range.to, range.events.length]).toEqual([range.events.at(-1)!.seq, range.to])
  expect(range.to).toBeLessThan(range.lastSeq)
})

test('messages of one tick are stored in the order of their calls, also more than a request takes', async () => {
  const { ann, roomId } = await pair()
  for (const count of [5, 30]) {
    const sent = await Promise.all(
      Array.from({ length: count }, (_, at) => ann.client.messages.send({ roomId, body: `m${at}` })),
    )
    const seqs = sent.map(({ seq }) => seq)
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
  }
})
