import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import { appendEvent } from '../../events/log.ts'
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
 * Locks the groups that a user is in, in the order of their ids, as everybody locks rooms. To be done before the user's row is
 * touched: whoever sends something has the room, and then waits for the sender's row.
 */
export async function lockGroupsOf(db: Db, id: UserId): Promise<void> {
  await db.selectFrom('rooms').select('id').where('id', 'in', groupsOf(db, id)).orderBy('id').forNoKeyUpdate().execute()
}

function groupsOf(db: Db, id: UserId) {
  return db
    .selectFrom('room_members')
    .innerJoin('rooms', 'rooms.id', 'room_members.room_id')
    .select('rooms.id')
    .where('room_members.user_id', '=', id)
    .where('rooms.kind', '=', 'group')
}

/** Group rooms that the user owns pass to the longest-serving administrator, else to the longest-serving member. */
export async function passOnRooms(db: Db, id: UserId): Promise<void> {
  await sql`update room_members as heir set role = 'owner'
    from (
      select distinct on (other.room_id) other.room_id, other.user_id
      from room_members mine
      join rooms on rooms.id = mine.room_id and rooms.kind = 'group'
      join room_members other on other.room_id = mine.room_id and other.user_id <> mine.user_id
      where mine.user_id = ${id} and mine.role = 'owner'
      order by other.room_id, other.role = 'member', other.joined_at, other.user_id
    ) as next
    where heir.room_id = next.room_id and heir.user_id = next.user_id`.execute(db)
}

/** The user leaves all groups, as an event of each; in the order of the rooms' ids, as everybody locks them. */
export async function leaveRooms(db: Db, id: UserId): Promise<void> {
  const rooms = await db
    .deleteFrom('room_members')
    .where('user_id', '=', id)
    .where('room_id', 'in', groupsOf(db, id))
    .returning('room_id as roomId')
    .execute()
  const ids: RoomId[] = rooms.map(({ roomId }) => roomId).sort()
  for (const roomId of ids) await appendEvent(db, { roomId, kind: 'member.left', actorId: id })
}

/** Deletes what a user leaves in a table. */
export async function deleteOf(
  db: Db,
  id: UserId,
  table: 'devices' | 'identities' | 'mail_tokens' | 'mfa_secrets' | 'recovery_codes' | 'presences',
): Promise<void> {
  await db.deleteFrom(table).where('user_id', '=', id).execute()
}

export async function deletePeople(db: Db, id: UserId): Promise<void> {
  await db
    .deleteFrom('friendships')
    .where((eb) => eb.or([eb('user_low', '=', id), eb('user_high', '=', id)]))
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
