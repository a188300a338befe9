import { z } from 'zod'
import type { UserAuth } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { findRoom } from '../../messages/rooms/store.ts'
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
  roomIdsAfter,
  sentAfter,
} from './store.ts'

type ExportItem = z.infer<typeof exportItem>

/** An item, and where its section goes on after it. */
type Placed = readonly [position: string, item: ExportItem]

/** The items of one kind after a position (empty at the start), up to a page; fewer than that end the section. */
type Section = (db: Db, auth: UserAuth, after: string) => Promise<Placed[]>

const pageSize = 200
const details = z.record(z.string(), z.string())

/** What an export holds, in its order. */
export const sections: Readonly<Record<string, Section>> = {
  async account(db, { userId }, after) {
    const account = after === '' ? await findUser(db, { userId }) : undefined
    return account === undefined ? [] : [['1', { kind: 'account', account }]]
  },
  async presence(db, { userId }, after) {
    const rows = after === '' ? await readPresences(db, userId, [userId]) : []
    return rows.map((row) => ['1', { kind: 'presence', presence: { userId, ...shownPresence(row, row.now) } }])
  },
  async device(db, { userId, deviceId }, after) {
    const rows = await devicesAfter(db, userId, after, pageSize)
    return rows.map((row) => [row.id, { kind: 'device', device: { ...row, current: row.id === deviceId } }])
  },
  async apiKey(db, { userId }, after) {
    const rows = await apiKeysAfter(db, userId, after, pageSize)
    return rows.map((row) => [row.id, { kind: 'apiKey', apiKey: { ...row, scopes: scopeNames.parse(row.scopes) } }])
  },
  async friend(db, { userId }, after) {
    const rows = await friendshipsAfter(db, userId, after, pageSize)
    return rows.map(({ requestedBy, ...row }) => {
      const pending = requestedBy === userId ? 'outgoing' : 'incoming'
      return [row.userId, { kind: 'friend', friend: { ...row, state: row.acceptedAt === null ? pending : 'accepted' } }]
    })
  },
  async block(db, { userId }, after) {
    const rows = await blocksAfter(db, userId, after, pageSize)
    return rows.map((block) => [block.userId, { kind: 'block', block }])
  },
  async room(db, { userId }, after) {
    const ids = await roomIdsAfter(db, userId, after, pageSize)
    const rooms = await Promise.all(ids.map((id) => findRoom(db, userId, id)))
    return rooms.flatMap((room) => (room === undefined ? [] : [[room.id, { kind: 'room', room }] as const]))
  },
  async message(db, { userId }, after) {
    const [roomId = '', seq = '0'] = after === '' ? [] : after.split('/')
    const rows = await sentAfter(db, userId, [roomId, BigInt(seq)], pageSize)
    return rows.map((message) => [`${message.roomId}/${message.seq}`, { kind: 'message', message }])
  },
  async audit(db, { userId }, after) {
    const rows = await auditAfter(db, userId, BigInt(after || 0), pageSize)
    return rows.map((row) => [
      String(row.id),
      { kind: 'audit', entry: { ...row, details: details.parse(row.details) } },
    ])
  },
}
