import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { MeetingId, MeetingRoomId, SessionId, UserId } from '../ids.ts'

/** Sessions with what is to be shown of them to somebody. */
function sessions(db: Db, viewerId: UserId | null) {
  return db
    .selectFrom('sessions as s')
    .innerJoin('meeting_rooms as room', 'room.id', 's.room_id')
    .leftJoin('meetings as m', 'm.id', 'room.meeting_id')
    .leftJoin('users as host', 'host.id', 'm.host_id')
    .leftJoin('users as viewer', (join) => join.on('viewer.id', '=', viewerId))
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('provider_connections as c')
          .select(['c.id', 'c.state', 'c.removed_at', 'c.default_passcode'])
          .where(sql<SqlBool>`c.id = s.source`)
          .limit(1)
          .as('account'),
      (join) => join.onTrue(),
    )
    .select([
      ...(['s.id', 's.room_id as roomId', 'room.meeting_id as meetingId', 'room.provider'] as const),
      ...(['room.external_id as externalId', 's.source as sourceId', 'account.id as connectionId'] as const),
      ...(['m.host_id as hostId', 's.started_at as startedAt', 's.ended_at as endedAt'] as const),
      ...(['s.observed_by as observedBy', 's.unnamed_count as unnamed', 's.locked'] as const),
      ...(['s.end_state as endState', 's.end_requested_at as endRequestedAt'] as const),
      ...(['s.end_requested_by as endRequestedBy', 's.end_problem as endProblem'] as const),
    ])
    .select([
      sql<string>`coalesce(m.title, room.title)`.as('title'),
      sql<string | null>`coalesce(
        nullif(trim(host.first_name || ' ' || host.last_name), ''), host.user_name, room.host_name)`.as('hostName'),
      sql<string | null>`coalesce(m.join_url, room.join_url)`.as('joinUrl'),
      sql<boolean>`account.id is null or (account.state = 'ok' and account.removed_at is null)`.as('isHeard'),
      sql<boolean>`account.removed_at is not null`.as('isRemoved'),
      sql<Date>`greatest(s.observed_at, (
        select max(seen_at) from (select p.seen_at from session_people p where p.session_id = s.id offset 0) seen))`.as(
        'observedAt',
      ),
      sql<bigint>`(select count(*) from session_stays y where y.session_id = s.id and y.left_at is null)`.as('present'),
      isHost.as('isHost'),
      mayEnter.as('mayEnter'),
    ])
}

const isHost = sql<boolean>`coalesce(m.host_id = viewer.id, false) or (m.id is null and room.host_email is not null
  and coalesce(room.host_email = viewer.email_key and viewer.email_verified_at is not null, false))`

// Each looked up by its key: taken as a whole, these tables are large.
const mayEnter = sql<boolean>`coalesce(not m.lobby and (
  select true from meeting_invitations i where i.meeting_id = m.id and i.user_id = viewer.id limit 1), false)`

export type SessionRecord = NonNullable<Awaited<ReturnType<typeof findSession>>>

export function findSession(db: Db, id: SessionId, viewerId: UserId | null) {
  return sessions(db, viewerId).where('s.id', '=', id).executeTakeFirst()
}

/** Rooms of meetings that somebody holds or is invited to, and those that they hold at the provider. */
function roomsOf(userId: UserId) {
  return sql<MeetingRoomId>`(
    select r.id from meetings own
      cross join lateral (select id from meeting_rooms where meeting_id = own.id limit 10) r
      where own.host_id = ${userId} and own.removed_at is null
    union select r.id from meeting_invitations i join meetings own on own.id = i.meeting_id and own.removed_at is null
      cross join lateral (select id from meeting_rooms where meeting_id = own.id limit 10) r where i.user_id = ${userId}
    union select r.id from users u join meeting_rooms r on r.host_email = u.email_key
      where u.id = ${userId} and u.email_verified_at is not null and r.meeting_id is null)`
}

interface Listing {
  viewerId: UserId
  /** Of everybody, not of the viewer alone. */
  isForAll: boolean
  limit: number
}

/** Sessions that run with somebody in them, as far as is known; the newest first. */
export function listLive(db: Db, { viewerId, isForAll, after, limit }: Listing & { after: SessionId | undefined }) {
  let query = sessions(db, viewerId)
    .where('s.ended_at', 'is', null)
    .where((eb) => eb.or([eb('account.id', 'is', null), eb('account.removed_at', 'is', null)]))
    // Where nobody tells who is in, somebody is.
    .where(sql<SqlBool>`not ${isDeserted}`)
  if (!isForAll) query = query.where(sql<SqlBool>`s.room_id in ${roomsOf(viewerId)}`)
  if (after !== undefined) query = query.where('s.id', '<', after)
  return query.orderBy('s.id', 'desc').limit(limit).execute()
}

/** Known to be left by all. */
const isDeserted = sql<SqlBool>`((s.unnamed_count is not distinct from 0 or s.observed_by = 'presence') and not exists (
  select from session_stays y where y.session_id = s.id and y.left_at is null))`

/** The place of a session in the history of its room. */
export type HistoryPosition = readonly [startedAt: Date, id: SessionId]

/** All sessions of a room, or of all rooms of a meeting; the newest first. */
export async function listHistory(
  db: Db,
  roomIds: readonly MeetingRoomId[],
  { viewerId, after, limit }: { viewerId: UserId | null; after: HistoryPosition | undefined; limit: number },
) {
  let query = sessions(db, viewerId).where((eb) => eb('s.room_id', '=', eb.fn.any(eb.val([...roomIds]))))
  if (after !== undefined) query = query.where(sql<SqlBool>`(s.started_at, s.id) < (${after[0]}, ${after[1]})`)
  return query.orderBy('s.started_at', 'desc').orderBy('s.id', 'desc').limit(limit).execute()
}

export async function roomsOfMeeting(db: Db, id: MeetingId): Promise<MeetingRoomId[]> {
  const rows = await db.selectFrom('meeting_rooms').select('id').where('meeting_id', '=', id).execute()
  return rows.map(({ id }) => id)
}

/** Rooms without anyone in them that can be used; the newest first. */
export async function listAvailable(
  db: Db,
  { viewerId, isForAll, after, limit }: Listing & { after: MeetingRoomId | undefined },
) {
  let query = db
    .selectFrom('meeting_rooms as room')
    .leftJoin('meetings as m', 'm.id', 'room.meeting_id')
    .leftJoin('users as host', 'host.id', 'm.host_id')
    .innerJoin('users as viewer', (join) => join.on('viewer.id', '=', viewerId))
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('provider_connections as c')
          .select(['c.id', 'c.state', 'c.removed_at', 'c.default_passcode'])
          .where(sql<SqlBool>`c.id = room.source`)
          .limit(1)
          .as('account'),
      (join) => join.onTrue(),
    )
    .select([
      ...(['room.id as roomId', 'room.meeting_id as meetingId', 'room.provider', 'room.source as sourceId'] as const),
      ...(['room.external_id as externalId', 'account.id as connectionId', 'm.host_id as hostId'] as const),
      ...(['room.live_at as lastUsedAt', 'm.passcode as meetingPasscode', 'room.passcode as roomPasscode'] as const),
      'account.default_passcode as defaultPasscode',
    ])
    .select([
      sql<string>`coalesce(m.title, room.title)`.as('title'),
      sql<string | null>`coalesce(
        nullif(trim(host.first_name || ' ' || host.last_name), ''), host.user_name, room.host_name)`.as('hostName'),
      sql<string | null>`coalesce(m.join_url, room.join_url)`.as('joinUrl'),
      sql<Date | null>`(select swept_at from provider_sources o where o.id = room.source)`.as('sweptAt'),
      sql<Date | null>`(select answered_at from provider_sources o where o.id = room.source)`.as('answeredAt'),
      sql<boolean>`account.id is null or account.state = 'ok'`.as('isHeard'),
      isHost.as('isHost'),
      mayEnter.as('mayEnter'),
      nextAt.as('nextAt'),
    ])
    .where('room.gone_at', 'is', null)
    .where((eb) => eb.or([eb('account.id', 'is', null), eb('account.removed_at', 'is', null)]))
    .where(isEmpty)
    .where(canBeJoined)
  if (!isForAll) query = query.where(sql<SqlBool>`room.id in ${roomsOf(viewerId)}`)
  if (after !== undefined) query = query.where('room.id', '<', after)
  return query.orderBy('room.id', 'desc').limit(limit).execute()
}

export type AvailableRecord = Awaited<ReturnType<typeof listAvailable>>[number]

/** Room by room, so that a page is done with its last room. */
const isEmpty = sql<SqlBool>`coalesce((
  select false from sessions s where s.room_id = room.id and s.ended_at is null and not ${isDeserted} limit 1), true)`

const nextAt = sql<Date | null>`(
  select min(o.starts_at) from meeting_occurrences o where o.meeting_id = m.id and o.cancelled_at is null
    and o.starts_at > now() - interval '1 day' and o.ends_at > now())`

/** A meeting that is over cannot be joined. */
const canBeJoined = sql<SqlBool>`coalesce((
  select true from meetings own join meeting_occurrences o on o.meeting_id = own.id
  where own.id = room.meeting_id and own.cancelled_at is null and own.removed_at is null and o.cancelled_at is null
    and o.starts_at > now() - interval '2 days' and o.ends_at > now() - interval '1 day' limit 1), room.meeting_id is null)`

/** The place of a stay in the list of a session. */
export type StayPosition = readonly [joinedAt: Date, key: string]

/** Who is or was in a session, in the order in which they came. */
export async function listStays(
  db: Db,
  id: SessionId,
  { present, after, limit }: { present: boolean; after?: StayPosition | undefined; limit: number },
) {
  let query = db
    .selectFrom('session_stays as stay')
    .innerJoin('session_people as person', (join) =>
      join.onRef('person.session_id', '=', 'stay.session_id').onRef('person.key', '=', 'stay.key'),
    )
    .select(['stay.key', 'person.name', 'person.user_id as userId', 'joined_at as joinedAt', 'left_at as leftAt'])
    .where('stay.session_id', '=', id)
  if (present) query = query.where('left_at', 'is', null)
  if (after !== undefined) query = query.where(sql<SqlBool>`(joined_at, stay.key) > (${after[0]}, ${after[1]})`)
  return query.orderBy('joined_at').orderBy('stay.key').limit(limit).execute()
}

/** The first of who is in each of these sessions. */
export async function firstPresent(db: Db, ids: readonly SessionId[], each: number) {
  if (ids.length === 0) return []
  const { rows } = await sql<Awaited<ReturnType<typeof listStays>>[number] & { sessionId: SessionId }>`
    select id as "sessionId", present.key, present.name, present.user_id as "userId",
      present.joined_at as "joinedAt", null as "leftAt"
    from unnest(${[...ids]}::text[]) as id cross join lateral (
      select y.key, p.name, p.user_id, y.joined_at
      from session_stays y join session_people p on p.session_id = y.session_id and p.key = y.key
      where y.session_id = id and y.left_at is null order by y.joined_at, y.key limit ${each}
    ) present`.execute(db)
  return rows
}

/** All stays in the sessions of rooms, the newest sessions first: for a file. */
export async function staysInRooms(db: Db, roomIds: readonly MeetingRoomId[], limit: number) {
  return db
    .selectFrom('sessions as s')
    .innerJoin('meeting_rooms as room', 'room.id', 's.room_id')
    .leftJoin('meetings as m', 'm.id', 'room.meeting_id')
    .leftJoin('session_stays as stay', 'stay.session_id', 's.id')
    .leftJoin('session_people as person', (join) =>
      join.onRef('person.session_id', '=', 'stay.session_id').onRef('person.key', '=', 'stay.key'),
    )
    .select(['s.id as sessionId', 's.started_at as startedAt', 's.ended_at as endedAt', 'person.name'])
    .select(['person.user_id as userId', 'stay.joined_at as joinedAt', 'stay.left_at as leftAt'])
    .select(sql<string>`coalesce(m.title, room.title)`.as('title'))
    .where((eb) => eb('s.room_id', '=', eb.fn.any(eb.val([...roomIds]))))
    .orderBy('s.started_at', 'desc')
    .orderBy('s.id')
    .orderBy('stay.joined_at')
    .orderBy('stay.key')
    .limit(limit)
    .execute()
}
