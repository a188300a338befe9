import { type Expression, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UserId } from '../../ids.ts'
import { shownTo } from '../departed/store.ts'
import { type MessageRecord, messageColumns, messageFields, messageReactions, toMessage } from '../store.ts'
import { isVisibleTo } from '../visible/store.ts'

export interface MessageFilter {
  senderId?: UserId | undefined
  since?: Date | undefined
  until?: Date | undefined
  limit: number
}

/** Messages of a room that the viewer may see, newest first, below a number where given. */
export async function listMessages(
  db: Db,
  viewerId: UserId,
  filter: MessageFilter & { roomId: RoomId; below?: number | undefined },
): Promise<MessageRecord[]> {
  const { roomId, senderId, since, until, below, limit } = filter
  let query = db
    .selectFrom('messages')
    .select(messageColumns)
    .select(messageReactions)
    .where('room_id', '=', roomId)
    .where(isVisibleTo(viewerId))
    .where('seq', '>', firstInSight(roomId, viewerId))
    .orderBy('seq', 'desc')
    .limit(limit)
  if (senderId !== undefined) query = query.where('sender_id', '=', senderId)
  // By the numbers at the ends of the window, so that nothing outside of it is looked at.
  const room = sql`${roomId}`
  if (since !== undefined) query = query.where('sent_at', '>=', since).where('seq', '>=', firstSince(room, since))
  if (until !== undefined) query = query.where('sent_at', '<', until).where('seq', '<=', lastUpTo(room, until))
  if (below !== undefined) query = query.where('seq', '<', BigInt(below))
  return shownTo(db, viewerId, (await query.execute()).map(toMessage))
}

/** Below it the viewer sees nothing, where nothing was ever shared with those who come later: so that is not looked at. */
const firstInSight = (roomId: RoomId, viewerId: UserId) =>
  sql<bigint>`(select case rooms.shared_until when 0 then coalesce((
      select min(from_seq) from memberships where memberships.room_id = ${roomId} and memberships.user_id = ${viewerId}
    ), 0) else 0 end from rooms where rooms.id = ${roomId})`

const firstSince = (roomId: Expression<unknown>, since: Date) =>
  sql<bigint>`(select edge.seq from messages as edge where edge.room_id = ${roomId} and edge.sent_at >= ${since}
    order by edge.sent_at, edge.seq limit 1)`

const lastUpTo = (roomId: Expression<unknown>, until: Date) =>
  sql<bigint>`(select edge.seq from messages as edge where edge.room_id = ${roomId} and edge.sent_at <= ${until}
    order by edge.sent_at desc, edge.seq desc limit 1)`

/** The place of a message among those of all rooms, newest first. */
export type Moment = readonly [sentAt: Date, roomId: RoomId, seq: number]

/** The order of messages of all rooms. */
export const newestFirst = sql`messages.sent_at desc, messages.room_id desc, messages.seq desc`

/** Whether a message comes after a place in lists of all rooms. */
export function isAfter([sentAt, roomId, seq]: Moment): Expression<SqlBool> {
  return sql<SqlBool>`(messages.sent_at <= ${sentAt} and
    (messages.sent_at, messages.room_id, messages.seq) < (${sentAt}, ${roomId}, ${BigInt(seq)}))`
}

/**
 * What was sent to the viewer in all their rooms, newest first, after a place where given. Of each room its newest message is
 * looked at, and more only of those rooms that reach into the page.
 */
export async function recentMessages(db: Db, viewerId: UserId, filter: RecentFilter): Promise<MessageRecord[]> {
  const { senderId, since, limit } = filter
  const isAlive = since === undefined ? anything : sql`rooms.last_event_at >= ${since}`
  const isShared =
    senderId === undefined
      ? anything
      : sql`exists (select from memberships as theirs where theirs.room_id = mine.room_id and theirs.user_id = ${senderId})`
  const isReaching = sql<SqlBool>`messages.sent_at >= coalesce(
    (select min(sent_at) from newest having count(*) = ${limit}), '-infinity'
  )`
  const rows = await db
    .with(
      (cte) => cte('newest').materialized(),
      () => sql<{ room_id: RoomId; sent_at: Date }>`(
        select mine.room_id, top.sent_at
        from (select distinct room_id from memberships where user_id = ${viewerId}) as mine
        join rooms on rooms.id = mine.room_id and rooms.removed_at is null and ${isAlive}
        cross join lateral (
          select messages.sent_at from messages
          where ${isWanted(viewerId, sql`mine.room_id`, filter)} order by ${inOrder(filter)} limit 1
        ) as top
        where ${isShared}
        order by top.sent_at desc, mine.room_id desc limit ${limit}
      )`,
    )
    .selectFrom('newest')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('messages')
          .select(messageColumns)
          .select(messageReactions)
          .where(isWanted(viewerId, sql`newest.room_id`, filter))
          .where(isReaching)
          .orderBy(inOrder(filter))
          .limit(limit)
          .as('page'),
      (join) => join.onTrue(),
    )
    .select(messageFields)
    .orderBy('sentAt', 'desc')
    .orderBy('roomId', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  return shownTo(db, viewerId, rows.map(toMessage))
}

/** What mentions the viewer in all their rooms, newest first, after a place where given. */
export async function mentionsOf(db: Db, viewerId: UserId, filter: RecentFilter): Promise<MessageRecord[]> {
  const { senderId, since, until, after, limit } = filter
  let query = db
    .selectFrom('messages')
    .innerJoin('rooms', 'rooms.id', 'messages.room_id')
    .select(messageColumns)
    .select(messageReactions)
    // As the index of mentions has it.
    .where(sql<SqlBool>`messages.mentions <> '{}' and messages.mentions @> array[${viewerId}]::text[]`)
    .where('messages.sender_id', '<>', viewerId)
    .where('rooms.removed_at', 'is', null)
    .where(isVisibleTo(viewerId))
    .orderBy(newestFirst)
    .limit(limit)
  if (senderId !== undefined) query = query.where('messages.sender_id', '=', senderId)
  if (since !== undefined) query = query.where('messages.sent_at', '>=', since)
  if (until !== undefined) query = query.where('messages.sent_at', '<', until)
  if (after !== undefined) query = query.where(isAfter(after))
  return shownTo(db, viewerId, (await query.execute()).map(toMessage))
}

const anything = sql<SqlBool>`true`

interface RecentFilter extends MessageFilter {
  after?: Moment | undefined
}

/** What others sent to a room, as far as it is asked for. */
function isWanted(viewerId: UserId, roomId: Expression<unknown>, { senderId, since, until, after }: RecentFilter) {
  const end = after === undefined ? until : after[0]
  // Of one sender by the ends of the window in numbers, which is how the index of senders goes on.
  const ofSender = sql`messages.sender_id = ${senderId}
    and ${since === undefined ? anything : sql`messages.seq >= ${firstSince(roomId, since)}`}
    and ${end === undefined ? anything : sql`messages.seq <= ${lastUpTo(roomId, end)}`}`
  return sql<SqlBool>`(messages.room_id = ${roomId} and messages.sender_id <> ${viewerId} and ${isVisibleTo(viewerId)}
    and ${senderId === undefined ? anything : ofSender}
    and ${since === undefined ? anything : sql`messages.sent_at >= ${since}`}
    and ${until === undefined ? anything : sql`messages.sent_at < ${until}`}
    and ${after === undefined ? anything : isAfter(after)})`
}

/** Newest first, in the order of an index: of the times, or of the numbers of a sender. */
function inOrder({ senderId }: RecentFilter) {
  return senderId === undefined ? sql`messages.sent_at desc, messages.seq desc` : sql`messages.seq desc`
}
