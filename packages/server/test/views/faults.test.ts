import { setTimeout as sleep } from 'node:timers/promises'
import { isAntiphonError } from '@antiphon/client'
import { expect, test } from 'vitest'
import { passwordOf, startTestServer } from '../server.ts'
import { expectFresh } from './fresh.ts'
import { deviceOf, type Fetch, live, until, viewOf } from './world.ts'

const one = await startTestServer()
const doomed = await startTestServer({ database: one.databaseUrl })
const next = await startTestServer({ database: one.databaseUrl })

/** A room of two people, with messages. */
async function roomOfTwo(messages = 0) {
  const [ann, bob] = [await one.signUp(), await one.signUp()]
  const room = await ann.client.messages.rooms.create({ name: 'Two', memberIds: [bob.user.id] })
  const send = (body: string) => bob.client.messages.send({ roomId: room.id, body })
  for (let at = 0; at < messages; at += 100) {
    const items = Array.from({ length: Math.min(100, messages - at) }, (_, more) => ({
      ...{ roomId: room.id, body: `Before ${at + more}`, clientId: `before ${at + more}` },
    }))
    await bob.client.messages.sendBatch({ items })
  }
  return { ann, bob, room, roomId: room.id, send }
}

test('goes on when its server was shut down and another one takes over, and has what happened in between', async () => {
  const { ann, bob, roomId, send } = await roomOfTwo(3)
  let { url } = doomed
  const fetch: Fetch = (input, init) => globalThis.fetch(String(input).replace('http://moving', url), init)
  const view = viewOf(ann, roomId, { url: 'http://moving' }, { fetch, maxRetries: 0 })
  await live(view)
  await doomed.antiphon.close()
  await until(() => expect(view.status).toBe('behind'))
  for (let at = 0; at < 30; at++) await send(`Meanwhile ${at}`)
  await bob.client.messages.edit({ roomId, seq: 2, body: 'Edited meanwhile' })
  await bob.client.messages.markRead({ roomId, seq: 20 })
  expect(view.messages).toHaveLength(3)
  url = next.url
  await until(() => expect(view.status).toBe('live'), 20_000)
  await until(() => expectFresh(view, ann.client))
})

test('catches up over many pages', async () => {
  const { ann, bob, roomId } = await roomOfTwo(1)
  let isCut = false
  const fetch: Fetch = (input, init) =>
    isCut ? Promise.reject(new TypeError('fetch failed')) : globalThis.fetch(input, init)
  const bodies = new Set<ReadableStreamDefaultController<Uint8Array>>()
  const client = deviceOf(ann, one, {
    fetch: (input, init) => fetch(input, init).then((response) => tapped(response, bodies)),
  })
  const view = client.events().room(roomId)
  await live(view)
  isCut = true
  for (const body of bodies) body.error(new TypeError('cut'))
  for (let at = 0; at < 500; at += 100) {
    const items = Array.from({ length: 100 }, (_, more) => ({ roomId, body: `${at + more}`, clientId: `${at + more}` }))
    await bob.client.messages.sendBatch({ items })
  }
  isCut = false
  await until(() => expect(view.messages).toHaveLength(501))
  await live(view)
  await until(() => expectFresh(view, ann.client))
})

function isStream({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') === true
}

/** A response whose body, where it is a stream, can be broken off and comes slowly. */
function tapped(response: Response, bodies: Set<ReadableStreamDefaultController<Uint8Array>>, eachMs = 0): Response {
  const reader = isStream(response) ? response.body?.getReader() : undefined
  if (reader === undefined) return response
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void bodies.add(controller),
    pull: async (controller) => {
      await sleep(eachMs)
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => reader.cancel(),
  })
  return new Response(body, response)
}

test('a reader that is slower than its room has everything in the end', async () => {
  const { ann, bob, roomId, send } = await roomOfTwo(1)
  const fetch: Fetch = (input, init) =>
    globalThis.fetch(input, init).then((response) => tapped(response, new Set(), 40))
  const view = viewOf(ann, roomId, one, { fetch })
  await live(view)
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let at = 0; at < 40; at++) await send('x'.repeat(4_000))
    }),
  )
  await bob.client.messages.remove({ roomId, seq: 2 })
  await until(() => expect(view.lastSeq).toBe(323), 30_000)
  await until(() => expectFresh(view, ann.client))
})

test('a message whose answers are lost is there once, whether it is tried again or not', async () => {
  const { ann, roomId } = await roomOfTwo()
  let isDeaf = false
  const losing = new Map([
    ['Heard of', 2],
    ['Nothing', 2],
  ])
  const fetch: Fetch = async (input, init) => {
    const url = String(input)
    if (isDeaf && url.includes('events.subscribe')) throw new TypeError('fetch failed')
    const response = await globalThis.fetch(input, init)
    const [text, left] = [...losing].find(([text]) => String(init?.body).includes(text)) ?? ['', 0]
    losing.set(text, left - 1)
    if (left > 0) throw new TypeError('terminated')
    return response
  }
  const client = deviceOf(ann, one, { fetch, maxRetries: 1 })
  const view = client.events().room(roomId)
  await live(view)
  view.send({ body: 'Heard of through the stream' })
  await until(() => expect(view.pending).toEqual([]))
  expect(view.messages.map(({ body }) => body)).toEqual(['Heard of through the stream'])

  isDeaf = true
  client.events().close()
  const deaf = client.events().room(roomId)
  await until(() => expect(deaf.status).toBe('behind'))
  const { clientId } = deaf.send({ body: 'Nothing heard of' })
  await until(() => expect(deaf.pending).toMatchObject([{ state: 'sending', error: { code: 'NETWORK' } }]))
  deaf.retry(clientId)
  await until(() => expect(deaf.pending).toEqual([]))
  expect(deaf.messages.map(({ body }) => body)).toEqual(['Heard of through the stream', 'Nothing heard of'])
  await until(() => expectFresh(deaf, ann.client))
})

test('an older page that was read before an edit and comes after it does not undo it', async () => {
  const { ann, bob, roomId } = await roomOfTwo(120)
  let hold: Promise<void> | undefined
  const fetch: Fetch = async (input, init) => {
    const response = await globalThis.fetch(input, init)
    if (String(input).includes('messages.list')) await hold
    return response
  }
  const view = viewOf(ann, roomId, one, { fetch })
  await live(view)
  let pass = () => {}
  hold = new Promise((resolve) => {
    pass = resolve
  })
  const loaded = view.loadMore()
  await sleep(200)
  await bob.client.messages.edit({ roomId, seq: 50, body: 'Edited' })
  await bob.client.messages.remove({ roomId, seq: 51 })
  await until(() => expect(view.lastSeq).toBe(123))
  pass()
  await loaded
  expect(view.messages.find(({ seq }) => seq === 50)?.body).toBe('Edited')
  await until(() => expectFresh(view, ann.client))
})

test('is gone with its room or the own membership, and back with it', async () => {
  const { ann, bob, roomId, send } = await roomOfTwo(2)
  const view = viewOf(bob, roomId, next)
  await live(view)
  await ann.client.messages.rooms.members.remove({ roomId, userId: bob.user.id })
  await until(() => expect(view.status).toBe('gone'))
  expect(view.messages).toHaveLength(2)
  expect(view.room?.role).toBe(null)
  await ann.client.messages.send({ roomId, body: 'Where is Bob?' })
  await ann.client.messages.rooms.members.add({ roomId, userIds: [bob.user.id] })
  await live(view)
  expect(view.messages).toHaveLength(3)
  await send('Here')
  await until(() => expectFresh(view, bob.client))
  await bob.client.messages.rooms.leave({ roomId })
  await until(() => expect(view.status).toBe('gone'))
  const late = viewOf(bob, roomId, one)
  await until(() => expect(late.status).toBe('gone'))
  expect(late.messages.map(({ body }) => body)).toEqual(view.messages.map(({ body }) => body))
  const hers = viewOf(ann, roomId, one)
  await live(hers)
  await ann.client.messages.rooms.remove({ roomId })
  await until(() => expect(hers.status).toBe('gone'))
  expect(hers.messages).toHaveLength(4)
})

test('shows who is writing', async () => {
  const { ann, bob, roomId, send } = await roomOfTwo()
  const view = viewOf(ann, roomId, next)
  await live(view)
  await bob.client.messages.typing({ roomId })
  await until(() => expect(view.typing).toEqual([bob.user.id]))
  await send('There')
  await until(() => expect(view.messages).toHaveLength(1))
  expect(view.typing).toEqual([])
})

test('what is hidden from one is no gap', async () => {
  const { ann, bob } = await roomOfTwo()
  const { id: roomId } = await ann.client.messages.rooms.direct({ userId: bob.user.id })
  const view = viewOf(ann, roomId, next)
  await live(view)
  await ann.client.users.blocks.add({ userId: bob.user.id })
  for (const body of ['One', 'Two']) await bob.client.messages.send({ roomId, body })
  await until(() => expect(view.lastSeq).toBe(3))
  await ann.client.users.blocks.remove({ userId: bob.user.id })
  await bob.client.messages.send({ roomId, body: 'Three' })
  await until(() => expect(view.messages.map(({ body }) => body)).toEqual(['Three']))
  expect(view.status).toBe('live')
})

test('begins anew when the database was put back', async () => {
  const { ann, roomId } = await roomOfTwo(5)
  const view = viewOf(ann, roomId, one)
  await live(view)
  await one.query('delete from messages where room_id = $1 and seq > 3', [roomId])
  await one.query('delete from room_events where room_id = $1 and seq > 3', [roomId])
  await one.query('update rooms set last_seq = 3 where id = $1', [roomId])
  await one.query('update room_members set delivered_seq = 0 where room_id = $1', [roomId])
  await view.verify()
  expect([view.lastSeq, view.messages.length, view.status]).toEqual([3, 2, 'live'])
})

test('says that it is signed out, and the client can have another stream', async () => {
  const { ann, roomId } = await roomOfTwo(1)
  let token = (
    await one.anyone.users.signIn({ identifier: ann.user.userName, password: passwordOf(ann.user.userName) })
  ).token
  const client = deviceOf(ann, one, { token: () => token })
  const events = client.events()
  const view = events.room(roomId)
  await live(view)
  await ann.client.users.devices.revoke({ others: true })
  await until(() => expect(events.status.state).toBe('closed'))
  expect([view.status, view.error?.code, view.messages.length]).toEqual(['behind', 'TOKEN_INVALID', 1])
  expect(isAntiphonError(view.error)).toBe(true)
  token = ann.token
  const other = client.events().room(roomId)
  await live(other)
  expect(other).not.toBe(view)
})
