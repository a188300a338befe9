import { type AntiphonClient, createClient } from '@antiphon/client'
import { describeRouter } from '@antiphon/codegen'
import { afterAll, describe, expect, test } from 'vitest'
import { createDb, createPool } from '../../src/db/connect.ts'
import { newId } from '../../src/ids.ts'
import { appRouter } from '../../src/root.ts'
import { codeOf, startTestServer } from '../server.ts'
import { noAccounts } from './accounts.ts'
import { catalogue } from './catalogue.ts'
import { meetings } from './meetings.ts'
import { messages } from './messages.ts'
import { recordings } from './recordings.ts'
import { rooms } from './rooms.ts'
import { royaltySources } from './royaltySources.ts'
import { sessions } from './sessions.ts'
import { settling } from './settling.ts'
import { uploads } from './uploads.ts'
import { users } from './users.ts'
import { verbs } from './verbs.ts'
import { type Answering, type Kind, kinds, makeWorld, type Row, type World } from './world.ts'

// Nobody is at this address.
const { url, databaseUrl } = await startTestServer({ zoomUrl: 'http://127.0.0.1:9' })
const db = createDb(createPool({ connectionString: databaseUrl }, { max: 2 }))
afterAll(() => db.destroy())

/** Who gets what: every procedure, by every kind of caller. */
const matrix: Record<string, Row> = {
  ...users,
  ...messages,
  ...rooms,
  ...meetings,
  ...recordings,
  ...sessions,
  ...catalogue,
  ...settling,
  ...royaltySources,
  ...uploads,
  ...verbs,
}

test('every procedure has its row', () => {
  expect(Object.keys(matrix).sort()).toEqual(Object.keys(appRouter._def.procedures).sort())
})

function clientOf(kind: Kind, { world, tokens }: Answering): AntiphonClient {
  const options = { url, maxRetries: 0 }
  if (kind === 'anonymous') return createClient(options)
  const client = createClient({ ...options, token: tokens[kind] })
  return kind === 'acting' ? client.as(world.ownerId) : client
}

const { procedures } = describeRouter(appRouter)

describe.each(Object.entries(matrix))('%s', (path, { call, answers }) => {
  test('answers each kind of caller as the matrix says', async () => {
    const given: Partial<Record<Kind, string>> = {}
    // What is refused changes nothing: one world serves all refusals.
    const isChanging = procedures.get(path)?.type === 'mutation'
    const options = { withAccounts: path.startsWith('royalties.') }
    const world = await makeWorld(db, options)
    for (const kind of kinds) {
      const own = isChanging && answers[kind] === 'ok' ? await makeWorld(db, options) : world
      given[kind] = await call(clientOf(kind, own), own.world).then(
        () => 'ok',
        (error: unknown) => codeOf(Promise.reject(error)),
      )
    }
    expect(given).toEqual(answers)
  })
})

/** Calls about things by their ids: another's, then one that is not there. */
const byId: [string, (client: AntiphonClient, world: World) => Promise<unknown>, Kind][] = [
  ['a device', (client, { deviceId }) => client.users.devices.revoke({ deviceId }), 'stranger'],
  ['an API key', (client, { apiKeyId }) => client.users.apiKeys.revoke({ apiKeyId }), 'stranger'],
  ['a user to remove', (client, { ownerId }) => client.users.remove({ userId: ownerId }), 'stranger'],
  ['a user to give roles', (client, { ownerId }) => client.users.setRoles({ userId: ownerId, roles: [] }), 'stranger'],
  ['a presence', (client, { ownerId }) => client.users.presence.get({ userIds: [ownerId] }), 'stranger'],
  ['a friendship', (client, { ownerId }) => client.users.friends.accept({ userId: ownerId }), 'stranger'],
  ['a block', (client, { ownerId }) => client.users.blocks.remove({ userId: ownerId }), 'stranger'],
  ['messages', (client, { roomId }) => client.messages.list({ roomId }), 'stranger'],
  ['events', (client, { roomId }) => client.messages.since({ roomId, after: 0 }), 'stranger'],
  ['a room', (client, { roomId }) => client.messages.rooms.get({ roomId }), 'stranger'],
  ['a room to join', (client, { roomId }) => client.messages.rooms.join({ roomId }), 'stranger'],
  ['a room to change', (client, { roomId }) => client.messages.rooms.update({ roomId, name: 'x' }), 'stranger'],
  ['members', (client, { roomId }) => client.messages.rooms.members.list({ roomId }), 'stranger'],
  ['a message', (client, { roomId, messageSeq: seq }) => client.messages.get({ roomId, seq }), 'stranger'],
  [
    'a message to edit',
    (client, { roomId, messageSeq: seq }) => client.messages.edit({ roomId, seq, body: 'x' }),
    'stranger',
  ],
  ['a message to delete', (client, { roomId, messageSeq: seq }) => client.messages.remove({ roomId, seq }), 'stranger'],
  ['a mark', (client, { roomId, messageSeq: seq }) => client.messages.markRead({ roomId, seq }), 'stranger'],
  ['receipts', (client, { roomId }) => client.messages.receipts({ roomId }), 'stranger'],
  ['a room to search', (client, { roomId }) => client.messages.search({ roomId, query: 'x' }), 'stranger'],
  ['an upload', (client, { uploadId }) => client.uploads.complete({ uploadId }), 'stranger'],
  ['the bytes of an upload', (client, { uploadId }) => client.uploads.download(uploadId), 'stranger'],
  ['a meeting', (client, { meetingId }) => client.meetings.get({ meetingId }), 'stranger'],
  ['a meeting to change', (client, { meetingId }) => client.meetings.update({ meetingId, title: 'x' }), 'related'],
  ['a meeting to remove', (client, { meetingId }) => client.meetings.remove({ meetingId }), 'related'],
  ['a meeting to join', (client, { meetingId }) => client.meetings.join({ meetingId }), 'stranger'],
  ['invitees', (client, { meetingId }) => client.meetings.invitees({ meetingId }), 'stranger'],
  ['a calendar', (client, { meetingId }) => client.meetings.calendar({ meetingId }), 'admin'],
  ['a lobby', (client, { meetingId }) => client.meetings.lobby.list({ meetingId }), 'related'],
  ['attendance', (client, { meetingId }) => client.meetings.attendance({ meetingId }), 'related'],
  ['a recording', (client, { recordingId }) => client.meetings.recordings.get({ recordingId }), 'stranger'],
  [
    'a recording to play',
    (client, { recordingId }) => client.meetings.recordings.playback({ recordingId }),
    'stranger',
  ],
  [
    'a recording to change',
    (client, { recordingId }) => client.meetings.recordings.update({ recordingId, title: 'x' }),
    'related',
  ],
  [
    'a recording to restore',
    (client, { recordingId }) => client.meetings.recordings.restore({ recordingId }),
    'related',
  ],
  ['views', (client, { recordingId }) => client.meetings.recordings.views({ recordingId }), 'related'],
  ['a link to revoke', (client, { linkId }) => client.meetings.recordings.revokeLink({ linkId }), 'related'],
  ['a session', (client, { sessionId }) => client.sessions.get({ sessionId }), 'stranger'],
  ['who is in a session', (client, { sessionId }) => client.sessions.participants({ sessionId }), 'stranger'],
  [
    'who was in a session',
    (client, { sessionId }) => client.sessions.participants({ sessionId, present: false }),
    'related',
  ],
  ['a session to end', (client, { sessionId }) => client.sessions.end({ sessionId }), 'related'],
  [
    'somebody to send out',
    (client, { sessionId, participantKey }) => client.sessions.kick({ sessionId, participantKey }),
    'related',
  ],
  ['a session to lock', (client, { sessionId }) => client.sessions.lock({ sessionId }), 'related'],
  ['the sessions of a meeting', (client, { meetingId }) => client.sessions.history({ meetingId }), 'related'],
  ['a label', (client, { labelId }) => client.royalties.labels.get({ labelId }), 'stranger'],
  ['a listener', (client, { listenerId }) => client.royalties.listeners.get({ listenerId }), 'stranger'],
  ['adjustments', (client, { labelId }) => client.royalties.adjustments.list({ labelId }), 'stranger'],
  ['a room to send to', (client, { roomId }) => client.messages.send({ roomId, body: 'x' }), 'stranger'],
]

test.each(byId)(
  '%s of another and one that is not there are answered alike, in about the same time',
  async (_what, call, kind) => {
    const own = await makeWorld(db, { withAccounts: true })
    const missing: World = {
      ...{ ownerId: newId('user'), relatedId: newId('user'), requesterId: newId('user'), blockedId: newId('user') },
      ...{ roomId: newId('room'), messageSeq: 2 },
      ...{ deviceId: newId('device'), apiKeyId: newId('apiKey'), uploadId: newId('upload') },
      meetingId: newId('meeting'),
      ...{ recordingId: newId('recording'), linkId: newId('recordingLink'), linkToken: '' },
      ...{ sessionId: newId('session'), participantKey: 'none', ticket: '' },
      ...noAccounts(),
    }
    const client = clientOf(kind, own)
    const measure = async (world: World) => {
      const start = performance.now()
      const error: unknown = await call(client, world).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      const { code, status, message } = error as { code: string; status: number; message: string }
      return { answer: { code, status, message }, ms: performance.now() - start }
    }
    const times: Record<'foreign' | 'missing', number[]> = { foreign: [], missing: [] }
    for (let run = 0; run < 15; run++) {
      const [foreign, none] = [await measure(own.world), await measure(missing)]
      expect(foreign.answer).toEqual(none.answer)
      expect([403, 404]).toContain(foreign.answer.status)
      times.foreign.push(foreign.ms)
      times.missing.push(none.ms)
    }
    const median = (list: number[]) => list.sort((a, b) => a - b)[7]!
    expect(median(times.foreign) / median(times.missing)).toBeGreaterThan(1 / 3)
    expect(median(times.foreign) / median(times.missing)).toBeLessThan(3)
  },
)
