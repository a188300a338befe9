import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { MeetingId, SessionId, UserId } from '../../ids.ts'

/** Deletes some of the sessions of a meeting that was removed, with who was there; false once there are no more. */
export async function deleteSessionsOf(db: Db, id: MeetingId, limit: number): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`delete from sessions where id = any(array(
    select s.id from meeting_rooms room join sessions s on s.room_id = room.id where room.meeting_id = ${id} limit ${limit}
  ))`.execute(db)
  return Number(numAffectedRows) === limit
}

/** Deletes the rooms of a meeting, whose sessions are deleted. */
export async function deleteRoomsOf(tx: Db, id: MeetingId): Promise<void> {
  await tx.deleteFrom('meeting_rooms').where('meeting_id', '=', id).execute()
}

/** Deletes who was in the sessions of a meeting. */
export async function deletePeopleAt(tx: Db, id: MeetingId): Promise<void> {
  await sql`delete from session_people using sessions s, meeting_rooms room
    where session_id = s.id and room.id = s.room_id and room.meeting_id = ${id}`.execute(tx)
}

/** Takes somebody's name off where they were; that somebody was there stays, under the id. */
export async function blankPerson(tx: Db, userId: UserId): Promise<void> {
  await tx.updateTable('session_people').set({ name: '' }).where('user_id', '=', userId).execute()
}

/** Takes off rooms at providers that they are somebody's; while the account there has them, it tells so again. */
export async function blankHost(tx: Db, userId: UserId): Promise<void> {
  await sql`update meeting_rooms room set host_name = null, host_email = null, join_url = null, passcode = null
    from users where users.id = ${userId} and room.host_email = users.email_key`.execute(tx)
}

/** Takes all words off the rooms of a meeting. */
export async function blankRoomsOf(tx: Db, id: MeetingId): Promise<void> {
  await tx
    .updateTable('meeting_rooms')
    .set({ title: '', host_name: null, host_email: null, join_url: null, passcode: null })
    .where('meeting_id', '=', id)
    .execute()
}

/** Deletes some of the rooms without a meeting that nobody used for so long, or that are gone; false once there are no more. */
export async function deleteOldRooms(db: Db, days: number, limit: number): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`delete from meeting_rooms where id = any(array(
    select room.id from meeting_rooms room where room.meeting_id is null
      and coalesce(room.gone_at, room.live_at, room.told_at, room.known_at) < now() - ${days} * interval '1 day'
      and not exists (select from sessions s where s.room_id = room.id) limit ${limit}
  ))`.execute(db)
  return Number(numAffectedRows) === limit
}

/**
 * Deletes some of the sessions in rooms without a meeting that ended, or were heard of last, so many days ago; false once there
 * are no more.
 */
export async function deleteOldSessions(db: Db, days: number, limit: number): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`delete from sessions where id = any(array(
    select s.id from sessions s join meeting_rooms room on room.id = s.room_id
    where (s.ended_at < now() - ${days} * interval '1 day'
      or s.ended_at is null and s.observed_at < now() - ${days} * interval '1 day')
      and room.meeting_id is null limit ${limit}
  ))`.execute(db)
  return Number(numAffectedRows) === limit
}

interface Attended {
  sessionId: SessionId
  title: string
  name: string
  joinedAt: Date
  leftAt: Date | null
}

/** The sessions that somebody was in, in the order of their ids, after one. */
export async function attendedAfter(db: Db, userId: UserId, after: string, limit: number): Promise<Attended[]> {
  const { rows } = await sql<Attended>`
    select own.session_id as "sessionId", coalesce(m.title, room.title) as title, max(own.name) as name,
      min(stay.joined_at) as "joinedAt", case when bool_or(stay.left_at is null) then null else max(stay.left_at) end as "leftAt"
    from session_people own
    join session_stays stay on stay.session_id = own.session_id and stay.key = own.key
    join sessions s on s.id = own.session_id
    join meeting_rooms room on room.id = s.room_id
    left join meetings m on m.id = room.meeting_id
    where own.user_id = ${userId} and own.session_id > ${after}
    group by own.session_id, m.title, room.title order by own.session_id limit ${limit}`.execute(db)
  return rows
}

/** Deletes how many calls were made so many days ago. */
export async function deleteOldCalls(db: Db, days: number): Promise<void> {
  await sql`delete from provider_calls where day < now() - ${days} * interval '1 day'`.execute(db)
}
