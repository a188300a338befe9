import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, passwordOf, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'
import { openBrowser } from './browser.fixture.ts'

const allowed = 'https://app.example.com'
const { url, signUp, query } = await startTestServer({ allowedOrigins: [allowed] })

/** Somebody who is signed in by a cookie. */
async function signedIn() {
  const person = await signUp()
  const browser = openBrowser(url)
  const credentials = { identifier: person.user.userName, password: passwordOf(person.user.userName) }
  const answer = await browser.call('/api/v1/users.signIn', credentials)
  return { ...person, browser, answer, credentials }
}

describe('signing in with the header Antiphon-Session: cookie', () => {
  test('sets a cookie that scripts cannot read, for this host alone, and gives no token', async () => {
    const { answer } = await signedIn()
    expect([answer.status, answer.body.token]).toEqual([200, ''])
    expect(answer.setCookies).toHaveLength(1)
    const [pair = '', ...flags] = answer.setCookies[0]!.split('; ')
    expect(pair).toMatch(/^__Host-antiphon=dev_\w{26}\.[\w-]{43}$/)
    expect(flags.sort()).toEqual(['HttpOnly', 'Max-Age=15552000', 'Path=/', 'SameSite=Lax', 'Secure'])
    expect(JSON.stringify(answer.body)).not.toContain(pair.slice(-43))
  })

  test('also by /trpc, and signing up', async () => {
    const browser = openBrowser(url)
    const account = { userName: 'by-trpc', email: 'by-trpc@example.com', password: 'correct horse' }
    const { status, body, setCookies } = await browser.call('/trpc/users.signUp', { json: account })
    expect([status, body.result.data.json.token, setCookies.length]).toEqual([200, '', 1])
    expect((await browser.get('/trpc/users.me')).body.result.data.json.userName).toBe('by-trpc')
  })

  test('without the header a token is given, and no cookie', async () => {
    const { credentials } = await signedIn()
    const { body, setCookies } = await openBrowser(url).call('/api/v1/users.signIn', credentials, {
      'antiphon-session': undefined,
    })
    expect(body.token).toMatch(/^dev_/)
    expect(setCookies).toEqual([])
  })

  test('a wrong password sets nothing', async () => {
    const { credentials } = await signedIn()
    const { status, setCookies } = await openBrowser(url).call('/api/v1/users.signIn', {
      ...credentials,
      password: 'x',
    })
    expect([status, setCookies]).toEqual([401, []])
  })
})

describe('with the cookie', () => {
  test('calls are the user’s: queries by GET without an origin, mutations from the own origin', async () => {
    const { browser, user } = await signedIn()
    expect((await browser.get('/api/v1/users.me')).body.id).toBe(user.id)
    expect((await browser.get('/api/v1/users.me', { 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    expect((await browser.get('/api/v1/users.me', { 'sec-fetch-site': 'none' })).status).toBe(200)
    expect((await browser.call('/api/v1/users.update', { firstName: 'Web' })).body.firstName).toBe('Web')
    const batch = await browser.call('/trpc/users.me,users.devices.list?batch=1', {
      0: { json: null, meta: { values: ['undefined'] } },
      1: { json: {} },
    })
    expect(batch.body[0].result.data.json.id).toBe(user.id)
    expect(batch.body[1].result.data.json.items.filter(({ current }: { current: boolean }) => current)).toHaveLength(1)
  })

  test('also from an allowed origin', async () => {
    const { browser, user } = await signedIn()
    expect((await browser.call('/api/v1/users.me', {}, { origin: allowed })).body.id).toBe(user.id)
  })

  test.each([
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['an origin that looks like an allowed one', { origin: 'https://app.example.com.evil.example' }],
    ['the same host by another scheme', { origin: url.replace('http:', 'https:') }],
    ['the same host at another port', { origin: 'http://localhost:1' }],
    ['no page to tell of (null)', { origin: 'null' }],
    ['a mutation without an origin', { origin: undefined }],
  ])('nothing is done from %s', async (_what, headers) => {
    const { browser, user, client } = await signedIn()
    for (const road of ['/api/v1', '/trpc']) {
      const input = road === '/trpc' ? { json: { firstName: 'Evil' } } : { firstName: 'Evil' }
      const { status, body } = await browser.call(`${road}/users.update`, input, headers)
      expect([status, JSON.stringify(body)]).toEqual([403, expect.stringContaining('"ORIGIN_REFUSED"')])
    }
    expect((await client.users.me()).firstName).toBe(user.firstName)
    expect(browser.cookie).toBeDefined()
  })

  test.each(['cross-site', 'same-site'])('a GET that a %s page makes is refused', async (site) => {
    const { browser } = await signedIn()
    for (const path of ['/api/v1/users.me', '/trpc/users.me', '/api/v1/users.export']) {
      expect((await browser.get(path, { 'sec-fetch-site': site })).status).toBe(403)
    }
  })

  test('signing in from a foreign origin is refused before the password is looked at', async () => {
    const { credentials, user } = await signedIn()
    const guess = { ...credentials, password: 'a guess' }
    for (const origin of ['https://evil.example', 'null', undefined]) {
      const { status, body, setCookies } = await openBrowser(url).call('/api/v1/users.signIn', guess, { origin })
      expect([status, body.code, setCookies]).toEqual([403, 'ORIGIN_REFUSED', []])
    }
    const looked = `select from audit_log where action = 'users.signIn.refused' and target = $1`
    expect(await query(looked, [user.id])).toEqual([])
  })

  test('a bearer token beside it wins, whatever the cookie and the origin', async () => {
    const [one, other] = [await signedIn(), await signUp()]
    const bearer = { authorization: `Bearer ${other.token}`, 'antiphon-session': undefined }
    const calls = [
      await one.browser.call('/api/v1/users.me', {}, bearer),
      await one.browser.call('/api/v1/users.me', {}, { ...bearer, origin: 'https://evil.example' }),
      await openBrowser(url, { cookie: '__Host-antiphon=nonsense' }).get('/api/v1/users.me', bearer),
    ]
    for (const { body, setCookies } of calls) expect([body.id, setCookies]).toEqual([other.user.id, []])
    const wrong = await one.browser.call('/api/v1/users.me', {}, { ...bearer, authorization: 'Bearer nonsense' })
    expect([wrong.status, wrong.setCookies]).toEqual([401, []])
  })
})

describe('the cookie is taken back', () => {
  test('by signing out, which ends the device', async () => {
    const { browser, client, user } = await signedIn()
    const token = browser.cookie!.split('=')[1]!
    const { status, setCookies } = await browser.call('/api/v1/users.signOut')
    expect([status, browser.cookie]).toEqual([204, undefined])
    expect(setCookies[0]).toMatch(/^__Host-antiphon=; .*Path=\/.*Secure/)
    expect(await codeOf(createClient({ url, token }).users.me())).toBe('TOKEN_INVALID')
    expect((await client.users.me()).id).toBe(user.id)
    expect((await browser.get('/api/v1/users.me')).body.code).toBe('NOT_SIGNED_IN')
  })

  test('with the account', async () => {
    const { browser, credentials } = await signedIn()
    const { status } = await browser.call('/api/v1/users.remove', { password: credentials.password })
    expect([status, browser.cookie]).toEqual([204, undefined])
  })
})

// Not taken back: a request that was under way with the old one would take the new one from another page.
test.each([
  ['nonsense', 'nonsense'],
  ['of a device that is gone', `${newId('device')}.${'a'.repeat(43)}`],
])('a cookie that is %s is refused, and may be replaced by signing in', async (_what, value) => {
  const { credentials, user } = await signedIn()
  for (const path of ['/api/v1/users.me', '/trpc/users.me']) {
    const browser = openBrowser(url, { cookie: `__Host-antiphon=${value}` })
    const { status, setCookies } = await browser.get(path)
    expect([status, setCookies]).toEqual([401, []])
    await browser.call('/api/v1/users.signIn', credentials)
    expect((await browser.get('/api/v1/users.me')).body.id).toBe(user.id)
  }
})

test('a changed password puts the new token into the cookie, and the old one stops', async () => {
  const { browser, credentials, user } = await signedIn()
  const before = browser.cookie!
  const change = { currentPassword: credentials.password, password: 'another password' }
  const { body } = await browser.call('/api/v1/users.changePassword', change)
  expect(body.token).toBe('')
  expect(browser.cookie).not.toBe(before)
  expect((await browser.get('/api/v1/users.me')).body.id).toBe(user.id)
  const old = await openBrowser(url, { cookie: before }).get('/api/v1/users.me')
  expect(old.body.code).toBe('TOKEN_INVALID')
})

test('the SDK signs in by cookie when it is told to, and reads no token', async () => {
  const { credentials, user } = await signedIn()
  let cookie: string | undefined
  // A browser’s fetch, as far as cookies go.
  const fetchLikeBrowser: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('origin', url)
    if (cookie !== undefined && init?.credentials === 'include') headers.set('cookie', cookie)
    const response = await fetch(input, { ...init, headers })
    for (const line of response.headers.getSetCookie())
      cookie = /Max-Age=[^0]/.test(line) ? line.split(';', 1)[0] : undefined
    return response
  }
  const client = createClient({ url, session: 'cookie', fetch: fetchLikeBrowser })
  expect((await client.users.signIn(credentials)).token).toBe('')
  expect((await client.users.me()).id).toBe(user.id)
  await client.users.signOut()
  expect(await codeOf(client.users.me())).toBe('NOT_SIGNED_IN')
})
