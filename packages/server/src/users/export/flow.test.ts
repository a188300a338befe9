import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createClient, type UserId } from '@antiphon/client'
import pg from 'pg'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { startInstance } from '../../auth/live.fixture.ts'
import { newId } from '../../ids.ts'

const { url, databaseUrl, signUp, query } = await startTestServer()
const instance = await startInstance(databaseUrl)
const soon = { timeout: 15_000, interval: 20 }

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Gives somebody so many messages of so many characters. */
async function fill(userId: UserId, count: number, length: number): Promise<void> {
  const roomId = newId('room')
  await query(`insert into rooms (id, kind, created_by) values ($1, 'group', $2)`, [roomId, userId])
  await query(
    `insert into messages (room_id, seq, sender_id, content_hash, body, sent_at)
     select $1, n, $2, 'x', repeat('a', $3), now() from generate_series(1, $4) n`,
    [roomId, userId, length, count],
  )
}

/** Keeps everybody from reading messages, until it is let go. */
async function holdMessages() {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('begin; lock table messages in access exclusive mode')
  return { letGo: () => client.query('commit') }
}

const waiting = `select pid from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock' and query like '%"messages"%'`
const nowWait = (count: number) => vi.waitFor(async () => expect(await query(waiting)).toHaveLength(count), soon)

const download = (token: string, from = url, signal?: AbortSignal) =>
  fetch(`${from}/api/v1/users.export`, {
    headers: { authorization: `Bearer ${token}` },
    ...(signal !== undefined && { signal }),
  })

describe('a download', () => {
  test('begins before the end is known', async () => {
    const { user, token } = await signUp()
    await fill(user.id, 500, 10)
    const { letGo } = await holdMessages()
    const response = await download(token)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('"kind":"device"')) text += (await reader?.read())?.value
    expect(text).toContain('"kind":"account"')
    await nowWait(1)
    await letGo()
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) text += part.value
    expect(JSON.parse(text).filter(({ kind }: { kind: string }) => kind === 'message')).toHaveLength(500)
  })

  test('of 20,000 long messages takes no more memory than a few pages', async () => {
    const { user, token } = await signUp()
    const [count, length] = [20_000, 4_000]
    await fill(user.id, count, length)
    collectGarbage()
    const before = process.memoryUsage()
    const response = await download(token)
    const decoder = new TextDecoder()
    let [size, messages, most, next] = [0, 0, 0, 2_000_000]
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      messages += decoder.decode(chunk).split('"kind":"message"').length - 1
      if (size < next) continue
      next += 4_000_000
      collectGarbage()
      const { heapUsed, external } = process.memoryUsage()
      most = Math.max(most, heapUsed + external - before.heapUsed - before.external)
    }
    expect(size).toBeGreaterThan(count * length)
    expect(messages).toBeGreaterThan(count * 0.99)
    expect(most).toBeLessThan(35_000_000)
  })

  test('that nobody reads is not made beforehand', async () => {
    const { user, token } = await signUp()
    await fill(user.id, 40_000, 4_000)
    await countPages()
    const controller = new AbortController()
    const response = await download(token, url, controller.signal)
    let pages = 0
    await vi.waitFor(
      async () => {
        const before = pages
        pages = await pagesRead()
        expect([pages, pages > 1]).toEqual([before, true])
      },
      { timeout: 20_000, interval: 300 },
    )
    // What the system holds for a connection, up to tens of megabytes, of 200 pages.
    expect(pages).toBeLessThan(100)
    expect(response.bodyUsed).toBe(false)
    controller.abort()
  })
})

/** Counts the statements that read messages. */
async function countPages(): Promise<void> {
  await query(`create sequence pages;
    create function count_page() returns boolean volatile language sql as $$ select nextval('pages') > 0 $$;
    alter table messages enable row level security, force row level security;
    create policy counting on messages using ((select count_page()))`)
  onTestFinished(async () => {
    await query('alter table messages disable row level security; drop policy counting on messages')
  })
}

async function pagesRead(): Promise<number> {
  const [row] = await query<{ count: string }>('select last_value::text as count from pages')
  return Number(row?.count)
}

describe('somebody who goes away', () => {
  test('leaves nothing behind, in the middle of a wait or of a page', async () => {
    const { user, token } = await signUp()
    await fill(user.id, 2_000, 2_000)
    const { letGo } = await holdMessages()
    const controller = new AbortController()
    const client = createClient({ url: instance.url, token })
    for (let count = 0; count < 3; count++) {
      await download(token, instance.url, controller.signal)
      const stream = client.users.export(undefined, { signal: controller.signal })
      stream.onAny(() => {})
    }
    await nowWait(6)
    await vi.waitFor(() => expect(instance.live.size).toBe(6), soon)
    controller.abort()
    await vi.waitFor(() => expect(instance.live.size).toBe(0), soon)
    await letGo()
    await nowWait(0)
    const again = new AbortController()
    const response = await download(token, instance.url, again.signal)
    const reader = response.body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    expect(instance.live.size).toBe(1)
    again.abort()
    await vi.waitFor(() => expect(instance.live.size).toBe(0), soon)
  })
})

describe('a database that fails in the middle', () => {
  const failNow = () => query(`select pg_terminate_backend(pid) from (${waiting}) as waiting`)

  test('cuts a download off, so that nobody takes it for whole', async () => {
    const { user, token } = await signUp()
    await fill(user.id, 500, 10)
    const { letGo } = await holdMessages()
    const response = await download(token)
    const text = response.text()
    text.catch(() => {})
    await nowWait(1)
    await failNow()
    await expect(text).rejects.toThrow('terminated')
    await letGo()
    // The pool may find another connection gone first.
    await vi.waitFor(async () => {
      const items = (await (await download(token)).json()) as { kind: string }[]
      expect(items.filter(({ kind }) => kind === 'message')).toHaveLength(500)
    }, 10_000)
  })

  test('interrupts a stream, which goes on without loss or double', async () => {
    const { user, client } = await signUp()
    await fill(user.id, 500, 10)
    const { letGo } = await holdMessages()
    const stream = client.users.export()
    const states: string[] = []
    stream.onStatus(({ state }) => states.push(state))
    const places: string[] = []
    const reading = (async () => {
      for await (const { kind } of stream) places.push(`${kind} ${stream.lastEventId}`)
    })()
    await nowWait(1)
    await failNow()
    await vi.waitFor(() => expect(states).toContain('waiting'), soon)
    await letGo()
    await reading
    expect(places.filter((place) => place.startsWith('message'))).toHaveLength(500)
    expect(new Set(places).size).toBe(places.length)
    expect(states.at(-1)).toBe('closed')
  })
})
