import { rm } from 'node:fs/promises'
import { generate } from 'otplib'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { startIssuer } from '../../src/auth/issuer.fixture.ts'
import { holdServer } from '../../src/db/embedded/hold.ts'
import { startSmtpServer } from '../smtp.ts'
import { temporaryDirectory } from '../temporary.ts'
import { type Answer, createCaller, createCanaries, textOfFiles, wrongPlaces } from './canaries.ts'
import { antiphon } from './command.ts'

const canaries = createCanaries()
const { keep, keepToken, foundIn } = canaries

const [home, data] = [await temporaryDirectory(), await temporaryDirectory()]
const postgres = await holdServer(home)
const smtp = await startSmtpServer({ auth: { user: 'mailer', pass: keep('mail password') } })
const issuer = await startIssuer()
afterAll(async () => {
  await Promise.all([smtp.close(), issuer.stop(), postgres.release()])
  for (const directory of [home, data]) await rm(directory, { recursive: true, force: true, maxRetries: 10 })
})

/** SQL by the superuser, in the database of the server under test unless another is named. */
async function query<Row extends pg.QueryResultRow>(sql: string, database = 'canaries'): Promise<Row[]> {
  const client = new pg.Client({ ...postgres.admin, database })
  await client.connect()
  return (await client.query<Row>(sql).finally(() => client.end())).rows
}

const databasePassword = keep('database password')
await query(`create role canary login password '${databasePassword}'`, 'postgres')
await query('create database canaries owner canary', 'postgres')
const { host = '', port } = postgres.admin
const databaseUrl = (password: string) =>
  `postgres://canary:${encodeURIComponent(password)}@/canaries?host=${encodeURIComponent(host)}&port=${port}`

const env = {
  ...{ NODE_ENV: 'production', LOG_LEVEL: 'trace', DATA_DIR: data, TRUSTED_PROXIES: '1' },
  ...{ PUBLIC_URL: 'http://localhost:3000', SMTP_URL: smtp.url, MAIL_FROM: 'Antiphon <no-reply@antiphon.example>' },
  DATABASE_URL: databaseUrl(databasePassword),
  ANTIPHON_SECRET: keep('server secret'),
  AUTH_ISSUERS: JSON.stringify([issuer.setting]),
}
const server = antiphon(['serve', '--port', '0'], env)
const [, url = ''] = await server.printed(/ready at (http:\S+)/)
const { refusals, send, post, call } = createCaller(url)

const statusOf = async (answer: Promise<Answer>) => (await answer).status
const [userName, email] = ['canary', 'canary@example.com']
const account = { userName, email, password: keep('first password') }
const wrong = keep('wrong password')
let password = account.password
let token = ''
let secret = ''
let recoveryCodes: string[] = []
let apiKey = ''

/** The secret of the link in the next mail. */
async function mailed(what: string): Promise<string> {
  const { links } = await smtp.waitFor(email)
  return keepToken(`link to ${what}`, links[0]?.split('/').at(-1) ?? '')
}

/** Each code once: those of the steps around now, and then recovery codes. */
const codes = {
  async totp(steps: number) {
    const epoch = Math.floor(Date.now() / 1_000) + steps * 30
    return keep(`code of step ${steps}`, await generate({ secret, epoch }))
  },
  recovery: () => recoveryCodes.shift() ?? '',
}

/** Signs in, with a code where there is a second factor. */
async function signIn(more: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const code = recoveryCodes.length > 0 ? { code: codes.recovery() } : {}
  return call('users.signIn', { identifier: userName, password, ...code, ...more }, undefined, headers)
}

test('an account, its passwords and links', async () => {
  const key = { 'idempotency-key': keep('idempotency key') }
  const made = await call('users.signUp', account, undefined, key)
  token = keepToken('device token', made.body.token)
  expect((await call('users.signUp', account, undefined, key)).body).toEqual(made.body)
  const other = { ...account, email: 'other@example.com', password: keep('password of another input') }
  expect(await statusOf(call('users.signUp', other, undefined, key))).toBe(409)
  expect(await statusOf(call('users.signUp', { ...account, password: keep('password of a taken name') }))).toBe(409)
  expect(await statusOf(call('users.signIn', { identifier: email, password: wrong }))).toBe(401)
  expect(await statusOf(call('users.signIn', { identifier: wrong, password: wrong }))).toBe(401)
  const verification = await mailed('verify')
  expect(await statusOf(call('users.verifyEmail', { token: verification }))).toBe(204)
  expect(await statusOf(call('users.verifyEmail', { token: verification }))).toBe(400)
  await call('users.requestPasswordReset', { email })
  const reset = await mailed('reset')
  password = keep('second password')
  const answer = await call('users.resetPassword', { token: reset, password })
  token = keepToken('device token after reset', answer.body.token)
  expect(await statusOf(call('users.resetPassword', { token: reset, password }))).toBe(400)
  const next = keep('third password')
  expect(await statusOf(call('users.changePassword', { currentPassword: wrong, password: next }, token))).toBe(403)
  const changed = await call('users.changePassword', { currentPassword: password, password: next }, token)
  token = keepToken('device token after change', changed.body.token)
  password = next
  expect(await statusOf(call('users.update', { email: 'else@example.com', password: wrong }, token))).toBe(403)
})

test('a second factor', async () => {
  const enrolled = await call('users.mfa.enroll', { password }, token)
  secret = keep('secret of the second factor', enrolled.body.secret)
  expect(await statusOf(call('users.mfa.confirm', { code: keep('wrong code', '1a2b3c') }, token))).toBe(403)
  const confirmed = await call('users.mfa.confirm', { code: await codes.totp(0) }, token)
  token = keepToken('device token with a second factor', confirmed.body.token)
  recoveryCodes = confirmed.body.recoveryCodes
  for (const [at, code] of recoveryCodes.entries())
    for (const form of [code, code.replaceAll('-', '')]) keep(`recovery code ${at}`, form)
  expect(await statusOf(call('users.signIn', { identifier: userName, password }))).toBe(403)
  const code = await codes.totp(1)
  expect(await statusOf(call('users.signIn', { identifier: userName, password, code }))).toBe(200)
  expect(await statusOf(call('users.signIn', { identifier: userName, password, code }))).toBe(403)
  expect(await statusOf(signIn())).toBe(200)
})

test('keys, tokens and cookies', async () => {
  const input = { name: 'Robot', scopes: ['users:read'], code: codes.recovery() }
  apiKey = keepToken('API key', (await call('users.apiKeys.create', input, token)).body.secret)
  expect(await statusOf(call('users.me', {}, apiKey))).toBe(200)
  expect(await statusOf(call('users.update', {}, apiKey))).toBe(403)
  const forged = (real: string, what: string) =>
    keepToken(what, `${real.split('.')[0]}.${keep(what).padEnd(43, 'x').slice(-43)}`)
  for (const bad of [forged(token, 'forged device token'), forged(apiKey, 'forged API key'), keep('no token at all')])
    expect(await statusOf(call('users.me', {}, bad))).toBe(401)
  const claims = { sub: 'jwt-person', email: 'jwt@example.com' }
  const jwt = await issuer.sign(claims)
  const expired = await issuer.sign({ ...claims, exp: 1 })
  for (const [what, one] of [
    ['JWT', jwt],
    ['expired JWT', expired],
  ] as const)
    for (const part of one.split('.').slice(1)) keep(`part of ${what}`, part)
  expect(await statusOf(call('users.me', {}, jwt))).toBe(200)
  for (const bad of [expired, `${jwt.slice(0, -8)}AAAAAAAA`, `${jwt}x.y`])
    expect(await statusOf(call('users.me', {}, bad))).toBe(401)
  const origin = { origin: env.PUBLIC_URL, 'sec-fetch-site': 'same-origin' }
  const signedIn = await signIn({}, { ...origin, 'antiphon-session': 'cookie' })
  const [, cookie = ''] = /__Host-antiphon=([^;]+)/.exec(signedIn.headers.get('set-cookie') ?? '') ?? []
  keepToken('cookie', decodeURIComponent(cookie))
  const headers = { cookie: `__Host-antiphon=${cookie}` }
  expect(await statusOf(send('/api/v1/users.me', { headers: { ...headers, ...origin } }))).toBe(200)
  expect(await statusOf(call('users.signOut', {}, undefined, { ...headers, origin: 'https://evil.example' }))).toBe(403)
})

test('a recording, its passwords, links and addresses', async () => {
  const { body: recording } = await call(
    'meetings.recordings.create',
    { title: 'x', password: keep('recording password') },
    token,
  )
  const recordingId = recording.id
  await call('meetings.recordings.setVisibility', { recordingId, visibility: 'link', password: null }, token)
  const linkPassword = keep('link password')
  const made = await call('meetings.recordings.createLink', { recordingId, name: 'x', password: linkPassword }, token)
  const link = keepToken('link to a recording', made.body.url.split('#')[1])
  for (const given of [undefined, wrong]) {
    expect(await statusOf(call('meetings.recordings.openLink', { link, password: given }))).toBe(403)
  }
  const opened = await call('meetings.recordings.openLink', { link: made.body.url, password: linkPassword })
  expect(opened.status).toBe(200)
  // The address of a player as it would be with a file, and wherever else somebody puts it.
  const address = `/media/recordings/${link}/fil_01arz3ndektsv4rrffq69g5fav`
  for (const path of [address, `${address}?download`, `/recordings/${link}`, `/watch?link=${link}`]) await send(path)
  const feed = await call('meetings.feed.create', {}, token)
  keepToken('calendar address', /calendars\/(.+)\.ics$/.exec(feed.body.url)?.[1] ?? '')
  expect(await statusOf(send(new URL(feed.body.url).pathname))).toBe(200)
  const file = { name: 'x', type: 'text/plain', sizeBytes: 1 }
  const { body: upload } = await call('uploads.begin', file, token)
  expect(upload.id).toMatch(/^upl_/)
  keep('signature of an upload', upload.signedUrl.split('signature=')[1])
  expect(await statusOf(send(upload.signedUrl, { method: 'PUT', body: 'x' }))).toBe(204)
  await send(`${upload.signedUrl}x`, { method: 'PUT', body: 'x' })
})

test('secrets where they do not belong', async () => {
  const stray = keep('stray secret')
  const all = [stray, password, token, apiKey, secret, recoveryCodes[0] ?? '']
  const places = wrongPlaces({ url: env.PUBLIC_URL, token, apiKey }, { send, post, call })
  // Few at a time: passwords that are tried at once are refused.
  for (const place of places) {
    const answers = await Promise.all(all.map(place))
    expect(answers.filter(({ status }) => status === 0 || status >= 500)).toEqual([])
  }
})

test('a database that fails', async () => {
  const attempts = () => [
    signIn(),
    call('users.signUp', {
      userName: 'second',
      email: 'second@example.com',
      password: keep('password of a failed call'),
    }),
    call('users.resetPassword', { token: 'mlt_x', password: keep('password of a failed reset') }),
    call(
      'users.changePassword',
      { currentPassword: password, password: keep('next password'), code: codes.recovery() },
      token,
    ),
    call('users.mfa.recoveryCodes', { code: codes.recovery() }, token),
    call('users.me', {}, token),
    call('users.me', {}, apiKey),
    call('users.requestPasswordReset', { email }),
  ]
  const broken: [change: string, back: string][] = [
    ['alter table devices rename secret_hash to lost', 'alter table devices rename lost to secret_hash'],
    ['alter table users rename password_hash to lost', 'alter table users rename lost to password_hash'],
    ['alter table mail_tokens rename secret_hash to lost', 'alter table mail_tokens rename lost to secret_hash'],
    ['alter table api_keys rename to lost', 'alter table lost rename to api_keys'],
    [
      "alter table recovery_codes add check (false) not valid, alter code_hash type text using encode(code_hash, 'hex')",
      "alter table recovery_codes drop constraint recovery_codes_check, alter code_hash type bytea using decode(code_hash, 'hex')",
    ],
    [
      'alter table users add constraint never check (password_hash is null) not valid',
      'alter table users drop constraint never',
    ],
  ]
  const seen = new Set<number>()
  for (const [change, back] of broken) {
    await query(change)
    for (const { status } of await Promise.all(attempts())) seen.add(status)
    await query(back)
  }
  expect(seen).toContain(500)
  const killing = setInterval(
    () => query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'canary'`).catch(() => {}),
    20,
  )
  for (let round = 0; round < 10; round++) for (const { status } of await Promise.all(attempts())) seen.add(status)
  clearInterval(killing)
  expect(seen).toContain(503)
  await expect.poll(() => statusOf(call('users.me', {}, token)), { timeout: 20_000 }).toBe(200)
})

describe('none of it', () => {
  const output = async () => {
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    return server.output()
  }

  test('is in what the process wrote, which is a lot', async () => {
    const text = await output()
    for (const known of ['"level":20', '"level":50', 'answered', 'a call failed', 'job done', 'users.signIn'])
      expect(text).toContain(known)
    expect(canaries.names.length).toBeGreaterThan(50)
    expect(foundIn(text)).toEqual([])
    expect(text).not.toContain('$argon2')
  })

  test('is in an answer that refuses, or in any header', () => {
    expect(refusals.length).toBeGreaterThan(200)
    expect(foundIn(refusals.join('\n'))).toEqual([])
  })

  test('is in a file of its directory, nor in the log of Postgres', async () => {
    expect(foundIn(await textOfFiles(data))).toEqual([])
    const log = await textOfFiles(home, /log$/)
    expect(log).toContain('terminating connection due to administrator command')
    expect(foundIn(log)).toEqual([])
  })
})
