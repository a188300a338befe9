import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { MeetingId, UserId } from '../../ids.ts'

interface Time {
  meetingId: MeetingId
  originalAt: Date
}

/** Has somebody wait, unless the host has said something about them before. */
export async function askToEnter(tx: Db, { meetingId, originalAt, userId }: Time & { userId: UserId }) {
  const added = await tx
    .insertInto('meeting_lobby')
    .values({ meeting_id: meetingId, original_at: originalAt, user_id: userId })
    .onConflict((conflict) => conflict.doNothing())
    .returning('state')
    .executeTakeFirst()
  if (added !== undefined) return { ...added, isNew: true }
  const known = await tx
    .selectFrom('meeting_lobby')
    .select('state')
    .where('meeting_id', '=', meetingId)
    .where('original_at', '=', originalAt)
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return { ...known, isNew: false }
}

/** Whether the host let somebody in. */
export async function isAdmitted(
  db: Db,
  { meetingId, originalAt, userId }: Time & { userId: UserId },
): Promise<boolean> {
  const row = await db
    .selectFrom('meeting_lobby')
    .select('user_id')
    .where('meeting_id', '=', meetingId)
    .where('original_at', '=', originalAt)
    .where('user_id', '=', userId)
    .where('state', '=', 'admitted')
    .executeTakeFirst()
  return row !== undefined
}

/** Lets people in or keeps them out, of those who asked; returns whom that is new to. */
export async function decideLobby(
  tx: Db,
  { meetingId, originalAt, userIds, state, decidedBy }: Time & Decision,
): Promise<UserId[]> {
  const rows = await tx
    .updateTable('meeting_lobby')
    .set({ state, decided_at: sql`now()`, decided_by: decidedBy })
    .where('meeting_id', '=', meetingId)
    .where('original_at', '=', originalAt)
    .where((eb) => eb('user_id', '=', eb.fn.any(eb.val([...userIds]))))
    .where('state', '<>', state)
    .returning('user_id as userId')
    .execute()
  return rows.map(({ userId }) => userId)
}

interface Decision {
  userIds: readonly UserId[]
  state: 'admitted' | 'denied'
  decidedBy: UserId
}

/** The place of somebody in the lobby. */
export type Place = readonly [askedAt: Date, userId: UserId]

/** Who asked to be let in, the first first. */
export function listLobby(db: Db, { meetingId, originalAt, state, after, limit }: Time & ListOptions) {
  let query = db
    .selectFrom('meeting_lobby')
    .select(['user_id as userId', 'state', 'asked_at as askedAt', 'decided_at as decidedAt'])
    .where('meeting_id', '=', meetingId)
    .where('original_at', '=', originalAt)
    // Not as a parameter: so the index of those who wait serves.
    .where(state === 'waiting' ? sql<boolean>`state = 'waiting'` : sql<boolean>`state = ${state}`)
  if (after !== undefined) query = query.where(sql<boolean>`(asked_at, user_id) > (${after[0]}, ${after[1]})`)
  return query.orderBy('asked_at').orderBy('user_id').limit(limit).execute()
}

interface ListOptions {
  state: 'waiting' | 'admitted' | 'denied'
  after: Place | undefined
  limit: number
}
