import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { url, signUp, signUpAdmin, query } = await startTestServer()
const at = (token: string) => createClient({ url, token, maxRetries: 0 })
const hourMs = 3_600_000

describe('create', () => {
  test('gives a readable id and a secret of 256 bits, once; the database has its hash alone', async () => {
    const { client } = await signUp()
    const { apiKey, secret } = await client.users.apiKeys.create({ name: 'Laptop', scopes: ['users:read'] })
    expect(apiKey).toEqual({
      ...{ id: expect.stringMatching(/^key_[0-9a-z]{26}$/), kind: 'personal', name: 'Laptop', scopes: ['users:read'] },
      ...{ createdAt: expect.any(Date), expiresAt: null, lastUsedAt: null },
    })
    const [id, random = ''] = secret.split('.')
    expect(id).toBe(apiKey.id)
    expect(random).toMatch(/^[\w-]{43}$/)
    const hex = Buffer.from(random, 'base64url').toString('hex')
    for (const table of ['api_keys', 'idempotency_keys', 'audit_log']) {
      const rows = await query<{ row: string }>(`select t::text as row from ${table} t`)
      expect(rows.length).toBeGreaterThan(0)
      for (const { row } of rows) expect(row.includes(random) || row.includes(hex)).toBe(false)
    }
    expect(JSON.stringify((await client.users.apiKeys.list()).items)).not.toContain(random)
  })

  test('a key does what its owner may, within its scopes', async () => {
    const { client, user } = await signUp()
    const { secret } = await client.users.apiKeys.create({ name: 'Reader', scopes: ['users:read', 'messages:write'] })
    const key = at(secret)
    expect(await key.users.me()).toEqual(user)
    const room = await key.messages.rooms.create({ name: 'By key' })
    expect((await client.messages.rooms.list()).items.map(({ id }) => id)).toEqual([room.id])
    for (const [call, scope] of [
      [key.users.update.safe({ firstName: 'X' }), 'users:write'],
      [key.messages.rooms.list.safe(), 'messages:read'],
    ] as const) {
      const refused = await call
      expect(refused).toMatchObject({ ok: false, error: { code: 'NOT_ALLOWED' } })
      expect(!refused.ok && refused.error.message).toContain(scope)
    }
  })

  test.each([
    ['no scope', { scopes: [] }, 'INVALID_INPUT', 'scopes'],
    ['an unknown scope', { scopes: ['weather:write'] }, 'INVALID_INPUT', 'scopes.0'],
    ['a blank name', { name: ' \t' }, 'INVALID_INPUT', 'name'],
    ['no name', { name: '' }, 'INVALID_INPUT', 'name'],
    ['an end in the past', { expiresAt: new Date(Date.now() - 1_000) }, 'INVALID_INPUT', 'expiresAt'],
    ['an unknown kind', { kind: 'root' }, 'INVALID_INPUT', 'kind'],
    ['the scope act-as', { scopes: ['act-as'] }, 'SCOPE_TOO_WIDE', 'scopes'],
  ])('refuses %s', async (_what, change, code, path) => {
    const { client } = await signUp()
    const input = { name: 'Wrong', scopes: ['users:read'], ...change } as never
    const refused = await client.users.apiKeys.create.safe(input)
    expect(refused).toMatchObject({ ok: false, error: { code, fields: [{ path }] } })
    expect((await client.users.apiKeys.list()).items).toEqual([])
  })

  test('keeps a scope that is named twice once', async () => {
    const { client } = await signUp()
    const scopes = ['users:read', 'users:read', 'messages:read'] as const
    const { apiKey } = await client.users.apiKeys.create({ name: 'Twice', scopes: [...scopes] })
    expect([...apiKey.scopes].sort()).toEqual(['messages:read', 'users:read'])
  })

  test('of services is for administrators: not for people, not for support', async () => {
    const [admin, support, person] = [await signUpAdmin(), await signUp(), await signUp()]
    await query(`update users set roles = '{support}' where id = $1`, [support.user.id])
    const input = { name: 'Billing', kind: 'service', scopes: ['users:read', 'act-as'] } as const
    const { apiKey } = await admin.client.users.apiKeys.create({ ...input, scopes: [...input.scopes] })
    expect(apiKey.kind).toBe('service')
    for (const { client } of [support, person]) {
      const attempt = { ...input, scopes: ['users:read'] } as const
      expect(await codeOf(client.users.apiKeys.create({ ...attempt, scopes: [...attempt.scopes] }))).toBe('NOT_ALLOWED')
      expect(await codeOf(client.users.apiKeys.list({ kind: 'service' }))).toBe('NOT_ALLOWED')
      expect(await codeOf(client.users.apiKeys.revoke({ apiKeyId: apiKey.id }))).toBe('NOT_FOUND')
    }
    const listed = await admin.client.users.apiKeys.list({ kind: 'service' })
    expect(listed.items.map(({ id }) => id)).toContain(apiKey.id)
    expect((await admin.client.users.apiKeys.list()).items).toEqual([])
  })
})

describe('a retry', () => {
  test('under one idempotencyKey gives the same key, also when two come at once', async () => {
    const { client, token } = await signUp()
    const input = { name: 'Once', scopes: ['users:read' as const], idempotencyKey: 'one and the same' }
    const both = await Promise.all([at(token).users.apiKeys.create(input), at(token).users.apiKeys.create(input)])
    expect(both[1]).toEqual(both[0])
    expect(await client.users.apiKeys.create(input)).toEqual(both[0])
    expect((await client.users.apiKeys.list()).items).toHaveLength(1)
    expect(await codeOf(client.users.apiKeys.create({ ...input, name: 'Other' }))).toBe('IDEMPOTENCY_KEY_REUSED')
  })
})

describe('list', () => {
  test('pages through the own keys, newest first, each once; nobody else sees them', async () => {
    const [one, other] = [await signUp(), await signUp()]
    const made: string[] = []
    for (let at = 0; at < 5; at++) {
      const { apiKey } = await one.client.users.apiKeys.create({ name: `Key ${at}`, scopes: ['users:read'] })
      made.unshift(apiKey.id)
    }
    const listed: string[] = []
    for await (const { id } of one.client.users.apiKeys.list.all({ limit: 2 })) listed.push(id)
    expect(listed).toEqual(made)
    expect((await other.client.users.apiKeys.list()).items).toEqual([])
    expect(await codeOf(one.client.users.apiKeys.list({ cursor: 'e30' }))).toBe('BAD_CURSOR')
  })
})

describe('the end of a key', () => {
  test('by revoking: at once, for its owner only', async () => {
    const [one, other] = [await signUp(), await signUp()]
    const { apiKey, secret } = await one.client.users.apiKeys.create({ name: 'Lost', scopes: ['users:read'] })
    const key = at(secret)
    await key.users.me()
    expect(await codeOf(other.client.users.apiKeys.revoke({ apiKeyId: apiKey.id }))).toBe('NOT_FOUND')
    await key.users.me()
    await one.client.users.apiKeys.revoke({ apiKeyId: apiKey.id })
    expect(await codeOf(key.users.me())).toBe('TOKEN_INVALID')
    expect(await codeOf(one.client.users.apiKeys.revoke({ apiKeyId: apiKey.id }))).toBe('NOT_FOUND')
    expect(await codeOf(one.client.users.apiKeys.revoke({ apiKeyId: newId('apiKey') }))).toBe('NOT_FOUND')
  })

  test('by time', async () => {
    const { client } = await signUp()
    const expiresAt = new Date(Date.now() + hourMs)
    const { apiKey, secret } = await client.users.apiKeys.create({ name: 'Short', scopes: ['users:read'], expiresAt })
    expect(apiKey.expiresAt).toEqual(expiresAt)
    await at(secret).users.me()
    await query('update api_keys set expires_at = now() where id = $1', [apiKey.id])
    expect(await codeOf(at(secret).users.me())).toBe('TOKEN_INVALID')
  })

  test('with the account of its owner', async () => {
    const [admin, { client, user }] = [await signUpAdmin(), await signUp()]
    const { secret } = await client.users.apiKeys.create({ name: 'Orphan', scopes: ['users:read'] })
    await admin.client.users.remove({ userId: user.id })
    expect(await codeOf(at(secret).users.me())).toBe('TOKEN_INVALID')
  })

  test.each([
    ['of another secret', (secret: string) => `${secret.slice(0, -1)}${secret.endsWith('A') ? 'E' : 'A'}`],
    ['cut short', (secret: string) => secret.slice(0, -1)],
    ['without a secret', (secret: string) => secret.split('.')[0]!],
    ['with an empty secret', (secret: string) => `${secret.split('.')[0]}.`],
    ['of another id', (secret: string) => `${newId('apiKey')}.${secret.split('.')[1]}`],
    ['in capitals', (secret: string) => secret.toUpperCase()],
    ['as if of a device', (secret: string) => secret.replace(/^key_/, 'dev_')],
  ])('a key %s is none', async (_what, alter) => {
    const { client } = await signUp()
    const { secret } = await client.users.apiKeys.create({ name: 'Altered', scopes: ['users:read'] })
    expect(await codeOf(at(alter(secret)).users.me())).toBe('TOKEN_INVALID')
    await at(secret).users.me()
  })
})
