import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import { withNextEvent } from '../../events/log.ts'
import type { RoomId, UserId } from '../../ids.ts'

const columns = ['user_id as userId', 'role', 'joined_at as joinedAt'] as const

export type Role = 'owner' | 'admin' | 'member'

/** Somebody in a room. */
export interface MemberRecord {
  userId: UserId
  role: Role
  joinedAt: Date
}

/**
 * Locks a room until the end of the transaction and gives its settings; undefined where it was removed. All that changes a
 * room or who is in it begins with this, and reads afterwards what it decides on.
 */
export function lockRoom(tx: Db, id: RoomId) {
  return tx
    .selectFrom('rooms')
    .select([
      ...(['id', 'kind', 'name', 'topic', 'access', 'history', 'retention_days as retentionDays'] as const),
      ...(['min_seq as minSeq', 'archived_at as archivedAt', 'avatar'] as const),
    ])
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

export function findMember(db: Db, roomId: RoomId, userId: UserId): Promise<MemberRecord | undefined> {
  return db
    .selectFrom('room_members')
    .select(columns)
    .where('room_id', '=', roomId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
}

/** Who of these users is in a room, in the order of the ids. */
export function findMembers(db: Db, roomId: RoomId, ids: readonly UserId[]): Promise<MemberRecord[]> {
  return db
    .selectFrom('room_members')
    .select(columns)
    .where('room_id', '=', roomId)
    .where((eb) => eb('user_id', '=', eb.fn.any(eb.val([...ids]))))
    .orderBy('user_id')
    .execute()
}

/** Whether anybody else is in a room. */
export async function hasOthers(db: Db, roomId: RoomId, userId: UserId): Promise<boolean> {
  const row = await db
    .selectFrom('room_members')
    .select('user_id')
    .where('room_id', '=', roomId)
    .where('user_id', '<>', userId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

interface Page {
  after?: UserId | undefined
  limit: number
}

/** Who is in a room, in the order of the ids, after one where given. */
export function listMembers(db: Db, roomId: RoomId, { after, limit }: Page): Promise<MemberRecord[]> {
  let query = db.selectFrom('room_members').select(columns).where('room_id', '=', roomId)
  if (after !== undefined) query = query.where('user_id', '>', after)
  return query.orderBy('user_id').limit(limit).execute()
}

/** Whom a room has banned, in the order of the ids, after one where given. */
export function listBans(db: Db, roomId: RoomId, { after, limit }: Page) {
  let query = db
    .selectFrom('room_bans')
    .select(['user_id as userId', 'banned_at as bannedAt'])
    .where('room_id', '=', roomId)
  if (after !== undefined) query = query.where('user_id', '>', after)
  return query.orderBy('user_id').limit(limit).execute()
}

/** Who of these users is banned from a room. */
export async function bannedAmong(db: Db, roomId: RoomId, ids: readonly UserId[]): Promise<UserId[]> {
  const rows = await db
    .selectFrom('room_bans')
    .select('user_id as id')
    .where('room_id', '=', roomId)
    .where((eb) => eb('user_id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

export interface Change {
  roomId: RoomId
  /** Whom it is about. */
  userId: UserId
  /** Who does it. */
  actorId: UserId
}

/**
 * Puts somebody into a room, who sees it from this event on and has nothing unread there. Marks are those they had when they
 * were in the room before: they never go down.
 */
export function insertMember(tx: Db, { roomId, userId, actorId }: Change): Promise<MemberRecord> {
  const mark = (kind: 'delivered' | 'read') =>
    sql<bigint>`coalesce((select max(upto_seq) from receipt_log
      where room_id = ${roomId} and user_id = ${userId} and kind = ${kind}), 0)`
  return withNextEvent(tx, { roomId, kind: 'member.joined', actorId, subjectId: userId })
    .with('interval', (qb) =>
      qb
        .insertInto('memberships')
        .columns(['room_id', 'user_id', 'from_seq'])
        .expression((eb) =>
          eb.selectFrom('event').select(['room_id', eb.val(userId).as('user_id'), sql<bigint>`seq - 1`.as('from_seq')]),
        ),
    )
    .insertInto('room_members')
    .columns(['room_id', 'user_id', 'role', 'joined_at', 'delivered_seq', 'read_seq', 'private_read_seq'])
    .expression((eb) =>
      eb
        .selectFrom('event')
        .select([
          ...(['room_id', eb.val(userId).as('user_id'), eb.val<Role>('member').as('role'), 'at'] as const),
          ...([mark('delivered').as('delivered_seq'), mark('read').as('read_seq')] as const),
          'seq as private_read_seq',
        ]),
    )
    .returning(columns)
    .executeTakeFirstOrThrow()
}

/** Takes somebody out of a room, who sees it up to this event. */
export async function deleteMember(
  tx: Db,
  { roomId, userId, actorId, kind, detail }: Change & { kind: 'member.left' | 'member.removed'; detail?: string },
): Promise<void> {
  await withNextEvent(tx, { roomId, kind, actorId, subjectId: userId, ...(detail !== undefined && { detail }) })
    .with('interval', (qb) =>
      qb
        .updateTable('memberships')
        .from('event')
        .set((eb) => ({ to_seq: eb.ref('event.seq'), left_at: eb.ref('event.at') }))
        .whereRef('memberships.room_id', '=', 'event.room_id')
        .where('memberships.user_id', '=', userId)
        .where('memberships.to_seq', 'is', null),
    )
    .deleteFrom('room_members')
    .where('room_id', '=', roomId)
    .where('user_id', '=', userId)
    .execute()
}

/** Makes a member something else. */
export function updateRole(tx: Db, { roomId, userId, actorId, role }: Change & { role: Role }): Promise<MemberRecord> {
  return withNextEvent(tx, { roomId, kind: 'member.changed', actorId, subjectId: userId, detail: role })
    .updateTable('room_members')
    .set({ role })
    .where('room_id', '=', roomId)
    .where('user_id', '=', userId)
    .returning(columns)
    .executeTakeFirstOrThrow()
}

/** Bans somebody from a room; false where they are already. */
export async function insertBan(tx: Db, { roomId, userId, actorId }: Change): Promise<boolean> {
  const row = await tx
    .insertInto('room_bans')
    .values({ room_id: roomId, user_id: userId, banned_by: actorId })
    .onConflict((conflict) => conflict.doNothing())
    .returning('user_id')
    .executeTakeFirst()
  return row !== undefined
}

/** Takes a ban back; false where there is none. */
export async function deleteBan(tx: Db, roomId: RoomId, userId: UserId): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('room_bans')
    .where('room_id', '=', roomId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}
