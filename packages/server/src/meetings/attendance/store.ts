import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { MeetingId, UserId } from '../../ids.ts'

export interface Stay {
  meetingId: MeetingId
  /** Which time of the meeting. */
  originalAt: Date
  userId: UserId
}

/** Notes that somebody is in, unless they are already. To be done under the lock of the user. */
export async function noteJoined(tx: Db, { meetingId, originalAt, userId }: Stay): Promise<void> {
  await sql`insert into meeting_attendance (meeting_id, original_at, user_id)
    select ${meetingId}, ${originalAt}, ${userId} where not exists (
      select from meeting_attendance
      where meeting_id = ${meetingId} and original_at = ${originalAt} and user_id = ${userId} and left_at is null
    ) on conflict do nothing`.execute(tx)
}

/** The place of a stay in the list. */
export type StayPosition = readonly [originalAt: Date, userId: UserId, joinedAt: Date]

/** Who was at a meeting, or at one time of it, by time and person. */
export function listAttendance(
  db: Db,
  meetingId: MeetingId,
  { originalAt, after, limit }: { originalAt: Date | undefined; after: StayPosition | undefined; limit: number },
) {
  let query = db
    .selectFrom('meeting_attendance')
    .select(['original_at as occurrence', 'user_id as userId', 'joined_at as joinedAt', 'left_at as leftAt'])
    .where('meeting_id', '=', meetingId)
  if (originalAt !== undefined) query = query.where('original_at', '=', originalAt)
  if (after !== undefined) {
    const [occurrence, userId, joinedAt] = after
    query = query.where(sql<boolean>`(original_at, user_id, joined_at) > (${occurrence}, ${userId}, ${joinedAt})`)
  }
  return query.orderBy('original_at').orderBy('user_id').orderBy('joined_at').limit(limit).execute()
}
