import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, passwordOf, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'

const { url, databaseUrl, signUp, signUpAdmin, query } = await startTestServer()
const other = await startTestServer({ database: databaseUrl })
const admin = await signUpAdmin('admin')

const at = (token: string, base = url) => createClient({ url: base, token, maxRetries: 0 })

async function signInAgain({ user }: Pick<Person, 'user'>) {
  const { token } = await createClient({ url }).users.signIn({
    identifier: user.userName,
    password: passwordOf(user.userName),
  })
  return at(token)
}

describe('setRoles', () => {
  test('gives and takes roles, in one order, each once', async () => {
    const { user } = await signUp()
    const roles = ['support', 'royalties', 'support'] as const
    const changed = await admin.client.users.setRoles({ userId: user.id, roles: [...roles] })
    expect(changed.roles).toEqual(['royalties', 'support'])
    expect((await admin.client.users.setRoles({ userId: user.id, roles: [] })).roles).toEqual([])
  })

  test('signs the user out everywhere, on every instance, and revokes their keys', async () => {
    const person = await signUp()
    const devices = [person.client, await signInAgain(person), at(person.token, other.url)]
    const { secret } = await person.client.users.apiKeys.create({ name: 'Old', scopes: ['users:read'] })
    const clients = [...devices, at(secret), at(secret, other.url)]
    for (const client of clients) await client.users.me()
    await admin.client.users.setRoles({ userId: person.user.id, roles: ['royalties'] })
    for (const client of clients) expect(await codeOf(client.users.me())).toBe('TOKEN_INVALID')
    for (const table of ['devices where user_id', 'api_keys where owner_id']) {
      expect(await query(`select id from ${table} = $1`, [person.user.id])).toEqual([])
    }
    expect((await (await signInAgain(person)).users.me()).roles).toEqual(['royalties'])
  })

  test('that changes nothing signs nobody out', async () => {
    const person = await signUp()
    await admin.client.users.setRoles({ userId: person.user.id, roles: [] })
    await person.client.users.me()
  })

  test('is in the audit log, with what was and what is', async () => {
    const { user } = await signUp()
    await admin.client.users.setRoles({ userId: user.id, roles: ['support'] })
    await admin.client.users.setRoles({ userId: user.id, roles: ['support', 'royalties'] })
    const { items } = await admin.client.users.audit.list({ target: user.id, action: 'users.setRoles' })
    expect(items.map(({ details, userId }) => ({ ...details, userId }))).toEqual([
      { from: 'support', to: 'royalties support', userId: admin.user.id },
      { from: '', to: 'support', userId: admin.user.id },
    ])
  })

  test('is for administrators in person: for no others, and for no key', async () => {
    const [person, support] = [await signUp(), await signUp()]
    await query(`update users set roles = '{support}' where id = $1`, [support.user.id])
    const { secret } = await admin.client.users.apiKeys.create({ name: 'All', scopes: ['users:read', 'users:write'] })
    for (const client of [person.client, support.client, at(secret)]) {
      expect(await codeOf(client.users.setRoles({ userId: person.user.id, roles: ['admin'] }))).toBe('NOT_ALLOWED')
    }
    expect((await person.client.users.me()).roles).toEqual([])
  })

  test('knows its roles, and that somebody is there', async () => {
    const { user } = await signUp()
    const unknown = { userId: user.id, roles: ['owner'] } as never
    expect(await codeOf(admin.client.users.setRoles(unknown))).toBe('INVALID_INPUT')
    expect(await codeOf(admin.client.users.setRoles({ userId: newId('user'), roles: [] }))).toBe('NOT_FOUND')
    await admin.client.users.remove({ userId: user.id })
    expect(await codeOf(admin.client.users.setRoles({ userId: user.id, roles: ['admin'] }))).toBe('NOT_FOUND')
  })
})

describe('the last administrator', () => {
  test('stays: neither steps down nor leaves', async () => {
    const server = await startTestServer()
    const only = await server.signUpAdmin()
    const step = { userId: only.user.id, roles: ['support' as const] }
    expect(await codeOf(only.client.users.setRoles(step))).toBe('LAST_ADMIN')
    expect(await codeOf(only.client.users.remove({ password: passwordOf(only.user.userName) }))).toBe('LAST_ADMIN')
    expect((await only.client.users.setRoles({ userId: only.user.id, roles: ['admin', 'support'] })).roles).toEqual([
      'admin',
      'support',
    ])
  })

  test.each([
    ['step down', (own: Person, _other: Person) => own],
    ['take the role from each other', (_own: Person, other: Person) => other],
  ])('stays also when two %s at once, over two instances', async (_what, whom) => {
    const server = await startTestServer()
    const second = await startTestServer({ database: server.databaseUrl })
    for (let round = 0; round < 5; round++) {
      await server.query(`update users set roles = '{}'`)
      const [one, two] = [await server.signUpAdmin(), await server.signUpAdmin()]
      const outcomes = await Promise.all([
        at(one.token, server.url).users.setRoles.safe({ userId: whom(one, two).user.id, roles: [] }),
        at(two.token, second.url).users.setRoles.safe({ userId: whom(two, one).user.id, roles: [] }),
      ])
      const codes = outcomes.map((answer) => (answer.ok ? 'ok' : answer.error.code)).sort()
      const left = await server.query(`select id from users where 'admin' = any (roles)`)
      expect(left).toHaveLength(1)
      expect(codes).toContain('ok')
      // Where the first has taken the token of the second already, that one is told so.
      expect(['LAST_ADMIN', 'TOKEN_INVALID', 'NOT_ALLOWED']).toContain(codes.find((code) => code !== 'ok'))
    }
  })

  test('stays also when one steps down and the other leaves at once', async () => {
    const server = await startTestServer()
    const [one, two] = [await server.signUpAdmin(), await server.signUpAdmin()]
    const outcomes = await Promise.all([
      at(one.token, server.url).users.setRoles.safe({ userId: one.user.id, roles: [] }),
      at(two.token, server.url).users.remove.safe({ password: passwordOf(two.user.userName) }),
    ])
    expect(outcomes.map((answer) => (answer.ok ? 'ok' : answer.error.code)).sort()).toEqual(['LAST_ADMIN', 'ok'])
    expect(await server.query(`select id from users where 'admin' = any (roles)`)).toHaveLength(1)
  })
})

describe('support', () => {
  test('reads what administrators read', async () => {
    const [support, person] = [await signUp(), await signUp()]
    await query(`update users set roles = '{support}' where id = $1`, [support.user.id])
    for (const client of [support.client, admin.client]) {
      const { email, emailVerified, roles } = person.user
      expect(await client.users.get({ userId: person.user.id })).toMatchObject({ email, emailVerified, roles })
      const { items } = await client.users.list({ search: person.user.userName })
      expect(items[0]).toMatchObject({ email, emailVerified, roles })
      expect((await client.users.audit.list({ userId: person.user.id })).items[0]?.action).toBe('users.signUp')
    }
    const seen = await person.client.users.get({ userId: support.user.id })
    expect([seen.email, seen.roles]).toEqual([undefined, undefined])
  })

  test('changes nothing', async () => {
    const [support, person] = [await signUp(), await signUp()]
    await query(`update users set roles = '{support, royalties}' where id = $1`, [support.user.id])
    const { users } = support.client
    const calls: [string, () => Promise<unknown>][] = [
      ['create', () => users.create({ userName: 'by-support' })],
      ['remove', () => users.remove({ userId: person.user.id })],
      ['setRoles', () => users.setRoles({ userId: support.user.id, roles: ['admin'] })],
      ['a service key', () => users.apiKeys.create({ name: 'x', kind: 'service', scopes: ['users:read'] })],
      ['act-as', () => users.apiKeys.create({ name: 'x', scopes: ['act-as'] })],
      ['service keys', () => users.apiKeys.list({ kind: 'service' })],
    ]
    for (const [what, call] of calls)
      expect([what, await codeOf(call())]).toEqual([what, what === 'act-as' ? 'SCOPE_TOO_WIDE' : 'NOT_ALLOWED'])
    expect(await person.client.users.me()).toEqual(person.user)
  })
})
