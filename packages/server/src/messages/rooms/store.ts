import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import { appendEvent } from '../../events/log.ts'
import { newId, type RoomId, type UserId } from '../../ids.ts'
import { avatarUrl } from '../../uploads/avatars/store.ts'

/** Which of these rooms the user is in. */
export async function roomsOfMember(db: Db, userId: UserId, ids: readonly RoomId[]): Promise<RoomId[]> {
  const rows = await db
    .selectFrom('room_members')
    .select('room_id as id')
    .where('user_id', '=', userId)
    .where((eb) => eb('room_id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these rooms the user is in or may join. */
export async function roomsInSight(db: Db, userId: UserId, ids: readonly RoomId[]): Promise<RoomId[]> {
  const rows = await roomsSeenBy(db, userId)
    .select('rooms.id')
    .where((eb) => eb('rooms.id', '=', eb.fn.any(eb.val([...ids]))))
    .where((eb) => eb.or([eb('me.user_id', 'is not', null), isOpen]))
    .execute()
  return rows.map(({ id }) => id)
}

/** Not by parameters, so that the index of open rooms serves whatever the plan. */
const isOpen = sql<SqlBool>`(rooms.access = 'open' and rooms.removed_at is null)`

/** Rooms, with the viewer's membership where there is one. */
function roomsSeenBy(db: Db, viewerId: UserId) {
  return db
    .selectFrom('rooms')
    .leftJoin('room_members as me', (join) => join.onRef('me.room_id', '=', 'rooms.id').on('me.user_id', '=', viewerId))
}

/** Rooms as somebody sees them, in them or not. */
function selectRooms(db: Db, viewerId: UserId) {
  return roomsSeenBy(db, viewerId).select((eb) => [
    'rooms.id',
    'rooms.kind',
    'rooms.name',
    'rooms.created_at as createdAt',
    'rooms.last_event_at as lastEventAt',
    'rooms.last_seq as lastSeq',
    ...(['rooms.topic', 'rooms.access', 'rooms.history', 'rooms.retention_days as retentionDays'] as const),
    ...(['rooms.min_seq as minSeq', 'rooms.archived_at as archivedAt', 'me.role'] as const),
    avatarUrl('rooms'),
    eb
      .case()
      .when('rooms.kind', '=', 'direct')
      .then(
        eb.fn.coalesce(
          eb
            .selectFrom('room_members as other')
            .select('other.user_id')
            .whereRef('other.room_id', '=', 'rooms.id')
            .where('other.user_id', '<>', viewerId)
            .limit(1),
          'me.user_id',
        ),
      )
      .end()
      .as('peerId'),
  ])
}

function toRoom<Row extends { lastSeq: bigint; minSeq: bigint }>(row: Row) {
  return { ...row, lastSeq: Number(row.lastSeq), minSeq: Number(row.minSeq) }
}

/** A room that the viewer is in, or may join. */
export async function findRoom(db: Db, viewerId: UserId, id: RoomId) {
  const row = await selectRooms(db, viewerId)
    .where('rooms.id', '=', id)
    .where((eb) => eb.or([eb('me.user_id', 'is not', null), isOpen]))
    .executeTakeFirst()
  return row && toRoom(row)
}

/** All rooms of the user, in the order of their ids, after one. */
export async function roomsAfter(db: Db, userId: UserId, after: string, limit: number) {
  const rows = await selectRooms(db, userId)
    .where('me.room_id', '>', after as RoomId)
    .orderBy('me.room_id')
    .limit(limit)
    .execute()
  return rows.map(toRoom)
}

/**
 * Where a list of rooms goes on: down from the most recently active, then up through those active since it began; or, for
 * all there are, down from the newest.
 */
export type RoomsPosition =
  | ['down', started: readonly [Date, RoomId], at: Date, RoomId]
  | ['up', at: Date, RoomId]
  | ['made', RoomId]

export interface RoomsFilter {
  /** `mine`: without direct rooms with somebody whom the viewer blocks. `open`: what everybody may join. */
  scope: 'mine' | 'open' | 'all'
  /** Only rooms that this user is in. */
  userId?: UserId | undefined
  from?: RoomsPosition | undefined
  limit: number
}

/** A part of the rooms of a user or of the open ones, beginning at a position. */
export async function listRooms(db: Db, viewerId: UserId, { scope, userId, from, limit }: RoomsFilter) {
  const direction = from?.[0] === 'up' ? 'asc' : 'desc'
  let query = selectRooms(db, viewerId).limit(limit)
  if (scope === 'all') query = query.where('rooms.removed_at', 'is', null)
  else query = query.orderBy('rooms.last_event_at', direction)
  query = query.orderBy('rooms.id', direction)
  if (scope === 'open') query = query.where(isOpen)
  if (scope === 'mine')
    query = query.where('me.user_id', '=', viewerId).where('me.room_id', 'not in', roomsWithBlocked(db, viewerId))
  if (userId !== undefined) query = query.where(hasMember(userId))
  // Where others are is for those who are there, too.
  if (scope === 'open' && userId !== undefined && userId !== viewerId) query = query.where('me.user_id', 'is not', null)
  if (from !== undefined) query = query.where(isFurther(from))
  return (await query.execute()).map(toRoom)
}

const hasMember = (userId: UserId) => sql<boolean>`exists (
  select from room_members as theirs where theirs.room_id = rooms.id and theirs.user_id = ${userId}
)`

function isFurther(from: RoomsPosition) {
  switch (from[0]) {
    case 'down':
      return sql<boolean>`(rooms.last_event_at, rooms.id) < (${from[2]}, ${from[3]})`
    case 'up':
      return sql<boolean>`(rooms.last_event_at, rooms.id) > (${from[1]}, ${from[2]})`
    case 'made':
      return sql<boolean>`rooms.id < ${from[1]}`
  }
}

function roomsWithBlocked(db: Db, viewerId: UserId) {
  return db
    .selectFrom('blocks')
    .innerJoin('direct_rooms', (join) =>
      join
        .on('user_low', '=', (eb) => eb.fn<UserId>('least', ['blocked_id', eb.val(viewerId)]))
        .on('user_high', '=', (eb) => eb.fn<UserId>('greatest', ['blocked_id', eb.val(viewerId)])),
    )
    .select('room_id')
    .where('blocker_id', '=', viewerId)
}

/** Makes a room with its members and its first event; returns its id. */
export async function insertRoom(
  tx: Db,
  {
    id = newId('room'),
    kind,
    name,
    topic = '',
    access = 'closed',
    history = 'shared',
    ownerId,
    memberIds,
  }: {
    id?: RoomId
    kind: 'group' | 'direct'
    name: string
    topic?: string | undefined
    access?: 'closed' | 'open'
    history?: 'shared' | 'joined'
    ownerId: UserId
    memberIds: readonly UserId[]
  },
): Promise<RoomId> {
  await tx.insertInto('rooms').values({ id, kind, name, topic, access, history, created_by: ownerId }).execute()
  const others = [...new Set(memberIds)].filter((memberId) => memberId !== ownerId)
  const members = [
    { room_id: id, user_id: ownerId, role: kind === 'direct' ? ('member' as const) : ('owner' as const) },
    ...others.map((userId) => ({ room_id: id, user_id: userId, role: 'member' as const })),
  ]
  await tx.insertInto('room_members').values(members).execute()
  await tx
    .insertInto('memberships')
    .values(members.map(({ user_id }) => ({ room_id: id, user_id, from_seq: 0 })))
    .execute()
  await appendEvent(tx, { roomId: id, kind: 'room.created', actorId: ownerId })
  return id
}

export interface RoomChange {
  name?: string | undefined
  topic?: string | undefined
  access?: 'closed' | 'open' | undefined
  history?: 'shared' | 'joined' | undefined
  retentionDays?: number | null | undefined
}

/** Changes the settings of a room, as an event; what is undefined stays. */
export async function updateRoom(tx: Db, roomId: RoomId, actorId: UserId, change: RoomChange): Promise<void> {
  const { name, topic, access, history, retentionDays } = change
  await tx
    .updateTable('rooms')
    .set({ name, topic, access, history, retention_days: retentionDays })
    .where('id', '=', roomId)
    .execute()
  await appendEvent(tx, { roomId, kind: 'room.updated', actorId })
}

/** Takes a room out of use, or back into it, as an event. */
export async function setArchived(tx: Db, roomId: RoomId, actorId: UserId, archived: boolean): Promise<void> {
  await tx
    .updateTable('rooms')
    .set({ archived_at: archived ? sql`now()` : null })
    .where('id', '=', roomId)
    .execute()
  await appendEvent(tx, { roomId, kind: 'room.updated', actorId })
}

export async function findDirectRoom(db: Db, one: UserId, other: UserId): Promise<RoomId | undefined> {
  const row = await db
    .selectFrom('direct_rooms')
    .select('room_id as id')
    .where('user_low', '=', one < other ? one : other)
    .where('user_high', '=', one < other ? other : one)
    .executeTakeFirst()
  return row?.id
}

/** The one room of two people, made now where there was none. Two at once get the same room. */
export async function ensureDirectRoom(tx: Db, ownerId: UserId, otherId: UserId): Promise<RoomId> {
  const id = newId('room')
  const claimed = await tx
    .insertInto('direct_rooms')
    .values({
      user_low: ownerId < otherId ? ownerId : otherId,
      user_high: ownerId < otherId ? otherId : ownerId,
      room_id: id,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('room_id')
    .executeTakeFirst()
  if (claimed === undefined) return (await findDirectRoom(tx, ownerId, otherId)) ?? id
  return insertRoom(tx, { id, kind: 'direct', name: '', ownerId, memberIds: [otherId] })
}

/** Whether a sender is in a room, and whether that is in use. */
export async function findStandingIn(db: Db, roomId: RoomId, userId: UserId) {
  const row = await db
    .selectFrom('rooms')
    .innerJoin('room_members as me', 'me.room_id', 'rooms.id')
    .select('rooms.archived_at as archivedAt')
    .where('rooms.id', '=', roomId)
    .where('rooms.removed_at', 'is', null)
    .where('me.user_id', '=', userId)
    .executeTakeFirst()
  return { isMember: row !== undefined, isArchived: row !== undefined && row.archivedAt !== null }
}

/** The members of a room among these user names, in normalised form. */
export async function findMentionable(db: Db, roomId: RoomId, names: readonly string[]): Promise<UserId[]> {
  const rows = await db
    .selectFrom('users')
    .innerJoin('room_members', 'room_members.user_id', 'users.id')
    .select('users.id')
    .where((eb) => eb('user_name_key', '=', eb.fn.any(eb.val([...names]))))
    .where('room_id', '=', roomId)
    .orderBy('users.id')
    .execute()
  return rows.map(({ id }) => id)
}
