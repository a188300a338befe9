import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, passwordOf, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'
import { outcomes } from './mfa/mfa.fixture.ts'

const { url, anyone, signUp, signUpAdmin, query } = await startTestServer()

const serviceOf = async (...scopes: ('users:read' | 'users:write')[]) => {
  const { client } = await signUpAdmin()
  const { secret } = await client.users.apiKeys.create({ name: 'HR', kind: 'service', scopes })
  return createClient({ url, token: secret })
}

describe('create', () => {
  test('makes an account without a password, for administrators and services', async () => {
    const { client, user } = await signUpAdmin()
    const account = { userName: 'Made', email: 'Made@example.com', firstName: 'Mae', lastName: 'Day' }
    const made = await client.users.create(account)
    expect(made).toMatchObject({ ...account, emailVerified: false, mfa: false, roles: [] })
    expect(await client.users.get({ userId: made.id })).toEqual(made)
    for (const password of ['', ' ', 'null'])
      expect(await codeOf(anyone.users.signIn({ identifier: 'made', password }))).toMatch(
        /WRONG_CREDENTIALS|INVALID_INPUT/,
      )
    const service = await serviceOf('users:write')
    const other = await service.users.create({ userName: 'made-too' })
    expect(other).toMatchObject({ userName: 'made-too', firstName: '', lastName: '' })
    expect(other).not.toHaveProperty('email')
    const log = `select user_id as "userId", service from audit_log where action = 'users.create' order by id`
    expect(await query(log)).toEqual([
      { userId: user.id, service: null },
      { userId: null, service: 'HR' },
    ])
  })

  test('is not for others', async () => {
    const { client, user } = await signUp()
    const reader = await serviceOf('users:read')
    for (const caller of [client, reader])
      expect(await codeOf(caller.users.create({ userName: 'unmade' }))).toBe('NOT_ALLOWED')
    await query(`update users set roles = '{support, royalties}' where id = $1`, [user.id])
    expect(await codeOf(client.users.create({ userName: 'unmade' }))).toBe('NOT_ALLOWED')
    expect(await query(`select 1 from users where user_name = 'unmade'`)).toEqual([])
  })

  test.each([
    ['a user name that is taken', { userName: 'OCCUPIED' }, 'USER_NAME_TAKEN'],
    ['an address that is taken', { userName: 'vacant', email: 'Occupied@EXAMPLE.com' }, 'EMAIL_TAKEN'],
    ['a name of ours', { userName: 'Deleted-User' }, 'USER_NAME_TAKEN'],
  ])('refuses %s', async (_what, account, code) => {
    await anyone.users
      .signUp({ userName: 'occupied', email: 'occupied@example.com', password: 'p'.repeat(8) })
      .catch(() => {})
    const { client } = await signUpAdmin()
    expect(await codeOf(client.users.create(account))).toBe(code)
  })

  test('tried twice makes one', async () => {
    const { client } = await signUpAdmin()
    const account = { userName: 'tried-twice', idempotencyKey: 'a key that is hard to guess' }
    expect(await client.users.create(account)).toEqual(await client.users.create(account))
    expect(await codeOf(client.users.create({ ...account, userName: 'tried-once' }))).toBe('IDEMPOTENCY_KEY_REUSED')
  })
})

describe('update', () => {
  test('changes what is given, and nothing else', async () => {
    const { client, user } = await signUp()
    const changed = await client.users.update({ firstName: 'Zoë', lastName: '🎻 Violin' })
    expect(changed).toEqual({ ...user, firstName: 'Zoë', lastName: '🎻 Violin', modifiedAt: changed.modifiedAt })
    expect(changed.modifiedAt.getTime()).toBeGreaterThan(user.modifiedAt.getTime())
    expect(await client.users.update({ firstName: '' })).toMatchObject({ firstName: '', lastName: '🎻 Violin' })
    expect(await client.users.update({})).toMatchObject({ userName: user.userName, email: user.email })
    expect(await client.users.me()).toMatchObject({ firstName: '', lastName: '🎻 Violin' })
  })

  test('of the user name frees the old one, and needs no password', async () => {
    const { client, user } = await signUp('before')
    expect(await client.users.update({ userName: 'After' })).toMatchObject({ id: user.id, userName: 'After' })
    await anyone.users.signIn({ identifier: 'AFTER', password: passwordOf('before') })
    const next = await anyone.users.signUp({ userName: 'before', email: 'next@example.com', password: 'a password' })
    expect(next.user.id).not.toBe(user.id)
    expect(await client.users.update({ userName: 'aFTER' })).toMatchObject({ userName: 'aFTER' })
  })

  test('refuses names that are taken or ours, and changes nothing then', async () => {
    const [{ client, user }, other] = [await signUp(), await signUp()]
    for (const userName of [other.user.userName.toUpperCase(), 'system', 'Antiphon', 'DELETED-USER']) {
      const refused = await client.users.update.safe({ userName, firstName: 'New' })
      expect(refused).toMatchObject({ ok: false, error: { code: 'USER_NAME_TAKEN', fields: [{ path: 'userName' }] } })
    }
    expect(await client.users.me()).toEqual(user)
  })

  test('of two to one name at once, one wins', async () => {
    const people = [await signUp(), await signUp(), await signUp()]
    const calls = people.map(({ client }) => client.users.update({ userName: 'wanted' }))
    expect(await outcomes(calls)).toEqual(['USER_NAME_TAKEN', 'USER_NAME_TAKEN', 'ok'])
  })

  test('through a key changes names, and never the address', async () => {
    const { client, user } = await signUp()
    const { secret } = await client.users.apiKeys.create({ name: 'Robot', scopes: ['users:write'] })
    const robot = createClient({ url, token: secret })
    expect(await robot.users.update({ firstName: 'Robbie' })).toMatchObject({ firstName: 'Robbie' })
    const change = { email: 'robot@example.com', password: passwordOf(user.userName) }
    expect(await codeOf(robot.users.update(change))).toBe('NOT_ALLOWED')
    expect((await client.users.me()).email).toBe(user.email)
  })

  test.each([
    ['userName', { userName: 'no blanks' }],
    ['firstName', { firstName: 'a'.repeat(33) }],
    ['lastName', { lastName: 'a\0b' }],
    ['email', { email: 'nobody' }],
  ])('names the field %s that does not fit', async (field, change) => {
    const { client, user } = await signUp()
    const refused = await client.users.update.safe(change)
    expect(refused).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', fields: [{ path: field }] } })
    expect(await client.users.me()).toEqual(user)
  })
})

describe('what is shown of others', () => {
  test('is address and roles only to those who manage users', async () => {
    const [one, support, admin, friend] = [await signUp(), await signUp(), await signUpAdmin(), await signUp()]
    await query(`update users set roles = '{support}' where id = $1`, [support.user.id])
    const service = await serviceOf('users:read')
    const { email, emailVerified, roles, mfa, ...rest } = one.user
    expect([email, emailVerified, roles, mfa]).toEqual([`${one.user.userName}@example.com`, false, [], false])
    for (const client of [support.client, admin.client, service]) {
      expect(await client.users.get({ userId: one.user.id })).toEqual(one.user)
      const { items } = await client.users.list({ search: one.user.userName })
      expect(items).toContainEqual(one.user)
    }
    expect(await friend.client.users.get({ userId: one.user.id })).toEqual(rest)
    expect((await friend.client.users.list({ search: one.user.userName })).items).toContainEqual(rest)
    expect(await one.client.users.get({ userName: one.user.userName })).toEqual(one.user)
  })

  test('does not tell administrators from others', async () => {
    const [{ client }, admin] = [await signUp(), await signUpAdmin()]
    const seen = await client.users.get({ userId: admin.user.id })
    expect(Object.keys(seen).sort()).toEqual(
      ['avatarUrl', 'createdAt', 'firstName', 'id', 'lastName', 'modifiedAt', 'userName'].sort(),
    )
  })

  test('of a removed account is that it was one, by its id alone', async () => {
    const [{ client }, gone, admin] = [await signUp(), await signUp('gone-person'), await signUpAdmin()]
    await gone.client.users.remove({ password: passwordOf('gone-person') })
    for (const viewer of [client, admin.client]) {
      const seen = await viewer.users.get({ userId: gone.user.id })
      const { createdAt } = gone.user
      expect(seen).toMatchObject({ userName: 'deleted-user', firstName: 'Deleted', lastName: 'user', createdAt })
      expect(seen.removedAt).toEqual(seen.modifiedAt)
      expect(await codeOf(viewer.users.get({ userName: 'gone-person' }))).toBe('NOT_FOUND')
      expect((await viewer.users.list({ search: 'gone' })).items).toEqual([])
    }
    expect(await codeOf(client.users.get({ userId: newId('user') }))).toBe('NOT_FOUND')
  })
})
