import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import { appendEvent } from '../../events/log.ts'
import { newId, type RoomId, type UserId } from '../../ids.ts'

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

/** Rooms as one member sees them. */
function selectRooms(db: Db, viewerId: UserId) {
  return db
    .selectFrom('room_members as me')
    .innerJoin('rooms', 'rooms.id', 'me.room_id')
    .where('me.user_id', '=', viewerId)
    .select((eb) => [
      'rooms.id',
      'rooms.kind',
      'rooms.name',
      'rooms.created_at as createdAt',
      'rooms.last_event_at as lastEventAt',
      'rooms.last_seq as lastSeq',
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

function toRoom<Row extends { lastSeq: bigint }>(row: Row) {
  return { ...row, lastSeq: Number(row.lastSeq) }
}

export async function findRoom(db: Db, viewerId: UserId, id: RoomId) {
  const row = await selectRooms(db, viewerId).where('rooms.id', '=', id).executeTakeFirst()
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

/** Where a list of rooms goes on: down from the most recently active, then up through those active since it began. */
export type RoomsPosition = ['down', started: Date, at: Date, RoomId] | ['up', at: Date, RoomId]

/** A part of the user's rooms, beginning at a position; without direct rooms with somebody whom they block. */
export async function listRooms(db: Db, viewerId: UserId, from: RoomsPosition | undefined, limit: number) {
  const direction = from?.[0] === 'up' ? 'asc' : 'desc'
  let query = selectRooms(db, viewerId)
    .where('me.room_id', 'not in', roomsWithBlocked(db, viewerId))
    .orderBy('rooms.last_event_at', direction)
    .orderBy('rooms.id', direction)
    .limit(limit)
  if (from?.[0] === 'down') {
    const [, , at, id] = from
    query = query.where(sql<boolean>`(rooms.last_event_at, rooms.id) < (${at}, ${id})`)
  } else if (from !== undefined) {
    const [, at, id] = from
    query = query.where(sql<boolean>`(rooms.last_event_at, rooms.id) > (${at}, ${id})`)
  }
  return (await query.execute()).map(toRoom)
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
    ownerId,
    memberIds,
  }: {
    id?: RoomId
    kind: 'group' | 'direct'
    name: string
    ownerId: UserId
    memberIds: readonly UserId[]
  },
): Promise<RoomId> {
  await tx.insertInto('rooms').values({ id, kind, name, created_by: ownerId }).execute()
  const others = [...new Set(memberIds)].filter((memberId) => memberId !== ownerId)
  const members = [
    { room_id: id, user_id: ownerId, role: kind === 'direct' ? ('member' as const) : ('owner' as const) },
    ...others.map((userId) => ({ room_id: id, user_id: userId, role: 'member' as const })),
  ]
  await tx.insertInto('room_members').values(members).execute()
  await appendEvent(tx, { roomId: id, kind: 'room.created', actorId: ownerId })
  return id
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
