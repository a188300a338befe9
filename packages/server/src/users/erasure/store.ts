import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UserId } from '../../ids.ts'

/** Takes everything personal out of a user's row; false where there is no such user (any more). */
export async function blankUser(db: Db, id: UserId): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set({
      email: null,
      email_key: null,
      email_verified_at: null,
      user_name: '',
      // No user name has a blank: nobody can take this one beforehand.
      user_name_key: `removed ${id}`,
      first_name: '',
      last_name: '',
      password_hash: null,
      roles: [],
      mfa: false,
      modified_at: sql`now()`,
      removed_at: sql`now()`,
    })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * Locks the rooms that a user is in or has reacted in, in the order of their ids, as everybody locks rooms, and then what the
 * user is in them. To be done before the user's row is touched: whoever sends or marks something has those, and then waits
 * for the user's row.
 */
export async function lockRoomsOf(db: Db, id: UserId): Promise<void> {
  const ids = db
    .selectFrom('room_members')
    .select('room_id')
    .where('user_id', '=', id)
    .union(db.selectFrom('reactions').select('room_id').where('user_id', '=', id))
  await db
    .selectFrom('rooms')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(sql<RoomId[]>`array(${ids})`)))
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  const own = db.selectFrom('room_members').select('room_id').where('user_id', '=', id)
  await own.orderBy('room_id').forUpdate().execute()
}

/** The rooms that a user is in, in the order of their ids, and whether anybody else is in them who is not removed. */
export function roomsToLeave(db: Db, id: UserId) {
  return db
    .selectFrom('room_members as mine')
    .innerJoin('rooms', 'rooms.id', 'mine.room_id')
    .select((eb) => [
      ...(['rooms.id', 'rooms.kind', 'mine.role'] as const),
      eb
        .exists(
          eb
            .selectFrom('room_members as other')
            .innerJoin('users', 'users.id', 'other.user_id')
            .select('other.user_id')
            .whereRef('other.room_id', '=', 'rooms.id')
            .where('other.user_id', '<>', id)
            .where('users.removed_at', 'is', null),
        )
        .as('hasOthers'),
    ])
    .where('mine.user_id', '=', id)
    .orderBy('rooms.id')
    .execute()
}

/** To whom a room passes: the longest-serving administrator, else the longest-serving member. */
export async function findHeir(db: Db, roomId: RoomId, ownerId: UserId): Promise<UserId | undefined> {
  const row = await db
    .selectFrom('room_members')
    .select('user_id as id')
    .where('room_id', '=', roomId)
    .where('user_id', '<>', ownerId)
    .orderBy(sql`role = 'member'`)
    .orderBy('joined_at')
    .orderBy('user_id')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

/** Deletes the direct rooms of two people, of which nobody is left, from the list of those. */
export async function deleteDirectRoom(db: Db, userId: UserId, roomId: RoomId): Promise<void> {
  await db
    .deleteFrom('direct_rooms')
    .where((eb) => eb.or([eb('user_low', '=', userId), eb('user_high', '=', userId)]))
    .where('room_id', '=', roomId)
    .execute()
}

/** Takes back what a user reacted with, as an event of each message, in rooms that are locked. */
export async function deleteReactions(db: Db, id: UserId): Promise<void> {
  await sql`with gone as (delete from reactions where user_id = ${id} returning room_id, seq),
    numbered as (
      select room_id, seq, row_number() over (partition by room_id order by seq) as number
      from (select distinct room_id, seq from gone) as touched
    ),
    room as (
      update rooms set last_seq = last_seq + more.count,
        shared_until = case when history = 'shared' then last_seq + more.count else shared_until end,
        last_event_at = greatest(last_event_at, clock_timestamp())
      from (select room_id, count(*) as count from numbered group by room_id) as more
      where rooms.id = more.room_id and rooms.removed_at is null
      returning rooms.id, rooms.last_seq - more.count as before, rooms.last_event_at as at, rooms.history = 'shared' as shared
    )
    insert into room_events (room_id, seq, kind, actor_id, at, target, shared)
    select room.id, before + number, 'message.reacted', ${id}, at, numbered.seq, shared
    from room join numbered on numbered.room_id = room.id`.execute(db)
}

/** How far a user has read, and when they did. */
export async function deleteMarks(db: Db, id: UserId): Promise<void> {
  await db.deleteFrom('receipt_log').where('user_id', '=', id).execute()
  await db
    .updateTable('room_members')
    .set({ delivered_seq: 0, read_seq: 0, private_read_seq: 0 })
    .where('user_id', '=', id)
    .execute()
}

/** Deletes what a user leaves in a table. */
export async function deleteOf(
  db: Db,
  id: UserId,
  table:
    | 'devices'
    | 'identities'
    | 'mail_tokens'
    | 'mfa_secrets'
    | 'recovery_codes'
    | 'presences'
    | 'room_bans'
    | 'ephemera',
): Promise<void> {
  await db.deleteFrom(table).where('user_id', '=', id).execute()
}

export async function deletePeople(db: Db, id: UserId): Promise<void> {
  await db
    .deleteFrom('friendships')
    .where((eb) => eb.or([eb('user_low', '=', id), eb('user_high', '=', id)]))
    .execute()
  // Whoever blocked them sees what they said again, by "Deleted user": open streams are told to load anew.
  await db
    .insertInto('ephemera')
    .columns(['kind', 'user_id'])
    .expression((eb) =>
      eb
        .selectFrom('blocks')
        .select([eb.val('blocks').as('kind'), 'blocker_id'])
        .where('blocked_id', '=', id),
    )
    .execute()
  await db
    .deleteFrom('blocks')
    .where((eb) => eb.or([eb('blocker_id', '=', id), eb('blocked_id', '=', id)]))
    .execute()
}

/** Deletes a user's own keys; those of services that they made stay, made by nobody. */
export async function deleteKeys(db: Db, id: UserId): Promise<void> {
  await db.deleteFrom('api_keys').where('owner_id', '=', id).execute()
  await db.updateTable('api_keys').set({ created_by: null }).where('created_by', '=', id).execute()
}

/** Removes jobs that wait to be done for a user, such as mails to their addresses. One that runs now finds nobody later. */
export async function deleteJobs(db: Db, id: UserId): Promise<void> {
  await sql`select job.id from graphile_worker.complete_jobs(array(
    select id from graphile_worker._private_jobs where payload ->> 'userId' = ${id})) as job`.execute(db)
}

/** Takes the user's addresses out of the log; what others did to the account stays with theirs. */
export async function cutAuditAddresses(db: Db, id: UserId): Promise<void> {
  await db
    .updateTable('audit_log')
    .set({ address: null })
    .where((eb) =>
      eb.or([
        eb('user_id', '=', id),
        eb.and([eb('target', '=', id), eb('user_id', 'is', null), eb('key_id', 'is', null)]),
      ]),
    )
    .where('address', 'is not', null)
    .execute()
}
