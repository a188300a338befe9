import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { CalendarFeedId, MeetingId, UserId } from '../../ids.ts'
import { isByBlocked } from '../invitations/store.ts'

/** What of a meeting calendars show. */
export interface CalendarMeeting {
  id: MeetingId
  hostId: UserId
  title: string
  description: string
  startsAt: Date
  durationMinutes: number
  timeZone: string
  recurrence: string | null
  joinUrl: string | null
  sequence: number
  modifiedAt: Date
  cancelledAt: Date | null
  host: string
  /** Times that are other than the series has them. */
  exceptions: readonly CalendarException[]
}

export interface CalendarException {
  originalAt: Date
  startsAt: Date
  endsAt: Date
  title: string | null
  cancelledAt: Date | null
}

interface StoredMeeting extends CalendarMeeting {
  lobby: boolean
  hasPasscode: boolean
}

/** These meetings as calendars show them, with the names of their hosts; removed ones as cancelled. */
export async function calendarMeetings(db: Db, ids: readonly MeetingId[]): Promise<StoredMeeting[]> {
  const rows = await db
    .selectFrom('meetings')
    .innerJoin('users', 'users.id', 'meetings.host_id')
    .select([
      ...(['meetings.id', 'title', 'description', 'starts_at as startsAt', 'time_zone as timeZone'] as const),
      ...(['duration_minutes as durationMinutes', 'recurrence', 'join_url as joinUrl', 'sequence'] as const),
      ...(['meetings.modified_at as modifiedAt', 'lobby', 'host_id as hostId'] as const),
    ])
    .select((eb) => [
      eb.fn.coalesce('cancelled_at', 'meetings.removed_at').as('cancelledAt'),
      sql<boolean>`passcode is not null`.as('hasPasscode'),
    ])
    .select(sql<string>`coalesce(nullif(trim(first_name || ' ' || last_name), ''), user_name)`.as('host'))
    .where((eb) => eb('meetings.id', '=', eb.fn.any(eb.val([...ids]))))
    .orderBy('meetings.id')
    .execute()
  const exceptions = await exceptionsOf(db, ids)
  return rows.map((row) => ({ ...row, exceptions: exceptions.get(row.id) ?? [] }))
}

/** Of one meeting, those that are moved or have another title or length. */
const maxExceptions = 100

/** The times of meetings that are other than their series has them; of those that are not cancelled the ones to come, mostly. */
async function exceptionsOf(db: Db, ids: readonly MeetingId[]): Promise<Map<MeetingId, CalendarException[]>> {
  const columns = sql`original_at as "originalAt", starts_at as "startsAt", ends_at as "endsAt", title, cancelled_at as "cancelledAt"`
  const { rows } = await sql<CalendarException & { meetingId: MeetingId }>`
    select meetings.id as "meetingId", one.* from meetings cross join lateral (
      (select ${columns} from meeting_occurrences
        where meeting_id = meetings.id and cancelled_at is not null
          and (meetings.recurrence is null or original_at >= meetings.starts_at))
      union all
      (select ${columns} from meeting_occurrences
        where meeting_id = meetings.id and cancelled_at is null
          and (meetings.recurrence is null or (
            original_at >= meetings.starts_at and starts_at > now() - interval '8 days' and ends_at > now() - interval '7 days'
          ))
          and (starts_at <> original_at or title is not null
            or ends_at <> starts_at + meetings.duration_minutes * interval '1 minute')
        order by starts_at limit ${maxExceptions})
    ) one
    where meetings.id = any(${[...ids]}) order by meetings.id, one."originalAt"`.execute(db)
  return Map.groupBy(rows, ({ meetingId }) => meetingId)
}

/** The meetings of a user that a calendar shows: held by them or not declined, from a time on. */
export async function meetingsOfCalendar(db: Db, userId: UserId, since: Date, limit: number): Promise<MeetingId[]> {
  const { rows } = await sql<{ id: MeetingId }>`
    select meetings.id from (
      select id from meetings where host_id = ${userId}
      union select meeting_id from meeting_invitations
        where user_id = ${userId} and response <> 'no' and not ${isByBlocked(userId)}
    ) as mine (id)
    join meetings on meetings.id = mine.id and removed_at is null
    where exists (
      select from meeting_occurrences one
      where one.meeting_id = mine.id and one.starts_at > ${since}::timestamptz - interval '1 day' and one.ends_at > ${since}
    )
    order by meetings.id desc limit ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

/** Makes a private address of a user's calendar, in place of the one before. */
export async function replaceFeed(
  db: Db,
  feed: { id: CalendarFeedId; userId: UserId; secretHash: Buffer },
): Promise<void> {
  await db
    .insertInto('calendar_feeds')
    .values({ id: feed.id, user_id: feed.userId, secret_hash: feed.secretHash })
    .onConflict((conflict) =>
      conflict.column('user_id').doUpdateSet({ id: feed.id, secret_hash: feed.secretHash, created_at: sql`now()` }),
    )
    .execute()
}

export async function deleteFeed(db: Db, userId: UserId): Promise<void> {
  await db.deleteFrom('calendar_feeds').where('user_id', '=', userId).execute()
}

/** The address of a calendar by its id, whose secret is still to be compared. */
export function findFeed(db: Db, id: CalendarFeedId) {
  return db
    .selectFrom('calendar_feeds')
    .select(['user_id as userId', 'secret_hash as secretHash'])
    .where('id', '=', id)
    .executeTakeFirst()
}
