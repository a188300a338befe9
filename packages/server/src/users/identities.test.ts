import { createClient } from '@antiphon/client'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../test/server.ts'
import { newKey, startIssuer } from '../auth/issuer.fixture.ts'

const issuer = await startIssuer()
afterAll(() => issuer.stop())
const { url, databaseUrl, anyone, signUp, signUpAdmin, query } = await startTestServer({ issuers: [issuer.setting] })
const other = await startTestServer({ database: databaseUrl, issuers: [issuer.setting] })
const admin = await signUpAdmin('admin')

let subjects = 0

/** A client of somebody whom the issuer names, by default for the first time. */
async function issued(claims: Record<string, unknown> = {}, base = url) {
  const sub = `subject-${++subjects}`
  const token = await issuer.sign({ sub, ...claims })
  return createClient({ url: base, token, maxRetries: 0 })
}

const countUsers = async () => (await query<{ count: number }>('select count(*)::int as count from users'))[0]!.count

describe('at first sight', () => {
  test('there is a user with what the issuer says, and the same one ever after', async () => {
    const claims = {
      ...{ sub: 'ann', preferred_username: 'Ann.Alvarez', given_name: 'Ann', family_name: 'Alvarez' },
      ...{ email: 'Ann@Issuer.example', email_verified: true },
    }
    const user = await (await issued(claims)).users.me()
    expect(user).toEqual({
      ...{ id: expect.stringMatching(/^usr_/), userName: 'Ann.Alvarez', firstName: 'Ann', lastName: 'Alvarez' },
      ...{ email: 'Ann@Issuer.example', emailVerified: true, mfa: false, roles: [], avatarUrl: null },
      ...{ createdAt: expect.any(Date), modifiedAt: expect.any(Date) },
    })
    expect(await (await issued(claims, other.url)).users.me()).toEqual(user)
    // What the issuer says later changes nothing: the account is the user's.
    const later = await issued({ ...claims, preferred_username: 'ann2', given_name: 'Anna', email: 'a@other.example' })
    expect(await later.users.me()).toEqual(user)
  })

  test('it works like any other: rooms, messages, friends, presence', async () => {
    const [one, two] = [await issued(), await signUp()]
    const me = await one.users.me()
    const room = await two.client.messages.rooms.direct({ userId: me.id })
    await one.messages.send({ roomId: room.id, body: 'From elsewhere' })
    const { items } = await two.client.messages.list({ roomId: room.id })
    expect(items.map(({ senderId }) => senderId)).toEqual([me.id])
    await one.users.presence.set({ status: 'busy' })
    expect((await one.users.devices.list()).items).toEqual([])
  })

  test('twenty calls at once, over two instances, make one user', async () => {
    const before = await countUsers()
    const email = { email: 'crowd@issuer.example', email_verified: true, preferred_username: 'crowd' }
    const token = await issuer.sign({ sub: 'crowd', ...email })
    const users = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        createClient({ url: at % 2 ? url : other.url, token, maxRetries: 0 }).users.me(),
      ),
    )
    expect(new Set(users.map(({ id }) => id)).size).toBe(1)
    expect(users[0]).toMatchObject({ userName: 'crowd', email: 'crowd@issuer.example' })
    expect(await countUsers()).toBe(before + 1)
  })

  test('two people of one address at once: both get in, one has the address', async () => {
    const claims = { email: 'shared@issuer.example', email_verified: true, preferred_username: 'shared' }
    const clients = [await issued(claims), await issued(claims, other.url), await issued(claims)]
    const users = await Promise.all(clients.map((client) => client.users.me()))
    expect(new Set(users.map(({ id }) => id)).size).toBe(3)
    expect(users.filter(({ email }) => email === 'shared@issuer.example')).toHaveLength(1)
    expect(new Set(users.map(({ userName }) => userName)).size).toBe(3)
  })
})

describe('an address', () => {
  test('is never a way into the account that has it', async () => {
    const { user } = await signUp('victim')
    const same = { email: 'VICTIM@example.com', email_verified: true, preferred_username: 'victim' }
    const newcomer = await (await issued(same)).users.me()
    expect(newcomer.id).not.toBe(user.id)
    expect(newcomer.email).toBeUndefined()
    expect(newcomer.userName).toMatch(/^victim-\w{4}$/)
    expect(await codeOf(anyone.users.signIn({ identifier: newcomer.userName, password: 'x' }))).toBe(
      'WRONG_CREDENTIALS',
    )
  })

  test.each([
    ['that is not verified', { email: 'unproven@issuer.example' }],
    ['of unknown standing', { email: 'unproven@issuer.example', email_verified: null }],
    ['that is none', { email: 'nobody', email_verified: true }],
  ])('%s is not taken', async (_what, claims) => {
    expect((await (await issued(claims)).users.me()).email).toBeUndefined()
  })
})

describe('names', () => {
  test.each([
    ['letters of other alphabets', 'Ольга-σ-李', /^user(-\w{4})?$/],
    ['accents', 'Zoë.Åström', /^Zoe\.Astrom$/],
    ['a name too short', 'x', /^userx$/],
    ['none', '', /^user(-\w{4})?$/],
    ['signs before it', '..__--bob', /^bob(-\w+)?$/],
    ['blanks and markup', '<b>eve</b> or 1=1', /^bevebor11$/],
    ['a very long one', 'long'.repeat(60), /^(long){8}$/],
    ['that of an existing user', 'ADMIN', /^ADMIN-\w{4}$/],
    ['that of the server', 'system', /^system-\w{4}$/],
    ['that of removed users', 'Deleted-User', /^Deleted-User-\w{4}$/],
  ])('%s', async (_what, preferred_username, expected) => {
    const { userName } = await (await issued({ preferred_username })).users.me()
    expect(userName).toMatch(expected)
    expect(userName).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{2,31}$/)
  })

  test('of people are cut by characters, not within one', async () => {
    const user = await (await issued({ given_name: '🎵'.repeat(40), family_name: 'é'.repeat(255) })).users.me()
    expect([user.firstName, user.lastName]).toEqual(['🎵'.repeat(32), 'é'.repeat(32)])
  })

  test.each([{ given_name: 'a\0b' }, { family_name: '\ud800' }, { preferred_username: 7 }, { sub: '' }])(
    'that cannot be kept refuse the token: %j',
    async (claims) => {
      const before = await countUsers()
      expect(await codeOf((await issued(claims)).users.me())).toBe('TOKEN_INVALID')
      expect(await countUsers()).toBe(before)
    },
  )
})

describe('a token', () => {
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds
  const unsigned = (claims: object) =>
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`

  test.each([
    ['for another audience', () => issuer.sign({ aud: 'another' })],
    ['that has expired', () => issuer.sign({ exp: inSeconds(-60) })],
    ['that does not count yet', () => issuer.sign({ nbf: inSeconds(60) })],
    ['of another issuer', () => issuer.sign({ iss: 'https://evil.example' })],
    ['without a subject', () => issuer.sign({ sub: undefined })],
    ['without an end', () => issuer.sign({ exp: undefined })],
    ['by a key the issuer does not have', async () => issuer.sign({}, await newKey('first'))],
    ['that is unsigned', async () => unsigned({ iss: issuer.setting.issuer, aud: 'antiphon', sub: 'x', exp: 9e9 })],
  ])('%s is refused, and makes nobody', async (_what, sign) => {
    const before = await countUsers()
    const client = createClient({ url, token: await sign() })
    expect(await codeOf(client.users.me())).toBe('TOKEN_INVALID')
    expect(await countUsers()).toBe(before)
  })

  test('by a new key counts without a restart', async () => {
    const me = await (await issued({ sub: 'rotating' })).users.me()
    const newer = await newKey('newer')
    issuer.published = [...issuer.published, newer]
    const token = await issuer.sign({ sub: 'rotating' }, newer)
    // Keys are not fetched twice within ten seconds.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 })
    expect(await createClient({ url, token }).users.me()).toEqual(me)
    vi.useRealTimers()
  })

  test('acts for nobody else', async () => {
    expect(await codeOf((await issued()).as(admin.user.id).users.me())).toBe('NOT_ALLOWED')
  })
})
