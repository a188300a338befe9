import superjson from 'superjson'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { flood } from './fixture/feeds.ts'
import {
  createClient,
  type EventStreamStatus,
  type FeedsChangesStream,
  type LibraryClient,
  LibraryError,
} from './generated/library/index.ts'
import { procedures } from './generated/library/procedures.ts'
import { buildClient } from './generated/library/runtime/client.ts'
import { subscribe } from './generated/library/runtime/sse.ts'
import { startServer, type TestServer } from './server.ts'

let server: TestServer
let client: LibraryClient

beforeEach(async () => {
  server = await startServer()
  client = createClient({ url: server.url, token: 'good' })
})
afterEach(() => server.close())

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = []
  for await (const event of stream) events.push(event)
  return events
}

interface Observed {
  readonly status: EventStreamStatus
  onStatus(handler: (status: EventStreamStatus) => void): () => void
}

function reached(stream: Observed, state: EventStreamStatus['state']): Promise<EventStreamStatus> {
  return new Promise((resolve) => {
    const check = () => stream.status.state === state && resolve(stream.status)
    stream.onStatus(check)
    check()
  })
}

test('a loop gets all events in order and ends where the server is finished', async () => {
  const stream = client.feeds.countdown()
  expect(stream.status).toEqual({ state: 'connecting' })
  expect(await collect(stream)).toEqual([3, 2, 1])
  expect(stream.status).toEqual({ state: 'closed', reason: 'finished' })
  expect(await collect(stream)).toEqual([])
})

test('handlers by kind, for all events and for the status', async () => {
  const stream: FeedsChangesStream = client.feeds.changes({})
  const heard: unknown[] = []
  const states: string[] = []
  stream.on('lent', ({ memberId, dueAt }) => heard.push(memberId, dueAt))
  stream.on('found', ({ note }) => heard.push(note))
  const off = stream.on('returned', () => heard.push('never'))
  off()
  stream.onAny(({ kind }) => heard.push(kind))
  stream.onStatus(({ state }) => states.push(state))
  await reached(stream, 'closed')
  expect(heard).toEqual(['mem_1', new Date(1), 'lent', 'returned', 'lost', 'Behind the shelf.', 'found'])
  expect(states).toEqual(['open', 'closed'])
  expect(stream.lastEventId).toBe('3')
})

test('events wait for the first who listens', async () => {
  const stream = client.feeds.changes({})
  await reached(stream, 'open')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await collect(stream)).toHaveLength(4)
})

test('a cut connection is resumed after the last event', async () => {
  const stream = client.feeds.log({ until: 60 })
  const pages: number[] = []
  for await (const { page, at } of stream) {
    pages.push(page)
    expect(at).toEqual(new Date(page))
    if (page === 15 || page === 35) server.cut()
  }
  expect(pages).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
  const ids = server.requests.map(({ headers }) => headers['last-event-id'])
  expect(ids).toEqual([undefined, expect.stringMatching(/^1[5-9]$/), expect.stringMatching(/^3[5-9]$/)])
})

test('a stream that was left can be taken up elsewhere by its last id', async () => {
  const stream = client.feeds.log()
  for await (const { page } of stream) if (page === 4) break
  expect(stream.status).toEqual({ state: 'closed', reason: 'closed' })
  expect(stream.lastEventId).toBe('4')
  const rest = await collect(client.feeds.log({ lastEventId: '4', until: 7 }))
  expect(rest.map(({ page }) => page)).toEqual([5, 6, 7])
})

test('the token goes in a header; the input in the address only where queries do so', async () => {
  await collect(client.feeds.changes({ secret: 'hush' }))
  expect(server.requests.at(-1)).toMatchObject({ method: 'GET', authorization: 'Bearer good' })
  expect(server.requests.at(-1)?.url).toContain('hush')
  expect(server.requests.at(-1)?.url).not.toContain('good')
  const settings = { path: '/trpc', transformer: superjson, procedures, ErrorClass: LibraryError, postQueries: true }
  const posting = buildClient(settings, { url: server.url }, subscribe) as LibraryClient
  expect(await collect(posting.feeds.changes({ secret: 'hush' }))).toHaveLength(4)
  expect(await collect(posting.feeds.countdown())).toHaveLength(3)
  expect((await collect(posting.feeds.log({ lastEventId: '9' }))).map(({ page }) => page)).toEqual([10])
  for (const { method, url } of server.requests.slice(1)) expect([method, url.includes('?')]).toEqual(['POST', false])
})

test('a refusal ends the stream with its error', async () => {
  const stranger = createClient({ url: server.url, token: 'bad' })
  const stream = stranger.feeds.members()
  const error = await collect(stream).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(LibraryError)
  expect(error).toMatchObject({ code: 'UNAUTHORIZED', status: 401, requestId: 'req_1' })
  expect(stream.status).toMatchObject({ state: 'closed', reason: 'failed', error: { code: 'UNAUTHORIZED' } })
  expect(server.requests).toHaveLength(1)
})

test('a token that was refused is asked for anew, once', async () => {
  const tokens = ['expired', 'good', 'other']
  const renewing = createClient({ url: server.url, token: () => tokens.shift() })
  expect(await collect(renewing.feeds.members())).toEqual(['welcome'])
  expect(server.requests).toHaveLength(2)
  const stale = createClient({ url: server.url, token: async () => 'same' })
  await expect(collect(stale.feeds.members())).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  expect(server.requests).toHaveLength(3)
  let count = 0
  const hopeless = createClient({ url: server.url, token: () => `t${++count}` })
  await expect(collect(hopeless.feeds.members())).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  expect(server.requests).toHaveLength(5)
})

test('the signal and close() end a stream and its connection', async () => {
  const controller = new AbortController()
  const stream = client.feeds.silence({ signal: controller.signal })
  const events = collect(stream)
  await reached(stream, 'open')
  controller.abort()
  expect(await events).toEqual([])
  expect(stream.status).toEqual({ state: 'closed', reason: 'aborted' })
  const other = client.feeds.silence()
  other.close()
  other.close()
  expect(other.status).toEqual({ state: 'closed', reason: 'closed' })
  const late = client.feeds.silence({ signal: AbortSignal.abort() })
  expect(late.status).toEqual({ state: 'closed', reason: 'aborted' })
  expect(await collect(late)).toEqual([])
})

test('a handler that throws or rejects is reported, and the stream goes on', async () => {
  const errors: unknown[] = []
  const stream = client.feeds.countdown({ onError: (error) => errors.push(error) })
  const heard: number[] = []
  stream.onAny((count) => {
    if (count === 3) throw new Error('three')
  })
  stream.onAny(async (count) => {
    if (count === 2) throw new Error('two')
  })
  stream.onAny((count) => heard.push(count))
  await reached(stream, 'closed')
  expect(heard).toEqual([3, 2, 1])
  expect(errors).toEqual([new Error('three'), new Error('two')])
})

test('reading stops while a loop lags behind, and a loop that is left closes the connection', async () => {
  const stream = client.feeds.flood({ maxLag: 5 })
  let last = 0
  for await (const { n } of stream) {
    expect(n).toBe(++last)
    if (n === 3) {
      await new Promise((resolve) => setTimeout(resolve, 300))
      const made = flood.made
      await new Promise((resolve) => setTimeout(resolve, 300))
      // The server stands still too: what is on its way is bounded.
      expect(flood.made).toBe(made)
      expect(made).toBeLessThan(2_000)
    }
    if (n === 200) break
  }
  expect(stream.status.state).toBe('closed')
  await expect.poll(() => flood.open).toBe(0)
})

test('what a loop has not taken is given at the end of the stream, and dropped by close()', async () => {
  for (const closing of [false, true]) {
    const stream = client.feeds.log()
    const loop = stream[Symbol.asyncIterator]()
    await reached(stream, 'closed')
    if (closing) stream.close()
    expect((await loop.next()).value?.page).toBe(1)
  }
  const stream = client.feeds.flood()
  const loop = stream[Symbol.asyncIterator]()
  expect((await loop.next()).value?.n).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  stream.close()
  expect(await loop.next()).toEqual({ done: true, value: undefined })
})

test('a fetch that knows no signal is left all the same', async () => {
  const deaf: typeof fetch = (input, init) => fetch(input, { ...init, signal: null })
  const stream = createClient({ url: server.url, fetch: deaf }).feeds.flood()
  for await (const { n } of stream) if (n === 20) break
  await expect.poll(() => flood.open).toBe(0)
})

test('two loops share a stream, and leaving one keeps the other', async () => {
  const stream = client.feeds.log()
  const whole = collect(stream)
  for await (const _ of stream) break
  expect(await whole).toHaveLength(10)
  expect(stream.status).toEqual({ state: 'closed', reason: 'finished' })
})
