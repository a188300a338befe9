import type {
  AntiphonClient,
  ApiKeyId,
  DeviceId,
  MeetingId,
  RecordingId,
  RecordingLinkId,
  RoomId,
  Scope,
  SessionId,
  UploadId,
  UserId,
} from '@antiphon/client'
import { newToken } from '../../src/auth/tokens.ts'
import { createVault } from '../../src/auth/vault.ts'
import type { Db } from '../../src/db/connect.ts'
import { newId } from '../../src/ids.ts'
import { insertInvitations } from '../../src/meetings/invitations/store.ts'
import { insertOccurrences } from '../../src/meetings/occurrences/store.ts'
import { insertLink } from '../../src/meetings/recordings/links/store.ts'
import { shareWith } from '../../src/meetings/recordings/sharing/store.ts'
import { insertRecording } from '../../src/meetings/recordings/store.ts'
import { noteRoomOf } from '../../src/meetings/rooms/store.ts'
import { insertMeeting } from '../../src/meetings/store.ts'
import { insertRoom } from '../../src/messages/rooms/store.ts'
import { send } from '../../src/messages/send.ts'
import { enterRoom } from '../../src/sessions/peer/enter.ts'
import { issueTicket, markOf } from '../../src/sessions/peer/ticket.ts'
import { scopes } from '../../src/users/apiKeys/schema.ts'
import { insertApiKey } from '../../src/users/apiKeys/store.ts'
import { addDevice } from '../../src/users/devices/tokens.ts'
import { insertUser, updateUser } from '../../src/users/store.ts'
import { testSecret } from '../server.ts'
import { type Accounts, keepAccounts, noAccounts } from './accounts.ts'

/** Who calls. `related` is a member of the owner's room and a friend; keys are the owner's; `revoked` was the owner's token. */
export const kinds = [
  ...(['anonymous', 'stranger', 'related', 'owner', 'admin'] as const),
  ...(['readKey', 'fullKey', 'service', 'acting', 'revoked'] as const),
] as const

export type Kind = (typeof kinds)[number]

/** The things that calls are about; all of them belong to the owner. */
export interface World extends Accounts {
  ownerId: UserId
  relatedId: UserId
  /** Asked the owner for friendship. */
  requesterId: UserId
  /** Is blocked by the owner, and banned from the room. */
  blockedId: UserId
  roomId: RoomId
  /** The number of a message of the owner in the room. */
  messageSeq: number
  deviceId: DeviceId
  apiKeyId: ApiKeyId
  /** A complete upload that nothing uses. */
  uploadId: UploadId
  /** Held by the owner; `related` is invited. */
  meetingId: MeetingId
  /** A private recording, shared with `related`. */
  recordingId: RecordingId
  /** A link to that, and its address. */
  linkId: RecordingLinkId
  linkToken: string
  /** In the built-in room of a meeting of the owner, with `related`; the owner's place in it, and a ticket of theirs. */
  sessionId: SessionId
  participantKey: string
  ticket: string
}

export interface Answering {
  world: World
  tokens: Record<Exclude<Kind, 'anonymous'>, string>
}

let made = 0

/** A small world of its own for one call: made in the database, since passwords would take seconds. With accounts on request. */
export async function makeWorld(db: Db, { withAccounts = false } = {}): Promise<Answering> {
  const [owner, related, stranger, admin, requester, blocked] = [
    ...[await person(db), await person(db), await person(db)],
    ...[await person(db), await person(db), await person(db)],
  ] as [Made, Made, Made, Made, Made, Made]
  await updateUser(db, admin.id, { roles: ['admin'] })
  const roomId = await insertRoom(db, { kind: 'group', name: 'Closed', ownerId: owner.id, memberIds: [related.id] })
  const sent = await send(db, { roomId, senderId: owner.id, body: 'Welcome' })
  await befriend(db, related.id, owner.id, new Date())
  await befriend(db, requester.id, owner.id, null)
  await db.insertInto('blocks').values({ blocker_id: owner.id, blocked_id: blocked.id }).execute()
  await db.insertInto('room_bans').values({ room_id: roomId, user_id: blocked.id, banned_by: owner.id }).execute()
  const uploadId = await upload(db, owner.id)
  const recording = await share(db, owner.id, related.id)
  const meetingId = await meet(db, owner.id, related.id)
  const session = await enter(db, owner.id, related.id)
  const accounts = withAccounts ? await keepAccounts(db, owner.id, related.id) : noAccounts()
  const device = await addDevice(db, owner.id, { name: 'Another', address: null })
  const revoked = await addDevice(db, owner.id, { name: 'Lost', address: null })
  await db.deleteFrom('devices').where('id', '=', idOf<DeviceId>(revoked)).execute()
  const all = scopes.filter((scope) => scope !== 'act-as')
  const [fullKey, readKey, service] = [
    await key(db, owner.id, all),
    await key(db, owner.id, ['users:read', 'messages:read', 'meetings:read']),
    await key(db, null, scopes),
  ]
  return {
    world: {
      ...{ ownerId: owner.id, relatedId: related.id, requesterId: requester.id, blockedId: blocked.id, roomId },
      ...{ messageSeq: sent.seq, deviceId: idOf<DeviceId>(device), apiKeyId: idOf<ApiKeyId>(fullKey) },
      ...{ uploadId, meetingId },
      ...{ ...recording, ...session, ...accounts },
    },
    tokens: {
      ...{ stranger: stranger.token, related: related.token, owner: owner.token, admin: admin.token },
      ...{ readKey, fullKey, service, acting: service, revoked },
    },
  }
}

interface Made {
  id: UserId
  token: string
}

async function befriend(db: Db, from: UserId, to: UserId, acceptedAt: Date | null): Promise<void> {
  const [low, high] = from < to ? [from, to] : [to, from]
  await db
    .insertInto('friendships')
    .values({ user_low: low, user_high: high, requested_by: from, accepted_at: acceptedAt })
    .execute()
}

async function upload(db: Db, ownerId: UserId): Promise<UploadId> {
  const id = newId('upload')
  const file = { name: 'x', type: 'text/plain', size_bytes: 1, received_bytes: 1 }
  const dueAt = new Date(Date.now() + 3_600_000)
  await db
    .insertInto('uploads')
    .values({ id, owner_id: ownerId, ...file, completed_at: new Date(), due_at: dueAt })
    .execute()
  return id
}

async function meet(db: Db, hostId: UserId, guestId: UserId): Promise<MeetingId> {
  const id = newId('meeting')
  const startsAt = new Date(Date.now() + 3_600_000)
  await insertMeeting(db, {
    ...{ id, hostId, createdBy: hostId, title: 'Closed', description: '', startsAt, durationMinutes: 60 },
    ...{ timeZone: 'UTC', recurrence: null, expandedTo: null, provider: 'link', link: 'https://meet.example.com/x' },
    ...{ needsRoom: false, passcode: null, lobby: false },
  })
  await insertOccurrences(db, { meetingId: id, durationMinutes: 60, times: [startsAt] })
  const invitees = [{ invitee: guestId, userId: guestId, email: null }]
  await insertInvitations(db, { meetingId: id, invitedBy: hostId, invitees })
  return id
}

async function enter(db: Db, hostId: UserId, guestId: UserId) {
  const [meetingId, originalAt, passcode] = [newId('meeting'), new Date(), Buffer.from('sealed')]
  await insertMeeting(db, {
    ...{ id: meetingId, hostId, createdBy: hostId, title: 'Built in', description: '', startsAt: originalAt },
    ...{ durationMinutes: 60, timeZone: 'UTC', recurrence: null, expandedTo: null, provider: 'peer', link: null },
    ...{ connectionId: null, needsRoom: false, passcode, lobby: false },
  })
  await insertOccurrences(db, { meetingId, durationMinutes: 60, times: [originalAt] })
  await noteRoomOf(db, { meetingId, externalId: meetingId, joinUrl: null })
  const places = await db.transaction().execute(async (tx) => {
    const entering = (userId: UserId) =>
      enterRoom(tx, { meetingId, originalAt, userId, passcode: markOf(passcode) }, 'matrix')
    return [await entering(hostId), await entering(guestId)] as const
  })
  const { sessionId, key: participantKey } = places[0]
  return {
    sessionId,
    participantKey,
    ticket: issueTicket(createVault(testSecret), { meetingId, originalAt, userId: hostId }),
  }
}

async function share(db: Db, ownerId: UserId, viewerId: UserId) {
  const recordingId = newId('recording')
  await insertRecording(db, { id: recordingId, meetingId: null, ownerId, title: 'Closed', passwordHash: null })
  const viewers = [{ invitee: viewerId, userId: viewerId, email: null }]
  await shareWith(db, { recordingId, sharedBy: ownerId, viewers, mayDownload: false })
  const { id: linkId, token: linkToken, secretHash } = newToken(newId('recordingLink'))
  await insertLink(db, {
    ...{ id: linkId, recordingId, name: 'x', secretHash, passwordHash: null, expiresAt: null, maxViews: null },
    ...{ mayDownload: false, createdBy: ownerId },
  })
  return { recordingId, linkId, linkToken }
}

async function person(db: Db): Promise<Made> {
  const name = `in-matrix-${++made}`
  const names = { userName: name, userNameKey: name, email: `${name}@example.com`, emailKey: `${name}@example.com` }
  const id = newId('user')
  await insertUser(db, { id, ...names, firstName: '', lastName: '', passwordHash: null })
  return { id, token: await addDevice(db, id, { name: '', address: null }) }
}

async function key(db: Db, ownerId: UserId | null, wanted: readonly Scope[]): Promise<string> {
  const { id, token, secretHash } = newToken(newId('apiKey'))
  const kind = ownerId === null ? 'service' : 'personal'
  await insertApiKey(db, {
    id,
    kind,
    ownerId,
    createdBy: null,
    name: 'Matrix',
    scopes: wanted,
    secretHash,
    expiresAt: null,
  })
  return token
}

function idOf<Id extends string>(token: string): Id {
  return token.split('.', 1)[0] as Id
}

export interface Row {
  call: (client: AntiphonClient, world: World) => Promise<unknown>
  answers: Record<Kind, string>
}

type Answers = Partial<Record<Kind, string>>

/** Works for everybody alike, with a token or without. */
export function forAnyone(answer: string): Row['answers'] {
  return Object.fromEntries(kinds.map((kind) => [kind, answer])) as Row['answers']
}

const nobody = { anonymous: 'NOT_SIGNED_IN', revoked: 'TOKEN_INVALID' }

/** Queries of users: everybody who is signed in gets `ok`, a service in its own name nothing, but for what is said. */
export function reads(answers: Answers = {}): Row['answers'] {
  return { ...forAnyone('ok'), service: 'NOT_ALLOWED', ...answers, ...nobody }
}

/** Mutations of users: the same, and a key that may only read is refused. */
export function writes(answers: Answers = {}): Row['answers'] {
  return { ...reads(answers), readKey: 'NOT_ALLOWED' }
}

/** For people who are signed in: no keys, nobody acting for them. */
export function inPerson(answers: Answers = {}): Row['answers'] {
  const refused = { readKey: 'NOT_ALLOWED', fullKey: 'NOT_ALLOWED', service: 'NOT_ALLOWED', acting: 'NOT_ALLOWED' }
  return { ...reads(answers), ...refused }
}

/** For administrators and services. */
export function managing(answers: Answers = {}): Row['answers'] {
  const refused = { stranger: 'NOT_ALLOWED', related: 'NOT_ALLOWED', owner: 'NOT_ALLOWED' }
  const keys = { readKey: 'NOT_ALLOWED', fullKey: 'NOT_ALLOWED', acting: 'NOT_ALLOWED' }
  return { ...forAnyone('ok'), ...refused, ...keys, ...answers, ...nobody }
}

/** For who keeps the accounts: in the matrix, a service. */
export function keeping(answer = 'ok'): Row['answers'] {
  return { ...forAnyone('NOT_ALLOWED'), service: answer, ...nobody }
}

/** Queries about the accounts that others may make, too; the key that reads has no scope for them. */
export function mayRead(answers: Answers = {}): Row['answers'] {
  return { ...reads({ service: 'ok', ...answers }), readKey: 'NOT_ALLOWED' }
}
