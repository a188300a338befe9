import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { failureOf, newKey, startIssuer, type TestIssuer } from './issuer.fixture.ts'
import { createIssuers, issuerSettings, issuerSettingsJson } from './issuers.ts'

let issuer: TestIssuer
let other: TestIssuer

beforeEach(async () => {
  ;[issuer, other] = await Promise.all([startIssuer(), startIssuer()])
})

afterEach(async () => {
  vi.useRealTimers()
  await Promise.all([issuer.stop(), other.stop()])
})

const trusted = (timing = {}) => createIssuers([issuer.setting], timing)

const codeOf = async (attempt: Promise<unknown>) => (await failureOf(attempt)).details.code

/** From now on clocks show a later time; timers run as ever. */
function later(ms: number): void {
  const now = Date.now() + ms
  vi.useFakeTimers({ toFake: ['Date'], now })
}

describe('the keys of an issuer', () => {
  test('change without a restart; an old one ends with the time of the cache', async () => {
    const issuers = trusted()
    const oldKey = issuer.key
    await issuers.verify(await issuer.sign())
    const newer = await newKey('second')
    issuer.published = [newer, oldKey]
    later(11_000)
    expect(await issuers.verify(await issuer.sign({}, newer))).toMatchObject({ subject: 'person-1' })
    issuer.published = [newer]
    expect(await issuers.verify(await issuer.sign({}, oldKey))).toMatchObject({ subject: 'person-1' })
    later(600_000)
    expect(await codeOf(issuers.verify(await issuer.sign({}, oldKey)))).toBe('TOKEN_INVALID')
    expect(await issuers.verify(await issuer.sign({}, newer))).toMatchObject({ subject: 'person-1' })
    expect(issuer.fetches).toBe(3)
  })

  test('are not fetched for every unknown key id', async () => {
    const issuers = trusted()
    const token = await issuer.sign({}, await newKey('unknown'))
    for (let count = 0; count < 10; count++) expect(await codeOf(issuers.verify(token))).toBe('TOKEN_INVALID')
    expect(issuer.fetches).toBe(1)
  })

  test('serve while they are cached, though the issuer is down, and no longer', async () => {
    const issuers = trusted()
    await issuers.verify(await issuer.sign())
    await issuer.stop()
    later(590_000)
    expect(await issuers.verify(await issuer.sign())).toMatchObject({ subject: 'person-1' })
    later(20_000)
    expect(await codeOf(issuers.verify(await issuer.sign()))).toBe('UNAVAILABLE')
  })

  test('of an issuer that is down are asked for again, after a pause', async () => {
    const issuers = trusted({ pauseMs: 200 })
    const token = await issuer.sign()
    issuer.answer = (_, response) => response.writeHead(500).end('no')
    const { details, cause } = await failureOf(issuers.verify(token))
    expect(details).toMatchObject({ code: 'UNAVAILABLE', status: 503, retryAfterMs: 200 })
    expect(String(cause)).toMatch(/status 500/)
    for (let count = 0; count < 10; count++) expect(await codeOf(issuers.verify(token))).toBe('UNAVAILABLE')
    expect(issuer.fetches).toBe(1)
    issuer.answer = undefined
    await vi.waitFor(() => issuers.verify(token), { timeout: 5_000 })
    expect(issuer.fetches).toBe(2)
  })

  test('are waited for only so long, before and in the answer', async () => {
    const token = await issuer.sign()
    const waits: TestIssuer['answer'][] = [() => {}, (_, response) => response.writeHead(200).write('{"keys":[')]
    for (const answer of waits) {
      issuer.answer = answer
      const start = performance.now()
      expect(await codeOf(trusted({ timeoutMs: 200 }).verify(token))).toBe('UNAVAILABLE')
      expect(performance.now() - start).toBeLessThan(2_000)
    }
  })

  test('are not looked for behind a redirect', async () => {
    issuer.answer = (_, response) => response.writeHead(302, { location: other.setting.jwks }).end()
    other.published = issuer.published
    expect(await codeOf(trusted().verify(await issuer.sign()))).toBe('UNAVAILABLE')
    expect(other.fetches).toBe(0)
  })

  test.each([
    ['no JSON', '<html>'],
    ['no set of keys', '{"keys":7}'],
    ['too much', `{"keys":[],"padding":"${'x'.repeat(300_000)}"}`],
  ])('are unavailable when the answer is %s', async (_, body) => {
    issuer.answer = (_, response) => response.end(body)
    expect(await codeOf(trusted().verify(await issuer.sign()))).toBe('UNAVAILABLE')
  })

  test('that cannot be had from one issuer do not hold up another', async () => {
    issuer.answer = () => {}
    const issuers = createIssuers([issuer.setting, other.setting], { timeoutMs: 1_000 })
    const stuck = codeOf(issuers.verify(await issuer.sign()))
    expect(await issuers.verify(await other.sign())).toMatchObject({ subject: 'person-1' })
    expect(await stuck).toBe('UNAVAILABLE')
  })
})

describe('the setting', () => {
  const good = { issuer: 'https://id.example', audience: 'antiphon', jwks: 'https://id.example/keys' }
  const withKeys = (jwks: string) => JSON.stringify([{ ...good, jwks }])

  test.each(['https://id.example/keys', 'http://localhost:8080/k', 'http://127.0.0.1/k', 'http://[::1]:9/k'])(
    'takes keys at %s',
    (jwks) => expect(issuerSettings.parse([{ ...good, jwks }])).toEqual([{ ...good, jwks }]),
  )

  test.each([
    ['AUTH', 'is not JSON'],
    ['{}', 'is a list'],
    [JSON.stringify([good, good]), 'names an issuer twice'],
    [JSON.stringify([{ ...good, jwksUri: 'x' }]), 'jwksUri'],
    [JSON.stringify([{ ...good, audience: '' }]), 'must not be empty'],
    [withKeys('http://id.example/keys'), 'is an https address'],
    [withKeys('http://localhost.evil.example'), 'is an https address'],
    [withKeys('file:///etc/passwd'), 'is an https address'],
    [withKeys('https://u:p@id.example'), 'is an https address'],
    [withKeys('keys'), 'is an https address'],
    [withKeys(`https://${'k'.repeat(2_000)}`), 'at most 2,000 characters'],
  ])('refuses %s', (json, message) => {
    expect(issuerSettingsJson.safeParse(json).error?.issues[0]?.message).toContain(message)
  })

  test('comes as JSON', () => {
    expect(issuerSettingsJson.parse(JSON.stringify([good]))).toEqual([good])
  })
})
