import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { MeetingId, UserId } from '../../ids.ts'
import { blankRoomsOf, deletePeopleAt, deleteRoomsOf, deleteSessionsOf } from '../../sessions/retention/store.ts'

/** Locks the meetings that somebody holds, removed ones too, in the order of their ids. */
export function lockMeetingsOf(tx: Db, hostId: UserId) {
  return tx
    .selectFrom('meetings')
    .select('id')
    .select(sql<boolean>`removed_at is not null`.as('isRemoved'))
    .where('host_id', '=', hostId)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}

const atMeetings = ['meeting_invitations', 'meeting_lobby', 'meeting_attendance'] as const

/** Deletes who was invited to a meeting, waited there and was there. */
export async function deleteTracesAt(tx: Db, meetingId: MeetingId): Promise<void> {
  for (const table of atMeetings) await tx.deleteFrom(table).where('meeting_id', '=', meetingId).execute()
  await deletePeopleAt(tx, meetingId)
}

const ofMeetings = [...atMeetings, 'meeting_occurrences'] as const

/** Meetings after one that were removed so many days ago, in the order of their ids. */
export async function longRemoved(db: Db, days: number, after: string, limit: number): Promise<MeetingId[]> {
  const rows = await db
    .selectFrom('meetings')
    .select('id')
    .where('removed_at', '<=', sql<Date>`now() - ${days} * interval '1 day'`)
    .where('id', '>', after as MeetingId)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** Deletes some of what belongs to a meeting that was removed; false once there is no more of it. */
export async function deleteSomeOf(db: Db, id: MeetingId, limit: number): Promise<boolean> {
  let isMore = await deleteSessionsOf(db, id, limit)
  for (const name of ofMeetings) {
    const table = sql.table(name)
    const { numAffectedRows = 0n } = await sql`delete from ${table} where ctid = any(array(
      select ctid from ${table} where meeting_id = ${id} limit ${limit}))`.execute(db)
    isMore ||= Number(numAffectedRows) === limit
  }
  return isMore
}

/** Deletes a meeting that was removed, unless its recording or its room at a provider is still there. */
export async function deleteRemoved(db: Db, id: MeetingId): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const due = await tx
      .selectFrom('meetings')
      .select('id')
      .where('id', '=', id)
      .where('removed_at', 'is not', null)
      .where('room_state', '=', 'gone')
      .where((eb) =>
        eb.not(
          eb.exists(
            eb.selectFrom('recordings').select('recordings.id').whereRef('recordings.meeting_id', '=', 'meetings.id'),
          ),
        ),
      )
      .forUpdate()
      .executeTakeFirst()
    if (due === undefined) return
    await deleteRoomsOf(tx, id)
    await tx.deleteFrom('meetings').where('id', '=', id).execute()
  })
}

/** Deletes where somebody was invited to, waited and was. */
export async function deleteTracesOf(tx: Db, userId: UserId): Promise<void> {
  for (const table of atMeetings) await tx.deleteFrom(table).where('user_id', '=', userId).execute()
}

/** Removes a meeting and takes all words out of it; its room is known, so that it can be deleted. */
export async function blankMeeting(tx: Db, id: MeetingId): Promise<void> {
  await tx
    .updateTable('meetings')
    .set({ title: '', description: '', link: null, passcode: null, join_url: null, room_problem: null })
    .set({ removed_at: sql`coalesce(removed_at, now())`, modified_at: sql`now()`, sequence: sql`sequence + 1` })
    .set({ expanded_to: null })
    .where('id', '=', id)
    .execute()
  await tx.updateTable('meeting_occurrences').set({ title: null }).where('meeting_id', '=', id).execute()
  await blankRoomsOf(tx, id)
}

/** What somebody was invited to, in the order of the meetings, after one. */
export function invitationsAfter(db: Db, userId: UserId, after: string, limit: number) {
  return db
    .selectFrom('meeting_invitations as one')
    .innerJoin('meetings', 'meetings.id', 'one.meeting_id')
    .select(['one.meeting_id as meetingId', 'meetings.title', 'one.response', 'one.responded_at as respondedAt'])
    .select('one.invited_at as invitedAt')
    .where('one.user_id', '=', userId)
    .where('one.meeting_id', '>', after as MeetingId)
    .where('meetings.removed_at', 'is', null)
    .orderBy('one.meeting_id')
    .limit(limit)
    .execute()
}

/** Where somebody was, in the order of meetings and times, after one. */
export function staysAfter(
  db: Db,
  userId: UserId,
  [meetingId, occurrence, joinedAt]: readonly [string, Date, Date],
  limit: number,
) {
  return db
    .selectFrom('meeting_attendance')
    .select(['meeting_id as meetingId', 'user_id as userId', 'original_at as occurrence'])
    .select(['joined_at as joinedAt', 'left_at as leftAt'])
    .where('user_id', '=', userId)
    .where(sql<boolean>`(meeting_id, original_at, joined_at) > (${meetingId}, ${occurrence}, ${joinedAt})`)
    .orderBy('meeting_id')
    .orderBy('original_at')
    .orderBy('joined_at')
    .limit(limit)
    .execute()
}
