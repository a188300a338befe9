import { rm } from 'node:fs/promises'
import { createClient } from '@antiphon/client'
import { generate } from 'otplib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { codeOf } from '../calls.ts'
import { temporaryDirectory } from '../temporary.ts'
import { antiphon, serve } from './command.ts'

async function dataDirectory(): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  return directory
}

async function run(args: string[], env: Record<string, string> = {}) {
  const command = antiphon(args, env)
  return { code: await command.ended, output: command.output() }
}

const account = (userName: string) => ({ userName, email: `${userName}@example.com`, password: 'correct horse' })

async function stop(server: Awaited<ReturnType<typeof serve>>): Promise<void> {
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
}

describe('antiphon users make-admin', () => {
  test('beside a running server: the user is an administrator at once, and signs in anew', async () => {
    const data = await dataDirectory()
    const server = await serve(data)
    const stranger = createClient({ url: server.url })
    const { token } = await stranger.users.signUp(account('Ann'))
    const client = createClient({ url: server.url, token })
    const { secret } = await client.users.apiKeys.create({ name: 'Old', scopes: ['users:read'] })
    expect(await run(['users', 'make-admin', 'ANN', '--data', data])).toEqual({
      code: 0,
      output: 'Ann is an administrator now, and has to sign in anew.\n',
    })
    for (const old of [token, secret]) {
      expect(await codeOf(createClient({ url: server.url, token: old }).users.me())).toBe('TOKEN_INVALID')
    }
    const again = await stranger.users.signIn({ identifier: 'ann', password: 'correct horse' })
    expect(again.user.roles).toEqual(['admin'])
    const admin = createClient({ url: server.url, token: again.token })
    const { items } = await admin.users.audit.list({ action: 'users.setRoles' })
    expect(items).toMatchObject([{ target: again.user.id, userId: null, details: { to: 'admin', by: 'the command' } }])
    // A second time changes nothing. By the address it needs a proven one: anybody can claim any.
    expect((await run(['users', 'make-admin', 'ann', '--data', data])).output).toBe(
      'Ann is an administrator already.\n',
    )
    const unproven = await run(['users', 'make-admin', 'ann@EXAMPLE.com', '--data', data])
    expect([unproven.code, unproven.output]).toEqual([2, expect.stringMatching(/has not been verified/)])
    expect((await admin.users.me()).roles).toEqual(['admin'])
    await stop(server)
  })

  test('on a stopped server: it starts the database for that, and leaves it stopped', async () => {
    const data = await dataDirectory()
    const first = await serve(data)
    await createClient({ url: first.url }).users.signUp(account('bob'))
    await stop(first)
    expect((await run(['users', 'make-admin', 'bob', '--data', data])).code).toBe(0)
    const second = await serve(data)
    const { user } = await createClient({ url: second.url }).users.signIn({
      identifier: 'bob',
      password: 'correct horse',
    })
    expect(user.roles).toEqual(['admin'])
    await stop(second)
  })

  test('says what is wrong in a line', async () => {
    const data = await dataDirectory()
    for (const name of ['nobody', 'nobody@example.com', '']) {
      const { code, output } = await run(['users', 'make-admin', name, '--data', data])
      expect([code, output]).toEqual([2, `antiphon: There is no user "${name}".\n`])
    }
    const { code, output } = await run(['users', 'make-admin'])
    expect(code).toBe(2)
    expect(output).toMatch(/missing required argument 'identifier'/)
  })
})

describe('antiphon keys create', () => {
  test('prints a key alone on a line, that works at once and ends by itself', async () => {
    const data = await dataDirectory()
    const server = await serve(data)
    const scopes = 'users:read, users:write,users:read'
    const made = await run(['keys', 'create', '--name', 'Billing', '--scopes', scopes, '--days', '7', '--data', data])
    expect(made.code).toBe(0)
    expect(made.output).toMatch(/^key_[0-9a-z]{26}\.[\w-]{43}\n$/)
    const service = createClient({ url: server.url, token: made.output.trim() })
    await service.users.create({ userName: 'by-service' })
    expect(await codeOf(service.messages.rooms.list())).toBe('NOT_ALLOWED')
    const { items } = await service.users.apiKeys.list({ kind: 'service' })
    expect(items).toMatchObject([{ name: 'Billing', kind: 'service' }])
    expect([...items[0]!.scopes].sort()).toEqual(['users:read', 'users:write'])
    const days = (items[0]!.expiresAt!.getTime() - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(6.99)
    expect(days).toBeLessThanOrEqual(7)
    await stop(server)
  })

  test.each([
    [
      'an unknown scope',
      { scopes: 'users:read,users:admin' },
      /There is no scope "users:admin"; there are users:read, /,
    ],
    ['no scope', { scopes: '' }, /There is no scope ""/],
    ['no name', { name: ' ' }, /--name has 1 to 100 characters/],
    ['a long name', { name: 'x'.repeat(101) }, /--name has 1 to 100 characters/],
    ['days that are none', { days: 'soon' }, /--days is a number from 1 to 3650/],
    ['no days', { days: '0' }, /--days is a number from 1 to 3650/],
    ['half a day', { days: '0.5' }, /--days is a number from 1 to 3650/],
    ['an age', { days: '4000' }, /--days is a number from 1 to 3650/],
  ])('refuses %s in a line', async (_what, change, message) => {
    const given = { name: 'Billing', scopes: 'users:read', ...change }
    const flags = Object.entries(given).flatMap(([flag, value]) => [`--${flag}`, value])
    const { code, output } = await run(['keys', 'create', ...flags, '--data', '/nowhere/at/all'])
    expect(output).toMatch(message)
    expect(code).toBe(2)
    expect(output.trim().split('\n')).toHaveLength(1)
  })

  test('asks for what is needed', async () => {
    const { code, output } = await run(['keys', 'create', '--name', 'x'])
    expect(code).toBe(2)
    expect(output).toMatch(/required option '--scopes <scopes>' not specified/)
  })
})

test('antiphon users reset-mfa: who lost the second factor signs in by password, everywhere anew', async () => {
  const data = await dataDirectory()
  const server = await serve(data)
  const stranger = createClient({ url: server.url })
  const { token } = await stranger.users.signUp(account('dora'))
  const reset = (name: string) => run(['users', 'reset-mfa', name, '--data', data])
  expect(await reset('dora')).toEqual({ code: 0, output: 'dora has no second factor.\n' })
  const client = createClient({ url: server.url, token })
  const { secret } = await client.users.mfa.enroll({ password: 'correct horse' })
  const confirmed = await client.users.mfa.confirm({ code: await generate({ secret }) })
  const credentials = { identifier: 'dora', password: 'correct horse' }
  expect(await codeOf(stranger.users.signIn(credentials))).toBe('MFA_REQUIRED')
  expect(await reset('DORA@example.com')).toEqual({
    code: 0,
    output: expect.stringMatching(/^dora signs in by password alone now/),
  })
  expect(await codeOf(createClient({ url: server.url, token: confirmed.token }).users.me())).toBe('TOKEN_INVALID')
  const { user } = await stranger.users.signIn(credentials)
  expect(user.mfa).toBe(false)
  expect(await reset('nobody')).toEqual({ code: 2, output: 'antiphon: There is no user "nobody".\n' })
  await stop(server)
})

test('neither does jobs of the server, such as its mails, nor asks for its secret', async () => {
  const data = await dataDirectory()
  const secret = {
    ANTIPHON_SECRET: 'a secret of this test, thirty-two and more',
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'a@example.com',
  }
  const server = await serveWith(data, secret)
  // The mail to verify the address: no server takes it, so it waits.
  await createClient({ url: server.url }).users.signUp(account('cleo'))
  const { code, output } = await run(['users', 'make-admin', 'cleo', '--data', data], { LOG_LEVEL: 'info' })
  expect(code).toBe(0)
  expect(output).toContain('cleo is an administrator now')
  expect(output).not.toMatch(/cleo@example\.com|verify/)
  expect((await run(['keys', 'create', '--name', 'x', '--scopes', 'users:read', '--data', data])).code).toBe(0)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
})

async function serveWith(data: string, env: Record<string, string>) {
  const command = antiphon(['serve', '--data', data, '--port', '0'], env)
  const [, url = ''] = await command.printed(/ready at (http:\S+)/)
  return { ...command, url }
}
