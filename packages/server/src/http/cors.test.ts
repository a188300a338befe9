import { createClient } from '@antiphon/client'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/database.ts'
import { startTestServer, testSecret } from '../../test/server.ts'
import { createAntiphon } from '../app.ts'

const app = 'https://app.example.com'
const { url, signUp } = await startTestServer({ allowedOrigins: [app, 'http://localhost:5173'] })
const closed = await startTestServer()

const corsOf = (headers: Headers) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')))

const preflight = (base: string, origin: string, headers = 'authorization,content-type', path = '/trpc/users.me') =>
  fetch(`${base}${path}`, {
    method: 'OPTIONS',
    headers: {
      ...{ origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
    },
  })

describe('without allowed origins', () => {
  test('no page of another origin gets leave, at no address', async () => {
    const { token } = await closed.signUp()
    const headers = { origin: app, authorization: `Bearer ${token}` }
    for (const path of ['/trpc/users.me', '/api/v1/users.me', '/openapi.json', '/health', '/nowhere']) {
      expect(corsOf((await fetch(`${closed.url}${path}`, { headers })).headers)).toEqual({})
      const asked = await preflight(closed.url, app, undefined, path)
      expect([asked.ok, corsOf(asked.headers)]).toEqual([false, {}])
    }
  })
})

describe('an allowed origin', () => {
  test.each(['/trpc/users.me', '/api/v1/users.me'])('may ask, with tokens and cookies: %s', async (path) => {
    const asked = await preflight(url, app, 'authorization,content-type,antiphon-as,antiphon-session', path)
    expect(asked.status).toBe(204)
    expect(corsOf(asked.headers)).toEqual({
      'access-control-allow-origin': app,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': expect.any(String),
      'access-control-expose-headers': expect.any(String),
      'access-control-max-age': '600',
    })
    const allowed = asked.headers.get('access-control-allow-headers')!.split(', ')
    for (const name of [
      ...['authorization', 'content-type', 'antiphon-as', 'antiphon-session', 'idempotency-key', 'last-event-id'],
      ...['traceparent', 'tracestate'],
    ])
      expect(allowed).toContain(name)
  })

  test('reads answers, refusals too, and the headers that clients need', async () => {
    const { token } = await signUp()
    const bearer = { origin: app, authorization: `Bearer ${token}` }
    const json = { 'content-type': 'application/json' }
    const calls: [number, string, RequestInit][] = [
      [200, '/api/v1/users.me', { headers: bearer }],
      [200, '/trpc/users.me', { headers: bearer }],
      [200, '/trpc/users.export', { headers: bearer }],
      [200, '/api/v1/users.export', { headers: bearer }],
      [401, '/api/v1/users.me', { headers: { origin: app } }],
      [401, '/trpc/users.me', { headers: { origin: app, authorization: 'Bearer none' } }],
      [404, '/trpc/users.nothing', { headers: bearer }],
      [400, '/api/v1/users.get', { method: 'POST', headers: { ...bearer, ...json }, body: '{' }],
      [415, '/api/v1/users.get', { method: 'POST', headers: bearer, body: 'x' }],
      [413, '/trpc/users.get', { method: 'POST', headers: { ...bearer, ...json }, body: 'x'.repeat(1_100_000) }],
      [404, '/nowhere', { headers: bearer }],
    ]
    for (const [status, path, init] of calls) {
      const answer = await fetch(`${url}${path}`, init)
      await answer.body?.cancel()
      expect([path, answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([path, status, app])
      expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
      expect(answer.headers.get('vary')).toMatch(/\borigin\b/i)
      const exposed = answer.headers.get('access-control-expose-headers')!.toLowerCase().split(', ')
      for (const name of ['x-request-id', 'retry-after', 'antiphon-version', 'ratelimit-remaining']) {
        expect(exposed).toContain(name)
      }
    }
  })

  test('each gets its own name, none that of the other', async () => {
    const answer = await fetch(`${url}/health/live`, { headers: { origin: 'http://localhost:5173' } })
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
  })
})

describe('an origin that is not listed', () => {
  test.each([
    ['another', 'https://evil.example'],
    ['a subdomain', 'https://x.app.example.com'],
    ['a longer one', 'https://app.example.com.evil.example'],
    ['by http', 'http://app.example.com'],
    ['at another port', 'https://app.example.com:8443'],
    ['null', 'null'],
    ['in capitals', 'HTTPS://APP.EXAMPLE.COM'],
    ['none at all', ''],
  ])('gets nothing: %s', async (_what, origin) => {
    const { token } = await signUp()
    const headers = { ...(origin && { origin }), authorization: `Bearer ${token}` }
    const answer = await fetch(`${url}/api/v1/users.me`, { headers })
    expect([answer.status, corsOf(answer.headers)]).toEqual([200, {}])
    // Or a cache would give this answer to a page of an allowed origin, or the other way round.
    expect(answer.headers.get('vary')).toMatch(/\borigin\b/i)
    const asked = await preflight(url, origin)
    expect([asked.ok, corsOf(asked.headers)]).toEqual([false, {}])
  })
})

test('the SDK in a page of an allowed origin works with token and batch', async () => {
  const { token, user } = await signUp()
  const client = createClient({ url, token, headers: { origin: app } })
  const [me, devices] = await Promise.all([client.users.me(), client.users.devices.list()])
  expect([me.id, devices.items.length]).toEqual([user.id, 1])
})

test.each(['*', 'https://*.example.com', 'app.example.com', 'https://app.example.com/path'])(
  'the server does not start with %j for an origin',
  async (origin) => {
    const { url: database } = await createTestDatabase()
    const options = { database, secret: testSecret, log: pino({ level: 'silent' }) }
    await expect(createAntiphon({ ...options, allowedOrigins: [origin] })).rejects.toThrow(/is not an origin/)
  },
)
