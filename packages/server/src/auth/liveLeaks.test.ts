import { createClient } from '@antiphon/client'
import pino from 'pino'
import { afterAll, describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../test/server.ts'
import type { UserAuth } from '../access.ts'
import { createDb, createPool } from '../db/connect.ts'
import type { DeviceId } from '../ids.ts'
import { fillMessages, readSlowly, startInstance } from './live.fixture.ts'
import { createLiveStreams } from './live.ts'

const { databaseUrl, signUp, query } = await startTestServer()
const instance = await startInstance(databaseUrl)
await readSlowly(databaseUrl)
const reader = await signUp()
await fillMessages(databaseUrl, reader.user.id, 8_000)
const db = createDb(createPool({ connectionString: databaseUrl }, { max: 2 }))
afterAll(() => db.destroy())

const roads = ['/trpc/users.export', '/api/v1/users.export']

/** Connects, reads until something has come, and cuts the connection. */
async function connectAndCut(path: string): Promise<void> {
  const cut = new AbortController()
  const headers = { authorization: `Bearer ${reader.token}`, accept: 'text/event-stream' }
  const response = await fetch(`${instance.url}${path}`, { headers, signal: cut.signal })
  expect(response.status).toBe(200)
  await response.body!.getReader().read()
  cut.abort()
}

describe('no stream is left', () => {
  test.each(roads)(
    'of two hundred that were connected and cut: %s',
    async (path) => {
      for (let round = 0; round < 20; round++) {
        await Promise.all(Array.from({ length: 10 }, () => connectAndCut(path)))
      }
      await expect.poll(() => instance.live.size, { timeout: 10_000 }).toBe(0)
    },
    60_000,
  )

  test.each(roads)('of those that never read, once the connection is gone: %s', async (path) => {
    const cut = new AbortController()
    const headers = { authorization: `Bearer ${reader.token}`, accept: 'text/event-stream' }
    for (let at = 0; at < 5; at++) await fetch(`${instance.url}${path}`, { headers, signal: cut.signal })
    expect(instance.live.size).toBe(5)
    cut.abort()
    await expect.poll(() => instance.live.size, { timeout: 10_000 }).toBe(0)
  })

  test('of those that came to their end', async () => {
    const { client } = await signUp()
    const own = createClient({ url: instance.url, token: (await client.users.apiKeys.create(readOnly)).secret })
    let items = 0
    for await (const _ of own.users.export()) items += 1
    expect(items).toBeGreaterThan(2)
    await expect.poll(() => instance.live.size, { timeout: 5_000 }).toBe(0)
  })
})

const readOnly = { name: 'Reading', scopes: ['users:read' as const] }

/** A stream that waits for what never comes, and does not listen to signals; it tells whether it was let go. */
function silent() {
  const state = { asked: 0, returned: 0 }
  const stream: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        state.asked += 1
        return new Promise(() => {})
      },
      return: async () => {
        state.returned += 1
        return { done: true, value: undefined }
      },
    }),
  }
  return { state, stream }
}

async function authOf({ token, user }: typeof reader): Promise<UserAuth> {
  const deviceId = token.split('.')[0] as DeviceId
  const [row] = await query<{ hash: Buffer }>('select secret_hash as hash from devices where id = $1', [deviceId])
  const auth = { kind: 'user', userId: user.id, roles: [], deviceId, key: null, acting: false } as const
  return { ...auth, secretHash: row!.hash }
}

describe('a stream in which nothing happens', () => {
  const days = 86_400_000
  const live = createLiveStreams({
    ...{ db, log: pino({ level: 'silent' }), sessions: { idleMs: 30 * days, maxMs: 180 * days } },
  })
  afterAll(() => live.close())

  test('ends when its caller has gone', async () => {
    const [{ state, stream }, gone] = [silent(), new AbortController()]
    const items = live.guard(await authOf(reader), stream, gone.signal)[Symbol.asyncIterator]()
    const next = items.next()
    expect([live.size, state.asked]).toEqual([1, 1])
    gone.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    expect([live.size, state.returned]).toEqual([0, 1])
  })

  test('ends when its token is revoked', async () => {
    const person = await signUp()
    const { state, stream } = silent()
    const items = live.guard(await authOf(person), stream)[Symbol.asyncIterator]()
    const next = items.next()
    await person.client.users.signOut()
    expect(await codeOf(next.catch((error) => Promise.reject(Object.assign(error, error.details))))).toBe(
      'TOKEN_INVALID',
    )
    expect([live.size, state.returned]).toEqual([0, 1])
  })

  test('is not begun for a caller who has gone before', async () => {
    const { state, stream } = silent()
    const items = live.guard(await authOf(reader), stream, AbortSignal.abort())[Symbol.asyncIterator]()
    expect(await items.next()).toEqual({ done: true, value: undefined })
    expect([live.size, state.asked]).toEqual([0, 0])
  })

  test('ends with UNAVAILABLE when the server stops, so that its caller goes elsewhere', async () => {
    const { stream } = silent()
    const next = live
      .guard(await authOf(reader), stream)
      [Symbol.asyncIterator]()
      .next()
    live.close()
    await expect(next).rejects.toMatchObject({ details: { code: 'UNAVAILABLE' } })
    expect(live.size).toBe(0)
  })

  test('costs the same memory however many items went through', async () => {
    const many = createLiveStreams({
      ...{ db, log: pino({ level: 'silent' }), sessions: { idleMs: 30 * days, maxMs: 180 * days } },
    })
    async function* numbers() {
      for (let at = 0; at < 1_000_000; at++) yield at
    }
    let [before, peak, seen] = [0, 0, 0]
    for await (const at of many.guard(await authOf(reader), numbers())) {
      seen += 1
      if (at === 50_000) before = process.memoryUsage().heapUsed
      if (at % 50_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed)
    }
    many.close()
    expect(seen).toBe(1_000_000)
    expect(peak - before).toBeLessThan(150_000_000)
  })
})
