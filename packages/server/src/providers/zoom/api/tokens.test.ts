import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { errorOf, openZoom, options, problemOf } from '../zoom.fixture.ts'
import { createMemoryTokens, type Token } from './tokens.ts'

const life = 1_000_000

/** A store whose clock is set by hand, and a renewal that counts. */
function open() {
  let now = 0
  let made = 0
  const tokens = createMemoryTokens(() => now)
  const renew = async (): Promise<Token> => {
    made++
    await delay(1)
    return { token: `token-${made}`, expiresAt: new Date(now + life) }
  }
  return { tokens, renew, made: () => made, setTime: (at: number) => (now = at) }
}

test('all who need a token wait for one renewal', async () => {
  const { tokens, renew, made } = open()
  const given = await Promise.all(Array.from({ length: 20 }, () => tokens.use(renew)))
  expect([new Set(given), made()]).toEqual([new Set(['token-1']), 1])
})

test('a token is renewed at nine tenths of its life, once', async () => {
  const { tokens, renew, setTime } = open()
  expect(await tokens.use(renew)).toBe('token-1')
  setTime(0.899 * life)
  expect(await tokens.use(renew)).toBe('token-1')
  setTime(0.901 * life)
  expect(await Promise.all([tokens.use(renew), tokens.use(renew)])).toEqual(['token-2', 'token-2'])
})

test('a renewal that fails leaves the token that holds yet, and no longer', async () => {
  const { tokens, renew, setTime } = open()
  await tokens.use(renew)
  const fail = () => Promise.reject(new Error('down'))
  setTime(0.95 * life)
  expect(await tokens.use(fail)).toBe('token-1')
  setTime(life)
  await expect(tokens.use(fail)).rejects.toThrow('down')
  expect(await tokens.use(renew)).toBe('token-2')
})

test('a token that was refused is renewed, unless another one took its place', async () => {
  const { tokens, renew, made } = open()
  await tokens.use(renew)
  expect(await tokens.use(renew, 'token-1')).toBe('token-2')
  expect(await tokens.use(renew, 'token-1')).toBe('token-2')
  expect(made()).toBe(2)
})

test('calls at the same time ask Zoom for one token', async () => {
  const { zoom, server, paths } = await openZoom()
  const { id } = server.createMeeting({ host: 'ann-id' })
  await Promise.all(Array.from({ length: 8 }, () => zoom.status?.(String(id), options)))
  expect(paths('/oauth')).toHaveLength(1)
})

test('a token that Zoom ended is replaced, and the call made once more', async () => {
  const { zoom, server, paths } = await openZoom()
  const id = String(server.createMeeting({ host: 'ann-id' }).id)
  await zoom.status?.(id, options)
  server.expireTokens()
  expect(await zoom.status?.(id, options)).toMatchObject({ session: null })
  expect([paths('/oauth').length, paths('/meetings').length]).toEqual([2, 3])
})

test.each([
  [401, 124],
  [401, 201],
])('a call that is refused for ever with %i and %i is made twice, and no more', async (status, code) => {
  const { zoom, server, paths } = await openZoom()
  server.misbehave(({ path }) => (path.startsWith('/v2') ? { status, code } : undefined))
  expect(await problemOf(zoom.status!('1', options))).toEqual({ kind: 'unauthorized' })
  expect([paths('/oauth').length, paths('/meetings').length]).toEqual([2, 2])
})

test('credentials that do not count are told apart from a Zoom that is down; nothing secret is told', async () => {
  const { zoom, server, settings } = await openZoom()
  server.setSecret('another')
  const error = await errorOf(zoom.check(options))
  expect(error.problem).toEqual({ kind: 'unauthorized' })
  expect(error.message).toBe('Zoom does not accept the account id, the client id or the client secret.')
  expect(JSON.stringify([error.message, String(error.cause), error.stack])).not.toContain(settings.clientSecret)
  for (const fault of [{ status: 503 }, 'hangUp', { html: 200 }, { text: '{"access' }] as const) {
    server.misbehave(() => fault)
    expect(await problemOf(zoom.check(options))).toEqual({ kind: 'transient' })
  }
  server.misbehave(() => ({ text: '{"access_token":"a\\nb","expires_in":3600}' }))
  expect(await problemOf(zoom.check(options))).toEqual({ kind: 'bug' })
})
