import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, passwordOf, startTestServer } from '../../../test/server.ts'
import { holdClock, type Protected, passSteps, protect, shown, wrongOne } from './mfa.fixture.ts'

const { url, antiphon, anyone, signUp, query } = await startTestServer()
holdClock()

const protectedPerson = async () => protect(url, await signUp())

const signIn = ({ user, password }: Pick<Protected, 'user' | 'password'>, code?: string) =>
  anyone.users.signIn({ identifier: user.userName, password, ...(code !== undefined && { code }) })

describe('enroll', () => {
  test('gives a secret of 160 bits, and the same as a URI that says all', async () => {
    const { client, user } = await signUp()
    const { secret, uri } = await client.users.mfa.enroll({ password: passwordOf(user.userName) })
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    const parsed = new URL(uri)
    expect([parsed.protocol, parsed.host, parsed.pathname]).toEqual(['otpauth:', 'totp', `/Antiphon:${user.userName}`])
    const parameters = { secret, issuer: 'Antiphon', algorithm: 'SHA1', digits: '6', period: '30' }
    expect(Object.fromEntries(parsed.searchParams)).toEqual(parameters)
  })

  test('wants the password', async () => {
    const { client } = await signUp()
    for (const input of [{}, { password: 'another' }]) {
      const refused = await client.users.mfa.enroll.safe(input)
      expect(refused).toMatchObject({ ok: false, error: { code: 'WRONG_PASSWORD', fields: [{ path: 'password' }] } })
    }
    expect(await codeOf(client.users.mfa.confirm({ code: '123456' }))).toBe('MFA_OFF')
  })

  test('wants no password of an account without one', async () => {
    const { client, user } = await signUp()
    await query('update users set password_hash = null where id = $1', [user.id])
    const { secret } = await client.users.mfa.enroll({})
    expect((await client.users.mfa.confirm({ code: await shown(secret) })).recoveryCodes).toHaveLength(10)
  })

  test('changes nothing yet', async () => {
    const { client, user } = await signUp()
    const password = passwordOf(user.userName)
    await client.users.mfa.enroll({ password })
    expect((await client.users.me()).mfa).toBe(false)
    expect((await signIn({ user, password })).user.mfa).toBe(false)
  })

  test('once more replaces the secret that waits', async () => {
    const { client, user } = await signUp()
    const password = passwordOf(user.userName)
    const first = await client.users.mfa.enroll({ password })
    const second = await client.users.mfa.enroll({ password })
    expect(second.secret).not.toBe(first.secret)
    expect(await codeOf(client.users.mfa.confirm({ code: await shown(first.secret) }))).toBe('WRONG_CODE')
    await client.users.mfa.confirm({ code: await shown(second.secret) })
  })

  test('does not touch a factor that is on', async () => {
    const { client, password, secret } = await protectedPerson()
    expect(await codeOf(client.users.mfa.enroll({ password }))).toBe('MFA_ON')
    expect(await codeOf(client.users.mfa.confirm({ code: await shown(secret, 1) }))).toBe('MFA_OFF')
  })
})

describe('confirm', () => {
  test('has sign-in and sensitive acts ask for a code', async () => {
    const person = await protectedPerson()
    expect((await person.client.users.me()).mfa).toBe(true)
    expect(await codeOf(signIn(person))).toBe('MFA_REQUIRED')
    passSteps(2)
    const { user, token } = await signIn(person, await shown(person.secret))
    expect(user).toMatchObject({ id: person.user.id, mfa: true })
    expect((await createClient({ url, token }).users.me()).id).toBe(person.user.id)
    const change = { currentPassword: person.password, password: 'another password' }
    expect(await codeOf(person.client.users.changePassword(change))).toBe('MFA_REQUIRED')
    await person.client.users.changePassword({ ...change, code: await shown(person.secret, 1) })
  })

  test('without the right password, sign-in tells nothing of the second factor', async () => {
    const { user, secret } = await protectedPerson()
    const code = await shown(secret, 1)
    expect(await codeOf(signIn({ user, password: 'wrong' }))).toBe('WRONG_CREDENTIALS')
    expect(await codeOf(signIn({ user, password: 'wrong' }, code))).toBe('WRONG_CREDENTIALS')
  })

  test('signs out all other devices, and this one goes on with another token', async () => {
    const person = await signUp()
    const password = passwordOf(person.user.userName)
    const other = createClient({ url, token: (await signIn({ user: person.user, password })).token })
    const { client } = await protect(url, person)
    expect((await client.users.me()).id).toBe(person.user.id)
    expect(await codeOf(person.client.users.me())).toBe('TOKEN_INVALID')
    expect(await codeOf(other.users.me())).toBe('TOKEN_INVALID')
  })

  test('of a wrong code changes nothing', async () => {
    const { client, user } = await signUp()
    const password = passwordOf(user.userName)
    const { secret } = await client.users.mfa.enroll({ password })
    for (const code of [await wrongOne(secret), await shown(secret, -2), 'abcd-efgh-jkmn-pqrs']) {
      const refused = await client.users.mfa.confirm.safe({ code })
      expect(refused).toMatchObject({ ok: false, error: { code: 'WRONG_CODE', fields: [{ path: 'code' }] } })
    }
    expect((await signIn({ user, password })).user.mfa).toBe(false)
    await client.users.mfa.confirm({ code: await shown(secret) })
  })

  test('by a caller without a device gives no token', async () => {
    const { client, user } = await signUp()
    const { mfa } = antiphon.caller({ userId: user.id }).users
    const { secret } = await mfa.enroll({ password: passwordOf(user.userName) })
    expect((await mfa.confirm({ code: await shown(secret) })).token).toBe('')
    expect(await codeOf(client.users.me())).toBe('TOKEN_INVALID')
    expect((await mfa.disable({ code: await shown(secret, 1) })).token).toBe('')
  })

  test('of two at once under one code, one wins', async () => {
    const { user } = await signUp()
    const { mfa } = antiphon.caller({ userId: user.id }).users
    const { secret } = await mfa.enroll({ password: passwordOf(user.userName) })
    const code = await shown(secret)
    const settled = await Promise.allSettled([1, 2, 3].map(() => mfa.confirm({ code })))
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const [{ count }] = (await query('select count(*)::int as count from recovery_codes where user_id = $1', [
      user.id,
    ])) as [{ count: number }]
    expect(count).toBe(10)
  })
})

describe('disable', () => {
  test('wants a code, then nothing asks for one any more', async () => {
    const person = await protectedPerson()
    passSteps(2)
    const other = createClient({ url, token: (await signIn(person, await shown(person.secret))).token })
    expect(await codeOf(person.client.users.mfa.disable({ code: await wrongOne(person.secret) }))).toBe('WRONG_CODE')
    expect(await codeOf(signIn(person))).toBe('MFA_REQUIRED')
    const { token } = await person.client.users.mfa.disable({ code: await shown(person.secret, 1) })
    expect((await createClient({ url, token }).users.me()).mfa).toBe(false)
    expect(await codeOf(person.client.users.me())).toBe('TOKEN_INVALID')
    expect(await codeOf(other.users.me())).toBe('TOKEN_INVALID')
    expect((await signIn(person)).user.mfa).toBe(false)
  })

  test('leaves no row, and the way open to a new secret', async () => {
    const person = await protectedPerson()
    const { token } = await person.client.users.mfa.disable({ code: person.recoveryCodes[0]! })
    const rows =
      'select user_id from mfa_secrets where user_id = $1 union all select user_id from recovery_codes where user_id = $1'
    expect(await query(rows, [person.user.id])).toEqual([])
    const { users } = createClient({ url, token })
    for (const call of [users.mfa.disable, users.mfa.recoveryCodes, users.mfa.confirm]) {
      expect(await codeOf(call({ code: '123456' }))).toBe('MFA_OFF')
    }
    const again = await protect(url, { ...person, client: createClient({ url, token }) })
    expect(again.secret).not.toBe(person.secret)
    for (const code of [await shown(person.secret, 1), person.recoveryCodes[1]]) {
      expect(await codeOf(signIn(again, code))).toBe('WRONG_CODE')
    }
    expect((await signIn(again, again.recoveryCodes[1])).user.mfa).toBe(true)
  })
})

test('no row holds a secret or a code, and the audit log tells what was done', async () => {
  const person = await protectedPerson()
  const { recoveryCodes } = await person.client.users.mfa.recoveryCodes({ code: await shown(person.secret, 1) })
  const tables = await query<{ name: string }>(
    "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
  )
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['mfa_secrets', 'recovery_codes', 'audit_log']))
  const all = await Promise.all(
    tables.map(({ name }) => query<{ row: string }>(`select t::text as row from ${name} t`)),
  )
  const text = all
    .flat()
    .map(({ row }) => row.toLowerCase())
    .join('\n')
  expect(text).toContain(person.user.id)
  const codes = [...person.recoveryCodes, ...recoveryCodes].flatMap((code) => [code, code.replaceAll('-', '')])
  for (const canary of [person.secret.toLowerCase(), person.secret, ...codes]) {
    expect(text).not.toContain(canary)
    expect(text).not.toContain(Buffer.from(canary).toString('hex'))
  }
  const audited = await query<{ action: string; target: string }>(
    "select action, target from audit_log where user_id = $1 and action like 'users.mfa.%' order by id",
    [person.user.id],
  )
  expect(audited).toEqual(
    ['enroll', 'confirm', 'recoveryCodes'].map((name) => ({ action: `users.mfa.${name}`, target: person.user.id })),
  )
})

test('API keys are refused', async () => {
  const { client, user } = await signUp()
  const { secret } = await client.users.apiKeys.create({ name: 'Robot', scopes: ['users:read', 'users:write'] })
  const { mfa } = createClient({ url, token: secret }).users
  for (const call of [
    () => mfa.enroll({ password: passwordOf(user.userName) }),
    () => mfa.confirm({ code: '123456' }),
  ]) {
    expect(await codeOf(call())).toBe('NOT_ALLOWED')
  }
  for (const call of [mfa.disable, mfa.recoveryCodes])
    expect(await codeOf(call({ code: '123456' }))).toBe('NOT_ALLOWED')
})
