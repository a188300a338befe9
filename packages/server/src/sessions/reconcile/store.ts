import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { SessionId } from '../../ids.ts'

/** A source that this instance asks for now. */
export interface HeldSource {
  source: string
  provider: string
  askedAt: Date | null
  sweptAt: Date | null
  pausedUntil: Date | null
  problem: string | null
}

/** Makes sources known that are not yet. */
export async function noteSources(db: Db, sources: readonly { source: string; provider: string }[]): Promise<void> {
  if (sources.length === 0) return
  await sql`insert into provider_sources (id, provider)
    select one.id, one.provider from unnest(${sources.map(({ source }) => source)}::text[], ${sources.map(({ provider }) => provider)}::text[]) as one (id, provider)
    on conflict do nothing`.execute(db)
}

/** Takes those of the sources that nobody holds, and goes on holding its own, for so long. */
export async function holdSources(
  db: Db,
  ids: readonly string[],
  { holder, forMs }: { holder: string; forMs: number },
): Promise<HeldSource[]> {
  if (ids.length === 0) return []
  return db
    .updateTable('provider_sources')
    .set({ holder, held_until: sql`clock_timestamp() + ${forMs} * interval '1 millisecond'` })
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where((eb) =>
      eb.or([eb('holder', 'is', null), eb('holder', '=', holder), eb('held_until', '<', sql<Date>`clock_timestamp()`)]),
    )
    .returning([
      ...(['id as source', 'provider', 'asked_at as askedAt', 'swept_at as sweptAt'] as const),
      ...(['paused_until as pausedUntil', 'problem'] as const),
    ])
    .execute()
}

/** Lets go of all, so that another instance need not wait. */
export async function releaseSources(db: Db, holder: string): Promise<void> {
  await db
    .updateTable('provider_sources')
    .set({ holder: null, held_until: null })
    .where('holder', '=', holder)
    .execute()
}

/** Whether a source is still held by this one; what was asked by another meanwhile is not to be written. */
export async function noteAsked(db: Db, source: string, holder: string, at: Date): Promise<void> {
  await db
    .updateTable('provider_sources')
    .set({ asked_at: at })
    .where('id', '=', source)
    .where('holder', '=', holder)
    .execute()
}

export async function noteAnswered(
  db: Db,
  source: string,
  { at, isSweep }: { at: Date; isSweep: boolean },
): Promise<void> {
  await db
    .updateTable('provider_sources')
    .set({ answered_at: at, problem: null, problem_since: null, ...(isSweep && { swept_at: at }) })
    .where('id', '=', source)
    .execute()
}

export async function noteFailed(db: Db, source: string, problem: string): Promise<void> {
  await db
    .updateTable('provider_sources')
    .set({ problem: problem.slice(0, 400), problem_since: sql`coalesce(problem_since, now())` })
    .where('id', '=', source)
    .execute()
}

/** Sessions of a source that run as far as is known, those that were proven longest ago first. */
export function runningOf(db: Db, source: string, limit: number) {
  return db
    .selectFrom('sessions')
    .innerJoin('meeting_rooms as room', 'room.id', 'sessions.room_id')
    .select(['sessions.id', 'sessions.session_key as sessionKey', 'room.external_id as externalId'])
    .select('sessions.observed_at as observedAt')
    .where('sessions.source', '=', source)
    .where('sessions.ended_at', 'is', null)
    .orderBy('sessions.observed_at')
    .limit(limit)
    .execute()
}

/** Gives up waiting for the confirmation of ends that were asked for so long ago. */
export async function timeOutEnds(db: Db, afterMs: number): Promise<SessionId[]> {
  const rows = await db
    .updateTable('sessions')
    .set({ end_state: 'timedOut', end_problem: 'The provider did not confirm that it ended.' })
    .where('ended_at', 'is', null)
    .where((eb) => eb('end_state', '=', eb.fn.any(eb.val(['requested', 'accepted'] as const))))
    .where('end_requested_at', '<', sql<Date>`now() - ${afterMs} * interval '1 millisecond'`)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Sessions whose last proof stopped counting within a while. */
export async function turnedUnknown(
  db: Db,
  { since, now, afterMs }: { since: Date; now: Date; afterMs: number },
): Promise<SessionId[]> {
  const rows = await db
    .selectFrom('sessions')
    .select('id')
    .where('ended_at', 'is', null)
    .where('observed_at', '>=', new Date(since.getTime() - afterMs))
    .where('observed_at', '<', new Date(now.getTime() - afterMs))
    .execute()
  return rows.map(({ id }) => id)
}

/** Rooms of a source of which it is not known where to join, the newest first; those of our meetings are told by their own jobs. */
export function unknownRoomsOf(db: Db, source: string, limit: number) {
  return db
    .selectFrom('meeting_rooms')
    .select('external_id as externalId')
    .where('source', '=', source)
    .where('meeting_id', 'is', null)
    .where('gone_at', 'is', null)
    .where('join_url', 'is', null)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}
