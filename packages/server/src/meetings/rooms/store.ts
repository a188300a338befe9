import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { MeetingId, UserId } from '../../ids.ts'

/** What the room of a meeting is to be, and is; of a removed meeting, too. */
export function findRoom(db: Db, id: MeetingId) {
  return db
    .selectFrom('meetings')
    .innerJoin('users', 'users.id', 'meetings.host_id')
    .select([
      ...(['meetings.id', 'host_id as hostId', 'title', 'description', 'starts_at as startsAt'] as const),
      ...(['duration_minutes as durationMinutes', 'time_zone as timeZone', 'recurrence', 'provider'] as const),
      ...(['passcode', 'lobby', 'sequence', 'room_state as state', 'external_id as externalId'] as const),
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
