import type { Db } from './db/connect.ts'
import { ApiError } from './errors.ts'
import type {
  ApiKeyId,
  DeviceId,
  LabelId,
  ListenerId,
  MeetingId,
  MeetingRoomId,
  RecordingId,
  RecordingLinkId,
  RoomId,
  SessionId,
  UploadId,
  UserId,
} from './ids.ts'
import { linksOfOwner } from './meetings/recordings/links/store.ts'
import { recordingsInSight, recordingsOf, restorableOf } from './meetings/recordings/store.ts'
import { existingMeetings, meetingsInSight, meetingsOfHost } from './meetings/store.ts'
import { roomsInSight, roomsOfMember } from './messages/rooms/store.ts'
import { readableRooms, roomsEverIn } from './messages/visible/store.ts'
import { existingLabels, labelsOfMember } from './royalties/labels/store.ts'
import { existingListeners, listenersOfUser } from './royalties/listeners/store.ts'
import { sessionsAttended } from './sessions/peer/store.ts'
import { existingRooms, existingSessions, roomsOfHost, sessionsInSight, sessionsOfHost } from './sessions/sight.ts'
import { readableUploads, uploadsOf } from './uploads/store.ts'
import type { Scope } from './users/apiKeys/schema.ts'
import { keysOfOwner, serviceKeys } from './users/apiKeys/store.ts'
import { devicesOfUser } from './users/devices/store.ts'
import { whoShowPresence } from './users/presence/store.ts'
import type { Role } from './users/schema.ts'
import { existingUsers, presentUsers } from './users/store.ts'

/** An API key in use, or the service of an embedding program (without an id). */
export interface KeyInUse {
  readonly id: ApiKeyId | null
  readonly kind: 'personal' | 'service'
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly expiresAt: Date | null
}

export interface UserAuth {
  readonly kind: 'user'
  readonly userId: UserId
  readonly roles: readonly Role[]
  /** The device whose token was sent; null for keys, trusted issuers and calls in the process. */
  readonly deviceId: DeviceId | null
  /** The key that was sent: the call stays within its scopes. */
  readonly key: KeyInUse | null
  /** The key acts for a user who is not its owner. */
  readonly acting: boolean
  /** When the token of a trusted issuer stops counting; left out for other tokens, which are looked up. */
  readonly until?: Date
  /** The hash of the device's secret: another one is in force once its token was renewed. */
  readonly secretHash?: Buffer
}

export interface ServiceAuth {
  readonly kind: 'service'
  readonly key: KeyInUse
}

/** Who makes a call, where that is known. */
export type CallerAuth = UserAuth | ServiceAuth

/** Who makes a call. */
export type Auth = { readonly kind: 'anyone' } | CallerAuth

/** For what is not about one thing by its id. */
export const all = 'all'

/** Which of the ids a caller may act on. What is not returned is denied, whether it exists or not. */
interface Rule<Id> {
  readonly allowed: (db: Db, auth: CallerAuth, ids: readonly Id[]) => Promise<readonly Id[]>
  /** How a denial is told: as a missing thing, unless the rule does not look at things at all. */
  readonly denied?: 'NOT_ALLOWED'
}

/** For users alone: their rights come from what is theirs. */
function ofUser<Id>(find: (db: Db, userId: UserId, ids: readonly Id[]) => Promise<readonly Id[]>) {
  const allowed: Rule<Id>['allowed'] = async (db, auth, ids) => (auth.kind === 'user' ? find(db, auth.userId, ids) : [])
  return { allowed } as const satisfies Rule<Id>
}

/** By what the caller is, not by what the thing is. */
function byStanding<Id>(
  holds: (auth: CallerAuth) => boolean,
  find: (db: Db, ids: readonly Id[]) => Promise<readonly Id[]> = async (_db, ids) => ids,
) {
  const allowed: Rule<Id>['allowed'] = async (db, auth, ids) => (holds(auth) ? find(db, ids) : [])
  return { allowed, denied: 'NOT_ALLOWED' } as const satisfies Rule<Id>
}

const hasRole =
  (...roles: readonly Role[]) =>
  (auth: CallerAuth): boolean =>
    auth.kind === 'user' && auth.roles.some((role) => roles.includes(role))

/** Whether a caller may do things in the name of others: by a key with the scope for it; a personal one has what its owner has now, who may have been an administrator once. */
export function mayActFor(auth: CallerAuth): boolean {
  if (auth.key === null || !auth.key.scopes.includes('act-as')) return false
  return auth.key.kind === 'service' || (auth.kind === 'user' && (auth.acting || auth.roles.includes('admin')))
}

const isManager = (auth: CallerAuth): boolean => auth.kind === 'service' || hasRole('admin')(auth)

/** Services keep accounts in their own name: the scope of their key says whether. */
const isAccountant = (auth: CallerAuth): boolean => auth.kind === 'service' || hasRole('royalties')(auth)

/** For who owns the thing, and for certain roles. */
function byOwner<Id>(
  roles: readonly Role[],
  existing: (db: Db, ids: readonly Id[]) => Promise<readonly Id[]>,
  owned: (db: Db, userId: UserId, ids: readonly Id[]) => Promise<readonly Id[]>,
) {
  const allowed: Rule<Id>['allowed'] = async (db, auth, ids) => {
    if (hasRole(...roles)(auth)) return existing(db, ids)
    return auth.kind === 'user' ? owned(db, auth.userId, ids) : []
  }
  return { allowed } as const satisfies Rule<Id>
}

const rules = {
  /** Rooms that one is in or may join. */
  'room.see': ofUser<RoomId>(roomsInSight),
  /** Also for who has left: up to where they left. */
  'room.read': ofUser<RoomId>(readableRooms),
  /** The same, and to hear that a room was removed. */
  'room.follow': ofUser<RoomId>(roomsEverIn),
  'room.send': ofUser<RoomId>(roomsOfMember),
  /** What is about who is in the room now: members, receipts, settings. What their role allows is decided there. */
  'room.member': ofUser<RoomId>(roomsOfMember),
  'room.listAll': byStanding<typeof all>(hasRole('admin')),
  /** Meetings that one holds or is invited to. */
  'meeting.see': ofUser<MeetingId>(meetingsInSight),
  'meeting.hold': ofUser<MeetingId>(meetingsOfHost),
  /** To end a meeting: whoever holds it, and administrators. */
  'meeting.manage': byOwner<MeetingId>(['admin'], existingMeetings, meetingsOfHost),
  /** Who was there, and when. */
  'meeting.review': byOwner<MeetingId>(['admin', 'support'], existingMeetings, meetingsOfHost),
  'meeting.listAll': byStanding<typeof all>(hasRole('admin')),
  /** To take part in a session of a built-in room: who was let in. */
  'session.attend': ofUser<SessionId>(sessionsAttended),
  /** Sessions of meetings that one holds or is invited to, that one holds at the provider, or is in; past ones, too, that one was in. */
  'session.see': byOwner<SessionId>(['admin', 'support'], existingSessions, sessionsInSight),
  'session.review': byOwner<SessionId>(['admin', 'support'], existingSessions, sessionsOfHost),
  /** To end it, to lock it, to send people out. */
  'session.manage': byOwner<SessionId>(['admin'], existingSessions, sessionsOfHost),
  'session.listAll': byStanding<typeof all>(hasRole('admin', 'support')),
  'meetingRoom.review': byOwner<MeetingRoomId>(['admin', 'support'], existingRooms, roomsOfHost),
  /** Recordings of one's own, shared with one by name, or open to all who are signed in. */
  'recording.see': ofUser<RecordingId>(recordingsInSight),
  'recording.own': ofUser<RecordingId>(recordingsOf),
  /** Also removed ones, for as long as they can be restored. */
  'recording.restore': ofUser<RecordingId>(restorableOf),
  'recording.ownLink': ofUser<RecordingLinkId>(linksOfOwner),
  /** To see the record of a user, removed ones as such. */
  'user.read': { allowed: (db, _auth, ids) => existingUsers(db, ids) } satisfies Rule<UserId>,
  /** To ask a user for something: friendship, a room. */
  'user.approach': ofUser<UserId>((db, _userId, ids) => presentUsers(db, ids)),
  /** To do something in the name of a user, without the header that names one. */
  'user.actFor': byStanding<UserId>(mayActFor, presentUsers),
  'user.readPrivate': byStanding<UserId>((auth) => isManager(auth) || hasRole('support')(auth)),
  'user.create': byStanding<typeof all>(isManager),
  'user.remove': byStanding<UserId>(isManager),
  'user.setRoles': byStanding<UserId>(hasRole('admin')),
  'device.revoke': ofUser<DeviceId>(devicesOfUser),
  'presence.read': ofUser<UserId>(whoShowPresence),
  'key.revoke': {
    allowed: async (db, auth, ids) => [
      ...(isManager(auth) ? await serviceKeys(db, ids) : []),
      ...(auth.kind === 'user' ? await keysOfOwner(db, auth.userId, ids) : []),
    ],
  } satisfies Rule<ApiKeyId>,
  'key.manageServices': byStanding<typeof all>(isManager),
  /** To write to it, to use it, to remove it. */
  'upload.own': ofUser<UploadId>(uploadsOf),
  /** To read its bytes. */
  'upload.read': {
    allowed: (db, auth, ids) => readableUploads(db, auth.kind === 'user' ? auth.userId : null, ids),
  } satisfies Rule<UploadId>,
  /** Accounts at providers of meetings. */
  'connection.manage': byStanding<typeof all>(hasRole('admin')),
  /** To keep the accounts: all of royalties. */
  'royalties.keep': byStanding<typeof all>(isAccountant),
  /** A label's reports and statements: for its members, too. */
  'label.see': {
    allowed: async (db, auth, ids) => {
      if (isAccountant(auth)) return existingLabels(db, ids)
      return auth.kind === 'user' ? labelsOfMember(db, auth.userId, ids) : []
    },
  } satisfies Rule<LabelId>,
  /** A listener's report: for who they are, too. */
  'listener.see': {
    allowed: async (db, auth, ids) => {
      if (isAccountant(auth)) return existingListeners(db, ids)
      return auth.kind === 'user' ? listenersOfUser(db, auth.userId, ids) : []
    },
  } satisfies Rule<ListenerId>,
  'audit.read': byStanding<typeof all>(hasRole('admin', 'support')),
}

export type Action = keyof typeof rules

type IdOf<A extends Action> = Parameters<(typeof rules)[A]['allowed']>[2][number]

/**
 * The one place that grants: passes when every id asked for is allowed. Nothing asked for is denied.
 * @throws NOT_SIGNED_IN; NOT_FOUND, for a foreign id as for a missing one; NOT_ALLOWED where it is not about a thing
 */
export async function requireAccess<A extends Action>(
  db: Db,
  auth: Auth,
  action: A,
  ids: readonly IdOf<A>[],
): Promise<void> {
  if (auth.kind === 'anyone') throw new ApiError('NOT_SIGNED_IN')
  if (!(await isAllowed(db, auth, action, ids))) {
    const rule = rules[action]
    throw new ApiError('denied' in rule ? rule.denied : 'NOT_FOUND')
  }
}

/** The same as a question, for answers that show more to some. */
export async function isAllowed<A extends Action>(
  db: Db,
  auth: CallerAuth,
  action: A,
  ids: readonly IdOf<A>[],
): Promise<boolean> {
  const allowed = await allowedAmong(db, auth, action, ids)
  return ids.length > 0 && ids.every((id) => allowed.has(id))
}

/** The same for each of the ids, for calls that answer thing by thing. */
export async function allowedAmong<A extends Action>(
  db: Db,
  auth: CallerAuth,
  action: A,
  ids: readonly IdOf<A>[],
): Promise<ReadonlySet<IdOf<A>>> {
  const rule: Rule<IdOf<A>> = rules[action] as Rule<IdOf<A>>
  return new Set(ids.length === 0 ? [] : await rule.allowed(db, auth, [...new Set(ids)]))
}
