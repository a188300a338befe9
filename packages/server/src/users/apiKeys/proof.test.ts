import { createClient } from '@antiphon/client'
import pg from 'pg'
import { expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { holdClock, passSteps, protect, shown, wrongOne } from '../mfa/mfa.fixture.ts'

const { url, databaseUrl, signUp, query } = await startTestServer({ maxConnections: 3 })
holdClock()

/** A client whose calls travel by themselves: those of one client share a request, and are done in turn. */
const alone = (token: string) => createClient({ url, token, maxRetries: 0 })

const input = (name: string) => ({ name, scopes: ['users:read' as const, 'users:write' as const] })

test('a person with a second factor makes keys with a fresh code, and each code makes one', async () => {
  const { client, secret } = await protect(url, await signUp())
  expect(await codeOf(client.users.apiKeys.create(input('None')))).toBe('MFA_REQUIRED')
  const wrong = await wrongOne(secret)
  expect(await codeOf(client.users.apiKeys.create({ ...input('Wrong'), code: wrong }))).toBe('WRONG_CODE')
  expect((await client.users.apiKeys.list()).items).toEqual([])
  const code = await shown(secret, 1)
  const { apiKey } = await client.users.apiKeys.create({ ...input('Right'), code })
  expect(await codeOf(client.users.apiKeys.create({ ...input('Again'), code }))).toBe('WRONG_CODE')
  expect((await client.users.apiKeys.list()).items).toEqual([apiKey])
})

test('a key of that person is asked for none', async () => {
  const { client, secret } = await protect(url, await signUp())
  const made = await client.users.apiKeys.create({ ...input('First'), code: await shown(secret, 1) })
  const key = createClient({ url, token: made.secret })
  expect((await key.users.apiKeys.create(input('Second'))).apiKey.name).toBe('Second')
})

test('a retry gives the same key without another code: with the used one, with none, with a fresh one', async () => {
  const { client, secret } = await protect(url, await signUp())
  const keyed = { ...input('Once'), idempotencyKey: 'hard to guess' }
  const code = await shown(secret, 1)
  const first = await client.users.apiKeys.create({ ...keyed, code })
  expect(await client.users.apiKeys.create({ ...keyed, code })).toEqual(first)
  expect(await client.users.apiKeys.create(keyed)).toEqual(first)
  passSteps(2)
  const fresh = await shown(secret)
  expect(await client.users.apiKeys.create({ ...keyed, code: fresh })).toEqual(first)
  expect((await client.users.apiKeys.list()).items).toHaveLength(1)
  // The fresh code was not used up by the retry.
  await client.users.apiKeys.create({ ...input('Another'), code: fresh })
})

test('a retry while the first call is still under way gives its key, not WRONG_CODE', async () => {
  const { client, secret, token } = await protect(url, await signUp())
  const keyed = { ...input('At once'), idempotencyKey: 'at the same time', code: await shown(secret, 1) }
  const locking = new pg.Client({ connectionString: databaseUrl })
  await locking.connect()
  const waiting = async () =>
    (await query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).length
  await locking.query('begin; lock table api_keys in share mode')
  const first = alone(token).users.apiKeys.create(keyed)
  await expect.poll(waiting, { interval: 20 }).toBe(1)
  const retry = alone(token).users.apiKeys.create(keyed)
  await expect.poll(waiting, { interval: 20 }).toBe(2)
  await locking.query('rollback').finally(() => locking.end())
  expect(await retry).toEqual(await first)
  expect((await client.users.apiKeys.list()).items).toHaveLength(1)
})

test('without the key of the retry a used code makes nothing', async () => {
  const { client, secret } = await protect(url, await signUp())
  const code = await shown(secret, 1)
  await client.users.apiKeys.create({ ...input('One'), idempotencyKey: 'one', code })
  expect(await codeOf(client.users.apiKeys.create({ ...input('One'), idempotencyKey: 'two', code }))).toBe('WRONG_CODE')
})

test('twelve at once, each with the one right code, on three connections: one is made, none stalls', async () => {
  const { secret, token } = await protect(url, await signUp())
  const code = await shown(secret, 1)
  const start = performance.now()
  const calls = Array.from({ length: 12 }, (_, at) =>
    alone(token).users.apiKeys.create.safe({ ...input(`${at}`), code }),
  )
  const answers = await Promise.all(calls)
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
  for (const answer of answers) if (!answer.ok) expect(answer.error.code).toMatch(/^(WRONG_CODE|RATE_LIMITED)$/)
  expect(performance.now() - start).toBeLessThan(20_000)
})
