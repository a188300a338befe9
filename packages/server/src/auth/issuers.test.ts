import { createHmac } from 'node:crypto'
import { exportSPKI } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { failureOf, newKey, startIssuer, type TestIssuer } from './issuer.fixture.ts'
import { createIssuers } from './issuers.ts'

let issuer: TestIssuer
let other: TestIssuer

beforeEach(async () => {
  ;[issuer, other] = await Promise.all([startIssuer(), startIssuer()])
})

afterEach(async () => {
  await Promise.all([issuer.stop(), other.stop()])
})

const trusted = () => createIssuers([issuer.setting])

const codeOf = async (attempt: Promise<unknown>) => (await failureOf(attempt)).details.code

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const part = (token: string, index: number) => token.split('.')[index]!
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

describe('a token of a trusted issuer', () => {
  test('tells who somebody is', async () => {
    const exp = inSeconds(60)
    const names = { given_name: 'Ann', family_name: '', preferred_username: 'ann', picture: null }
    const token = await issuer.sign({ exp, email: 'ann@example.com', email_verified: true, ...names })
    const issuers = trusted()
    expect(issuers.handles(token)).toBe(true)
    expect(await issuers.verify(token)).toEqual({
      issuer: issuer.setting.issuer,
      subject: 'person-1',
      email: 'ann@example.com',
      givenName: 'Ann',
      preferredUsername: 'ann',
      expiresAt: new Date(exp * 1000),
    })
  })

  test.each([
    ['not verified', { email: 'ann@example.com', email_verified: false }],
    ['verified in words', { email: 'ann@example.com', email_verified: 'true' }],
    ['of unknown standing', { email: 'ann@example.com' }],
    ['none', { email_verified: true }],
    ['null', { email: null, email_verified: true }],
    ['no address', { email: 'Ann <ann@example.com>', email_verified: true }],
  ])('gives no e-mail address that is %s', async (_, claims) => {
    expect(await trusted().verify(await issuer.sign(claims))).not.toHaveProperty('email')
  })

  test.each(['RS256', 'PS512', 'ES384', 'EdDSA'])('may be signed by %s', async (alg) => {
    issuer.key = await newKey('k', alg)
    issuer.published = [issuer.key]
    expect(await trusted().verify(await issuer.sign())).toMatchObject({ subject: 'person-1' })
  })

  test('may be for several audiences, and from any of several issuers', async () => {
    const issuers = createIssuers([issuer.setting, other.setting])
    expect(await issuers.verify(await issuer.sign({ aud: ['else', 'antiphon'] }))).toMatchObject({
      subject: 'person-1',
    })
    expect(await issuers.verify(await other.sign())).toMatchObject({ issuer: other.setting.issuer })
  })

  test('costs one fetch of keys, also when many come at once', async () => {
    const issuers = trusted()
    expect(issuer.fetches).toBe(0)
    const token = await issuer.sign()
    await Promise.all(Array.from({ length: 20 }, () => issuers.verify(token)))
    await issuers.verify(token)
    expect(issuer.fetches).toBe(1)
  })

  test.each([
    ['expired, within the tolerance', { exp: -10 }],
    ['not yet valid, within the tolerance', { nbf: 10 }],
  ])('%s, is taken', async (_, times) => {
    const claims = Object.fromEntries(Object.entries(times).map(([name, seconds]) => [name, inSeconds(seconds)]))
    expect(await trusted().verify(await issuer.sign(claims))).toMatchObject({ subject: 'person-1' })
  })
})

describe('refused is a token', () => {
  test.each<[string, () => Record<string, unknown>]>([
    ['that has expired', () => ({ exp: inSeconds(-60) })],
    ['that is not yet valid', () => ({ nbf: inSeconds(60) })],
    ['for another audience', () => ({ aud: 'other' })],
    ['for no audience', () => ({ aud: undefined })],
    ['of an unknown issuer', () => ({ iss: 'https://elsewhere.example' })],
    ['of an issuer but for a slash', () => ({ iss: `${issuer.setting.issuer}/` })],
    ['of no issuer', () => ({ iss: undefined })],
    ['of a list of issuers', () => ({ iss: [issuer.setting.issuer] })],
    ['without a subject', () => ({ sub: undefined })],
    ['with an empty subject', () => ({ sub: '' })],
    ['with a number for a subject', () => ({ sub: 7 })],
    ['with a subject that Postgres cannot keep', () => ({ sub: 'a\0b' })],
    ['without an end', () => ({ exp: undefined })],
    ['with an end in words', () => ({ exp: 'never' })],
    ['with an end beyond time', () => ({ exp: 1e300 })],
    ['with an over-long subject', () => ({ sub: 's'.repeat(256) })],
    ['with an over-long address', () => ({ email: `${'e'.repeat(250)}@x.de` })],
    ['with an over-long name', () => ({ given_name: 'n'.repeat(256) })],
    ['with a thing for a name', () => ({ family_name: { toString: 'x' } })],
    ['that is over-long', () => ({ padding: 'p'.repeat(8_000) })],
  ])('%s', async (_, claims) => {
    expect(await codeOf(trusted().verify(await issuer.sign(claims())))).toBe('TOKEN_INVALID')
  })

  test('that is unsigned', async () => {
    const payload = part(await issuer.sign(), 1)
    for (const alg of ['none', 'None', 'NONE', '']) {
      const unsigned = `${base64({ alg, kid: 'first' })}.${payload}.`
      expect(trusted().handles(unsigned)).toBe(true)
      expect(await codeOf(trusted().verify(unsigned))).toBe('TOKEN_INVALID')
    }
    const stripped = (await issuer.sign()).replace(/[^.]+$/, '')
    expect(await codeOf(trusted().verify(stripped))).toBe('TOKEN_INVALID')
  })

  test.each(['RS256', 'ES256'])('signed with the public key of %s as if it were a shared secret', async (alg) => {
    const key = await newKey('k', alg)
    issuer.key = key
    issuer.published = [key]
    const signed = `${base64({ alg: 'HS256', kid: 'k' })}.${part(await issuer.sign(), 1)}`
    const spki = await exportSPKI(key.publicKey)
    for (const secret of [spki, spki.trimEnd(), JSON.stringify(key.jwk), key.jwk.n ?? key.jwk.x!]) {
      const forged = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
      expect(await codeOf(trusted().verify(forged))).toBe('TOKEN_INVALID')
    }
  })

  test('signed with a shared secret that the issuer publishes among its keys', async () => {
    const secret = Buffer.from('a secret that is none any more, alas')
    issuer.published = [{ ...(await newKey('k')), jwk: { kty: 'oct', k: secret.toString('base64url'), kid: 'k' } }]
    const signed = `${base64({ alg: 'HS256', kid: 'k' })}.${base64({ iss: issuer.setting.issuer, aud: 'antiphon', sub: 's', exp: inSeconds(60) })}`
    const forged = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
    expect(await codeOf(trusted().verify(forged))).toBe('TOKEN_INVALID')
  })

  test('that was altered', async () => {
    const [header, payload, signature] = (await issuer.sign()).split('.') as [string, string, string]
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const altered = [
      `${header}.${base64({ ...claims, sub: 'person-2' })}.${signature}`,
      `${base64({ alg: 'ES256', kid: 'first', typ: 'JWT' })}.${payload}.${signature}`,
      `${header}.${payload}.${part(await issuer.sign({ sub: 'person-2' }), 2)}`,
    ]
    for (const token of altered) expect(await codeOf(trusted().verify(token))).toBe('TOKEN_INVALID')
  })

  test('signed by a key that the issuer does not have, even under the id of one', async () => {
    const [stranger, impostor] = await Promise.all([newKey('stranger'), newKey('first')])
    for (const key of [stranger, impostor]) {
      expect(await codeOf(trusted().verify(await issuer.sign({}, key)))).toBe('TOKEN_INVALID')
    }
  })

  test('of one trusted issuer in the name of another', async () => {
    const issuers = createIssuers([issuer.setting, other.setting])
    const forged = await other.sign({ iss: issuer.setting.issuer })
    expect(await codeOf(issuers.verify(forged))).toBe('TOKEN_INVALID')
  })

  test('that brings or names its own keys; nothing is fetched from there', async () => {
    const key = other.key
    const headers = [{ jwk: key.jwk }, { jku: other.setting.jwks }, { x5u: other.setting.jwks }]
    for (const header of headers) {
      const token = await other.sign({ iss: issuer.setting.issuer }, key, header)
      expect(await codeOf(trusted().verify(token))).toBe('TOKEN_INVALID')
    }
    expect(await codeOf(trusted().verify(await other.sign()))).toBe('TOKEN_INVALID')
    expect(other.fetches).toBe(0)
  })

  test.each(['', '.', '..', 'a.b.c', 'eyJ.eyJ.x', `${base64({ alg: 'ES256' })}.${'W'.repeat(7_000)}.x`])(
    '%j',
    async (token) => {
      expect(await codeOf(trusted().verify(token))).toBe('TOKEN_INVALID')
    },
  )

  test('without a word of its claims in the error', async () => {
    const token = await issuer.sign({ sub: 'secret-person', exp: inSeconds(-60) })
    const error = await failureOf(trusted().verify(token))
    expect(error.cause).toMatchObject({ message: expect.stringMatching(/exp/) })
    expect(JSON.stringify([error, { ...(error.cause as object) }])).not.toContain('secret-person')
  })
})

test('only what has the form of a JWT is handled', () => {
  const { handles } = trusted()
  const others = [
    '',
    'dev_01j.abc',
    'key_01j.abc',
    'a.b',
    'a.b.c.d',
    'a.b.c.d.e',
    'a b.c.d',
    'a.b.c\n',
    `${'a'.repeat(1e6)}!`,
  ]
  expect(others.filter(handles)).toEqual([])
})
