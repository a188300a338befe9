import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import { withNextEvent } from '../../../events/log.ts'
import type { RoomId, UserId } from '../../../ids.ts'

/** How many numbers of a room are purged at a time at most. */
const stepSize = 2_000

/**
 * Ends a room, which has to be locked, by its last event: who is in it sees that one, and nothing else of the room any more.
 * What it holds is deleted afterwards, in steps. Until that is done the room counts as one with a retention, so that it is
 * found by the index of those.
 */
export async function endRoom(tx: Db, roomId: RoomId, actorId: UserId): Promise<void> {
  await tx
    .updateTable('rooms')
    .set((eb) => ({ removed_at: sql`now()`, name: '', topic: '', retention_days: 1, min_seq: eb.ref('last_seq') }))
    .where('id', '=', roomId)
    .execute()
  await tx.deleteFrom('memberships').where('room_id', '=', roomId).where('to_seq', 'is not', null).execute()
  await tx.deleteFrom('room_bans').where('room_id', '=', roomId).execute()
  await withNextEvent(tx, { roomId, kind: 'room.removed', actorId })
    .with('intervals', (qb) =>
      qb
        .updateTable('memberships')
        .from('event')
        .set((eb) => ({ to_seq: eb.ref('event.seq'), left_at: eb.ref('event.at') }))
        .whereRef('memberships.room_id', '=', 'event.room_id'),
    )
    .deleteFrom('room_members')
    .where('room_id', '=', roomId)
    .execute()
}

/** Deletes a part of what a removed room held; false once nothing is left. */
export async function deleteRemains(db: Db, roomId: RoomId): Promise<boolean> {
  const counts = [
    await deleteFirst(db, 'messages', roomId),
    await deleteFirst(db, 'room_events', roomId),
    await deleteFirstReceipts(db, roomId),
  ]
  return counts.some(({ numDeletedRows }) => numDeletedRows > 0n)
}

/** Deletes the first rows of a removed room; its last event stays. */
function deleteFirst(db: Db, table: 'messages' | 'room_events', roomId: RoomId) {
  return db
    .deleteFrom(table)
    .where('room_id', '=', roomId)
    .where('seq', '<=', (eb) => eb.selectFrom('rooms').select('min_seq').where('id', '=', roomId))
    .where('seq', '<', (eb) =>
      eb
        .selectFrom(table)
        .select((of) => sql<bigint>`${of.fn.min('seq')} + ${stepSize}`.as('end'))
        .where('room_id', '=', roomId),
    )
    .executeTakeFirst()
}

/** Those of one person: an index has them together. */
function deleteFirstReceipts(db: Db, roomId: RoomId) {
  return db
    .deleteFrom('receipt_log')
    .where('room_id', '=', roomId)
    .where('user_id', '=', (eb) =>
      eb
        .selectFrom('receipt_log')
        .select((of) => of.fn.min('user_id').as('first'))
        .where('room_id', '=', roomId),
    )
    .executeTakeFirst()
}

/** Marks a removed room as one of which nothing is left. */
export async function settle(db: Db, roomId: RoomId): Promise<void> {
  await db
    .updateTable('rooms')
    .set({ retention_days: null })
    .where('id', '=', roomId)
    .where('removed_at', 'is not', null)
    .execute()
}

/** Rooms after one with something to purge: messages past their time, or all that there is where they were removed. */
export function listDueRooms(db: Db, after: RoomId | undefined, limit: number) {
  let query = db
    .selectFrom('rooms')
    .select(['id', 'removed_at as removedAt'])
    .where('retention_days', 'is not', null)
    .where((eb) =>
      eb.or([
        eb('removed_at', 'is not', null),
        eb(
          eb.selectFrom('messages').select('sent_at').whereRef('room_id', '=', 'rooms.id').orderBy('seq').limit(1),
          '<',
          sql<Date>`now() - retention_days * interval '1 day'`,
        ),
      ]),
    )
  if (after !== undefined) query = query.where('id', '>', after)
  return query.orderBy('id').limit(limit).execute()
}

/** The number up to which the first messages of a room are older than so many days; undefined where not even one is. */
export async function findExpired(db: Db, roomId: RoomId, days: number): Promise<bigint | undefined> {
  const first = db
    .selectFrom('messages')
    .select(['seq', sql<boolean>`bool_and(sent_at < now() - ${days} * interval '1 day') over (order by seq)`.as('old')])
    .where('room_id', '=', roomId)
    .orderBy('seq')
    .limit(stepSize)
  const { upTo } = await db
    .selectFrom(first.as('first'))
    .select((eb) => eb.fn.max('seq').as('upTo'))
    .where('old', '=', true)
    .executeTakeFirstOrThrow()
  return upTo ?? undefined
}

/** Deletes everything of a room, which has to be locked, up to a number, as an event that says so. */
export async function purgeUpTo(tx: Db, roomId: RoomId, upTo: bigint): Promise<void> {
  for (const table of ['messages', 'room_events'] as const) {
    await tx.deleteFrom(table).where('room_id', '=', roomId).where('seq', '<=', upTo).execute()
  }
  await tx
    .deleteFrom('receipt_log')
    .where('room_id', '=', roomId)
    .where('user_id', 'in', (eb) => eb.selectFrom('memberships').select('user_id').where('room_id', '=', roomId))
    .where('kind', 'in', ['delivered', 'read'])
    .where('upto_seq', '<=', upTo)
    .execute()
  await tx.updateTable('rooms').set({ min_seq: upTo }).where('id', '=', roomId).execute()
}

/** Who owns a group; who made it, for other rooms. */
export async function findOwner(db: Db, roomId: RoomId): Promise<UserId> {
  const row = await db
    .selectFrom('rooms')
    .leftJoin('room_members as owner', (join) =>
      join.onRef('owner.room_id', '=', 'rooms.id').on('owner.role', '=', 'owner'),
    )
    .select((eb) => eb.fn.coalesce('owner.user_id', 'rooms.created_by').as('id'))
    .where('rooms.id', '=', roomId)
    .executeTakeFirstOrThrow()
  return row.id
}
