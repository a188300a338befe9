import { createClient, type ExportItem } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { json, requester } from '../../../test/http.ts'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { erasure } from '../erasure/erase.ts'
import { canaries, personWithEverything } from '../erasure/person.fixture.ts'
import { holdClock } from '../mfa/mfa.fixture.ts'

const server = await startTestServer({ mail: 'log' })
const { url, signUp, signUpAdmin, query } = server
const person = await personWithEverything(server)
const request = requester(url)
holdClock()

async function itemsOf(stream: AsyncIterable<ExportItem>): Promise<ExportItem[]> {
  const items: ExportItem[] = []
  for await (const item of stream) items.push(item)
  return items
}

/** What the items of a kind carry. */
function carried(items: readonly ExportItem[], kind: string): unknown[] {
  return items
    .filter((item) => item.kind === kind)
    .map((item) => Object.entries(item).find(([name]) => name !== 'kind')?.[1])
}

/** As it is in plain JSON. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)))

describe('the export', () => {
  test('has all that is mine, as the procedures show it', async () => {
    const { client, id, people, room } = person
    await people.friend.client.messages.send({ roomId: room.owned.id, body: 'From the friend' })
    const items = await itemsOf(client.users.export())
    const mine = (kind: string) => carried(items, kind)
    expect(mine('account')).toEqual([await client.users.me()])
    expect(mine('identity')).toEqual([
      { issuer: 'https://id.example', subject: canaries.subject, createdAt: expect.any(Date) },
    ])
    expect(mine('presence')).toMatchObject([{ userId: id, status: 'busy', text: canaries.presence }])
    expect(mine('device')).toEqual((await collect(client.users.devices.list.all({}))).map((device) => ({ ...device })))
    expect(mine('device')).toMatchObject([{ name: canaries.deviceName, address: canaries.address, current: true }])
    expect(mine('apiKey')).toEqual(await collect(client.users.apiKeys.list.all({})))
    const states = ['accepted', 'incoming', 'outgoing'] as const
    const friends = await Promise.all(states.map((state) => collect(client.users.friends.list.all({ state }))))
    expect(new Set(mine('friend'))).toEqual(new Set(friends.flat()))
    expect(mine('friend')).toHaveLength(4)
    expect(mine('block')).toEqual(await collect(client.users.blocks.list.all({})))
    const rooms = await collect(client.messages.rooms.list.all({}))
    expect(new Set(mine('room'))).toEqual(new Set(rooms))
    const messages = await Promise.all(rooms.map(({ id: roomId }) => collect(client.messages.list.all({ roomId }))))
    const sent = messages.flat().filter(({ senderId }) => senderId === id)
    expect(new Set(mine('message'))).toEqual(new Set(sent))
    expect(sent).toHaveLength(6)
    const held = (await collect(client.meetings.list.all({}))).filter(({ hostId }) => hostId === id)
    expect(mine('meeting')).toEqual(await Promise.all(held.map(({ meetingId }) => client.meetings.get({ meetingId }))))
    expect(mine('invitation')).toMatchObject([{ title: 'Rehearsal', response: 'none' }, { title: 'Choir' }])
    expect(items.filter(({ kind }) => kind === 'stay')).toMatchObject([
      { meetingId: held[0]!.meetingId, stay: { userId: id, leftAt: null } },
      { stay: { userId: id, leftAt: null } },
      { stay: { userId: id, leftAt: null } },
    ])
    expect(mine('attended')).toMatchObject([{ title: 'Choir', leftAt: null }])
    expect(items.filter(({ kind }) => kind === 'recording')).toMatchObject([
      { recording: { title: 'Rehearsal', files: [] }, viewers: [], links: [] },
      {
        recording: { title: canaries.recording, files: [{ name: canaries.filmName }], mayDownload: true },
        viewers: [{ userId: people.friend.user.id }],
        links: [{ name: canaries.linkName, views: 0 }],
      },
    ])
    expect(mine('view')).toMatchObject([{ downloads: 0, sentBytes: 0 }])
    const files = [{ name: 'shared.png' }, { name: canaries.fileName }, { name: canaries.filmName }]
    expect(mine('upload')).toMatchObject(files)
    expect(mine('labelMembership')).toMatchObject([{ labelName: 'Mining Records' }])
    const { fees, ...listener } = await client.royalties.listeners.get({ externalId: 'listener-1' })
    expect([mine('listener'), mine('fee')]).toEqual([[listener], fees])
    const lines = await query<{ line: string }>(
      'select id::text as line from audit_log where user_id = $1 order by id',
      [id],
    )
    expect(mine('audit').map((entry) => String((entry as { id: bigint }).id))).toEqual(lines.map(({ line }) => line))
  })

  test('has nothing of others', async () => {
    const { client, id, people } = person
    const items = await itemsOf(client.users.export())
    for (const item of items) {
      if (item.kind === 'message') expect(item.message.senderId).toBe(id)
      if (item.kind === 'audit') expect(item.entry.userId).toBe(id)
    }
    const text = JSON.stringify(plain(items))
    for (const { user, token } of Object.values(people)) {
      for (const foreign of [`${user.userName}@example.com`, token, token.split('.')[0] ?? '']) {
        expect(text).not.toContain(foreign)
      }
    }
    expect(text).not.toContain('From the friend')
    // Who blocks me is theirs to know, and so are secrets that are mine.
    expect(text).not.toContain(people.blocker.user.id)
    expect(text).not.toMatch(/argon2|secret|hash/i)
  })

  test('has a part for every table that names users, but for secrets and what rooms tell', () => {
    const partOf = {
      ...{ users: 'account', identities: 'identity', presences: 'presence', devices: 'device', api_keys: 'apiKey' },
      ...{ friendships: 'friend', blocks: 'block', room_members: 'room', messages: 'message', audit_log: 'audit' },
      ...{
        recordings: 'recording',
        recording_viewers: 'recording',
        recording_links: 'recording',
        recording_views: 'view',
      },
      ...{ uploads: 'upload', meetings: 'meeting', meeting_invitations: 'invitation', meeting_attendance: 'stay' },
      ...{ session_people: 'attended', label_members: 'labelMembership', listeners: 'listener' },
    }
    const left = [
      ...['mail_tokens', 'mfa_secrets', 'recovery_codes', 'rooms', 'direct_rooms', 'room_events'],
      ...['memberships', 'receipt_log', 'room_bans', 'reactions', 'ephemera', 'reports'],
      ...['meeting_lobby', 'calendar_feeds', 'sessions', 'provider_connections', 'stream_changes'],
    ]
    const tables = erasure.flatMap(({ columns }) => columns.map((column) => column.split('.')[0]))
    expect(new Set(tables)).toEqual(new Set([...Object.keys(partOf), ...left]))
  })

  test('is one JSON array for those without an SDK', async () => {
    const { client, token } = person
    const answer = await request('/api/v1/users.export', { headers: { authorization: `Bearer ${token}` } })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json'])
    const bySdk = await itemsOf(client.users.export())
    // Each call is noted on its device and key, now and then.
    const isStable = ({ kind }: { kind: string }) => !['audit', 'device', 'apiKey'].includes(kind)
    expect(answer.body.filter(isStable)).toEqual(plain(bySdk.filter(isStable)))
    // The other one added its line.
    const lines = (items: { kind: string; entry?: { id: unknown } }[]) =>
      items.flatMap(({ entry }) => (entry === undefined ? [] : String(entry.id)))
    expect(lines(bySdk).slice(0, -1)).toEqual(lines(answer.body))
  })

  test('is written in the audit log, also where it goes on', async () => {
    const { client, user } = await signUp()
    await itemsOf(client.users.export())
    await itemsOf(client.users.export({ lastEventId: 'account:1' }))
    const log = `select action, target, details from audit_log where user_id = $1 and action like 'users.export%' order by id`
    const line = { action: 'users.export', target: user.id }
    expect(await query(log, [user.id])).toEqual([
      { ...line, details: {} },
      { ...line, details: { after: 'account' } },
    ])
  })

  test('of an account with nothing is short, and complete', async () => {
    const { client, user } = await signUp()
    const items = await itemsOf(client.users.export())
    expect(items.map(({ kind }) => kind).filter((kind) => kind !== 'presence')).toEqual([
      ...['account', 'device', 'audit', 'audit'],
    ])
    expect(carried(items, 'account')).toEqual([user])
  })
})

describe('who may', () => {
  test('a key with the scope users:read', async () => {
    const { client, user } = await signUp()
    const reading = await client.users.apiKeys.create({ name: 'Backup', scopes: ['users:read'] })
    const items = await itemsOf(createClient({ url, token: reading.secret }).users.export())
    expect(carried(items, 'account')).toEqual([user])
    expect(carried(items, 'device')).toMatchObject([{ current: false }])
    expect(carried(items, 'audit').at(-1)).toMatchObject({ action: 'users.export', apiKeyId: reading.apiKey.id })
    const writing = await client.users.apiKeys.create({ name: 'Bot', scopes: ['users:write', 'messages:read'] })
    expect(await codeOf(itemsOf(createClient({ url, token: writing.secret }).users.export()))).toBe('NOT_ALLOWED')
  })

  test('a service for a user, and never for itself', async () => {
    const [{ client }, one] = [await signUpAdmin(), await signUp()]
    const key = await client.users.apiKeys.create({ name: 'HR', kind: 'service', scopes: ['users:read', 'act-as'] })
    const service = createClient({ url, token: key.secret })
    expect(await codeOf(itemsOf(service.users.export()))).toBe('NOT_ALLOWED')
    const items = await itemsOf(service.as(one.user.id).users.export())
    expect(carried(items, 'account')).toEqual([one.user])
  })

  test('nobody without a token', async () => {
    expect(await codeOf(itemsOf(server.anyone.users.export()))).toBe('NOT_SIGNED_IN')
    const { status, body } = await request('/api/v1/users.export')
    expect([status, body.code]).toEqual([401, 'NOT_SIGNED_IN'])
  })
})

const user = newId('user')
test.each([
  ...['', 'account', 'account:', ':1', 'account:0', 'account:1:1', 'account: 1', 'toString:1', '__proto__:1', 'hash:1'],
  ...['device:1', `device:${user}x`, 'device:dev_../..', `room:${user}/1`, `message:${user}`, `message:${user}/-1`],
  ...[
    `message:${user}/${'9'.repeat(17)}`,
    'audit:',
    'audit:-1',
    'audit:1.5',
    `audit:${user}`,
    `audit:${'9'.repeat(19)}`,
  ],
])('from the place %j nothing goes on', async (lastEventId) => {
  const { token } = person
  expect(await codeOf(itemsOf(person.client.users.export({ lastEventId })))).toBe('BAD_CURSOR')
  const path = `/api/v1/users.export?lastEventId=${encodeURIComponent(lastEventId)}`
  const { status, body } = await request(path, { headers: { authorization: `Bearer ${token}` } })
  expect([status, body.code]).toEqual([400, 'BAD_CURSOR'])
  const { status: wrong } = await request('/api/v1/users.export', json({ lastEventId }, token))
  expect(wrong).toBe(405)
})
