import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { MeetingRoomId, SessionId, UserId } from '../ids.ts'

/** Whose meeting it is, who is invited, who holds it at the provider, and who is in it; once it is over, also who was. */
const isConcerned = sql<boolean>`coalesce(
  (select true from meetings m where m.id = room.meeting_id and m.removed_at is null and (m.host_id = viewer.id
    or (select true from meeting_invitations i where i.meeting_id = m.id and i.user_id = viewer.id limit 1)) limit 1)
  or (room.host_email is not null and room.host_email = viewer.email_key and viewer.email_verified_at is not null)
  or (select true from session_people p where p.session_id = s.id and p.user_id = viewer.id and (s.ended_at is not null
    or (select true from session_stays y where y.session_id = s.id and y.key = p.key and y.left_at is null limit 1)) limit 1),
  false)`

/** Which of these sessions concern somebody. */
export async function sessionsInSight(db: Db, userId: UserId, ids: readonly SessionId[]): Promise<SessionId[]> {
  const { rows } = await sql<{ id: SessionId }>`
    select s.id from sessions s join meeting_rooms room on room.id = s.room_id join users viewer on viewer.id = ${userId}
    where s.id = any (${[...ids]}::text[]) and ${isConcerned}`.execute(db)
  return rows.map(({ id }) => id)
}

/** Which of these viewers see which of these sessions: those whom they concern, administrators and support. */
export async function whoSeeSessions(db: Db, ids: readonly SessionId[], viewerIds: readonly UserId[]) {
  const { rows } = await sql<{ id: SessionId; viewerId: UserId }>`
    select s.id, viewer.id as "viewerId" from sessions s
    cross join lateral (select meeting_id, host_email from meeting_rooms where id = s.room_id limit 1) room
    cross join unnest(${[...viewerIds]}::text[]) as one (id)
    cross join lateral (
      select id, roles, email_key, email_verified_at from users where id = one.id limit 1
    ) viewer
    where s.id = any (${[...ids]}::text[]) and (viewer.roles && array['admin', 'support'] or ${isConcerned})`.execute(
    db,
  )
  return rows
}

/** Which of these sessions there are. */
export async function existingSessions(db: Db, ids: readonly SessionId[]): Promise<SessionId[]> {
  const rows = await db
    .selectFrom('sessions')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

/** A meeting of theirs, or theirs at the provider. */
const isHeld = sql<boolean>`coalesce(
  (select true from meetings m where m.id = room.meeting_id and m.removed_at is null and m.host_id = viewer.id limit 1)
  or (room.meeting_id is null and room.host_email is not null and room.host_email = viewer.email_key
    and viewer.email_verified_at is not null), false)`

/** Which of these sessions somebody holds. */
export async function sessionsOfHost(db: Db, userId: UserId, ids: readonly SessionId[]): Promise<SessionId[]> {
  const { rows } = await sql<{ id: SessionId }>`
    select s.id from sessions s join meeting_rooms room on room.id = s.room_id join users viewer on viewer.id = ${userId}
    where s.id = any (${[...ids]}::text[]) and ${isHeld}`.execute(db)
  return rows.map(({ id }) => id)
}

/** Which of these rooms there are. */
export async function existingRooms(db: Db, ids: readonly MeetingRoomId[]): Promise<MeetingRoomId[]> {
  const rows = await db
    .selectFrom('meeting_rooms')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these rooms are of meetings that somebody holds, or are theirs at the provider. */
export async function roomsOfHost(db: Db, userId: UserId, ids: readonly MeetingRoomId[]): Promise<MeetingRoomId[]> {
  const { rows } = await sql<{ id: MeetingRoomId }>`
    select room.id from meeting_rooms room join users viewer on viewer.id = ${userId}
    where room.id = any (${[...ids]}::text[]) and ${isHeld}`.execute(db)
  return rows.map(({ id }) => id)
}
