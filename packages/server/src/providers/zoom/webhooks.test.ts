import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { ProviderEvent, WebhookRequest } from '../provider.ts'
import { parseWebhook, verifyWebhook } from './webhooks.ts'
import { openZoom, webhookSecret } from './zoom.fixture.ts'

const now = new Date('2030-05-06T12:00:00Z')
const seconds = now.getTime() / 1_000
const sign = (text: string, secret = webhookSecret) => createHmac('sha256', secret).update(text).digest('hex')

function signed(body: string, { at = seconds, secret = webhookSecret } = {}): WebhookRequest {
  const headers = { 'x-zm-request-timestamp': String(at), 'x-zm-signature': `v0=${sign(`v0:${at}:${body}`, secret)}` }
  return { body: Buffer.from(body), headers, url: '/webhooks/zoom' }
}

const kindOf = (request: WebhookRequest, secret = webhookSecret) => verifyWebhook(request, secret, now).kind

test('what Zoom signed lately counts, to the byte', () => {
  const body = '{"event" : "meeting.ended",\n"payload":{"object":{"topic":"Ünï"}}}'
  expect(kindOf(signed(body))).toBe('verified')
  for (const at of [seconds - 299, seconds + 299]) expect(kindOf(signed(body, { at }))).toBe('verified')
  // It was verified; what it says is another matter.
  expect(kindOf(signed('no json'))).toBe('verified')
})

test('what is forged, changed, cut short or old does not', () => {
  const body = '{"event":"meeting.ended"}'
  const good = signed(body)
  const with_ = (headers: Record<string, string | undefined>) => ({ ...good, headers: { ...good.headers, ...headers } })
  const signature = good.headers['x-zm-signature'] ?? ''
  const bad = [
    signed(body, { secret: 'another' }),
    { ...good, body: Buffer.from(`${body} `) },
    { ...good, body: Buffer.from(body.slice(0, -1)) },
    { ...good, body: Buffer.from('') },
    signed(body, { at: seconds - 301 }),
    signed(body, { at: seconds + 301 }),
    with_({ 'x-zm-request-timestamp': String(seconds + 1) }),
    ...[undefined, '', 'now', `${seconds}.0`, '-1', '1'.repeat(20)].map((at) =>
      with_({ 'x-zm-request-timestamp': at }),
    ),
    ...[undefined, '', signature.slice(3), signature.slice(0, -1), `${signature}0`, signature.toUpperCase()].map(
      (one) => with_({ 'x-zm-signature': one }),
    ),
  ]
  for (const request of bad) expect(verifyWebhook(request, webhookSecret, now).kind).toBe('rejected')
  // Without a secret nothing counts.
  expect(kindOf(signed(body, { secret: '' }), '')).toBe('rejected')
})

test('the reason says nothing of the secret', () => {
  const verdict = verifyWebhook(signed('{}', { secret: 'another' }), webhookSecret, now)
  expect(verdict).toEqual({ kind: 'rejected', reason: 'Its signature does not fit.' })
})

test('whether we know the secret is answered to Zoom alone', () => {
  const plainToken = 'qgg8vlvZRS6UYooatFL8Aw'
  const body = JSON.stringify({
    event: 'endpoint.url_validation',
    payload: { plainToken },
    event_ts: 1_654_503_849_680,
  })
  const verdict = verifyWebhook(signed(body), webhookSecret, now)
  expect(verdict).toEqual({ kind: 'challenge', body: expect.any(String), contentType: 'application/json' })
  expect(verdict.kind === 'challenge' && JSON.parse(verdict.body)).toEqual({
    plainToken,
    encryptedToken: sign(plainToken),
  })
  expect(kindOf(signed(body, { secret: 'another' }))).toBe('rejected')
  expect(parseWebhook(signed(body))).toEqual([])
})

const at = Date.UTC(2030, 4, 6, 11)
const object = {
  id: '82000000001',
  uuid: '4444AAAiAAAAAiAiAiiAii==',
  host_id: 'h',
  topic: 'Choir',
  type: 2,
  duration: 60,
}
const told = (event: string, more: object = {}, payload: object = {}) =>
  parseWebhook(
    signed(
      JSON.stringify({ event, event_ts: at, payload: { account_id: 'a', ...payload, object: { ...object, ...more } } }),
    ),
  )

test('each event says what happened, where, and when by the clock of Zoom', () => {
  const session = { externalId: object.id, sessionKey: object.uuid, room: { title: 'Choir' } }
  const key = expect.stringMatching(/^[0-9a-f]{64}$/)
  expect(told('meeting.started', { start_time: '2030-05-06T10:00:00Z' })).toEqual([
    { ...session, kind: 'session.started', at: new Date(at), key },
  ])
  expect(told('meeting.ended', { end_time: '2030-05-06T10:59:58Z' })).toEqual([
    { ...session, kind: 'session.ended', at: new Date('2030-05-06T10:59:58Z'), key },
  ])
  // Here the number of the meeting is a number.
  expect(told('recording.completed', { id: 82_000_000_001, recording_files: [{ id: 'x' }] })).toEqual([
    { ...session, kind: 'recording.ready', at: new Date(at), key },
  ])
  const room = { externalId: object.id, sessionKey: null, at: new Date(at), key }
  const changed = { topic: 'New', join_url: 'https://zoom.us/j/1?pwd=x', password: 'abc' }
  expect(told('meeting.updated', changed)).toEqual([
    { ...room, kind: 'room.changed', room: { title: 'New', joinUrl: 'https://zoom.us/j/1?pwd=x', passcode: 'abc' } },
  ])
  expect(told('meeting.created')).toEqual([{ ...room, kind: 'room.changed', room: { title: 'Choir' } }])
  expect(told('meeting.deleted', {}, { operation: 'all' })).toMatchObject([{ kind: 'room.gone', sessionKey: null }])
  expect(told('meeting.deleted', {}, { operation: 'single' })).toMatchObject([{ kind: 'room.changed' }])
})

const cleo = { user_id: '16778240', user_name: 'Cleo', id: '', email: '', participant_uuid: 'CLEO' }

test('people come and go by the stay they are told by', () => {
  const joined = { ...cleo, join_time: '2030-05-06T10:00:01Z', email: 'cleo@example.com' }
  const event = { externalId: object.id, sessionKey: object.uuid, room: { title: 'Choir' }, key: expect.any(String) }
  const who = { key: 'CLEO', name: 'Cleo', userId: null }
  expect(told('meeting.participant_joined', { participant: joined })).toEqual([
    {
      ...{ ...event, kind: 'participant.joined', at: new Date('2030-05-06T10:00:01Z') },
      participant: { ...who, email: 'cleo@example.com', joinedAt: new Date('2030-05-06T10:00:01Z') },
    },
  ])
  const left = { ...cleo, leave_time: '2030-05-06T10:30:00Z', leave_reason: 'left' }
  expect(told('meeting.participant_left', { participant: left })).toEqual([
    {
      ...{ ...event, kind: 'participant.left', at: new Date('2030-05-06T10:30:00Z') },
      participant: { ...who, email: null, joinedAt: null },
    },
  ])
  const older = { ...left, participant_uuid: undefined, user_id: 16_778_240 }
  expect(told('meeting.participant_left', { participant: older })).toMatchObject([{ participant: { key: '16778240' } }])
  const nobody = { ...older, user_id: '' }
  expect(told('meeting.participant_left', { participant: nobody })).toEqual([])
  expect(told('meeting.participant_joined')).toEqual([])
})

test('an event has one key however often and with whichever token it comes, and no two have the same', () => {
  const parse = (more: object, event = 'meeting.participant_joined') => told(event, more)[0]?.key
  const join = { ...cleo, join_time: '2030-05-06T10:00:01Z' }
  const key = parse({ participant: join })
  expect(parse({ participant: { ...join, user_name: 'Cleo C.' }, topic: 'Another' })).toBe(key)
  const others = [
    parse({ participant: { ...join, participant_uuid: 'BOB' } }),
    parse({ participant: { ...join, join_time: '2030-05-06T10:00:02Z' } }),
    parse({ participant: join, uuid: 'other' }),
    parse({ participant: join }, 'meeting.participant_left'),
    parse({}, 'meeting.started'),
    parse({}, 'meeting.ended'),
    parse({}, 'recording.completed'),
  ]
  expect(new Set([key, ...others]).size).toBe(8)
  const recording = (download_token: string) =>
    parseWebhook(
      signed(JSON.stringify({ event: 'recording.completed', event_ts: at, payload: { object }, download_token })),
    )[0]?.key
  expect(recording('one')).toBe(recording('two'))
})

test('what is about something else, or cannot be read, says nothing', () => {
  const quiet = [
    'meeting.participant_joined_waiting_room',
    'meeting.sharing_started',
    'user.created',
    'constructor',
    '',
  ]
  for (const event of quiet) expect(told(event, { participant: cleo })).toEqual([])
  const texts = ['', 'null', '[]', '{', '"x"', '{"event":1}', '{"event":"meeting.ended"}', '\0']
  for (const text of texts) expect(parseWebhook(signed(text))).toEqual([])
  expect(parseWebhook({ ...signed(''), body: Buffer.from([0xff, 0xfe]) })).toEqual([])
})

test('no body makes it fail', () => {
  const payload = fc.record({ object: fc.oneof(fc.anything(), fc.constant({ ...object, participant: cleo })) })
  const kinds = fc.constantFrom('meeting.started', 'meeting.participant_left', 'recording.completed', 'meeting.deleted')
  const times = fc.oneof(fc.constant(at), fc.anything())
  const body = fc.record({
    event: fc.oneof(kinds, fc.string()),
    event_ts: times,
    payload: fc.oneof(payload, fc.anything()),
  })
  fc.assert(
    fc.property(body, (given) => {
      const text = safeJson(given)
      for (const event of parseWebhook(signed(text))) expect(event.at.getTime()).not.toBeNaN()
      for (const event of told('meeting.ended', Object(given))) expect(event.at.getTime()).not.toBeNaN()
    }),
    { numRuns: 300 },
  )
})

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}

test('a whole meeting as the server tells it, whatever becomes of the deliveries', async () => {
  const { server, zoom } = await openZoom({ retryFactor: 0 })
  const events: ProviderEvent[] = []
  let [failing, rejected] = [0, 0]
  const listener = createServer(async (request, response) => {
    const { headers, url = '' } = request
    const given = {
      body: await buffer(request),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      url,
    }
    const verdict = zoom.verifyWebhook!(given, new Date())
    if (verdict.kind === 'challenge') return response.end(verdict.body)
    if (verdict.kind === 'rejected') rejected++
    if (failing-- > 0) return response.writeHead(500).end()
    events.push(...zoom.parseWebhook!(given))
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void listener.close())
  const address = listener.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/webhooks/zoom`
  expect(await server.setWebhook({ url, secret: 'another' })).toBe(false)
  expect(rejected).toBe(1)
  expect(await server.setWebhook({ url, secret: webhookSecret })).toBe(true)
  const { id } = server.createMeeting({ host: 'ann-id' })
  const person = server.join(id, 'Cleo')
  server.end(id)
  server.record(id, { bytes: new Uint8Array(3) })
  await server.delivered()
  const kinds = ['session.started', 'participant.joined', 'participant.left', 'session.ended', 'recording.ready']
  expect(events.map(({ kind }) => kind)).toEqual(['room.changed', ...kinds])
  expect(events.flatMap((one) => ('participant' in one ? [one.participant.key] : []))).toEqual(
    Array(2).fill(person.participantUuid),
  )
  events.length = 0
  server.misdeliver((event) =>
    event === 'meeting.started' ? 'double' : event === 'meeting.ended' ? 'lose' : undefined,
  )
  failing = 2
  server.join(id, 'Bob')
  server.end(id)
  await expect.poll(() => events.length).toBe(4)
  expect(new Set(events.map(({ key }) => key)).size).toBe(3)
  events.length = 0
  server.misdeliver((event) => (event === 'meeting.started' ? { delayMs: 100 } : undefined))
  server.join(id, 'Emre')
  await expect.poll(() => events.map(({ kind }) => kind)).toEqual(['participant.joined', 'session.started'])
  expect(events[1]!.at.getTime()).toBeLessThanOrEqual(events[0]!.at.getTime() + 1_000)
  server.end(id)
  server.skew(-10 * 60_000)
  server.misdeliver(() => undefined)
  rejected = 0
  server.start(id)
  await server.delivered()
  expect(rejected).toBeGreaterThan(0)
})
