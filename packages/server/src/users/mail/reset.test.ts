import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { overtake } from '../../../test/overtake.ts'
import { codeOf, passwordOf } from '../../../test/server.ts'
import { holdClock, outcomes, passSteps, protect, shown, wrongOne } from '../mfa/mfa.fixture.ts'
import { nextAddress, startMailingServer, tokenOf } from './mail.fixture.ts'

const server = await startMailingServer()
const { url, anyone, from, signUp, signUpVerified, smtp, query, settled, nextToken, pass, passHour } = server
holdClock()

const password = 'another password'
const ask = (email: string) => from(nextAddress()).users.requestPasswordReset({ email })
const mailsTo = (email: string) => smtp.mails.filter(({ to }) => to.includes(email))

/** The token of a mail that was asked for. */
async function askedFor(email: string): Promise<string> {
  await ask(email)
  return nextToken(email)
}

describe('a mailed link', () => {
  test('sets another password, signs in, and signs out everywhere else', async () => {
    const { client, user, email } = await signUpVerified()
    const other = await anyone.users.signIn({ identifier: email, password: passwordOf(user.userName) })
    await ask(email.toUpperCase())
    const mail = await smtp.waitFor(email)
    expect(mail).toMatchObject({
      subject: 'Choose a new password',
      links: [`https://meet.example/app/#/reset/${tokenOf(mail)}`],
    })
    expect(mail.text).toContain('30 minutes')
    const { users } = createClient({ url, headers: { 'user-agent': 'curl/8' } })
    const answer = await users.resetPassword({ token: tokenOf(mail), password, deviceName: 'Kitchen' })
    expect(answer.user).toMatchObject({ id: user.id, emailVerified: true })
    const signedIn = createClient({ url, token: answer.token })
    const { items } = await signedIn.users.devices.list()
    expect(items).toMatchObject([{ name: 'Kitchen', current: true }])
    for (const device of [client, createClient({ url, token: other.token })])
      expect(await codeOf(device.users.me())).toBe('TOKEN_INVALID')
    expect(await codeOf(anyone.users.signIn({ identifier: email, password: passwordOf(user.userName) }))).toBe(
      'WRONG_CREDENTIALS',
    )
    await anyone.users.signIn({ identifier: email, password })
    expect(await smtp.waitFor(email)).toMatchObject({ subject: 'Your password was changed', links: [] })
    const audited = `select action, address from audit_log where target = $1 and action = 'users.resetPassword'`
    expect(await query(audited, [user.id])).toEqual([{ action: 'users.resetPassword', address: '127.0.0.1' }])
  })

  test('works once, also of five at once', async () => {
    const { email } = await signUpVerified()
    const token = await askedFor(email)
    const calls = Array.from({ length: 5 }, (_, at) =>
      anyone.users.resetPassword({ token, password: `number ${at}..` }),
    )
    const invalid = Array<string>(4).fill('LINK_INVALID')
    expect(await outcomes(calls)).toEqual([...invalid, 'ok'])
    expect(await codeOf(anyone.users.resetPassword({ token, password }))).toBe('LINK_INVALID')
    const won = (await Promise.allSettled(calls)).findIndex(({ status }) => status === 'fulfilled')
    await anyone.users.signIn({ identifier: email, password: `number ${won}..` })
    await settled()
    expect(mailsTo(email).filter(({ subject }) => /was changed/.test(subject))).toHaveLength(1)
  })

  test('works for 30 minutes, and until there is a newer one', async () => {
    const [one, other] = [await signUpVerified(), await signUpVerified()]
    const replaced = await askedFor(one.email)
    const tokens = [await askedFor(one.email), await askedFor(other.email)] as const
    await pass(29)
    expect(await codeOf(anyone.users.resetPassword({ token: replaced, password }))).toBe('LINK_INVALID')
    await anyone.users.resetPassword({ token: tokens[0], password })
    await pass(1)
    expect(await codeOf(anyone.users.resetPassword({ token: tokens[1], password }))).toBe('LINK_INVALID')
  })

  test('is not used up by a password that does not fit', async () => {
    const { email } = await signUpVerified()
    const token = await askedFor(email)
    expect(await codeOf(anyone.users.resetPassword({ token, password: 'short' }))).toBe('INVALID_INPUT')
    await anyone.users.resetPassword({ token, password })
  })

  test('is void once the password was changed, or the address', async () => {
    const { client, user, email, token: own } = await signUpVerified()
    const currentPassword = passwordOf(user.userName)
    const before = await askedFor(email)
    const { token } = await client.users.changePassword({ currentPassword, password })
    expect(token).not.toBe(own)
    expect(await codeOf(anyone.users.resetPassword({ token: before, password }))).toBe('LINK_INVALID')
    await smtp.waitFor(email)
    const again = await askedFor(email)
    await from(nextAddress(), token).users.update({ email: `moved-${email}`, password })
    expect(await codeOf(anyone.users.resetPassword({ token: again, password }))).toBe('LINK_INVALID')
  })

  test('is void where the account is removed meanwhile, and holds up nothing', async () => {
    const { user, email } = await signUpVerified()
    const token = await askedFor(email)
    const sql = `update users set removed_at = now(), user_name_key = 'removed ' || id where id = $1`
    const more = ['devices', 'mail_tokens'].map((table) => `delete from ${table} where user_id = $1`)
    const reset = () => anyone.users.resetPassword({ token, password })
    expect(await codeOf(overtake(server, { sql, more, id: user.id }, reset))).toBe('LINK_INVALID')
  })

  test('leaves no more than the hash of its secret, and no secret in the queue', async () => {
    const { email } = await signUpVerified()
    await query('create table seen_payloads (payload text)')
    await query(`create function keep_payload() returns trigger language plpgsql as
      $$ begin insert into seen_payloads values (new.payload::text); return new; end $$`)
    await query(`create trigger keep after insert or update on graphile_worker._private_jobs
      for each row execute function keep_payload()`)
    const [, secret = ''] = (await askedFor(email)).split('.')
    const payloads = (await query<{ payload: string }>('select payload from seen_payloads')).map((row) => row.payload)
    await query('drop trigger keep on graphile_worker._private_jobs')
    expect(payloads.join('\n')).toContain('usr_')
    expect(payloads.join('\n')).not.toContain(secret)
    const rows = (await query<{ row: string }>('select t::text as row from mail_tokens t')).map(({ row }) => row)
    expect(rows.join('\n')).not.toContain(secret)
    expect(rows.join('\n')).not.toContain(Buffer.from(secret).toString('hex'))
  })
})

describe('a second factor', () => {
  test('is asked for, and stays, where the address was verified', async () => {
    const person = await signUpVerified()
    const { secret, recoveryCodes } = await protect(url, person)
    const token = await askedFor(person.email)
    expect(await codeOf(anyone.users.resetPassword({ token, password }))).toBe('MFA_REQUIRED')
    const wrong = await anyone.users.resetPassword.safe({ token, password, code: await wrongOne(secret) })
    expect(wrong).toMatchObject({ ok: false, error: { code: 'WRONG_CODE', fields: [{ path: 'code' }] } })
    passSteps(2)
    const { user } = await anyone.users.resetPassword({ token, password, code: await shown(secret) })
    expect(user.mfa).toBe(true)
    expect(await codeOf(anyone.users.signIn({ identifier: person.email, password }))).toBe('MFA_REQUIRED')
    await anyone.users.signIn({ identifier: person.email, password, code: recoveryCodes[0] ?? '' })
  })

  test('and API keys that somebody set up before the address was verified are removed', async () => {
    const hijacker = await signUp('hijacker')
    const email = hijacker.user.email ?? ''
    await nextToken(email)
    const { client, secret, recoveryCodes } = await protect(url, hijacker)
    const key = await client.users.apiKeys.create({
      ...{ name: 'Back door', scopes: ['users:read'] },
      code: await shown(secret, 1),
    })
    const { token, user } = await anyone.users.resetPassword({ token: await askedFor(email), password })
    expect(user).toMatchObject({ id: hijacker.user.id, mfa: false, emailVerified: true })
    expect(await codeOf(createClient({ url, token: key.secret }).users.me())).toBe('TOKEN_INVALID')
    expect(await codeOf(client.users.me())).toBe('TOKEN_INVALID')
    const owner = createClient({ url, token })
    expect((await owner.users.apiKeys.list()).items).toEqual([])
    expect((await anyone.users.signIn({ identifier: email, password })).user.mfa).toBe(false)
    const left = await query(
      `select user_id from mfa_secrets where user_id = $1 union all select user_id from recovery_codes where user_id = $1`,
      [user.id],
    )
    expect(left).toEqual([])
    expect(recoveryCodes).toHaveLength(10)
  })
})

describe('asking', () => {
  test('an unknown address gets the same answer, and no mail', async () => {
    const [known, unknown] = [await signUpVerified(), 'nobody-at-all@example.com']
    const answers = [await ask(known.email), await ask(unknown)]
    expect(answers).toEqual([undefined, undefined])
    await smtp.waitFor(known.email)
    await settled()
    expect(mailsTo(unknown)).toEqual([])
  })

  test('takes as long for an unknown address as for a known one', async () => {
    const runs = 15
    const known: string[] = []
    for (let run = 0; run < runs; run++) known.push((await signUp()).user.email ?? '')
    await settled()
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
    const time = async (kind: 'known' | 'unknown', email: string) => {
      const since = performance.now()
      await ask(email)
      times[kind].push(performance.now() - since)
      await settled()
    }
    for (const [run, email] of known.entries()) {
      await time('known', email)
      await time('unknown', `nobody-${run}@example.com`)
    }
    const [a, b] = [times.known, times.unknown].map((all) => all.sort((x, y) => x - y)[(runs - 1) / 2] ?? 0)
    expect((a ?? 0) / (b ?? 0)).toBeGreaterThan(0.5)
    expect((a ?? 0) / (b ?? 0)).toBeLessThan(2)
  })

  test('too often for one address brings three mails an hour, and nobody is told', async () => {
    const { email } = await signUpVerified()
    await passHour()
    for (let times = 0; times < 5; times++) {
      await ask(email)
      await settled()
    }
    expect(mailsTo(email)).toHaveLength(1 + 3)
    await passHour()
    await ask(email)
    await settled()
    expect(mailsTo(email)).toHaveLength(1 + 4)
  })

  test('too often from one network is refused, and not from others', async () => {
    const ends = ['1', '2', 'ffff:1']
    const at = (end: string) => from(`2001:db8:7:7::${end}`)
    for (let times = 0; times < 20; times++)
      await at(ends[times % 3] ?? '').users.requestPasswordReset({ email: `anybody-${times}@example.com` })
    const refused = await at('3').users.requestPasswordReset.safe({ email: 'anybody@example.com' })
    expect(refused).toMatchObject({ ok: false, error: { code: 'RATE_LIMITED' } })
    expect(!refused.ok && refused.error.retryAfterMs).toBeGreaterThan(3_000_000)
    await from('2001:db8:7:8::1').users.requestPasswordReset({ email: 'anybody@example.com' })
  })

  test('for an account without a password, the link gives it one', async () => {
    const { user, email } = await signUpVerified()
    await query('update users set password_hash = null where id = $1', [user.id])
    await anyone.users.resetPassword({ token: await askedFor(email), password })
    expect((await anyone.users.signIn({ identifier: email, password })).user.id).toBe(user.id)
  })

  test.each(['nobody', '', 'a@b', `${'a'.repeat(250)}@x.org`])('%j is no address', async (email) => {
    const refused = await anyone.users.requestPasswordReset.safe({ email })
    expect(refused).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', fields: [{ path: 'email' }] } })
  })
})
