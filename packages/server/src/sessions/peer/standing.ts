import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { MeetingRoomId, SessionId, UserId } from '../../ids.ts'
import { isAdmitted } from '../../meetings/lobby/store.ts'
import { findOccurrence } from '../../meetings/occurrences/store.ts'
import { meetingsInSight } from '../../meetings/store.ts'
import { markOf, type Ticket } from './ticket.ts'

interface Room {
  hostId: UserId
  lobby: boolean
  /** Encrypted. */
  passcode: Buffer | null
}

/**
 * Whether what a ticket was given for still holds: that this time of the meeting takes place, and that somebody is the host,
 * invited or has the passcode, and was let in.
 */
export async function isStillWelcome(db: Db, room: Room, ticket: Ticket): Promise<boolean> {
  const { meetingId, originalAt, userId } = ticket
  const occurrence = await findOccurrence(db, meetingId, originalAt)
  if (occurrence === undefined || occurrence.cancelledAt !== null) return false
  if (userId === room.hostId) return true
  const isByPasscode = room.passcode !== null && ticket.passcode === markOf(room.passcode)
  if (!isByPasscode && (await meetingsInSight(db, userId, [meetingId])).length === 0) return false
  return !room.lobby || isAdmitted(db, ticket)
}

/** Whether somebody was kept out of a session of a room at any of these times of its meeting. */
export async function isBanned(
  db: Db,
  roomId: MeetingRoomId,
  { userId, times }: { userId: UserId; times: readonly Date[] },
): Promise<boolean> {
  const row = await db
    .selectFrom('session_people')
    .innerJoin('sessions', 'sessions.id', 'session_people.session_id')
    .select('sessions.id')
    .where('session_people.user_id', '=', userId)
    .where('banned', '=', true)
    .where('room_id', '=', roomId)
    .where((eb) => eb('original_at', '=', eb.fn.any(eb.val([...times]))))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Notes that somebody was sent out of a session, wherever in it they are or were; with `banned` they are kept out. */
export async function noteSentOut(tx: Db, sessionId: SessionId, userId: UserId, banned: boolean): Promise<void> {
  await tx
    .updateTable('session_people')
    .set({ kicked_at: sql`clock_timestamp()`, ...(banned && { banned }) })
    .where('session_id', '=', sessionId)
    .where('user_id', '=', userId)
    .execute()
}

/** Whose place in a session it is, or was; undefined where it never was one. */
export function findPlace(db: Db, sessionId: SessionId, key: string) {
  return db
    .selectFrom('session_people')
    .select('user_id as userId')
    .where('session_id', '=', sessionId)
    .where('key', '=', key)
    .executeTakeFirst()
}

/** How often somebody came into a session, with all their pages. */
export async function countEntries(db: Db, sessionId: SessionId, userId: UserId): Promise<number> {
  const row = await db
    .selectFrom('session_people as person')
    .innerJoin('session_facts as fact', (join) =>
      join.onRef('fact.session_id', '=', 'person.session_id').onRef('fact.key', '=', 'person.key'),
    )
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('person.session_id', '=', sessionId)
    .where('person.user_id', '=', userId)
    .where('fact.kind', '=', 'joined')
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Forgets that somebody left by themselves who is back after a moment; when they came, undefined where they did not just leave. */
export async function continueStay(tx: Db, sessionId: SessionId, key: string): Promise<Date | undefined> {
  const { rows } = await sql<{ joinedAt: Date }>`with latest as (
      select joined_at, left_at from session_stays join session_people using (session_id, key)
      where session_id = ${sessionId} and key = ${key} and kicked_at is null order by joined_at desc limit 1
    ), forgotten as (
      delete from session_facts fact using latest where fact.session_id = ${sessionId} and fact.key = ${key}
        and fact.kind = 'left' and fact.at = latest.left_at and fact.at > clock_timestamp() - interval '3 seconds'
      returning latest.joined_at
    )
    update session_stays stay set left_at = null from forgotten
    where stay.session_id = ${sessionId} and stay.key = ${key} and stay.joined_at = forgotten.joined_at
    returning stay.joined_at as "joinedAt"`.execute(tx)
  return rows[0]?.joinedAt
}

/** Which of these people are or were in a session. */
export async function attendedAmong(db: Db, sessionId: SessionId, userIds: readonly UserId[]): Promise<UserId[]> {
  const rows = await db
    .selectFrom('session_people')
    .select('user_id as userId')
    .distinct()
    .where('session_id', '=', sessionId)
    .where((eb) => eb('user_id', '=', eb.fn.any(eb.val([...userIds]))))
    .execute()
  return rows.flatMap(({ userId }) => userId ?? [])
}
