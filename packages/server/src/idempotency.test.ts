import { createClient } from '@antiphon/client'
import pg from 'pg'
import { expect, test } from 'vitest'
import { codeOf, startTestServer } from '../test/server.ts'
import { createDb, createPool } from './db/connect.ts'
import { once, removeExpiredKeys } from './idempotency.ts'

const { url, databaseUrl, signUp } = await startTestServer()

async function query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  return (await client.query<Row>(sql, values).finally(() => client.end())).rows
}

test('a retry under the same key has one effect and the first answer, also at once', async () => {
  const { client } = await signUp()
  const input = { name: 'Once', idempotencyKey: 'a key of mine' }
  const rooms = await Promise.all(Array.from({ length: 6 }, () => client.messages.rooms.create(input)))
  expect(new Set(rooms.map(({ id }) => id)).size).toBe(1)
  expect(rooms[5]).toEqual(rooms[0])
  expect(rooms[0]!.createdAt).toBeInstanceOf(Date)
  expect((await client.messages.rooms.list()).items).toHaveLength(1)
})

test('another input under the same key is a conflict; another caller has keys of its own', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const input = { name: 'Mine', idempotencyKey: 'shared key' }
  const room = await ann.client.messages.rooms.create(input)
  expect(await codeOf(ann.client.messages.rooms.create({ ...input, name: 'Other' }))).toBe('IDEMPOTENCY_KEY_REUSED')
  expect((await bob.client.messages.rooms.create(input)).id).not.toBe(room.id)
})

test('an answer lost after the commit is given again: the SDK retries by itself', async () => {
  let cut = 1
  const losing: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (cut-- > 0) {
      await response.text()
      throw new TypeError('the connection was cut')
    }
    return response
  }
  const { token } = await signUp()
  const client = createClient({ url, token, fetch: losing })
  const room = await client.messages.rooms.create({ name: 'Cut' })
  expect((await client.messages.rooms.list()).items).toEqual([room])
})

test('signing up is retried too, with the same token, and the database can read neither password nor token', async () => {
  const account = {
    userName: 'again',
    email: 'again@example.com',
    password: 'correct horse',
    idempotencyKey: 'k'.repeat(32),
  }
  const anyone = createClient({ url })
  const first = await anyone.users.signUp(account)
  expect(await anyone.users.signUp(account)).toEqual(first)
  expect(await codeOf(anyone.users.signUp({ ...account, password: 'wrong horse' }))).toBe('IDEMPOTENCY_KEY_REUSED')
  expect(await codeOf(anyone.users.signUp({ ...account, idempotencyKey: 'other' }))).toBe('EMAIL_TAKEN')
  const rows = await query<{ text: string }>(
    "select id::text || input_tag::text || encode(answer, 'escape') as text from idempotency_keys",
  )
  for (const { text } of rows) expect(text).not.toMatch(new RegExp(`${first.token.split('.')[1]}|again|horse|kkkk`))
})

test('an attempt that failed leaves the key free', async () => {
  const { client, user } = await signUp()
  const input = { name: 'Failing', idempotencyKey: 'try again' }
  const missing = user.id.replace(/.$/, (last) => (last === '0' ? '1' : '0')) as typeof user.id
  expect(await codeOf(client.messages.rooms.create({ ...input, memberIds: [missing] }))).toBe('NOT_FOUND')
  expect((await client.messages.rooms.create(input)).name).toBe('Failing')
})

test('after 24 hours a key is free again, and its answer goes', async () => {
  const db = createDb(createPool({ connectionString: databaseUrl }, { max: 1 }))
  try {
    let effects = 0
    const call = { auth: { kind: 'anyone' as const }, procedure: 'test', input: { idempotencyKey: 'old' } }
    const run = () => once(db, call, async () => ++effects)
    expect([await run(), await run()]).toEqual([1, 1])
    await query("update idempotency_keys set created_at = now() - interval '25 hours'")
    expect([await run(), await run()]).toEqual([2, 2])
    await query("update idempotency_keys set created_at = now() - interval '25 hours'")
    await removeExpiredKeys(db)
    expect(await query('select 1 from idempotency_keys')).toEqual([])
  } finally {
    await db.destroy()
  }
})
