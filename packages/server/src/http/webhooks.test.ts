import { createHmac, randomUUID } from 'node:crypto'
import { Writable } from 'node:stream'
import type { ConnectionId } from '@antiphon/client'
import pg from 'pg'
import pino from 'pino'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'
import { connectTo, startZoom, webhookOf, webhookSecret } from '../sessions/connections/zoom.fixture.ts'

const zoom = await startZoom()
let logged = ''
const stream = new Writable({
  write: (chunk, _encoding, done) => {
    logged += chunk
    done()
  },
})
const { url, databaseUrl, query, signUpAdmin } = await startTestServer({
  ...{ zoomUrl: zoom.url, log: pino({ level: 'debug' }, stream), allowedOrigins: ['https://other.example'] },
})
const admin = await signUpAdmin()
const { id: connectionId } = await connectTo(admin.client, zoom)
const { providers } = admin.client.sessions
const { id: meeting } = zoom.createMeeting({ host: 'owner@example.org', topic: 'Rehearsal' })

interface Sent {
  secret?: string
  at?: number
  to?: string
  headers?: Record<string, string>
}

/** As Zoom signs. */
function signed(body: string, { secret = webhookSecret, at = Date.now() }: Sent = {}) {
  const timestamp = String(Math.floor(at / 1_000))
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')
  return { 'x-zm-request-timestamp': timestamp, 'x-zm-signature': `v0=${signature}` }
}

async function send(body: string, sent: Sent = {}) {
  const { to = `/webhooks/zoom/${connectionId}` } = sent
  const headers = { 'content-type': 'application/json', ...signed(body, sent), ...sent.headers }
  const response = await fetch(url + to, { method: 'POST', headers, body })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

const started = (uuid: string = randomUUID(), more = {}) =>
  JSON.stringify({
    ...{ event: 'meeting.started', event_ts: 1_900_000_000_000, ...more },
    payload: { account_id: 'x', object: { id: String(meeting), uuid, topic: 'Rehearsal', host_id: 'x' } },
  })

// As it was taken in: what was folded has no text any more.
await query('create table came as select id, source, headers, body from provider_inbox with no data')
await query(`create function keep_came() returns trigger language plpgsql as $$ begin
  insert into came values (new.id, new.source, new.headers, new.body); return null; end $$`)
await query('create trigger keep_came after insert on provider_inbox for each row execute function keep_came()')

const inbox = () =>
  query<{ source: string; body: string; headers: Record<string, string> }>(
    `select source, encode(body, 'escape') as body, headers from came order by id`,
  )

beforeEach(async () => {
  await query('delete from provider_inbox')
  await query('delete from came')
  logged = ''
})

describe('a webhook of Zoom', () => {
  test('is kept as it came, and answered', async () => {
    const body = ` ${started()}\n`
    const { status, text } = await send(body, { headers: { cookie: 'a=b', authorization: 'Bearer x' } })
    expect([status, text]).toEqual([200, ''])
    const [kept] = await inbox()
    expect(kept).toMatchObject({ source: connectionId, body })
    expect(kept!.headers).toMatchObject({ 'x-zm-signature': expect.stringMatching(/^v0=/) })
    expect(Object.keys(kept!.headers)).not.toEqual(expect.arrayContaining(['cookie']))
    expect(Object.keys(kept!.headers)).not.toEqual(expect.arrayContaining(['authorization']))
    const { items } = await providers.list()
    expect(items[0]!.heardAt?.getTime()).toBeGreaterThan(Date.now() - 60_000)
  })

  test('is kept once, however often it comes and in whatever words', async () => {
    const uuid = randomUUID()
    const bodies = [started(uuid), started(uuid), started(uuid, { download_token: 'another' }), started()]
    const answers = await Promise.all(bodies.map((body) => send(body)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(await inbox()).toHaveLength(2)
  })

  test.each([
    ['what is no JSON', '{"event":'],
    ['nothing', ''],
    ['an unknown event', '{"event":"user.created","event_ts":1,"payload":{}}'],
    ['an event without what belongs to it', '{"event":"meeting.started","event_ts":"x","payload":null}'],
    ['a list', '[1,2]'],
    ['NUL', '{"event":"\u0000"}'],
  ])('is never refused for what it says: %s', async (_what, body) => {
    expect((await send(body)).status).toBe(200)
    expect((await send(body)).status).toBe(200)
    expect(await inbox()).toHaveLength(1)
  })

  test('answers a challenge at once, which shows that the address is entered', async () => {
    expect(await zoom.setWebhook(webhookOf(url, connectionId))).toBe(true)
    expect(await inbox()).toEqual([])
    const plainToken = 'qgg8vlvZRS6UYooatFL8Aw'
    const body = JSON.stringify({ event: 'endpoint.url_validation', payload: { plainToken }, event_ts: 1 })
    const answer = await send(body)
    const encryptedToken = createHmac('sha256', webhookSecret).update(plainToken).digest('hex')
    expect(JSON.parse(answer.text)).toEqual({ plainToken, encryptedToken })
    // Nobody else has anything signed by it.
    expect((await send(body, { secret: 'guessed' })).status).toBe(401)
  })

  test('of a meeting comes in as it happens there', async () => {
    expect(await zoom.setWebhook(webhookOf(url, connectionId))).toBe(true)
    zoom.join(meeting, 'Pia', 'pia@example.org')
    zoom.end(meeting)
    await zoom.delivered()
    await zoom.setWebhook(undefined)
    const events = (await inbox()).map(({ body }) => (JSON.parse(body) as { event: string }).event)
    expect(events).toEqual([
      ...['meeting.started', 'meeting.participant_joined', 'meeting.participant_left', 'meeting.ended'],
    ])
  })
})

describe('refused', () => {
  const tooOld = 6 * 60_000

  test.each<[string, string, Sent]>([
    ['forged', started(), { secret: 'guessed' }],
    ['replayed', started(), { at: Date.now() - tooOld }],
    ['from the future', started(), { at: Date.now() + tooOld }],
  ])('%s: 401, and nothing is kept', async (_what, body, sent) => {
    const { status, text } = await send(body, sent)
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([401, 'TOKEN_INVALID'])
    expect(await inbox()).toEqual([])
    expect(logged.match(/a webhook was refused/g)).toHaveLength(1)
    expect(logged).not.toContain('Rehearsal')
  })

  test('truncated or altered on its way', async () => {
    const body = started()
    for (const other of [body.slice(0, -1), body.replace('Rehearsal', 'rehearsal'), '']) {
      expect((await send(other, { headers: signed(body) })).status).toBe(401)
    }
    expect(await inbox()).toEqual([])
  })

  test.each([
    ['unsigned', {}],
    ['without a time', { 'x-zm-signature': 'v0=00' }],
    ['with an odd time', { 'x-zm-signature': 'v0=00', 'x-zm-request-timestamp': '1e9' }],
    ['with an odd signature', { 'x-zm-signature': 'ä', 'x-zm-request-timestamp': '1900000000' }],
  ])('%s', async (_what, headers) => {
    const response = await fetch(`${url}/webhooks/zoom/${connectionId}`, { method: 'POST', headers, body: '{}' })
    expect(response.status).toBe(401)
  })

  test('for a connection that is not there, or of another provider, or was removed', async () => {
    const other = newId('connection')
    for (const to of [
      `zoom/${other}`,
      `peer/${connectionId}`,
      'zoom/zoom',
      'link/link',
      'peer/peer',
      `zoom/${'x'.repeat(200)}`,
    ]) {
      expect([to, (await send(started(), { to: `/webhooks/${to}` })).status]).toEqual([to, 404])
    }
    await query(
      `insert into provider_connections (id, provider, name, settings, secrets, created_by, removed_at)
        select $2, provider, 'Gone', settings, secrets, created_by, now() from provider_connections where id = $1`,
      [connectionId, other],
    )
    expect((await send(started(), { to: `/webhooks/zoom/${other}` })).status).toBe(404)
    expect(await inbox()).toEqual([])
  })

  test('too large, or by another method', async () => {
    expect((await send(' '.repeat(1_048_577))).status).toBe(413)
    const response = await fetch(`${url}/webhooks/zoom/${connectionId}`, { headers: { accept: 'text/html' } })
    expect([response.status, response.headers.get('content-type')]).toEqual([
      404,
      expect.stringContaining('application/problem+json'),
    ])
  })
})

test('any content type is taken, and other pages get no leave to read the answer', async () => {
  const body = started()
  const plain = await send(body, { headers: { 'content-type': 'text/plain', origin: 'https://evil.example' } })
  expect([plain.status, plain.headers.get('access-control-allow-origin')]).toEqual([200, null])
  expect(plain.headers.get('set-cookie')).toBeNull()
})

test('strangers are limited by where they come from, who signs is not', async () => {
  const limited = await startTestServer({ zoomUrl: zoom.url, callsPerMinute: 5, trustedProxies: 1 })
  const person = await limited.signUpAdmin()
  const { id } = await connectTo(person.client, zoom)
  const to = (secret: string, address: string, body = started()) =>
    fetch(`${limited.url}/webhooks/zoom/${id satisfies ConnectionId}`, {
      ...{ method: 'POST', body, headers: { 'x-forwarded-for': address, ...signed(body, { secret }) } },
    }).then(({ status }) => status)
  // A minute may end meanwhile.
  await vi.waitFor(
    async () => {
      const statuses: number[] = []
      for (let at = 0; at < 7; at++) statuses.push(await to('guessed', '203.0.113.7'))
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
    },
    { timeout: 65_000, interval: 1_000 },
  )
  expect(await to('guessed', '203.0.113.8')).toBe(401)
  for (let at = 0; at < 10; at++) expect(await to(webhookSecret, '203.0.113.7')).toBe(200)
})

/** Has tables locked by another, as by a fold that takes long, until that is done. */
async function locked(tables: string, work: () => Promise<unknown>) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query(`begin; lock table ${tables} in access exclusive mode`)
    await work()
  } finally {
    await client.end()
  }
}

test('is answered well within three seconds, however long it takes to see what it means', async () => {
  await locked('sessions, session_people, session_facts, session_stays', async () => {
    const since = performance.now()
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(started())))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(performance.now() - since).toBeLessThan(2_000)
  })
})

test('what cannot be kept is not taken: Zoom is to try again, and then it is kept once', async () => {
  const body = started()
  await locked('provider_inbox', async () => expect((await send(body)).status).toBe(503))
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(body)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(await inbox()).toHaveLength(1)
})
