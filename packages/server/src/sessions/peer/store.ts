import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { MeetingId, SessionId, UserId } from '../../ids.ts'
import { peer } from './schema.ts'

/** The meeting of a built-in room, which is locked until the end of the transaction; undefined where either is gone. */
export async function lockRoom(tx: Db, id: MeetingId) {
  const room = await tx
    .selectFrom('meeting_rooms')
    .select('id')
    .where('source', '=', peer)
    .where('external_id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  const meeting = await tx
    .selectFrom('meetings')
    .select(['host_id as hostId', 'cancelled_at as cancelledAt', 'lobby', 'passcode'])
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  return room && meeting && { ...meeting, roomId: room.id }
}

/** The session that runs in the built-in room of a meeting. */
export function findRunning(db: Db, id: MeetingId) {
  return db
    .selectFrom('sessions')
    .innerJoin('meeting_rooms as room', 'room.id', 'sessions.room_id')
    .select(['sessions.id', 'session_key as sessionKey', 'locked', 'original_at as originalAt'])
    .where('room.source', '=', peer)
    .where('room.external_id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
}

/** Whether a meeting was cancelled or removed. */
export async function isOver(db: Db, id: MeetingId): Promise<boolean> {
  const row = await db
    .selectFrom('meetings')
    .select('id')
    .where('id', '=', id)
    .where((eb) => eb.or([eb('cancelled_at', 'is not', null), eb('removed_at', 'is not', null)]))
    .executeTakeFirst()
  return row !== undefined
}

/** A session of a built-in room, ended or not. */
export function findSession(db: Db, id: SessionId) {
  return db
    .selectFrom('sessions')
    .innerJoin('meeting_rooms as room', 'room.id', 'sessions.room_id')
    .innerJoin('meetings', 'meetings.id', 'room.meeting_id')
    .select(['session_key as sessionKey', 'locked', 'ended_at as endedAt', 'started_at as startedAt'])
    .select(['meetings.id as meetingId', 'meetings.host_id as hostId', 'meetings.title'])
    .where('sessions.id', '=', id)
    .where('sessions.source', '=', peer)
    .executeTakeFirst()
}

/** Notes which time of its meeting a session is. */
export async function noteOccurrence(tx: Db, id: SessionId, originalAt: Date): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ original_at: originalAt })
    .where('id', '=', id)
    .where('original_at', 'is', null)
    .execute()
}

export async function setLocked(tx: Db, id: SessionId, locked: boolean): Promise<void> {
  await tx.updateTable('sessions').set({ locked }).where('id', '=', id).execute()
}

/** Now, also late in a transaction. */
export async function clockOf(tx: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp()::timestamptz(3) as now`.execute(tx)
  return rows[0]?.now ?? new Date()
}

/** Everybody who is in a session now. */
export function peopleIn(db: Db, id: SessionId) {
  return db
    .selectFrom('session_people')
    .select(['key', 'name', 'user_id as userId'])
    .where('session_id', '=', id)
    .where('seen_at', 'is not', null)
    .orderBy('key')
    .execute()
}

/** All the places that somebody has, or had, in a session. */
export function placesOf(db: Db, id: SessionId, userId: UserId) {
  return db
    .selectFrom('session_people')
    .select(['key', sql<boolean>`seen_at is not null`.as('isIn'), sql<boolean>`kicked_at is not null`.as('wasKicked')])
    .where('session_id', '=', id)
    .where('user_id', '=', userId)
    .execute()
}

/** Sessions of built-in rooms in which somebody is or was. */
export async function sessionsAttended(db: Db, userId: UserId, ids: readonly SessionId[]): Promise<SessionId[]> {
  const rows = await db
    .selectFrom('session_people')
    .select('session_id as sessionId')
    .where('user_id', '=', userId)
    .where((eb) => eb('session_id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ sessionId }) => sessionId)
}

interface Place {
  sessionId: SessionId
  key: string
}

/** Somebody who was just let in is there from now on. */
export async function noteEntered(tx: Db, { sessionId, key }: Place, userId: UserId): Promise<void> {
  await tx
    .updateTable('session_people')
    .set({ seen_at: sql`clock_timestamp()`, missing_since: null, kicked_at: null, user_id: userId })
    .where('session_id', '=', sessionId)
    .where('key', '=', key)
    .execute()
}

/** Somebody who is in a session says that they are there; false where they are not in it. */
export async function noteSeen(db: Db, { sessionId, key }: Place, userId: UserId): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('session_people')
    .set({ seen_at: sql`clock_timestamp()`, missing_since: null })
    .where('session_id', '=', sessionId)
    .where('key', '=', key)
    .where('user_id', '=', userId)
    .where('seen_at', 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Takes people out of a session; those that were in it, and when they were last known to be. */
export async function takeOut(tx: Db, sessionId: SessionId, keys: readonly string[]) {
  const rows = await tx
    .selectFrom('session_people')
    .select(['key', 'name', 'user_id as userId'])
    .select(sql<Date>`coalesce(missing_since, seen_at)`.as('lastAt'))
    .where('session_id', '=', sessionId)
    .where((eb) => eb('key', '=', eb.fn.any(eb.val([...keys]))))
    .where('seen_at', 'is not', null)
    .forUpdate()
    .execute()
  if (rows.length === 0) return rows
  await tx
    .updateTable('session_people')
    .set({ seen_at: null, missing_since: null })
    .where('session_id', '=', sessionId)
    .where((eb) => eb('key', '=', eb.fn.any(eb.val(rows.map(({ key }) => key)))))
    .execute()
  return rows
}

/** The streams of somebody ended here: unless they soon say otherwise, that was when they were seen last. */
export async function noteMissing(db: Db, userId: UserId): Promise<void> {
  await db
    .updateTable('session_people')
    .set({ missing_since: sql`clock_timestamp()` })
    .where('user_id', '=', userId)
    .where('seen_at', 'is not', null)
    .where('missing_since', 'is', null)
    .execute()
}

const silent = sql<SqlBool>`(session_people.seen_at < now() - interval '10 seconds'
  or session_people.missing_since < now() - interval '6 seconds')`

/** Sessions with people who have not been heard of for a while, and their meetings. */
export function sessionsWithSilent(db: Db, limit: number) {
  return db
    .selectFrom('session_people')
    .innerJoin('sessions', 'sessions.id', 'session_people.session_id')
    .innerJoin('meeting_rooms as room', 'room.id', 'sessions.room_id')
    .select(['sessions.id', sql<MeetingId>`room.external_id`.as('meetingId')])
    .distinct()
    .where('session_people.seen_at', 'is not', null)
    .where(silent)
    .where('sessions.source', '=', peer)
    .limit(limit)
    .execute()
}

export async function silentIn(tx: Db, id: SessionId): Promise<string[]> {
  const rows = await tx
    .selectFrom('session_people')
    .select('key')
    .where('session_id', '=', id)
    .where('seen_at', 'is not', null)
    .where(silent)
    .execute()
  return rows.map(({ key }) => key)
}

const isEmpty = sql<SqlBool>`not exists (
  select from session_people where session_id = sessions.id and seen_at is not null
)`
const lastLeft = sql<Date>`coalesce((select max(left_at) from session_stays where session_id = sessions.id), started_at)`

/** Sessions in which nobody has been for so long that who loads the page anew would be back. */
export function sessionsLeft(db: Db, limit: number) {
  return db
    .selectFrom('sessions')
    .innerJoin('meeting_rooms as room', 'room.id', 'sessions.room_id')
    .select(['sessions.id', sql<MeetingId>`room.external_id`.as('meetingId')])
    .where('sessions.source', '=', peer)
    .where('ended_at', 'is', null)
    .where(isEmpty)
    .where(sql<SqlBool>`${lastLeft} < now() - interval '5 seconds'`)
    .limit(limit)
    .execute()
}

/** When the last one left a session that is still empty; undefined where it is not, or has ended. */
export async function leftAt(tx: Db, id: SessionId): Promise<Date | undefined> {
  const row = await tx
    .selectFrom('sessions')
    .select(lastLeft.as('at'))
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where(isEmpty)
    .executeTakeFirst()
  return row?.at
}

/** That people are there proves that a session runs: noted now and then. */
export async function noteObserved(db: Db): Promise<void> {
  await sql`update sessions set observed_at = now(), observed_by = 'presence' where id in (
    select id from sessions where source = ${peer} and ended_at is null and observed_at < now() - interval '10 seconds'
      and exists (
        select from session_people where session_id = sessions.id and seen_at > now() - interval '10 seconds'
      )
    for no key update skip locked
  )`.execute(db)
}
