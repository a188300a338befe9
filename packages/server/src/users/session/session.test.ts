import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { overtake } from '../../../test/overtake.ts'
import { codeOf, passwordOf } from '../../../test/server.ts'
import { startMailingServer } from '../mail/mail.fixture.ts'
import { holdClock, outcomes, passSteps, protect, shown, wrongOne } from '../mfa/mfa.fixture.ts'

const server = await startMailingServer()
const { url, antiphon, anyone, signUp, signUpVerified, smtp, query } = server
holdClock()

const password = 'another password'

describe('changePassword', () => {
  test('signs out all other devices, gives this one another token, and tells by mail', async () => {
    const { client, user, email } = await signUpVerified()
    const currentPassword = passwordOf(user.userName)
    const other = await anyone.users.signIn({ identifier: email, password: currentPassword })
    const [here] = (await client.users.devices.list()).items.filter(({ current }) => current)
    const { token } = await client.users.changePassword({ currentPassword, password })
    const next = createClient({ url, token })
    expect((await next.users.devices.list()).items).toMatchObject([{ id: here?.id, current: true }])
    for (const one of [client, createClient({ url, token: other.token })])
      expect(await codeOf(one.users.me())).toBe('TOKEN_INVALID')
    expect(await smtp.waitFor(email)).toMatchObject({ subject: 'Your password was changed', links: [] })
    expect(await codeOf(anyone.users.signIn({ identifier: email, password: currentPassword }))).toBe(
      'WRONG_CREDENTIALS',
    )
    expect((await anyone.users.signIn({ identifier: email, password })).user.id).toBe(user.id)
    const audited = `select target from audit_log where user_id = $1 and action = 'users.changePassword'`
    expect(await query(audited, [user.id])).toEqual([{ target: user.id }])
  })

  test('needs the password so far', async () => {
    const { client, user } = await signUp()
    const refused = await client.users.changePassword.safe({ currentPassword: 'wrong', password })
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'WRONG_PASSWORD', fields: [{ path: 'currentPassword' }] },
    })
    expect((await client.users.me()).modifiedAt).toEqual(user.modifiedAt)
    const short = await client.users.changePassword.safe({
      currentPassword: passwordOf(user.userName),
      password: 'short',
    })
    expect(short).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', fields: [{ path: 'password' }] } })
  })

  test('needs a code where a second factor is on', async () => {
    const person = await protect(url, await signUp())
    const change = { currentPassword: person.password, password }
    passSteps(2)
    expect(await codeOf(person.client.users.changePassword(change))).toBe('MFA_REQUIRED')
    const code = await wrongOne(person.secret)
    expect(await codeOf(person.client.users.changePassword({ ...change, code }))).toBe('WRONG_CODE')
    await person.client.users.changePassword({ ...change, code: await shown(person.secret) })
  })

  test('guessed too often, pauses, for this person alone', async () => {
    const [{ client, user }, other] = [await signUp(), await signUp()]
    const codes: string[] = []
    for (let times = 0; times < 6; times++)
      codes.push(await codeOf(client.users.changePassword({ currentPassword: `guess ${times}`, password })))
    expect(codes).toEqual([...Array<string>(5).fill('WRONG_PASSWORD'), 'RATE_LIMITED'])
    const right = { currentPassword: passwordOf(user.userName), password }
    expect(await codeOf(client.users.changePassword(right))).toBe('RATE_LIMITED')
    await other.client.users.changePassword({ currentPassword: passwordOf(other.user.userName), password })
    await query('update rate_limits set expire = expire - 3600000')
    await client.users.changePassword(right)
  })

  test('of several at once, one succeeds', async () => {
    const { token, user } = await signUp()
    const change = (next: string) =>
      createClient({ url, token, maxRetries: 0 }).users.changePassword({
        ...{ currentPassword: passwordOf(user.userName), password: next },
      })
    const hold = { sql: 'update users set first_name = first_name where id = $1', id: user.id, waiting: 3 }
    const told = await overtake(server, hold, () => outcomes(['password 1', 'password 2', 'password 3'].map(change)))
    expect(told.filter((one) => one === 'ok')).toHaveLength(1)
    expect(['TOKEN_INVALID', 'WRONG_PASSWORD', 'ok']).toEqual(expect.arrayContaining(told))
  })

  test('is not for API keys, nor for accounts that have no password', async () => {
    const { client, user } = await signUp()
    const change = { currentPassword: passwordOf(user.userName), password }
    const { secret } = await client.users.apiKeys.create({ name: 'Robot', scopes: ['users:write'] })
    expect(await codeOf(createClient({ url, token: secret }).users.changePassword(change))).toBe('NOT_ALLOWED')
    await query('update users set password_hash = null where id = $1', [user.id])
    expect(await codeOf(client.users.changePassword(change))).toBe('WRONG_PASSWORD')
  })

  test('by a caller without a device gives no token', async () => {
    const { client, user } = await signUp()
    const change = { currentPassword: passwordOf(user.userName), password }
    expect(await antiphon.caller({ userId: user.id }).users.changePassword(change)).toEqual({ token: '' })
    expect(await codeOf(client.users.me())).toBe('TOKEN_INVALID')
  })
})

describe('signing in', () => {
  test('takes a password however its characters are composed', async () => {
    await anyone.users.signUp({ userName: 'composed', email: 'c@example.com', password: 'Ångström ①' })
    for (const typed of ['Ångström ①', 'Ångström ①'.normalize('NFD'), 'Ångström 1'])
      expect((await anyone.users.signIn({ identifier: 'composed', password: typed })).user.userName).toBe('composed')
    expect(await codeOf(anyone.users.signIn({ identifier: 'composed', password: 'ångström ①' }))).toBe(
      'WRONG_CREDENTIALS',
    )
  })

  test.each([
    ['the password was changed', `update users set password_hash = 'other' where id = $1`],
    ['a second factor was turned on', 'update users set mfa = true where id = $1'],
    ['the account was removed', 'update users set removed_at = now() where id = $1'],
  ])('does not count where %s meanwhile', async (_what, sql) => {
    const { user } = await signUp()
    const signIn = () => anyone.users.signIn({ identifier: user.userName, password: passwordOf(user.userName) })
    expect(await codeOf(overtake(server, { sql, id: user.id }, signIn))).toBe('WRONG_CREDENTIALS')
    expect(await query('select 1 from devices where user_id = $1', [user.id])).toHaveLength(1)
  })
})
