import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, passwordOf } from '../../../test/server.ts'
import { nextAddress, startMailingServer, tokenOf } from './mail.fixture.ts'

const server = await startMailingServer()
const { url, anyone, signUp, signUpVerified, signUpAdmin, smtp, query, settled, nextToken, pass, passHour } = server

const mailsTo = (email = '') => smtp.mails.filter(({ to }) => to.includes(email))

const isVerified = async (client: Awaited<ReturnType<typeof signUp>>['client']) =>
  (await client.users.me()).emailVerified

describe('the mail after signing up', () => {
  test('has a link whose secret is in the fragment alone, which verifies the address once', async () => {
    const { client, user } = await signUp()
    expect(user.emailVerified).toBe(false)
    const mail = await smtp.waitFor(user.email ?? '')
    const token = tokenOf(mail)
    expect(mail).toMatchObject({ from: 'no-reply@antiphon.example', to: [user.email] })
    expect(mail.links).toEqual([`https://meet.example/app/#/verify/${token}`])
    expect(mail.text).toContain('30 minutes')
    expect(mail.html?.match(/https?:[^"]+/g)).toEqual(mail.links)
    await anyone.users.verifyEmail({ token })
    expect(await isVerified(client)).toBe(true)
    expect(await codeOf(anyone.users.verifyEmail({ token }))).toBe('LINK_INVALID')
  })

  test('comes once, also where the call was tried twice', async () => {
    const account = { userName: 'twice', email: 'twice@example.com', password: 'a long password' }
    const first = await anyone.users.signUp({ ...account, idempotencyKey: 'one and the same key' })
    const second = await anyone.users.signUp({ ...account, idempotencyKey: 'one and the same key' })
    expect(second).toEqual(first)
    await settled()
    expect(mailsTo(account.email)).toHaveLength(1)
  })

  test('leaves no more than the hash of its secret', async () => {
    const { user } = await signUp()
    const [id = '', secret = ''] = (await nextToken(user.email ?? '')).split('.')
    await settled()
    const [row] = await query<{ row: string; minutes: number }>(
      `select t::text as row, extract(epoch from expires_at - created_at)::int / 60 as minutes from mail_tokens t where id = $1`,
      [id],
    )
    expect(row?.minutes).toBe(30)
    expect(row?.row).not.toContain(secret)
    expect(row?.row).not.toContain(Buffer.from(secret).toString('hex'))
  })

  test('is good for 30 minutes', async () => {
    const { client, user } = await signUp()
    const token = await nextToken(user.email ?? '')
    await pass(29)
    const late = await signUp()
    await pass(1)
    expect(await codeOf(anyone.users.verifyEmail({ token }))).toBe('LINK_INVALID')
    await anyone.users.verifyEmail({ token: await nextToken(late.user.email ?? '') })
    expect([await isVerified(client), await isVerified(late.client)]).toEqual([false, true])
  })

  test('is void once there is a newer one', async () => {
    const { client, user } = await signUp()
    const first = await nextToken(user.email ?? '')
    await client.users.requestEmailVerification()
    const second = await nextToken(user.email ?? '')
    expect(await codeOf(anyone.users.verifyEmail({ token: first }))).toBe('LINK_INVALID')
    await anyone.users.verifyEmail({ token: second })
    expect(await isVerified(client)).toBe(true)
  })

  test.each(['none', 'mlt_', '', `mlt_${'0'.repeat(26)}.${'A'.repeat(43)}`])('proves nothing as %j', async (token) => {
    const refused = await anyone.users.verifyEmail.safe({ token })
    expect(refused).toMatchObject({ ok: false, error: { status: 400, fields: [{ path: 'token' }] } })
  })

  test('sets no password, as a link to do so verifies nothing', async () => {
    const { user, client, email } = { ...(await signUp()), email: '' }
    const verification = await nextToken(user.email ?? email)
    expect(await codeOf(anyone.users.resetPassword({ token: verification, password: 'another password' }))).toBe(
      'LINK_INVALID',
    )
    await server.from(nextAddress()).users.requestPasswordReset({ email: user.email ?? email })
    const reset = await nextToken(user.email ?? email)
    expect(await codeOf(anyone.users.verifyEmail({ token: reset }))).toBe('LINK_INVALID')
    expect(await isVerified(client)).toBe(false)
  })
})

describe('requestEmailVerification', () => {
  test('sends nothing where the address is verified', async () => {
    const { client, email } = await signUpVerified()
    await client.users.requestEmailVerification()
    await settled()
    expect(smtp.mails.filter(({ to }) => to.includes(email))).toHaveLength(1)
  })

  test('is refused where there is no address', async () => {
    const { client, user } = await signUp()
    await query('update users set email = null, email_key = null where id = $1', [user.id])
    expect(await codeOf(client.users.requestEmailVerification())).toBe('NO_EMAIL')
  })

  test('sends at most three mails an hour to an address, and tells nobody', async () => {
    const { client, user } = await signUp()
    for (let times = 0; times < 5; times++) {
      await client.users.requestEmailVerification()
      await settled()
    }
    expect(mailsTo(user.email)).toHaveLength(3)
    await passHour()
    await client.users.requestEmailVerification()
    await settled()
    expect(mailsTo(user.email)).toHaveLength(4)
  })
})

describe('another address', () => {
  test('needs the password, and is unverified until its own link was used; the old one is told', async () => {
    const { client, email, user } = await signUpVerified()
    const wanted = `new-${user.userName}@example.com`
    for (const password of [undefined, 'wrong']) {
      const refused = await client.users.update.safe({ email: wanted, ...(password && { password }) })
      expect(refused).toMatchObject({ ok: false, error: { code: 'WRONG_PASSWORD', fields: [{ path: 'password' }] } })
    }
    const changed = await client.users.update({ email: wanted, password: passwordOf(user.userName) })
    expect(changed).toMatchObject({ email: wanted, emailVerified: false })
    const notice = await smtp.waitFor(email)
    expect(notice).toMatchObject({ subject: 'Your email address was changed', links: [] })
    expect(notice.raw).not.toContain(wanted)
    await anyone.users.verifyEmail({ token: await nextToken(wanted) })
    expect(await isVerified(client)).toBe(true)
  })

  test('voids the link to the one before, also where that one is taken back', async () => {
    const { client, user } = await signUp()
    const [email, password] = [user.email ?? '', passwordOf(user.userName)]
    const token = await nextToken(email)
    await client.users.update({ email: `elsewhere-${email}`, password })
    expect(await codeOf(anyone.users.verifyEmail({ token }))).toBe('LINK_INVALID')
    await client.users.update({ email, password })
    expect(await codeOf(anyone.users.verifyEmail({ token }))).toBe('LINK_INVALID')
    expect(await isVerified(client)).toBe(false)
  })

  test('is not told to one that was not verified', async () => {
    const { client, user } = await signUp()
    await client.users.update({ email: `moved-${user.email}`, password: passwordOf(user.userName) })
    await settled()
    expect(mailsTo(user.email)).toHaveLength(1)
  })

  test('in other letters only is the same address', async () => {
    const { client, email } = await signUpVerified()
    expect(await client.users.update({ email: email.toUpperCase() })).toMatchObject({
      email: email.toUpperCase(),
      emailVerified: true,
    })
  })

  test('of somebody else stays theirs', async () => {
    const [{ user }, other] = [await signUp(), await signUp()]
    const call = other.client.users.update.safe({
      email: user.email?.toUpperCase(),
      password: passwordOf(other.user.userName),
    })
    expect(await call).toMatchObject({ ok: false, error: { code: 'EMAIL_TAKEN', fields: [{ path: 'email' }] } })
    await settled()
    expect(mailsTo(user.email)).toHaveLength(1)
  })

  test('cannot be used to flood a mailbox', async () => {
    const [{ user, token }, email] = [await signUp(), 'victim@example.com']
    const password = passwordOf(user.userName)
    for (let times = 0; times < 5; times++) {
      const { users } = server.from(nextAddress(), token)
      await users.update({ email, password })
      await settled()
      await users.update({ email: `pause-${times}@example.com`, password })
    }
    expect(mailsTo(email)).toHaveLength(3)
    for (let times = 0; times < 3; times++) {
      const made = await anyone.users.signUp({ userName: `flood-${times}`, email, password })
      await createClient({ url, token: made.token }).users.remove({ password })
    }
    await settled()
    expect(mailsTo(email)).toHaveLength(3)
    await passHour()
    const { users } = server.from(nextAddress(), token)
    const calls = Array.from({ length: 21 }, (_, at) => at).map(
      (at) => () => users.update.safe({ email: `one-of-many-${at}@example.com`, password }),
    )
    for (const call of calls.slice(0, 20)) expect(await call()).toMatchObject({ ok: true })
    expect(await calls[20]?.()).toMatchObject({ ok: false, error: { code: 'RATE_LIMITED' } })
  })
})

describe('an invitation', () => {
  const invite = async (userName: string) => {
    const { client } = await signUpAdmin()
    const email = `${userName}@example.com`
    const user = await client.users.create({ userName, email, invite: true })
    const mail = await smtp.waitFor(email)
    return { user, email, mail, token: tokenOf(mail) }
  }

  test('brings a link that sets a password for seven days, verifies the address and signs in', async () => {
    const { user, mail, token } = await invite('invited')
    expect(mail).toMatchObject({
      subject: 'You are invited',
      links: [`https://meet.example/app/#/invitation/${token}`],
    })
    expect(mail.text).toContain('7 days')
    expect(user).toMatchObject({ emailVerified: false })
    const days = `select extract(epoch from expires_at - created_at)::float / 86400 as days from mail_tokens where id = $1`
    expect((await query<{ days: number }>(days, [token.split('.')[0]]))[0]?.days).toBeCloseTo(7, 3)
    await pass(7 * 24 * 60 - 1)
    const signedIn = await anyone.users.resetPassword({ token, password: 'my first password' })
    expect(signedIn.user).toMatchObject({ id: user.id, emailVerified: true })
    expect((await createClient({ url, token: signedIn.token }).users.me()).id).toBe(user.id)
    await anyone.users.signIn({ identifier: 'invited', password: 'my first password' })
    expect(await codeOf(anyone.users.resetPassword({ token, password: 'once more, please' }))).toBe('LINK_INVALID')
  })

  test('is void after seven days', async () => {
    const { token } = await invite('invited-late')
    await pass(7 * 24 * 60)
    expect(await codeOf(anyone.users.resetPassword({ token, password: 'my first password' }))).toBe('LINK_INVALID')
  })

  test('is void once the password was set by another link', async () => {
    const { email, token } = await invite('invited-twice')
    await server.from(nextAddress()).users.requestPasswordReset({ email })
    await anyone.users.resetPassword({ token: await nextToken(email), password: 'by the other link' })
    expect(await codeOf(anyone.users.resetPassword({ token, password: 'my first password' }))).toBe('LINK_INVALID')
  })

  test('needs an address', async () => {
    const { client } = await signUpAdmin()
    const refused = await client.users.create.safe({ userName: 'without-address', invite: true })
    expect(refused).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', fields: [{ path: 'email' }] } })
    expect(await codeOf(client.users.get({ userName: 'without-address' }))).toBe('NOT_FOUND')
  })
})
