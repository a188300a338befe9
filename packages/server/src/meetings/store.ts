import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { ConnectionId, MeetingId, UserId } from '../ids.ts'

export interface NewMeeting {
  id: MeetingId
  hostId: UserId
  createdBy: UserId
  title: string
  description: string
  startsAt: Date
  durationMinutes: number
  timeZone: string
  recurrence: string | null
  expandedTo: Date | null
  provider: string
  /** The account at the provider, where it takes one. */
  connectionId?: ConnectionId | null
  link: string | null
  /** Whether the provider makes a room for it. */
  needsRoom: boolean
  /** Encrypted. */
  passcode: Buffer | null
  lobby: boolean
}

export async function insertMeeting(tx: Db, meeting: NewMeeting): Promise<void> {
  const { id, title, description, recurrence, provider, link, passcode, lobby } = meeting
  await tx
    .insertInto('meetings')
    .values({
      ...{ id, title, description, recurrence, provider, link, passcode, lobby },
      host_id: meeting.hostId,
      created_by: meeting.createdBy,
      starts_at: meeting.startsAt,
      duration_minutes: meeting.durationMinutes,
      time_zone: meeting.timeZone,
      expanded_to: meeting.expandedTo,
      join_url: link,
      connection_id: meeting.connectionId ?? null,
      room_state: meeting.needsRoom ? 'pending' : 'ready',
    })
    .execute()
}

/** Meetings that are not removed, with when they take place next and what somebody said who is invited. */
function meetings(db: Db, viewerId: UserId) {
  return db
    .selectFrom('meetings')
    .select([
      ...(['id', 'host_id as hostId', 'title', 'description', 'starts_at as startsAt', 'recurrence'] as const),
      ...(['duration_minutes as durationMinutes', 'time_zone as timeZone', 'provider', 'passcode', 'lobby'] as const),
      ...(['room_state as roomState', 'room_problem as roomProblem', 'cancelled_at as cancelledAt'] as const),
      ...(['created_at as createdAt', 'modified_at as modifiedAt', 'join_url as joinUrl', 'link'] as const),
      'connection_id as connectionId',
    ])
    .select((eb) =>
      eb
        .selectFrom('meeting_occurrences as coming')
        .select('coming.starts_at')
        .whereRef('coming.meeting_id', '=', 'meetings.id')
        .where('coming.starts_at', '>', sql<Date>`now() - interval '1 day'`)
        .where('coming.ends_at', '>', sql<Date>`now()`)
        .where('coming.cancelled_at', 'is', null)
        .orderBy('coming.starts_at')
        .limit(1)
        .as('nextAt'),
    )
    .select((eb) =>
      eb
        .selectFrom('recordings')
        .select('recordings.id')
        .whereRef('recordings.meeting_id', '=', 'meetings.id')
        .where('recordings.removed_at', 'is', null)
        .as('recordingId'),
    )
    .select((eb) =>
      eb
        .selectFrom('meeting_invitations as own')
        .select('own.response')
        .whereRef('own.meeting_id', '=', 'meetings.id')
        .where('own.invitee', '=', viewerId)
        .as('myResponse'),
    )
    .where('removed_at', 'is', null)
}

/** A meeting as somebody sees it. */
export function findMeeting(db: Db, id: MeetingId, viewerId: UserId) {
  return meetings(db, viewerId).where('id', '=', id).executeTakeFirst()
}

/** The meetings that somebody holds, in the order of their ids, after one. */
export function meetingsAfter(db: Db, hostId: UserId, after: string, limit: number) {
  return meetings(db, hostId)
    .where('host_id', '=', hostId)
    .where('id', '>', after as MeetingId)
    .orderBy('id')
    .limit(limit)
    .execute()
}

export type MeetingRecord = NonNullable<Awaited<ReturnType<typeof findMeeting>>>

/** Which of these meetings somebody holds or is invited to. */
export async function meetingsInSight(db: Db, userId: UserId, ids: readonly MeetingId[]): Promise<MeetingId[]> {
  const rows = await db
    .selectFrom('meetings')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('removed_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('host_id', '=', userId),
        eb.exists(
          eb
            .selectFrom('meeting_invitations as mine')
            .select('mine.user_id')
            .whereRef('mine.meeting_id', '=', 'meetings.id')
            .where('mine.user_id', '=', userId),
        ),
      ]),
    )
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these meetings somebody holds. */
export async function meetingsOfHost(db: Db, userId: UserId, ids: readonly MeetingId[]): Promise<MeetingId[]> {
  const rows = await db
    .selectFrom('meetings')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('removed_at', 'is', null)
    .where('host_id', '=', userId)
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these meetings there are. */
export async function existingMeetings(db: Db, ids: readonly MeetingId[]): Promise<MeetingId[]> {
  const rows = await db
    .selectFrom('meetings')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('removed_at', 'is', null)
    .execute()
  return rows.map(({ id }) => id)
}

/** Locks a meeting until the end of the transaction; undefined where it was removed. */
export function lockMeeting(tx: Db, id: MeetingId) {
  return tx
    .selectFrom('meetings')
    .select([
      ...(['starts_at as startsAt', 'duration_minutes as durationMinutes', 'time_zone as timeZone'] as const),
      ...(['recurrence', 'cancelled_at as cancelledAt', 'title', 'provider', 'host_id as hostId'] as const),
      'expanded_to as expandedTo',
    ])
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

export interface MeetingChange {
  title?: string | undefined
  description?: string | undefined
  startsAt?: Date | undefined
  durationMinutes?: number | undefined
  timeZone?: string | undefined
  recurrence?: string | null | undefined
  expandedTo?: Date | null | undefined
  link?: string | undefined
  passcode?: Buffer | null | undefined
  lobby?: boolean | undefined
}

/** Keeps a meeting from being changed or ended until the end of the transaction; undefined where it was removed. */
export function holdMeeting(tx: Db, id: MeetingId) {
  return tx
    .selectFrom('meetings')
    .select([
      ...([
        'id',
        'host_id as hostId',
        'title',
        'provider',
        'lobby',
        'cancelled_at as cancelledAt',
        'join_url as joinUrl',
        'connection_id as connectionId',
      ] as const),
      ...(['external_id as externalId', 'room_state as roomState', 'room_problem as roomProblem'] as const),
    ])
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .forShare()
    .executeTakeFirst()
}

export type HeldMeeting = NonNullable<Awaited<ReturnType<typeof holdMeeting>>>

/** Changes a meeting that is locked; what is undefined stays. Calendars hear of it by the sequence. */
export async function updateMeeting(tx: Db, id: MeetingId, change: MeetingChange): Promise<void> {
  const { title, description, recurrence, link, passcode, lobby } = change
  await tx
    .updateTable('meetings')
    .set({
      ...{ title, description, recurrence, link, passcode, lobby, join_url: link },
      starts_at: change.startsAt,
      duration_minutes: change.durationMinutes,
      time_zone: change.timeZone,
      expanded_to: change.expandedTo,
      modified_at: sql`now()`,
      sequence: sql`sequence + 1`,
    })
    .where('id', '=', id)
    .execute()
}

/** Ends a meeting that is locked: as cancelled, to be seen as such, or as removed. */
export async function endMeeting(tx: Db, id: MeetingId, how: 'cancelled_at' | 'removed_at'): Promise<void> {
  await tx
    .updateTable('meetings')
    .set({ [how]: sql`now()`, modified_at: sql`now()`, sequence: sql`sequence + 1`, expanded_to: null })
    .where('id', '=', id)
    .execute()
}
