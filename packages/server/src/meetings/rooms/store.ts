import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import { type MeetingId, newId, type UserId } from '../../ids.ts'

/** What the room of a meeting is to be, and is; of a removed meeting, too. */
export function findRoom(db: Db, id: MeetingId) {
  return db
    .selectFrom('meetings')
    .innerJoin('users', 'users.id', 'meetings.host_id')
    .select([
      ...(['meetings.id', 'host_id as hostId', 'title', 'description', 'starts_at as startsAt'] as const),
      ...(['duration_minutes as durationMinutes', 'time_zone as timeZone', 'recurrence', 'provider'] as const),
      ...(['passcode', 'lobby', 'sequence', 'room_state as state', 'external_id as externalId'] as const),
      'connection_id as connectionId',
    ])
    .select((eb) => eb.fn.coalesce('cancelled_at', 'meetings.removed_at').as('overAt'))
    .select(personName.as('hostName'))
    .select(sql<string | null>`case when email_verified_at is not null then email end`.as('hostEmail'))
    .where('meetings.id', '=', id)
    .executeTakeFirst()
}

export type RoomRecord = NonNullable<Awaited<ReturnType<typeof findRoom>>>

const personName = sql<string>`coalesce(nullif(trim(first_name || ' ' || last_name), ''), user_name)`

/** Somebody as providers are told of them. */
export function findParticipant(db: Db, id: UserId) {
  return db
    .selectFrom('users')
    .select('id')
    .select(personName.as('name'))
    .select(sql<string | null>`case when email_verified_at is not null then email end`.as('email'))
    .where('id', '=', id)
    .executeTakeFirst()
}

/**
 * The room of a meeting, which was changed or has ended, is not what it is to be; where there is nothing at a provider, all is
 * done at once. Whether somebody has to see to it.
 */
export async function unsettleRoom(tx: Db, id: MeetingId): Promise<boolean> {
  const row = await tx
    .updateTable('meetings')
    .set({
      room_state: sql`case when room_state <> 'ready' or external_id is not null then 'pending'
        when coalesce(cancelled_at, removed_at) is not null then 'gone' else 'ready' end`,
      room_problem: null,
    })
    .where('id', '=', id)
    .where('room_state', '<>', 'gone')
    .returning('room_state as state')
    .executeTakeFirst()
  await dropRoomsOf(tx, id)
  return row?.state === 'pending'
}

/** Notes what the provider made. */
export async function noteRoom(
  db: Db,
  id: MeetingId,
  room: { externalId: string; joinUrl: string | null },
): Promise<void> {
  await db
    .updateTable('meetings')
    .set({ external_id: room.externalId, join_url: room.joinUrl })
    .where('id', '=', id)
    .execute()
  await noteRoomOf(db, { meetingId: id, ...room })
}

/** The room of a meeting is known among all rooms; others that it had before are gone. */
export async function noteRoomOf(
  db: Db,
  { meetingId, externalId, joinUrl }: { meetingId: MeetingId; externalId: string; joinUrl: string | null },
): Promise<void> {
  const id = newId('meetingRoom')
  await sql`insert into meeting_rooms (id, source, provider, external_id, meeting_id, join_url, gone_at)
    select ${id}, coalesce(connection_id, provider), provider, ${externalId}, id, ${joinUrl},
      case when coalesce(cancelled_at, removed_at) is not null then now() end
    from meetings where id = ${meetingId}
    on conflict (source, external_id) do update set
      meeting_id = excluded.meeting_id, join_url = excluded.join_url, gone_at = excluded.gone_at`.execute(db)
  await db
    .updateTable('meeting_rooms')
    .set({ gone_at: sql`now()` })
    .where('meeting_id', '=', meetingId)
    .where('external_id', '<>', externalId)
    .where('gone_at', 'is', null)
    .execute()
}

/** The rooms of a meeting are not to be used any more once that is cancelled or removed. */
async function dropRoomsOf(tx: Db, id: MeetingId): Promise<void> {
  await tx
    .updateTable('meeting_rooms')
    .set({ gone_at: sql`now()` })
    .from('meetings')
    .whereRef('meetings.id', '=', 'meeting_rooms.meeting_id')
    .where('meetings.id', '=', id)
    .where(sql<boolean>`coalesce(cancelled_at, removed_at) is not null`)
    .where('gone_at', 'is', null)
    .execute()
}

/**
 * Notes that the room is as it was to be when it was looked at; false where that was changed meanwhile. The name of a room that
 * is gone stays: its recordings are found by it.
 */
export async function settleRoom(
  db: Db,
  { id, sequence }: Pick<RoomRecord, 'id' | 'sequence'>,
  state: 'ready' | 'gone',
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('meetings')
    .set({ room_state: state, room_problem: null, ...(state === 'gone' && { join_url: null }) })
    .where('id', '=', id)
    .where('sequence', '=', sequence)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Notes what could not be done, where it is still what is to be. */
export async function noteProblem(
  db: Db,
  { id, sequence }: Pick<RoomRecord, 'id' | 'sequence'>,
  { state, problem }: { state: 'pending' | 'failed'; problem: string },
): Promise<void> {
  await db
    .updateTable('meetings')
    .set({ room_state: state, room_problem: problem })
    .where('id', '=', id)
    .where('sequence', '=', sequence)
    .execute()
}
