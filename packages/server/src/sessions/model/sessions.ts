import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import { type MeetingId, type MeetingRoomId, newId, type SessionId } from '../../ids.ts'
import { currentOccurrence } from '../../meetings/occurrences/store.ts'

/** A session as the facts have it so far; held until the end of the transaction. */
export interface HeldSession {
  readonly id: SessionId
  readonly sessionKey: string
  readonly roomId: MeetingRoomId
  readonly meetingId: MeetingId | null
  readonly originalAt: Date | null
  startedAt: Date
  startedTold: boolean
  endedAt: Date | null
  endedTold: boolean
  observedAt: Date
  observedBy: 'webhook' | 'snapshot' | 'presence'
  missingSince: Date | null
  /** When somebody had it ended here, which the provider accepted; else null. */
  readonly endAcceptedAt: Date | null
}

const columns = [
  ...(['sessions.id', 'session_key as sessionKey', 'room_id as roomId', 'original_at as originalAt'] as const),
  ...([
    'started_at as startedAt',
    'started_told as startedTold',
    'ended_at as endedAt',
    'ended_told as endedTold',
  ] as const),
  ...(['observed_at as observedAt', 'observed_by as observedBy', 'missing_since as missingSince'] as const),
] as const

export interface NewSession {
  room: { readonly id: MeetingRoomId; readonly meetingId: MeetingId | null }
  source: string
  sessionKey: string
  startedAt: Date
  startedTold: boolean
  observedAt: Date
  observedBy: HeldSession['observedBy']
}

/** The session of this key, which becomes known by that; only under the lock of its room. */
export async function holdSession(tx: Db, given: NewSession): Promise<HeldSession> {
  const { room, source, sessionKey, startedAt, startedTold, observedAt, observedBy } = given
  const found = await findSession(tx, source, sessionKey)
  if (found !== undefined) return found
  const occurrence = room.meetingId === null ? undefined : await currentOccurrence(tx, room.meetingId)
  await tx
    .insertInto('sessions')
    .values({
      ...{ id: newId('session'), room_id: room.id, source, session_key: sessionKey },
      ...{ started_at: startedAt, started_told: startedTold, observed_at: observedAt, observed_by: observedBy },
      original_at: occurrence?.originalAt ?? null,
    })
    .onConflict((conflict) => conflict.columns(['source', 'session_key']).doNothing())
    .execute()
  const made = await findSession(tx, source, sessionKey)
  if (made === undefined) throw new Error('The session that was just written is not there.')
  return made
}

function held(tx: Db) {
  return tx
    .selectFrom('sessions')
    .innerJoin('meeting_rooms', 'meeting_rooms.id', 'sessions.room_id')
    .select([...columns, 'meeting_rooms.meeting_id as meetingId'])
    .select(sql<Date | null>`case when end_state = 'accepted' then end_requested_at end`.as('endAcceptedAt'))
}

export function findSession(tx: Db, source: string, sessionKey: string): Promise<HeldSession | undefined> {
  return held(tx)
    .where('sessions.source', '=', source)
    .where('session_key', '=', sessionKey)
    .forUpdate('sessions')
    .executeTakeFirst()
}

/** The sessions of a room that have not ended, the oldest first. */
export function openSessionsOf(tx: Db, roomId: MeetingRoomId): Promise<HeldSession[]> {
  return held(tx)
    .where('room_id', '=', roomId)
    .where('ended_at', 'is', null)
    .orderBy('started_at')
    .orderBy('sessions.id')
    .forUpdate('sessions')
    .execute()
}

/** Sessions of the same room that began before one, and are not known to have ended before it began. */
export function overtakenBy(tx: Db, { id, roomId, startedAt }: HeldSession): Promise<HeldSession[]> {
  return held(tx)
    .where('room_id', '=', roomId)
    .where('sessions.id', '<>', id)
    .where('started_at', '<', startedAt)
    .where('ended_told', '=', false)
    .where((eb) => eb.or([eb('ended_at', 'is', null), eb('ended_at', '>', startedAt)]))
    .orderBy('started_at', 'desc')
    .limit(20)
    .forUpdate('sessions')
    .execute()
}

/** When the next session of a room began, where that is known: by then this one was over. */
export async function nextStartOf(tx: Db, { id, roomId, startedAt }: HeldSession): Promise<Date | undefined> {
  const row = await tx
    .selectFrom('sessions')
    .select('started_at as startedAt')
    .where('room_id', '=', roomId)
    .where('id', '<>', id)
    .where('started_at', '>', startedAt)
    .orderBy('started_at')
    .limit(1)
    .executeTakeFirst()
  return row?.startedAt
}

export async function writeSession(tx: Db, session: HeldSession): Promise<void> {
  const { id, startedAt, startedTold, endedAt, endedTold, observedAt, observedBy, missingSince } = session
  await tx
    .updateTable('sessions')
    .set({
      ...{ started_at: startedAt, started_told: startedTold, ended_at: endedAt, ended_told: endedTold },
      ...{ observed_at: observedAt, observed_by: observedBy, missing_since: missingSince },
    })
    .where('id', '=', id)
    .execute()
}

/** Notes how many are in it, of whom some are not known by name. */
export async function noteCount(tx: Db, sessionId: SessionId, count: number | null): Promise<void> {
  const unnamed = sql<number>`greatest(0, ${count}::int - (
    select count(*)::int from session_stays y where y.session_id = sessions.id and y.left_at is null))`
  await tx
    .updateTable('sessions')
    .set({ unnamed_count: count === null ? null : unnamed })
    .where('id', '=', sessionId)
    .execute()
}
