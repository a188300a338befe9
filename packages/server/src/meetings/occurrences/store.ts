import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { MeetingId, UserId } from '../../ids.ts'
import { isByBlocked } from '../invitations/store.ts'

/** Writes out when a meeting takes place; times that are there already stay as they are. */
export async function insertOccurrences(
  tx: Db,
  { meetingId, durationMinutes, times }: { meetingId: MeetingId; durationMinutes: number; times: readonly Date[] },
): Promise<void> {
  if (times.length === 0) return
  await sql`insert into meeting_occurrences (meeting_id, original_at, starts_at, ends_at)
    select ${meetingId}, at, at, at + ${durationMinutes} * interval '1 minute' from unnest(${[...times]}::timestamptz[]) as at
    on conflict do nothing`.execute(tx)
}

/** Changes one time of a meeting; false where there is none of that name. */
export async function updateOccurrence(
  tx: Db,
  { meetingId, originalAt, title, startsAt, endsAt }: OccurrenceChange,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('meeting_occurrences')
    .set({ title, starts_at: startsAt, ends_at: endsAt })
    .where('meeting_id', '=', meetingId)
    .where('original_at', '=', originalAt)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

interface OccurrenceChange {
  meetingId: MeetingId
  originalAt: Date
  title: string | undefined
  startsAt: Date
  endsAt: Date
}

/** One time of a meeting, by its name. */
export function findOccurrence(db: Db, meetingId: MeetingId, originalAt: Date) {
  return db
    .selectFrom('meeting_occurrences')
    .select(['starts_at as startsAt', 'ends_at as endsAt', 'cancelled_at as cancelledAt'])
    .where('meeting_id', '=', meetingId)
    .where('original_at', '=', originalAt)
    .executeTakeFirst()
}

/** Cancels one time of a meeting. */
export async function cancelOccurrence(tx: Db, meetingId: MeetingId, originalAt: Date): Promise<void> {
  await tx
    .updateTable('meeting_occurrences')
    .set({ cancelled_at: sql`now()` })
    .where('meeting_id', '=', meetingId)
    .where('original_at', '=', originalAt)
    .execute()
}

/** Gives what has not begun another duration. */
export async function stretchComing(tx: Db, meetingId: MeetingId, durationMinutes: number): Promise<void> {
  await tx
    .updateTable('meeting_occurrences')
    .set({ ends_at: sql`starts_at + ${durationMinutes} * interval '1 minute'` })
    .where('meeting_id', '=', meetingId)
    .where('starts_at', '>', sql<Date>`now()`)
    .execute()
}

/** Deletes what of a meeting has not begun. */
export async function deleteComing(tx: Db, meetingId: MeetingId): Promise<void> {
  await tx
    .deleteFrom('meeting_occurrences')
    .where('meeting_id', '=', meetingId)
    .where('starts_at', '>', sql<Date>`now()`)
    .execute()
}

/** Series that are written out up to before a time. */
export async function seriesToExpand(db: Db, before: Date, limit: number): Promise<MeetingId[]> {
  const rows = await db
    .selectFrom('meetings')
    .select('id')
    .where('expanded_to', '<', before)
    .where('removed_at', 'is', null)
    .orderBy('expanded_to')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

export async function noteExpanded(tx: Db, meetingId: MeetingId, expandedTo: Date | null): Promise<void> {
  await tx.updateTable('meetings').set({ expanded_to: expandedTo }).where('id', '=', meetingId).execute()
}

/** The time of a meeting that is meant now: the first that is not over, else the last. Cancelled ones do not count. */
export async function currentOccurrence(db: Db, meetingId: MeetingId) {
  const of = db
    .selectFrom('meeting_occurrences')
    .select(['original_at as originalAt', 'starts_at as startsAt', 'ends_at as endsAt', 'title'])
    .where('meeting_id', '=', meetingId)
    .where('cancelled_at', 'is', null)
  const coming = await of
    .where('starts_at', '>', sql<Date>`now() - interval '1 day'`)
    .where('ends_at', '>', sql<Date>`now()`)
    .orderBy('starts_at')
    .limit(1)
    .executeTakeFirst()
  return coming ?? of.orderBy('starts_at', 'desc').limit(1).executeTakeFirst()
}

export interface Occurrence {
  meetingId: MeetingId
  originalAt: Date
  startsAt: Date
  endsAt: Date
  title: string
  hostId: UserId
  myResponse: 'none' | 'yes' | 'no' | 'maybe' | null
  cancelledAt: Date | null
  roomState: 'pending' | 'ready' | 'failed' | 'gone'
  roomProblem: string | null
}

/** The place of an occurrence in a list. */
export type Moment = readonly [startsAt: Date, meetingId: MeetingId, originalAt: Date]

export interface OccurrenceFilter {
  scope: 'mine' | 'invited' | 'all'
  meetingId?: MeetingId | undefined
  since?: Date | undefined
  until?: Date | undefined
  order: 'coming' | 'past'
  after: Moment | undefined
  limit: number
}

/** A part of the occurrences of the meetings that a user may see, in the order of their time. */
export async function listOccurrences(db: Db, viewerId: UserId, filter: OccurrenceFilter): Promise<Occurrence[]> {
  const { scope, meetingId, limit } = filter
  const isIt = meetingId === undefined ? sql`true` : sql`m.id = ${meetingId}`
  const wanted = sql`(${isWithin(filter)}) order by ${inOrder(filter)} limit ${limit}`
  const columns = sql`meeting_id, original_at, starts_at, ends_at, title, cancelled_at`
  const occurrence =
    scope === 'all'
      ? sql`(select ${columns} from meeting_occurrences occurrence where exists (
          select from meetings m where m.id = occurrence.meeting_id and m.removed_at is null and ${isIt}
        ) and ${meetingId === undefined ? sql`true` : sql`meeting_id = ${meetingId}`} and ${wanted})`
      : sql`(
          select own.* from (${idsOf(viewerId, scope)}) as mine (id)
          join meetings m on m.id = mine.id and m.removed_at is null and ${isIt}
          cross join lateral (
            select ${columns} from meeting_occurrences occurrence where occurrence.meeting_id = mine.id and ${wanted}
          ) own
        )`
  const { rows } = await sql<Occurrence>`
    select occurrence.meeting_id as "meetingId", occurrence.original_at as "originalAt", occurrence.starts_at as "startsAt",
      occurrence.ends_at as "endsAt", coalesce(occurrence.title, meetings.title) as title, meetings.host_id as "hostId",
      coalesce(occurrence.cancelled_at, meetings.cancelled_at) as "cancelledAt",
      meetings.room_state as "roomState", meetings.room_problem as "roomProblem",
      (select response from meeting_invitations own
        where own.meeting_id = occurrence.meeting_id and own.invitee = ${viewerId}) as "myResponse"
    from ${occurrence} as occurrence join meetings on meetings.id = occurrence.meeting_id
    order by ${inOrder(filter)} limit ${limit}`.execute(db)
  return rows
}

function idsOf(viewerId: UserId, scope: 'mine' | 'invited') {
  const invited = sql`select meeting_id from meeting_invitations
    where user_id = ${viewerId} and not ${isByBlocked(viewerId)}`
  return scope === 'invited' ? invited : sql`select id from meetings where host_id = ${viewerId} union ${invited}`
}

/** None is longer than a day: so the index of beginnings serves what ends after a time, too. */
function isWithin({ order, since, until, after }: OccurrenceFilter) {
  const [least, most] = order === 'coming' ? [since ?? sql`now()`, until] : [since, until ?? sql`now()`]
  const always = sql`true`
  return sql`${least === undefined ? always : sql`starts_at > ${least}::timestamptz - interval '1 day' and ends_at > ${least}::timestamptz`}
    and ${most === undefined ? always : order === 'coming' ? sql`starts_at < ${most}::timestamptz` : sql`starts_at < ${most}::timestamptz and ends_at <= ${most}::timestamptz`}
    and ${after === undefined ? always : isAfter(order, after)}`
}

function isAfter(order: OccurrenceFilter['order'], [startsAt, meetingId, originalAt]: Moment) {
  const sign = order === 'coming' ? sql`>` : sql`<`
  return sql`(starts_at, meeting_id, original_at) ${sign} (${startsAt}, ${meetingId}, ${originalAt})`
}

function inOrder({ order }: OccurrenceFilter) {
  const direction = order === 'coming' ? sql`asc` : sql`desc`
  return sql`occurrence.starts_at ${direction}, occurrence.meeting_id ${direction}, occurrence.original_at ${direction}`
}
