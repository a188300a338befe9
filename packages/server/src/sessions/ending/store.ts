import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { SessionId, UserId } from '../../ids.ts'

/** Notes that somebody wants a session to end, unless it has; whether there is anything to do. */
export async function requestEnd(tx: Db, id: SessionId, userId: UserId | null): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('sessions')
    .set({
      ...{ end_state: 'requested', end_requested_by: userId, end_problem: null },
      end_requested_at: sql`clock_timestamp()`,
    })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** The provider says that it ends; that it has is confirmed later. */
export async function acceptEnd(tx: Db, id: SessionId): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ end_state: 'accepted' })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('end_state', '=', 'requested')
    .execute()
}

/** The provider does not end it. */
export async function refuseEnd(tx: Db, id: SessionId, problem: string): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ end_state: 'timedOut', end_problem: problem.slice(0, 400) })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .execute()
}

/** What ending, locking and sending out are done by. */
export function findTarget(db: Db, id: SessionId) {
  return db
    .selectFrom('sessions as s')
    .innerJoin('meeting_rooms as room', 'room.id', 's.room_id')
    .select(['s.source', 's.session_key as sessionKey', 's.ended_at as endedAt', 'room.provider'])
    .select('room.external_id as externalId')
    .where('s.id', '=', id)
    .executeTakeFirst()
}

export async function setLocked(db: Db, id: SessionId, locked: boolean): Promise<void> {
  await db.updateTable('sessions').set({ locked }).where('id', '=', id).execute()
}
