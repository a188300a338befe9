import type { Message, RoomId, UserId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'

const { signUp, query, databaseUrl } = await startTestServer()
const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]

const group = async (...others: Person[]) =>
  (await ann.client.messages.rooms.create({ name: 'Choir', memberIds: others.map(({ user }) => user.id) })).id

const send = ({ client }: Person, roomId: RoomId, body: string) => client.messages.send({ roomId, body })

/** Sets the clock back for a message. */
async function daysAgo({ roomId, seq }: Message, days: number) {
  const back = `now() - $3 * interval '1 day'`
  await query(`update messages set sent_at = ${back} where room_id = $1 and seq = $2`, [roomId, seq, days])
}

async function all(pages: AsyncIterable<Message>) {
  const bodies: string[] = []
  for await (const { body } of pages) bodies.push(body)
  return bodies
}

/** A room of three with a message for each of the last days, the oldest first. */
async function diary(days: readonly number[]) {
  const roomId = await group(bob, cleo)
  for (const [at, day] of days.entries()) {
    const message = await send(at % 2 ? bob : ann, roomId, `day ${day}`)
    await daysAgo(message, day)
  }
  return roomId
}

describe('list', () => {
  test('goes back thirty days unless it is told otherwise', async () => {
    const roomId = await diary([400, 31, 29, 1, 0])
    const { list } = bob.client.messages
    expect(await all(list.all({ roomId }))).toEqual(['day 0', 'day 1', 'day 29'])
    expect(await all(list.all({ roomId, window: { days: 36_500 } }))).toHaveLength(5)
    expect(await all(list.all({ roomId, window: { days: 2 }, limit: 1 }))).toEqual(['day 0', 'day 1'])
    expect(await all(list.all({ roomId, window: {} }))).toHaveLength(5)
  })

  test('goes back as far as the deployment says', async () => {
    const { url } = await startTestServer({ database: databaseUrl, messagesWindowDays: 500 })
    const { createClient } = await import('@antiphon/client')
    const roomId = await diary([501, 400, 0])
    const client = createClient({ url, token: ann.token })
    expect(await all(client.messages.list.all({ roomId }))).toEqual(['day 0', 'day 400'])
    expect(await all(client.messages.recent.all({ senderId: bob.user.id }))).toContain('day 400')
  })

  test('gives the newest so many over all pages', async () => {
    const roomId = await diary([400, 31, 29, 1, 0])
    const { list } = bob.client.messages
    const newest = ['day 0', 'day 1', 'day 29', 'day 31']
    for (const limit of [1, 2, 3, 200]) {
      expect(await all(list.all({ roomId, window: { last: 4 }, limit }))).toEqual(newest)
    }
    expect(await list({ roomId, window: { last: 2 } })).toMatchObject({ items: { length: 2 }, nextCursor: null })
    expect(await all(list.all({ roomId, window: { last: 50 } }))).toHaveLength(5)
  })

  test('gives what was sent between two times', async () => {
    const roomId = await diary([400, 300, 200, 100])
    const at = (days: number) => new Date(Date.now() - days * 86_400_000)
    const between = (since?: number, until?: number) => ({
      ...(since !== undefined && { since: at(since) }),
      ...(until !== undefined && { until: at(until) }),
    })
    const { list } = bob.client.messages
    const seen = (since?: number, until?: number) => all(list.all({ roomId, window: between(since, until), limit: 1 }))
    expect(await seen(350, 150)).toEqual(['day 200', 'day 300'])
    expect(await seen(undefined, 150)).toEqual(['day 200', 'day 300', 'day 400'])
    expect(await seen(350)).toEqual(['day 100', 'day 200', 'day 300'])
    expect(await seen(50)).toEqual([])
    expect(await seen(undefined, 500)).toEqual([])
    const [{ sentAt }] = (await list({ roomId, window: between(250, 150) })).items as [Message]
    expect(await all(list.all({ roomId, window: { since: sentAt, until: sentAt } }))).toEqual([])
    expect(await all(list.all({ roomId, window: { since: sentAt, until: new Date(sentAt.getTime() + 1) } }))).toEqual([
      'day 200',
    ])
  })

  test('gives what one person sent', async () => {
    const roomId = await diary([5, 4, 3, 2, 1])
    const { list } = cleo.client.messages
    expect(await all(list.all({ roomId, senderId: bob.user.id, limit: 1 }))).toEqual(['day 2', 'day 4'])
    expect(await all(list.all({ roomId, senderId: ann.user.id, window: { last: 2 } }))).toEqual(['day 1', 'day 3'])
    expect(await all(list.all({ roomId, senderId: cleo.user.id }))).toEqual([])
  })

  test('keeps to its window while time goes on and messages come', async () => {
    const roomId = await diary([3, 2, 1])
    const first = await bob.client.messages.list({ roomId, window: { days: 30 }, limit: 1 })
    await send(ann, roomId, 'new')
    const rest = await bob.client.messages.list({ roomId, window: { days: 30 }, cursor: first.nextCursor! })
    expect(rest.items.map(({ body }) => body)).toEqual(['day 2', 'day 3'])
  })

  test.each([
    ['a number too few', { last: 0 }],
    ['too many', { last: 10_001 }],
    ['two forms', { last: 1, days: 1 }],
    ['no days', { days: 0 }],
  ])('refuses a window of %s, and foreign cursors', async (_what, window) => {
    const roomId = await group()
    expect(await codeOf(ann.client.messages.list({ roomId, window }))).toBe('INVALID_INPUT')
    for (const cursor of ['bogus', btoa('[1]'), btoa('[5,[0,null]]'), btoa('[5,[null,1e99]]')]) {
      expect(await codeOf(ann.client.messages.list({ roomId, cursor }))).toBe('BAD_CURSOR')
      expect(await codeOf(ann.client.messages.recent({ cursor }))).toBe('BAD_CURSOR')
    }
  })

  test('refuses times that the database cannot hold', async () => {
    const roomId = await group()
    const window = { since: new Date(-8_640_000_000_000_000) }
    expect(await codeOf(ann.client.messages.list({ roomId, window }))).toBe('INVALID_INPUT')
  })
})

describe('recent', () => {
  test('gives what others sent in all rooms, newest first, page by page', async () => {
    const [eve, max] = [await signUp(), await signUp()]
    const rooms: RoomId[] = []
    for (let at = 0; at < 5; at++) {
      rooms.push((await eve.client.messages.rooms.create({ name: `${at}`, memberIds: [max.user.id] })).id)
    }
    const expected: string[] = []
    for (let at = 0; at < 40; at++) {
      const sender = at % 3 ? max : eve
      await send(sender, rooms[(at * 7) % 5]!, `m${at}`)
      if (sender === max) expected.unshift(`m${at}`)
    }
    for (const limit of [1, 4, 200]) expect(await all(eve.client.messages.recent.all({ limit }))).toEqual(expected)
    expect(await all(eve.client.messages.recent.all({ window: { last: 7 }, limit: 3 }))).toEqual(expected.slice(0, 7))
    expect(await all(eve.client.messages.recent.all({ senderId: max.user.id, limit: 9 }))).toEqual(expected)
    expect(await all(eve.client.messages.recent.all({ senderId: eve.user.id }))).toEqual([])
    expect(await all(max.client.messages.recent.all())).toHaveLength(14)
  })

  test('loses and doubles nothing of what was sent in the same moment', async () => {
    const [eve, max] = [await signUp(), await signUp()]
    const make = () => max.client.messages.rooms.create({ name: 'Choir', memberIds: [eve.user.id] })
    const rooms = [await make(), await make(), await make()]
    const items = Array.from({ length: 30 }, (_, at) => ({
      roomId: rooms[at % 3]!.id,
      body: `m${at}`,
      clientId: `${at}`,
    }))
    await max.client.messages.sendBatch({ items })
    await query('update messages set sent_at = now() where sender_id = $1', [max.user.id])
    for (const limit of [1, 4, 200]) {
      const bodies = await all(eve.client.messages.recent.all({ limit }))
      expect(bodies.toSorted()).toEqual(items.map(({ body }) => body).sort())
      expect(await all(eve.client.messages.recent.all({ limit, senderId: max.user.id }))).toEqual(bodies)
    }
  })

  test('keeps to its window', async () => {
    const [eve, max] = [await signUp(), await signUp()]
    const sent = await max.client.messages.send({ recipientId: eve.user.id, body: 'long ago' })
    await daysAgo(sent, 31)
    await max.client.messages.send({ recipientId: eve.user.id, body: 'today' })
    expect(await all(eve.client.messages.recent.all())).toEqual(['today'])
    expect(await all(eve.client.messages.recent.all({ window: { days: 32 } }))).toEqual(['today', 'long ago'])
    const until = new Date(Date.now() - 86_400_000)
    expect(await all(eve.client.messages.recent.all({ window: { until } }))).toEqual(['long ago'])
    expect(await all(eve.client.messages.recent.all({ window: { since: until } }))).toEqual(['today'])
  })
})

/** All ways to read messages of a room have to agree on what a person may see. */
async function seenBy({ client }: Person, roomId: RoomId, texts: readonly string[]) {
  const listed = (await all(client.messages.list.all({ roomId, limit: 2 }))).sort()
  const { messages } = client
  const range = await messages.since({ roomId, after: 0 })
  const told = range.events.flatMap((event) => (event.kind === 'message.sent' ? [event.message] : []))
  const found: string[] = []
  for (const text of texts) found.push(...(await all(messages.search.all({ query: text, roomId }))))
  const rows = await query<{ seq: string; body: string }>('select seq, body from messages where room_id = $1', [roomId])
  const got: string[] = []
  for (const { seq, body } of rows) {
    const one = await messages.get.safe({ roomId, seq: Number(seq) })
    const versions = await messages.versions.safe({ roomId, seq: Number(seq) })
    // Who has left is not shown them.
    if (versions.ok) expect(one.ok).toBe(true)
    if (one.ok) got.push(body)
    else expect(one.error.code).toBe('NOT_FOUND')
  }
  expect(told.map(({ body }) => body).sort()).toEqual(listed)
  expect(found.sort()).toEqual(listed)
  expect(got.sort()).toEqual(listed)
  return listed
}

describe('what is seen', () => {
  test('of a joined history: from the coming on; of a shared one: all', async () => {
    const texts = ['before', 'joined', 'after']
    for (const [history, expected] of [
      ['joined', ['after']],
      ['shared', texts],
    ] as const) {
      const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', history })
      await send(ann, roomId, 'before')
      await send(ann, roomId, 'joined')
      await ann.client.messages.rooms.members.add({ roomId, userIds: [bob.user.id] })
      await send(ann, roomId, 'after')
      expect(await seenBy(bob, roomId, texts)).toEqual(expected.toSorted())
      expect(await seenBy(ann, roomId, texts)).toEqual(texts.toSorted())
    }
  })

  test('by who left: up to the leaving; by strangers: nothing', async () => {
    const roomId = await group(bob)
    await send(ann, roomId, 'before')
    await bob.client.messages.rooms.leave({ roomId })
    await send(ann, roomId, 'after')
    expect(await seenBy(bob, roomId, ['before', 'after'])).toEqual(['before'])
    for (const call of [
      () => cleo.client.messages.list({ roomId }),
      () => cleo.client.messages.search({ query: 'before', roomId }),
      () => cleo.client.messages.versions({ roomId, seq: 2 }),
    ]) {
      expect(await codeOf(call())).toBe('NOT_FOUND')
    }
    expect((await cleo.client.messages.search({ query: 'before' })).items).toEqual([])
  })

  test('of a room that was removed: nothing', async () => {
    const roomId = await group(bob)
    await send(ann, roomId, 'Kontrafagott')
    expect((await bob.client.messages.search({ query: 'kontrafagott' })).items).toHaveLength(1)
    await ann.client.messages.rooms.remove({ roomId })
    const { messages } = bob.client
    expect((await messages.search({ query: 'kontrafagott' })).items).toEqual([])
    expect(await all(messages.recent.all({ window: {} }))).not.toContain('Kontrafagott')
    expect(await codeOf(messages.list({ roomId }))).toBe('NOT_FOUND')
    expect((await messages.unread()).map((room) => room.roomId)).not.toContain(roomId)
  })

  test('by who blocks: nothing of the blocked, until the block is removed', async () => {
    const [eve, max] = [await signUp(), await signUp()]
    const { id: roomId } = await eve.client.messages.rooms.create({ name: 'Choir', memberIds: [max.user.id] })
    await send(eve, roomId, 'mine')
    await send(max, roomId, 'theirs')
    await eve.client.users.blocks.add({ userId: max.user.id })
    expect(await seenBy(eve, roomId, ['mine', 'theirs'])).toEqual(['mine'])
    expect(await seenBy(max, roomId, ['mine', 'theirs'])).toEqual(['mine', 'theirs'])
    expect(await all(eve.client.messages.recent.all())).toEqual([])
    await eve.client.users.blocks.remove({ userId: max.user.id })
    expect(await seenBy(eve, roomId, ['mine', 'theirs'])).toEqual(['mine', 'theirs'])
    expect(await all(eve.client.messages.recent.all())).toEqual(['theirs'])
  })
})

test('recent: only what mentions me, from all rooms, or one sender', async () => {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const memberIds = [ann.user.id, cleo.user.id]
  const rooms = [
    await bob.client.messages.rooms.create({ name: 'One', memberIds }),
    await bob.client.messages.rooms.create({ name: 'Two', memberIds }),
  ]
  const name = `@${ann.user.userName}`
  for (const { id: roomId } of rooms) {
    for (const { client } of [bob, cleo]) await client.messages.send({ roomId, body: `${name}, are you there?` })
    await bob.client.messages.send({ roomId, body: 'Not to anybody' })
    await ann.client.messages.send({ roomId, body: `I, ${name}, am here` })
  }
  const senders = async (input: { senderId?: UserId; limit?: number }) => {
    const found: UserId[] = []
    for await (const { senderId } of ann.client.messages.recent.all({ mentioned: true, ...input })) found.push(senderId)
    return found
  }
  const [b, c] = [bob.user.id, cleo.user.id]
  expect(await senders({})).toEqual([c, b, c, b])
  expect(await senders({ limit: 1 })).toEqual([c, b, c, b])
  expect(await senders({ senderId: b })).toEqual([b, b])
  await ann.client.messages.rooms.leave({ roomId: rooms[0]!.id })
  await bob.client.messages.send({ roomId: rooms[0]!.id, body: `${name}, where are you?` })
  expect(await senders({ senderId: b })).toEqual([b, b])
  expect((await bob.client.messages.recent({ mentioned: true })).items).toEqual([])
})
