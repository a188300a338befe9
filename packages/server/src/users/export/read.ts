import { z } from 'zod'
import type { UserAuth } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { linksTo, recordingsAfter, viewersOf, viewsAfter } from '../../meetings/recordings/export/store.ts'
import { shownAll } from '../../meetings/recordings/shown.ts'
import { withLink } from '../../meetings/shown.ts'
import { meetingsAfter } from '../../meetings/store.ts'
import { invitationsAfter, staysAfter } from '../../meetings/traces/store.ts'
import { roomsAfter } from '../../messages/rooms/store.ts'
import { membershipsAfter } from '../../royalties/labels/store.ts'
import { feesOfUser, listListeners } from '../../royalties/listeners/store.ts'
import { attendedAfter } from '../../sessions/retention/store.ts'
import { shown } from '../../uploads/shown.ts'
import { uploadsAfter } from '../../uploads/store.ts'
import { scopeNames } from '../apiKeys/schema.ts'
import { shownPresence } from '../presence/presence.ts'
import { readPresences } from '../presence/store.ts'
import { findUser } from '../store.ts'
import type { exportItem } from './schema.ts'
import {
  apiKeysAfter,
  auditAfter,
  blocksAfter,
  devicesAfter,
  friendshipsAfter,
  identitiesOf,
  sentAfter,
} from './store.ts'

type ExportItem = z.infer<typeof exportItem>

/** An item, and where its section goes on after it. */
type Placed = readonly [position: string, item: ExportItem]

/** The items of one kind. */
interface Section {
  /** What positions look like. */
  readonly position: RegExp
  /** Those after a position (empty at the start), up to a page; none at the end. */
  readonly read: (db: Db, auth: UserAuth, after: string) => Promise<Placed[]>
}

const pageSize = 200
/** Each with up to thousands of people whom it is shared with. */
const recordingsAtATime = 10
const details = z.record(z.string(), z.string())
const id = '[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}'

/** All at once, for what there is little of: positions are counted. */
function whole(read: (db: Db, auth: UserAuth) => Promise<ExportItem[]>): Section {
  return {
    position: /^[1-9]\d{0,5}$/,
    read: async (db, auth, after) =>
      (await read(db, auth)).map((item, index) => [String(index + 1), item] as const).slice(Number(after)),
  }
}

/** A page at a time, in the order of ids. */
function byId(read: Section['read']): Section {
  return { position: new RegExp(`^${id}$`), read }
}

/** What an export holds, in its order. */
export const sections: Readonly<Record<string, Section>> = {
  account: whole(async (db, { userId }) => {
    const account = await findUser(db, { userId })
    return account === undefined ? [] : [{ kind: 'account', account }]
  }),
  identity: whole(async (db, { userId }) =>
    (await identitiesOf(db, userId)).map((identity) => ({ kind: 'identity', identity })),
  ),
  presence: whole(async (db, { userId }) => {
    const rows = await readPresences(db, userId, [userId])
    return rows.map((row) => ({ kind: 'presence', presence: { userId, ...shownPresence(row, row.now) } }))
  }),
  device: byId(async (db, { userId, deviceId }, after) => {
    const rows = await devicesAfter(db, userId, after, pageSize)
    return rows.map((row) => [row.id, { kind: 'device', device: { ...row, current: row.id === deviceId } }])
  }),
  apiKey: byId(async (db, { userId }, after) => {
    const rows = await apiKeysAfter(db, userId, after, pageSize)
    return rows.map((row) => [row.id, { kind: 'apiKey', apiKey: { ...row, scopes: scopeNames.parse(row.scopes) } }])
  }),
  friend: byId(async (db, { userId }, after) => {
    const rows = await friendshipsAfter(db, userId, after, pageSize)
    return rows.map(({ requestedBy, ...row }) => {
      const pending = requestedBy === userId ? 'outgoing' : 'incoming'
      return [row.userId, { kind: 'friend', friend: { ...row, state: row.acceptedAt === null ? pending : 'accepted' } }]
    })
  }),
  block: byId(async (db, { userId }, after) => {
    const rows = await blocksAfter(db, userId, after, pageSize)
    return rows.map((block) => [block.userId, { kind: 'block', block }])
  }),
  room: byId(async (db, { userId }, after) => {
    const rows = await roomsAfter(db, userId, after, pageSize)
    return rows.map((room) => [room.id, { kind: 'room', room }])
  }),
  message: {
    position: new RegExp(`^${id}/\\d{1,16}$`),
    async read(db, { userId }, after) {
      const [roomId = '', seq = '0'] = after.split('/')
      const rows = await sentAfter(db, userId, [roomId, BigInt(seq)], pageSize)
      return rows.map((message) => [`${message.roomId}/${message.seq}`, { kind: 'message', message }])
    },
  },
  meeting: byId(async (db, { userId }, after) => {
    const rows = await meetingsAfter(db, userId, after, pageSize)
    return rows.map((row) => [row.id, { kind: 'meeting', meeting: withLink(row) }])
  }),
  invitation: byId(async (db, { userId }, after) => {
    const rows = await invitationsAfter(db, userId, after, pageSize)
    return rows.map((invitation) => [invitation.meetingId, { kind: 'invitation', invitation }])
  }),
  stay: {
    position: new RegExp(`^${id}/\\d{1,15}/\\d{1,15}$`),
    async read(db, { userId }, after) {
      const [of = '', occurrence = 0, joinedAt = 0] = after.split('/')
      const from = [of, new Date(Number(occurrence)), new Date(Number(joinedAt))] as const
      const rows = await staysAfter(db, userId, from, pageSize)
      return rows.map(({ meetingId, ...stay }) => [
        `${meetingId}/${stay.occurrence.getTime()}/${stay.joinedAt.getTime()}`,
        { kind: 'stay', meetingId, stay },
      ])
    },
  },
  attended: byId(async (db, { userId }, after) => {
    const rows = await attendedAfter(db, userId, after, pageSize)
    return rows.map((attended) => [attended.sessionId, { kind: 'attended', attended }])
  }),
  recording: byId(async (db, { userId }, after) => {
    const rows = await recordingsAfter(db, userId, after, recordingsAtATime)
    const ids = rows.map((row) => row.id)
    const [viewers, links] = [await viewersOf(db, ids), await linksTo(db, ids)]
    return (await shownAll(db, rows)).map((recording) => [
      recording.id,
      {
        ...{ kind: 'recording', recording },
        viewers: (viewers.get(recording.id) ?? []).map(({ recordingId: _, viewer: __, ...row }) => row),
        links: links.get(recording.id) ?? [],
      },
    ])
  }),
  view: byId(async (db, { userId }, after) => {
    const rows = await viewsAfter(db, userId, after, pageSize)
    return rows.map((view) => [view.viewId, { kind: 'view', view }])
  }),
  upload: byId(async (db, { userId }, after) => {
    const rows = await uploadsAfter(db, userId, after, pageSize)
    return rows.map((row) => [row.id, { kind: 'upload', upload: shown(row) }])
  }),
  labelMembership: byId(async (db, { userId }, after) => {
    const rows = await membershipsAfter(db, userId, after, pageSize)
    return rows.map((membership) => [membership.labelId, { kind: 'labelMembership', membership }])
  }),
  listener: whole(async (db, { userId }) => {
    const rows = await listListeners(db, { userId, after: undefined, limit: 1 })
    return rows.map(({ key: _, ...listener }) => ({ kind: 'listener', listener }))
  }),
  fee: {
    position: /^\d{4}-\d{2}$/,
    async read(db, { userId }, after) {
      const rows = await feesOfUser(db, userId, after, pageSize)
      return rows.map((fee) => [fee.period, { kind: 'fee', fee }])
    },
  },
  audit: {
    position: /^\d{1,18}$/,
    async read(db, { userId }, after) {
      const rows = await auditAfter(db, userId, BigInt(after), pageSize)
      return rows.map((row) => [
        String(row.id),
        { kind: 'audit', entry: { ...row, details: details.parse(row.details) } },
      ])
    },
  },
}
