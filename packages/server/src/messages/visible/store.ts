import { type Expression, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UserId } from '../../ids.ts'

/** The numbers between which somebody was in a room: above `from`, up to `to`, or on and on. */
export interface Interval {
  from: bigint
  to: bigint | null
}

/** When a user was in a room, in order; nothing for who never was. */
export function findIntervals(db: Db, roomId: RoomId, userId: UserId): Promise<Interval[]> {
  return db
    .selectFrom('memberships')
    .select(['from_seq as from', 'to_seq as to'])
    .where('room_id', '=', roomId)
    .where('user_id', '=', userId)
    .orderBy('from_seq')
    .execute()
}

/** Which of these rooms a user is in or was in, without those that were removed. */
export async function readableRooms(db: Db, userId: UserId, ids: readonly RoomId[]): Promise<RoomId[]> {
  const rows = await db
    .selectFrom('memberships')
    .innerJoin('rooms', 'rooms.id', 'memberships.room_id')
    .select('rooms.id')
    .distinct()
    .where('memberships.user_id', '=', userId)
    .where((eb) => eb('memberships.room_id', '=', eb.fn.any(eb.val([...ids]))))
    .where('rooms.removed_at', 'is', null)
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these rooms a user is in or was in, until they were removed. */
export async function roomsEverIn(db: Db, userId: UserId, ids: readonly RoomId[]): Promise<RoomId[]> {
  const rows = await db
    .selectFrom('memberships')
    .select('room_id as id')
    .distinct()
    .where('user_id', '=', userId)
    .where((eb) => eb('room_id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these users somebody blocks. */
export async function blockedAmong(db: Db, blockerId: UserId, ids: readonly UserId[]): Promise<UserId[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('blocks')
    .select('blocked_id as id')
    .where('blocker_id', '=', blockerId)
    .where((eb) => eb('blocked_id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * The rows of `messages` (under that name) that a user may see: sent while they were in the room, or before under a shared
 * history; not by whom they block, nor hidden from them. The same as the rule in view.ts, for lists and counts.
 */
export function isVisibleTo(viewerId: UserId): Expression<SqlBool> {
  return sql<SqlBool>`exists (
    select from memberships as seen where seen.room_id = messages.room_id and seen.user_id = ${viewerId}
      and (seen.to_seq is null or messages.seq <= seen.to_seq) and (messages.shared or messages.seq > seen.from_seq)
  ) and (not messages.hidden or messages.sender_id = ${viewerId})
    and messages.sender_id not in (select blocked_id from blocks where blocker_id = ${viewerId})`
}
