import { type AntiphonClient, createClient, type ScopeInput } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'

const { url, signUp, signUpAdmin, query } = await startTestServer()
const at = (token: string) => createClient({ url, token, maxRetries: 0 })
const hourMs = 3_600_000
const inHours = (hours: number) => new Date(Date.now() + hours * hourMs)

/** Makes a key with a client and gives a client of that key. */
async function keyFrom(
  client: AntiphonClient,
  scopes: ScopeInput[],
  more: { kind?: 'personal' | 'service'; expiresAt?: Date } = {},
) {
  const { apiKey, secret } = await client.users.apiKeys.create({ name: 'Made', scopes, ...more })
  return { client: at(secret), apiKey, secret }
}

describe('a key never makes a wider one', () => {
  test('by scopes: a personal one', async () => {
    const person = await signUp()
    const maker = await keyFrom(person.client, ['users:read', 'users:write'])
    const made = await keyFrom(maker.client, ['users:write', 'users:read'])
    expect(await made.client.users.me()).toEqual(person.user)
    for (const scopes of [['messages:read'], ['users:read', 'messages:write'], ['act-as']] as ScopeInput[][]) {
      const refused = await maker.client.users.apiKeys.create.safe({ name: 'Wide', scopes })
      expect(refused).toMatchObject({ ok: false, error: { code: 'SCOPE_TOO_WIDE', fields: [{ path: 'scopes' }] } })
      expect(!refused.ok && refused.error.message).toContain(scopes.at(-1))
    }
    expect((await person.client.users.apiKeys.list()).items).toHaveLength(2)
  })

  test('by scopes: one that may not write makes none', async () => {
    const { client } = await keyFrom((await signUp()).client, ['users:read', 'messages:write'])
    expect(await codeOf(client.users.apiKeys.create({ name: 'None', scopes: ['users:read'] }))).toBe('NOT_ALLOWED')
  })

  test('by scopes: one of a service, also not by acting for an administrator', async () => {
    const admin = await signUpAdmin()
    const scopes: ScopeInput[] = ['users:read', 'users:write', 'act-as']
    const service = await keyFrom(admin.client, scopes, { kind: 'service' })
    const made = await keyFrom(service.client, ['users:write'], { kind: 'service' })
    expect(await codeOf(keyFrom(service.client, ['messages:read'], { kind: 'service' }))).toBe('SCOPE_TOO_WIDE')
    expect(await codeOf(keyFrom(made.client, ['act-as'], { kind: 'service' }))).toBe('SCOPE_TOO_WIDE')
    expect(await codeOf(keyFrom(service.client, ['users:read']))).toBe('NOT_ALLOWED')
    const acting = service.client.as(admin.user.id)
    for (const kind of ['personal', 'service'] as const) {
      expect(await codeOf(keyFrom(acting, ['users:read'], { kind }))).toBe('NOT_ALLOWED')
    }
  })

  test('by kind: the personal key of an administrator makes no key that outlives the role', async () => {
    const admin = await signUpAdmin()
    const { client } = await keyFrom(admin.client, ['users:read', 'users:write', 'act-as'])
    expect(await codeOf(keyFrom(client, ['users:read'], { kind: 'service' }))).toBe('NOT_ALLOWED')
  })

  test('by time: what it makes ends with it, or earlier', async () => {
    const person = await signUp()
    const expiresAt = inHours(2)
    const maker = await keyFrom(person.client, ['users:write', 'users:read'], { expiresAt })
    expect((await keyFrom(maker.client, ['users:read'])).apiKey.expiresAt).toEqual(expiresAt)
    expect((await keyFrom(maker.client, ['users:read'], { expiresAt: inHours(1) })).apiKey.expiresAt).toBeInstanceOf(
      Date,
    )
    const refused = await maker.client.users.apiKeys.create.safe({
      ...{ name: 'Long', scopes: ['users:read'], expiresAt: inHours(3) },
    })
    expect(refused).toMatchObject({ ok: false, error: { code: 'SCOPE_TOO_WIDE', fields: [{ path: 'expiresAt' }] } })
  })

  test('by the rights of its owner: a key of a person is no administrator', async () => {
    const person = await signUp()
    const { client } = await keyFrom(person.client, ['users:read', 'users:write'])
    expect(await codeOf(keyFrom(client, ['users:read'], { kind: 'service' }))).toBe('NOT_ALLOWED')
    expect(await codeOf(client.users.create({ userName: 'by-a-key' }))).toBe('NOT_ALLOWED')
    expect(await codeOf(client.users.setRoles({ userId: person.user.id, roles: ['admin'] }))).toBe('NOT_ALLOWED')
  })
})

describe('an owner who is no administrator any more', () => {
  test('has no keys left', async () => {
    const [admin, other] = [await signUpAdmin(), await signUpAdmin()]
    const keys = [
      await keyFrom(admin.client, ['users:read', 'act-as']),
      await keyFrom((await keyFrom(admin.client, ['users:read', 'users:write'])).client, ['users:read']),
    ]
    for (const key of keys) await key.client.users.me()
    await other.client.users.setRoles({ userId: admin.user.id, roles: [] })
    for (const key of keys) expect(await codeOf(key.client.users.me())).toBe('TOKEN_INVALID')
    expect(await query('select id from api_keys where owner_id = $1', [admin.user.id])).toEqual([])
  })

  test('acts for nobody, even by a key that was left over', async () => {
    const [admin, person] = [await signUpAdmin(), await signUp()]
    const key = await keyFrom(admin.client, ['users:read', 'act-as'])
    expect((await key.client.as(person.user.id).users.me()).id).toBe(person.user.id)
    await query(`update users set roles = '{}' where id = $1`, [admin.user.id])
    expect(await codeOf(key.client.as(person.user.id).users.me())).toBe('NOT_ALLOWED')
    expect((await key.client.users.me()).id).toBe(admin.user.id)
  })
})

describe('when a key was last used', () => {
  test('is told to about a minute', async () => {
    const server = await startTestServer()
    const { client } = await server.signUp()
    const { apiKey, secret } = await client.users.apiKeys.create({ name: 'Used', scopes: ['users:read'] })
    const key = createClient({ url: server.url, token: secret })
    const usedAt = async () => (await client.users.apiKeys.list()).items[0]!.lastUsedAt
    await key.users.me()
    await expect.poll(usedAt, { timeout: 10_000 }).toBeInstanceOf(Date)
    const first = await usedAt()
    expect(Math.abs(first!.getTime() - Date.now())).toBeLessThan(15_000)
    const moved = await server.query<{ at: Date }>(
      `update api_keys set last_used_at = now() - interval '61 seconds' where id = $1 returning last_used_at as at`,
      [apiKey.id],
    )
    await key.users.me()
    await expect.poll(async () => (await usedAt())! > moved[0]!.at, { timeout: 10_000 }).toBe(true)
  }, 30_000)
})

test('twelve keys made at once on a pool of two connections do not wait for each other for ever', async () => {
  const server = await startTestServer({ maxConnections: 2 })
  const { token } = await server.signUp()
  const start = performance.now()
  // A client each: calls of one client share a request, and are done in turn.
  const clients = Array.from({ length: 12 }, () => createClient({ url: server.url, token, maxRetries: 0 }))
  const made = await Promise.all(
    clients.map((client, at) => client.users.apiKeys.create({ name: `Key ${at}`, scopes: ['users:read'] })),
  )
  expect(new Set(made.map(({ secret }) => secret)).size).toBe(12)
  expect(performance.now() - start).toBeLessThan(10_000)
})
