import { createClient } from '@antiphon/client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { json, requester } from '../../test/http.ts'
import { passwordOf, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'

const limit = 12
const { url, databaseUrl, signUp, from } = await startTestServer({ callsPerMinute: limit })
const request = requester(url)
const minuteMs = 60_000

// Windows are minutes by the clock: it stands at the beginning of one, a new one for each test.
let minutes = Math.floor(Date.now() / minuteMs)
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: ++minutes * minuteMs + 1_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const figures = ({ headers }: { headers: Headers }) =>
  ['limit', 'remaining', 'reset'].map((name) => Number(headers.get(`ratelimit-${name}`) ?? Number.NaN))

/** How many of so many calls go through, one after the other. */
async function accepted(calls: number, call: () => Promise<{ status: number }>): Promise<number> {
  let count = 0
  for (let at = 0; at < calls; at++) if ((await call()).status !== 429) count += 1
  return count
}

const bearer = (token: string, more: Record<string, string> = {}) => ({
  headers: { authorization: `Bearer ${token}`, ...more },
})
const coming = (address: string) => ({ headers: { 'x-forwarded-for': address } })

test('every answer of a procedure tells the limit, what is left, and when it begins anew', async () => {
  const { token } = await signUp()
  const batch = { 0: { json: null, meta: { values: ['undefined'] } }, 1: { json: {} } }
  const calls: [number, number, string, RequestInit][] = [
    [200, 1, '/api/v1/users.me', bearer(token)],
    [200, 1, '/trpc/users.me', bearer(token)],
    [200, 2, '/trpc/users.me,users.devices.list?batch=1', json(batch, token)],
    [204, 1, '/api/v1/users.presence.set', json({ status: 'busy' }, token)],
    [200, 1, '/api/v1/users.export', bearer(token)],
    [200, 1, '/trpc/users.export', bearer(token, { accept: 'text/event-stream' })],
    [400, 1, '/api/v1/users.get', json({ userId: 'x' }, token)],
    [400, 1, '/api/v1/users.get', json('{"userId":', token)],
    [403, 1, '/trpc/users.audit.list?input={"json":{}}', bearer(token)],
    [404, 1, '/api/v1/users.get', json({ userId: newId('user') }, token)],
  ]
  let left = limit
  for (const [status, cost, path, init] of calls) {
    const response = await fetch(`${url}${path}`, init)
    await response.body?.cancel()
    left -= cost
    expect([path, response.status === 204 ? 200 : response.status]).toEqual([path, status === 204 ? 200 : status])
    expect([path, ...figures(response)]).toEqual([path, limit, left, 59])
  }
})

test('also when it is about who calls: no token, a wrong one', async () => {
  const address = coming('192.0.2.1')
  expect(figures(await request('/api/v1/users.me', address))).toEqual([limit, limit - 1, 59])
  expect(figures(await request('/trpc/users.me', address))).toEqual([limit, limit - 2, 59])
  const wrong = { headers: { ...address.headers, authorization: 'Bearer nonsense' } }
  expect(figures(await request('/api/v1/users.me', wrong))).toEqual([limit, limit - 3, 59])
  expect(figures(await request('/trpc/users.me', wrong))).toEqual([limit, limit - 4, 59])
})

describe('beyond the limit', () => {
  test('calls are refused with 429, and told when to come back; then they go through again', async () => {
    const { token } = await signUp()
    expect(await accepted(limit + 5, () => request('/api/v1/users.me', bearer(token)))).toBe(limit)
    const rest = await request('/api/v1/users.me', bearer(token))
    const rpc = await request('/trpc/users.me', bearer(token))
    for (const refused of [rest, rpc]) {
      expect([refused.status, refused.headers.get('retry-after'), ...figures(refused)]).toEqual([
        429,
        '59',
        limit,
        0,
        59,
      ])
    }
    expect([rest.body.code, rpc.body.error.json.data.code]).toEqual(['RATE_LIMITED', 'RATE_LIMITED'])
    const answer = await createClient({ url, token, maxRetries: 0 }).users.me.safe()
    expect(answer).toMatchObject({ ok: false, error: { code: 'RATE_LIMITED', status: 429, retryAfterMs: 59_000 } })
    vi.setSystemTime(Date.now() + 59_000)
    expect((await request('/api/v1/users.me', bearer(token))).status).toBe(200)
  })

  test('the calls of a batch count one by one', async () => {
    const { token } = await signUp()
    const paths = Array.from({ length: limit + 3 }, () => 'users.me').join(',')
    const { status, body, headers } = await request(`/trpc/${paths}?batch=1`, bearer(token))
    expect([status, headers.get('retry-after')]).toEqual([207, '59'])
    const codes = body.map((one: { error?: { json: { data: { code: string } } } }) => one.error?.json.data.code ?? 'ok')
    expect(codes.sort()).toEqual([...Array(3).fill('RATE_LIMITED'), ...Array(limit).fill('ok')])
    expect((await request('/api/v1/users.me', bearer(token))).status).toBe(429)
  })

  test('a stream does not open', async () => {
    const { token } = await signUp()
    await accepted(limit, () => request('/api/v1/users.me', bearer(token)))
    expect((await request('/api/v1/users.export', bearer(token))).status).toBe(429)
    const sse = await fetch(`${url}/trpc/users.export`, bearer(token, { accept: 'text/event-stream' }))
    // tRPC tells of it in the stream.
    expect(await sse.text()).toMatch(/event: serialized-error\ndata: .*"RATE_LIMITED"/)
  })
})

describe('what is counted together', () => {
  test('a user’s devices, wherever they are; each key by itself', async () => {
    const { client, token, user } = await signUp()
    const other = await from('192.0.2.77').users.signIn({
      identifier: user.userName,
      password: passwordOf(user.userName),
    })
    const { secret } = await client.users.apiKeys.create({ name: 'Key', scopes: ['users:read'] })
    await accepted(limit - 3, () => request('/api/v1/users.me', bearer(token)))
    const elsewhere = bearer(other.token, { 'x-forwarded-for': '198.51.100.1' })
    expect(await accepted(5, () => request('/api/v1/users.me', elsewhere))).toBe(2)
    expect(await accepted(limit + 3, () => request('/api/v1/users.me', bearer(secret)))).toBe(limit)
  })

  test('strangers of one address, of IPv6 one /64; nobody else', async () => {
    const get = (address: string) => request('/api/v1/users.me', coming(address))
    expect(await accepted(limit + 2, () => get('203.0.113.5'))).toBe(limit)
    expect((await get('::ffff:203.0.113.5')).status).toBe(429)
    expect((await get('203.0.113.6')).status).toBe(401)
    let host = 0
    expect(await accepted(limit + 2, () => get(`2001:db8:0:1::${(++host).toString(16)}`))).toBe(limit)
    expect((await get('2001:db8:0:2::1')).status).toBe(401)
  })

  test('strangers use up nothing of who is signed in at the same address', async () => {
    const { token } = await signUp()
    await accepted(limit + 2, () => request('/api/v1/users.me', coming('203.0.113.9')))
    const here = bearer(token, { 'x-forwarded-for': '203.0.113.9' })
    expect((await request('/api/v1/users.me', here)).status).toBe(200)
  })

  test('guesses of tokens, for the address: they end in 429', async () => {
    const address = { 'x-forwarded-for': '203.0.113.20' }
    const guess = () => request('/api/v1/users.me', bearer(`${newId('device')}.${'a'.repeat(43)}`, address))
    expect(await accepted(limit + 3, guess)).toBe(limit)
    const headers = { 'content-type': 'application/json', ...address }
    expect((await request('/trpc/users.signIn', { method: 'POST', body: '{"json":{}}', headers })).status).toBe(429)
  })

  test('calls over two instances, after a few seconds', async () => {
    const other = await startTestServer({ database: databaseUrl, callsPerMinute: limit })
    const { token } = await signUp()
    const [here, there] = [requester(url), requester(other.url)]
    let through = await accepted(limit - 2, () => here('/api/v1/users.me', bearer(token)))
    const call = async () => {
      const { status } = await there('/api/v1/users.me', bearer(token))
      if (status === 200) through += 1
      return status
    }
    await expect.poll(call, { timeout: 15_000, interval: 700 }).toBe(429)
    expect(through).toBeGreaterThanOrEqual(limit)
    // Those that came before the two had told each other.
    expect(through).toBeLessThanOrEqual(limit + 12)
    expect((await there('/api/v1/users.me', bearer(token))).status).toBe(429)
  }, 30_000)
})
