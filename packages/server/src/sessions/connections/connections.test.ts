import { Writable } from 'node:stream'
import { createClient } from '@antiphon/client'
import pino from 'pino'
import { beforeEach, describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { usedScopes } from '../../providers/zoom/scopes.ts'
import { accountOf, connectTo, startZoom, tokensOf, webhookSecret } from './zoom.fixture.ts'

const zoom = await startZoom()
let logged = ''
const stream = new Writable({
  write: (chunk, _encoding, done) => {
    logged += chunk
    done()
  },
})
const server = await startTestServer({ zoomUrl: zoom.url, log: pino({ level: 'debug' }, stream) })
const { url, query, anyone } = server
const admin = await server.signUpAdmin()
const { providers } = admin.client.sessions
const { app } = zoom
const { clientSecret } = app()

const removeAll = async () => {
  for (const { id } of await collect(providers.list.all())) await providers.remove({ connectionId: id })
}

beforeEach(async () => {
  zoom.misbehave(() => undefined)
  zoom.setSecret(clientSecret)
  zoom.setScopes(usedScopes)
  await removeAll()
})

const rows = () =>
  query<{ found: string }>(`select to_jsonb(c)::text as found from provider_connections c where removed_at is null`)

describe('connect', () => {
  test('checks the account and shows what it found, never what opens it', async () => {
    const made = await providers.connect({ ...accountOf(zoom), defaultPasscode: '123456' })
    expect(made).toEqual({
      ...{ id: made.id, provider: 'zoom', name: 'School', accountId: app().accountId, clientId: app().clientId },
      ...{ accountName: expect.any(String), state: 'ok', problem: null, notes: [], hasDefaultPasscode: true },
      webhookUrl: `${url}/webhooks/zoom/${made.id}`,
      ...{ heardAt: null, checkedAt: expect.any(Date), answeredAt: null, pausedUntil: null },
      callsToday: expect.arrayContaining([{ category: 'light', calls: expect.any(Number), limit: null }]),
      ...{ createdAt: expect.any(Date), modifiedAt: expect.any(Date) },
    })
    expect((await providers.list()).items).toEqual([made])
    expect(made.callsToday.find(({ category }) => category === 'light')!.calls).toBeGreaterThan(0)
  })

  test.each([
    ['the secret', { clientSecret: 'wrong' }],
    ['the account', { accountId: 'another' }],
    ['the client', { clientId: 'another' }],
  ])('refuses %s that Zoom does not know, and keeps nothing', async (_what, wrong) => {
    expect(await codeOf(providers.connect({ ...accountOf(zoom), ...wrong }))).toBe('PROVIDER_CREDENTIALS')
    expect(await rows()).toEqual([])
  })

  test('names the scopes that the app lacks', async () => {
    zoom.setScopes(['user:read:user:admin', 'meeting:read:admin', 'meeting:write:admin'])
    const refused = await providers.connect.safe(accountOf(zoom))
    expect(refused).toMatchObject({ ok: false, error: { code: 'PROVIDER_SCOPES' } })
    const message = refused.ok ? '' : refused.error.message
    expect(message).toContain('cloud_recording:read:list_recording_files:admin')
    expect(message).not.toContain('user:read:user:admin')
    expect(await rows()).toEqual([])
  })

  test('takes an app without Dashboards, and says what that means', async () => {
    zoom.setScopes(usedScopes.filter((scope) => !scope.startsWith('dashboard')))
    const { state, notes } = await connectTo(admin.client, zoom)
    expect([state, notes]).toEqual(['ok', [expect.stringContaining('dashboard:read:list_meetings:admin')]])
  })

  test('a page in place of an answer, or none: try again, nothing is kept', async () => {
    const once = createClient({ url, token: admin.token, maxRetries: 0 }).sessions.providers
    for (const fault of [{ html: 200 }, { html: 503 }, 'hangUp' as const]) {
      zoom.misbehave(() => fault)
      expect(await codeOf(once.connect(accountOf(zoom)))).toBe('UNAVAILABLE')
    }
    zoom.misbehave(({ path }) => (path.startsWith('/oauth') ? { text: '{"token_type":"bearer"}' } : undefined))
    expect(await codeOf(once.connect(accountOf(zoom)))).toBe('PROVIDER_FAILED')
    expect(await rows()).toEqual([])
  })

  test('the same account twice is a conflict, also of many at once; a retry is not', async () => {
    const idempotencyKey = newId('request')
    const wanted = { ...accountOf(zoom), idempotencyKey }
    const answers = await Promise.all(Array.from({ length: 4 }, () => providers.connect.safe(accountOf(zoom))))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect(answers.flatMap((one) => (one.ok ? [] : [one.error.code]))).toEqual(Array(3).fill('ACCOUNT_CONNECTED'))
    await removeAll()
    const first = await providers.connect(wanted)
    const asked = zoom.log.length
    expect((await providers.connect(wanted)).id).toBe(first.id)
    expect(zoom.log.length).toBe(asked)
    expect(await codeOf(providers.connect({ ...wanted, name: 'Another' }))).toBe('IDEMPOTENCY_KEY_REUSED')
  })

  test.each([
    [{ name: ' ' }],
    [{ clientSecret: '' }],
    [{ webhookSecret: 'has blanks in it' }],
    [{ accountId: 'x'.repeat(201) }],
    [{ defaultPasscode: '' }],
  ])('refuses %o before anybody is asked', async (wrong) => {
    const asked = zoom.log.length
    expect(await codeOf(providers.connect({ ...accountOf(zoom), ...wrong }))).toBe('INVALID_INPUT')
    expect(zoom.log.length).toBe(asked)
  })
})

describe('update', () => {
  test('a name asks nobody; what opens the account counts only once it is checked', async () => {
    const { id: connectionId } = await connectTo(admin.client, zoom)
    const asked = zoom.log.length
    const renamed = await providers.update({ connectionId, name: 'Choir', defaultPasscode: '4711' })
    expect(renamed).toMatchObject({ name: 'Choir', hasDefaultPasscode: true })
    expect(await providers.update({ connectionId, defaultPasscode: null })).toMatchObject({ hasDefaultPasscode: false })
    expect(zoom.log.length).toBe(asked)
    expect(await codeOf(providers.update({ connectionId, clientSecret: 'wrong' }))).toBe('PROVIDER_CREDENTIALS')
    expect(await providers.check({ connectionId })).toMatchObject({ state: 'ok', name: 'Choir' })
    zoom.setSecret('renewed')
    expect(await providers.update({ connectionId, clientSecret: 'renewed' })).toMatchObject({ state: 'ok' })
    zoom.expireTokens()
    expect(await providers.check({ connectionId })).toMatchObject({ state: 'ok' })
  })

  test('one that is not there, or not any more', async () => {
    const connectionId = newId('connection')
    for (const call of [
      () => providers.update({ connectionId, name: 'x' }),
      () => providers.remove({ connectionId }),
      () => providers.check({ connectionId }),
    ]) {
      expect(await codeOf(call())).toBe('NOT_FOUND')
    }
  })
})

describe('check', () => {
  test('says that credentials do not count any more, and that they do again', async () => {
    const { id: connectionId } = await connectTo(admin.client, zoom)
    zoom.setSecret('changed there')
    zoom.expireTokens()
    const problem = 'Zoom does not accept the account id, the client id or the client secret.'
    expect(await providers.check({ connectionId })).toMatchObject({ state: 'broken', problem })
    zoom.setSecret(clientSecret)
    expect(await providers.check({ connectionId })).toMatchObject({ state: 'ok', problem: null })
  })

  test('says which scopes were taken away', async () => {
    const { id: connectionId } = await connectTo(admin.client, zoom)
    zoom.setScopes(['user:read:user:admin', 'user:read:admin', 'meeting:read:admin', 'recording:read:admin'])
    zoom.expireTokens()
    const { state, problem } = await providers.check({ connectionId })
    expect([state, problem]).toEqual(['broken', expect.stringContaining('meeting:update:status:admin')])
  })

  test('a provider that is down breaks nothing', async () => {
    const { id: connectionId } = await connectTo(admin.client, zoom)
    zoom.misbehave(() => 'hangUp')
    const once = createClient({ url, token: admin.token, maxRetries: 0 }).sessions.providers
    expect(await codeOf(once.check({ connectionId }))).toBe('UNAVAILABLE')
    expect((await providers.list()).items).toMatchObject([{ state: 'ok' }])
  })
})

test('removed: what opened it is gone, and another can be connected', async () => {
  const { id: connectionId } = await connectTo(admin.client, zoom)
  await providers.remove({ connectionId })
  const [row] = await query(
    'select secrets, default_passcode, token, token_until from provider_connections where id = $1',
    [connectionId],
  )
  expect(Object.values(row!)).toEqual([null, null, null, null])
  expect((await providers.list()).items).toEqual([])
  expect(await codeOf(providers.remove({ connectionId }))).toBe('NOT_FOUND')
  await connectTo(admin.client, zoom)
})

test('lists are in pages', async () => {
  const first = await connectTo(admin.client, zoom)
  await query(
    `insert into provider_connections (id, provider, name, settings, created_by)
      select $2, provider, 'Other', settings, created_by from provider_connections where id = $1`,
    [first.id, newId('connection')],
  )
  expect((await collect(providers.list.all({ limit: 1 }))).map(({ name }) => name)).toEqual(['School', 'Other'])
  expect(await codeOf(providers.list({ cursor: 'x' }))).toBe('BAD_CURSOR')
})

test('only administrators, also by their keys', async () => {
  const [stranger, support] = [await server.signUp(), await server.signUp()]
  await query(`update users set roles = '{support}' where id = $1`, [support.user.id])
  for (const { client } of [stranger, support]) {
    expect(await codeOf(client.sessions.providers.list())).toBe('NOT_ALLOWED')
    expect(await codeOf(connectTo(client, zoom))).toBe('NOT_ALLOWED')
  }
  expect(await codeOf(anyone.sessions.providers.list())).toBe('NOT_SIGNED_IN')
  const key = await admin.client.users.apiKeys.create({ name: 'K', scopes: ['sessions:read'] })
  const reader = createClient({ url, token: key.secret, maxRetries: 0 })
  expect((await reader.sessions.providers.list()).items).toEqual([])
  expect(await codeOf(connectTo(reader, zoom))).toBe('NOT_ALLOWED')
})

test('secrets are in no answer, no log, no line of the audit log and no column that can be read', async () => {
  const { id: connectionId } = await providers.connect({ ...accountOf(zoom), defaultPasscode: 'let-me-in-passcode' })
  await codeOf(providers.update({ connectionId, clientSecret: 'another-secret-of-the-app' }))
  const answers = JSON.stringify([await providers.list(), await providers.check({ connectionId })])
  const tables = await query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema in ('public', 'graphile_worker')`,
  )
  let stored = ''
  for (const { name } of tables) {
    const found = await query<{ text: string }>(
      `select coalesce(string_agg(to_jsonb(t)::text, ' '), '') as text from ${name.startsWith('_') ? 'graphile_worker.' : ''}${name} t`,
    ).catch(() => [])
    stored += found[0]?.text ?? ''
  }
  const { length } = stored
  expect(length).toBeGreaterThan(1_000)
  for (const secret of [clientSecret, webhookSecret, 'let-me-in-passcode', 'another-secret-of-the-app']) {
    const hex = Buffer.from(secret).toString('hex')
    for (const place of [answers, logged, stored]) {
      expect(place).not.toContain(secret)
      expect(place).not.toContain(hex)
    }
  }
  const lines = await query<{ action: string; details: object }>(
    'select action, details from audit_log where target = $1 order by id',
    [connectionId],
  )
  expect(lines).toEqual([
    { action: 'sessions.providers.connect', details: { provider: 'zoom' } },
    { action: 'sessions.providers.check', details: {} },
  ])
  expect(tokensOf(zoom)).toBeGreaterThan(0)
})
