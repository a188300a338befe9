import { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@antiphon/client'
import pino from 'pino'
import { beforeEach, expect, test, vi } from 'vitest'
import { codeOf, collect, startTestServer, testSecret } from '../../../test/server.ts'
import { createVault } from '../../auth/vault.ts'
import { createDb, createPool } from '../../db/connect.ts'
import { newId } from '../../ids.ts'
import { usedScopes } from '../../providers/zoom/scopes.ts'
import { createAccounts } from './accounts.ts'
import { connectTo, startZoom, tokensOf } from './zoom.fixture.ts'

const zoom = await startZoom()
let logged = ''
const stream = new Writable({
  write: (chunk, _encoding, done) => {
    logged += chunk
    done()
  },
})
const log = pino({ level: 'info' }, stream)
const first = await startTestServer({ zoomUrl: zoom.url, log })
const second = await startTestServer({ zoomUrl: zoom.url, log, database: first.databaseUrl })
const { query } = first
const admin = await first.signUpAdmin()
const { providers } = admin.client.sessions
const { meetings } = admin.client
const { clientSecret } = zoom.app()
const soon = { timeout: 20_000, interval: 50 }

const plain = {
  ...{ title: 'Rehearsal', durationMinutes: 90, timeZone: 'UTC', provider: 'zoom' as const },
  startsAt: new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 7_200_000),
}

type MeetingId = `mtg_${string}`

const hurry = () => query(`update graphile_worker._private_jobs set run_at = now() where run_at > now()`)

async function settled(meetingId: MeetingId, state: string) {
  await vi.waitFor(async () => {
    await hurry()
    expect((await meetings.get({ meetingId })).roomState).toBe(state)
  }, soon)
  return meetings.get({ meetingId })
}

const roomsOf = (meetingId: MeetingId) =>
  query<{ source: string; provider: string; external_id: string; gone: boolean }>(
    `select source, provider, external_id, gone_at is not null as gone from meeting_rooms where meeting_id = $1`,
    [meetingId],
  )

beforeEach(async () => {
  zoom.misbehave(() => undefined)
  zoom.setSecret(clientSecret)
  zoom.setScopes(usedScopes)
  for (const { id } of await collect(providers.list.all())) await providers.remove({ connectionId: id })
  logged = ''
})

const shown = async () => (await providers.list()).items[0]!

test('a meeting is held in the account that is connected, and its room is known', async () => {
  expect(await codeOf(meetings.create(plain))).toBe('UNKNOWN_PROVIDER')
  const { id: connectionId } = await connectTo(admin.client, zoom)
  const made = await meetings.create({ ...plain, passcode: '4711' })
  expect(made).toMatchObject({ provider: 'zoom', connectionId, roomState: 'pending' })
  await settled(made.id, 'ready')
  const [room] = await roomsOf(made.id)
  expect(room).toEqual({ source: connectionId, provider: 'zoom', external_id: expect.any(String), gone: false })
  expect(await meetings.join({ meetingId: made.id })).toMatchObject({ status: 'admitted', joinUrl: expect.any(String) })
  // Made anew there under another name.
  zoom.deleteMeeting(Number(room!.external_id))
  await meetings.update({ meetingId: made.id, title: 'Again' })
  await settled(made.id, 'ready')
  const rooms = await roomsOf(made.id)
  expect(rooms.map(({ gone, external_id }) => [gone, external_id === room!.external_id]).sort()).toEqual([
    [false, false],
    [true, true],
  ])
  await meetings.cancel({ meetingId: made.id })
  expect((await roomsOf(made.id)).map(({ gone }) => gone)).toEqual([true, true])
  await settled(made.id, 'gone')
  expect((await roomsOf(made.id)).map(({ gone }) => gone)).toEqual([true, true])
})

test('the account named, or the oldest that works; none of another provider', async () => {
  const { id: works } = await connectTo(admin.client, zoom)
  // What opens it is not there.
  const older = newId('connection', Date.now() - 1_000)
  await query(
    `insert into provider_connections (id, provider, name, settings, created_by)
      select $2, provider, 'Other', settings, created_by from provider_connections where id = $1`,
    [works, older],
  )
  const held = async (connectionId?: typeof works) =>
    (await meetings.create({ ...plain, ...(connectionId !== undefined && { connectionId }) })).connectionId
  expect([await held(works), await held()]).toEqual([works, older])
  await vi.waitFor(async () => expect(await shown()).toMatchObject({ id: older, state: 'broken' }), soon)
  expect([await held(), await held(older)]).toEqual([works, older])
  const { provider: _, ...rest } = plain
  const link = 'https://meet.example.com/x'
  expect(await codeOf(meetings.create({ ...rest, link, connectionId: works }))).toBe('INVALID_INPUT')
  await providers.remove({ connectionId: older })
  expect(await codeOf(meetings.create({ ...plain, connectionId: older }))).toBe('UNKNOWN_PROVIDER')
})

test('an account whose secret stops working is broken, once, and works again by itself', async () => {
  const { id: connectionId } = await connectTo(admin.client, zoom)
  zoom.setSecret('changed there')
  zoom.expireTokens()
  const { id: meetingId } = await meetings.create(plain)
  const problem = 'Zoom does not accept the account id, the client id or the client secret.'
  await vi.waitFor(async () => expect(await shown()).toMatchObject({ state: 'broken', problem }), soon)
  await vi.waitFor(async () => {
    await hurry()
    const tried = zoom.log.filter(({ path }) => path.startsWith('/oauth')).length
    expect(tried).toBeGreaterThan(3)
  }, soon)
  expect(logged.match(/an account broke/g)).toHaveLength(1)
  zoom.setSecret(clientSecret)
  await settled(meetingId, 'ready')
  expect(await shown()).toMatchObject({ state: 'ok', problem: null })
  expect(logged.match(/an account works again/g)).toHaveLength(1)
  expect(logged).not.toContain(clientSecret)
  expect(connectionId).toBe((await shown()).id)
})

test('two servers share one token', async () => {
  await connectTo(admin.client, zoom)
  const before = tokensOf(zoom)
  const connectionId = (await shown()).id
  const db = createDb(createPool({ connectionString: first.databaseUrl }, { max: 6 }))
  const vault = createVault(testSecret)
  const servers = [1, 2, 3].map(() => createAccounts({ db, log, vault, zoomUrl: zoom.url }))
  const ask = async (server: (typeof servers)[number]) => {
    const provider = (await server.find(connectionId))!
    const signal = AbortSignal.timeout(10_000)
    return provider.status!('1', { signal }).catch((error: Error) => error.message)
  }
  try {
    const missing = ['Zoom has no such meeting (any more).']
    expect([...new Set(await Promise.all([...servers, ...servers].map(ask)))]).toEqual(missing)
    expect(tokensOf(zoom) - before).toBe(0)
    // All of them are refused at once: one asks, the others get what it got.
    zoom.expireTokens()
    expect([...new Set(await Promise.all([...servers, ...servers].map(ask)))]).toEqual(missing)
    expect(tokensOf(zoom) - before).toBe(1)
    // Who asks is slow: the others wait for it.
    zoom.expireTokens()
    zoom.misbehave(({ path }) => (path.startsWith('/oauth') ? { slowMs: 500 } : undefined))
    expect([...new Set(await Promise.all([...servers, ...servers].map(ask)))]).toEqual(missing)
    expect(tokensOf(zoom) - before).toBe(2)
    await delay(50)
  } finally {
    await db.destroy()
  }
  const [counted] = await query<{ calls: number }>(
    'select sum(calls)::int as calls from provider_calls where source = $1',
    [connectionId],
  )
  expect(counted!.calls).toBeGreaterThan(18)
})

test('one that may not list what runs is broken until it may', async () => {
  const { id: connectionId } = await connectTo(admin.client, zoom)
  const db = createDb(createPool({ connectionString: first.databaseUrl }, { max: 2 }))
  const accounts = createAccounts({ db, log, vault: createVault(testSecret), zoomUrl: zoom.url })
  const sweep = async () => {
    const provider = (await accounts.find(connectionId))!
    let count = 0
    for await (const _ of provider.snapshot!({ signal: AbortSignal.timeout(10_000) })) count++
    return count
  }
  try {
    zoom.setScopes(usedScopes.filter((scope) => !scope.includes('list_meetings')))
    zoom.expireTokens()
    await expect(sweep()).rejects.toMatchObject({ problem: { kind: 'forbidden' } })
    expect(await shown()).toMatchObject({
      state: 'broken',
      problem: expect.stringContaining('meeting:read:list_meetings'),
    })
    // What else it may do does not mend it.
    const made = await meetings.create({ ...plain, passcode: '4711' })
    await vi.waitFor(async () => {
      await hurry()
      expect((await meetings.get({ meetingId: made.id })).roomProblem).not.toBeNull()
    }, soon)
    expect(await shown()).toMatchObject({ state: 'broken' })
    zoom.setScopes(usedScopes)
    zoom.expireTokens()
    expect(await sweep()).toBe(0)
    expect(await shown()).toMatchObject({ state: 'ok', problem: null })
  } finally {
    await db.destroy()
  }
})

test('a change here counts on another server at once', async () => {
  const { id: connectionId } = await connectTo(admin.client, zoom)
  const there = createClient({ url: second.url, token: admin.token })
  expect(await there.sessions.providers.check({ connectionId })).toMatchObject({ state: 'ok' })
  zoom.setSecret('renewed')
  await providers.update({ connectionId, clientSecret: 'renewed' })
  zoom.expireTokens()
  expect(await there.sessions.providers.check({ connectionId })).toMatchObject({ state: 'ok' })
  await providers.remove({ connectionId })
  expect(await codeOf(there.sessions.providers.check({ connectionId }))).toBe('NOT_FOUND')
})

test('too many calls pause the account until the time that Zoom says', async () => {
  await connectTo(admin.client, zoom)
  zoom.misbehave(({ path }) => (path.startsWith('/oauth') ? undefined : 'daily'))
  await meetings.create(plain)
  await vi.waitFor(async () => expect((await shown()).pausedUntil?.getTime()).toBeGreaterThan(Date.now()), soon)
  expect(await shown()).toMatchObject({ state: 'ok' })
})

test('meetings of an account that is removed say so, and go without it', async () => {
  const { id: connectionId, name } = await connectTo(admin.client, zoom)
  const { id: meetingId } = await meetings.create(plain)
  await settled(meetingId, 'ready')
  await providers.remove({ connectionId })
  const roomProblem = `The account "${name}" is not connected any more.`
  expect(await meetings.get({ meetingId })).toMatchObject({ roomState: 'failed', roomProblem })
  expect(await roomsOf(meetingId)).toMatchObject([{ gone: true }])
  await meetings.update({ meetingId, title: 'Somewhere else' })
  expect(await settled(meetingId, 'failed')).toMatchObject({
    roomProblem: 'The account of the meeting is not connected any more.',
  })
  await meetings.cancel({ meetingId })
  await settled(meetingId, 'gone')
})

test('a meeting without a link is in the built-in room, which is there at once', async () => {
  const { provider: _, ...rest } = plain
  const made = await meetings.create(rest)
  expect(made).toMatchObject({ provider: 'peer', roomState: 'ready', link: null, connectionId: null })
  expect(await roomsOf(made.id)).toEqual([{ source: 'peer', provider: 'peer', external_id: made.id, gone: false }])
  await meetings.update({ meetingId: made.id, title: 'Other' })
  expect(await roomsOf(made.id)).toMatchObject([{ gone: false }])
  expect((await meetings.cancel({ meetingId: made.id })).roomState).toBe('gone')
  expect(await roomsOf(made.id)).toMatchObject([{ gone: true }])
  await meetings.remove({ meetingId: made.id })
  await query('delete from recordings where meeting_id = $1', [made.id])
  await query(`update meetings set removed_at = now() - interval '31 days' where id = $1`, [made.id])
  await query(`select id from graphile_worker.add_job('sweep', '{}'::json)`)
  await vi.waitFor(async () => expect(await roomsOf(made.id)).toEqual([]), soon)
  const linked = await meetings.create({ ...rest, link: 'https://meet.example.com/x' })
  expect([linked.provider, await roomsOf(linked.id)]).toEqual(['link', []])
})
