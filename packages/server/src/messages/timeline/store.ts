import type { Db } from '../../db/connect.ts'
import type { RoomId, UserId } from '../../ids.ts'
import { avatarUrl } from '../../uploads/avatars/store.ts'
import { type MessageRecord, messageColumns, messageReactions, toMessage } from '../store.ts'

/** A line of the log, of `room_events`. */
export interface EventRow {
  roomId: RoomId
  seq: bigint
  kind: string
  at: Date
  actorId: UserId
  target: bigint | null
  subjectId: UserId | null
  detail: string | null
  shared: boolean
}

const columns = [
  ...(['room_id as roomId', 'seq', 'kind', 'at', 'actor_id as actorId'] as const),
  ...(['target', 'subject_id as subjectId', 'detail', 'shared'] as const),
] as const

/** The newest number of a room, up to which it was purged, and how often it changed whom the viewer blocks. */
export function findExtent(db: Db, roomId: RoomId, viewerId: UserId) {
  return db
    .selectFrom('rooms')
    .innerJoin('users as viewer', (join) => join.on('viewer.id', '=', viewerId))
    .select(['rooms.last_seq as lastSeq', 'rooms.min_seq as minSeq', 'viewer.sight'])
    .where('rooms.id', '=', roomId)
    .executeTakeFirst()
}

/** The lines of the log of a room after a number, in order. */
export function readLog(db: Db, { roomId, after, limit }: { roomId: RoomId; after: bigint; limit: number }) {
  return db
    .selectFrom('room_events')
    .select(columns)
    .where('room_id', '=', roomId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
}

/** A message with what decides on who may see it. */
export interface JudgedMessage {
  message: MessageRecord
  hidden: boolean
  shared: boolean
}

/** Messages of several rooms by their numbers, as they are now. */
export async function readMessages(
  db: Db,
  keys: readonly { roomId: RoomId; seq: bigint }[],
): Promise<Map<string, JudgedMessage>> {
  const found = new Map<string, JudgedMessage>()
  for (const [roomId, wanted] of Map.groupBy(keys, (key) => key.roomId)) {
    const rows = await db
      .selectFrom('messages')
      .select(messageColumns)
      .select([messageReactions, 'messages.hidden', 'messages.shared'])
      .where('room_id', '=', roomId)
      .where((eb) => eb('seq', '=', eb.fn.any(eb.val([...new Set(wanted.map(({ seq }) => seq))]))))
      .execute()
    for (const { hidden, shared, ...row } of rows) found.set(keyOf(row), { message: toMessage(row), hidden, shared })
  }
  return found
}

/** Names a message among those of several rooms. */
export function keyOf({ roomId, seq }: { roomId: RoomId; seq: bigint | number }): string {
  return `${roomId} ${seq}`
}

/** The members among these users of several rooms. */
export async function readMembers(db: Db, keys: readonly { roomId: RoomId; userId: UserId }[]) {
  if (keys.length === 0) return []
  return db
    .selectFrom('room_members')
    .select(['room_id as roomId', 'user_id as userId', 'role', 'joined_at as joinedAt'])
    .where((eb) => eb('room_id', '=', eb.fn.any(eb.val([...new Set(keys.map(({ roomId }) => roomId))]))))
    .where((eb) => eb('user_id', '=', eb.fn.any(eb.val([...new Set(keys.map(({ userId }) => userId))]))))
    .execute()
}

/** The settings of rooms, as they are now. */
export async function readRoomStates(db: Db, ids: readonly RoomId[]) {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('rooms')
    .select([
      ...(['id', 'kind', 'name', 'topic', 'access', 'history', 'retention_days as retentionDays'] as const),
      ...(['min_seq as minSeq', 'archived_at as archivedAt', 'created_at as createdAt'] as const),
      avatarUrl('rooms'),
    ])
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...new Set(ids)]))))
    .execute()
  return rows.map((row) => ({ ...row, minSeq: Number(row.minSeq) }))
}
