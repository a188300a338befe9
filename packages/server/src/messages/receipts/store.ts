import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UserId } from '../../ids.ts'
import { isVisibleTo } from '../visible/store.ts'

interface Marks {
  roomId: RoomId
  deliveredSeq: number
  readSeq: number
  privateReadSeq: number
}

interface Advance {
  roomId: RoomId
  userId: UserId
  seq: number
  /** Which mark: reading something implies having got it, but not if nobody is to know. */
  kind: 'delivered' | 'read' | 'privateRead'
}

/**
 * Moves a member's mark up to a number, never down. Where others see it the streams are told, and the time is logged: not once
 * more for who came again and began anew.
 * `lastSeq` is the room's newest number: nothing moves beyond. Undefined for who is not in the room.
 */
export async function advanceMark(
  db: Db,
  { roomId, userId, seq, kind }: Advance,
): Promise<(Marks & { lastSeq: number }) | undefined> {
  const upTo = BigInt(seq)
  const [delivers, reads, readsAlone] = [kind !== 'privateRead', kind === 'read', kind === 'privateRead']
  const isWithin = sql<SqlBool>`${upTo}::bigint <= mark.last_seq`
  const advances = sql<SqlBool>`(${delivers}::boolean and mark.delivered_seq < ${upTo} or ${reads}::boolean and mark.read_seq < ${upTo})`
  const row = await db
    .with('mark', (qb) =>
      qb
        .selectFrom('room_members')
        .innerJoin('rooms', 'rooms.id', 'room_members.room_id')
        .select(['room_id', 'user_id', 'last_seq', 'delivered_seq', 'read_seq', 'private_read_seq'])
        .where('room_id', '=', roomId)
        .where('user_id', '=', userId)
        .forNoKeyUpdate('room_members'),
    )
    .with('moved', (qb) =>
      qb
        .updateTable('room_members')
        .from('mark')
        .set({
          delivered_seq: sql`case when ${delivers}::boolean then greatest(mark.delivered_seq, ${upTo}) else mark.delivered_seq end`,
          read_seq: sql`case when ${reads}::boolean then greatest(mark.read_seq, ${upTo}) else mark.read_seq end`,
          private_read_seq: sql`case when ${readsAlone}::boolean then greatest(mark.private_read_seq, ${upTo}) else mark.private_read_seq end`,
        })
        .whereRef('room_members.room_id', '=', 'mark.room_id')
        .whereRef('room_members.user_id', '=', 'mark.user_id')
        .where(isWithin)
        .where((eb) => eb.or([advances, sql<SqlBool>`${readsAlone}::boolean and mark.private_read_seq < ${upTo}`]))
        .returning(['room_members.delivered_seq', 'room_members.read_seq', 'room_members.private_read_seq']),
    )
    .with('logged', (qb) =>
      qb
        .insertInto('receipt_log')
        .columns(['room_id', 'user_id', 'kind', 'upto_seq', 'at'])
        .expression(
          sql`select room_id, user_id, kind, ${upTo}::bigint, clock_timestamp() from mark cross join lateral (values
              ('delivered', ${delivers}::boolean and mark.delivered_seq < ${upTo}),
              ('read', ${reads}::boolean and mark.read_seq < ${upTo})
            ) as advance (kind, holds) where holds and ${isWithin} and not exists (
              select from receipt_log as log where log.room_id = mark.room_id and log.user_id = mark.user_id
                and log.kind = advance.kind and log.upto_seq >= ${upTo}
            )`,
        )
        .onConflict((conflict) => conflict.doNothing()),
    )
    .with('told', (qb) =>
      qb
        .insertInto('ephemera')
        .columns(['kind', 'room_id', 'user_id'])
        .expression(sql`select 'marks', room_id, user_id from mark where ${advances} and ${isWithin}`),
    )
    .selectFrom('mark')
    .leftJoin('moved', (join) => join.onTrue())
    .select((eb) => [
      'mark.last_seq as lastSeq',
      eb.fn.coalesce('moved.delivered_seq', 'mark.delivered_seq').as('deliveredSeq'),
      eb.fn.coalesce('moved.read_seq', 'mark.read_seq').as('readSeq'),
      eb.fn.coalesce('moved.private_read_seq', 'mark.private_read_seq').as('privateReadSeq'),
    ])
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { lastSeq, deliveredSeq, readSeq, privateReadSeq } = row
  return {
    roomId,
    lastSeq: Number(lastSeq),
    deliveredSeq: Number(deliveredSeq),
    readSeq: Number(readSeq),
    privateReadSeq: Number(privateReadSeq),
  }
}

export interface ReceiptRecord {
  userId: UserId
  deliveredSeq: number
  readSeq: number
  deliveredAt: Date | null
  readAt: Date | null
}

interface Page {
  roomId: RoomId
  after?: UserId | undefined
  limit: number
}

/** How far the members of a room have got, in the order of their ids. */
export async function listMarks(db: Db, { roomId, after, limit }: Page): Promise<ReceiptRecord[]> {
  const rows = await marks(db, { roomId, after, limit }).execute()
  return rows.map((row) => ({ ...toMark(row), deliveredAt: null, readAt: null }))
}

/** The same with when they got and read a message: for all but its sender who could see it when it was sent or since. */
export async function listReceipts(db: Db, { seq, ...page }: Page & { seq: number }): Promise<ReceiptRecord[]> {
  const time = (kind: 'delivered' | 'read') =>
    sql<Date | null>`(select at from receipt_log as log where log.room_id = me.room_id and log.user_id = me.user_id
      and log.kind = ${kind} and log.upto_seq >= messages.seq and not messages.hidden order by log.upto_seq limit 1)`
  const rows = await marks(db, page)
    .innerJoin('messages', (join) =>
      join.onRef('messages.room_id', '=', 'me.room_id').on('messages.seq', '=', BigInt(seq)),
    )
    .where((eb) => eb('me.user_id', '<>', eb.ref('messages.sender_id')))
    .where(sql<SqlBool>`exists (select from memberships as seen
      where seen.room_id = me.room_id and seen.user_id = me.user_id and (seen.to_seq is null or messages.seq <= seen.to_seq)
        and (messages.shared or messages.seq > seen.from_seq))`)
    .select([time('delivered').as('deliveredAt'), time('read').as('readAt')])
    .execute()
  return rows.map(({ deliveredAt, readAt, ...row }) => ({ ...toMark(row), deliveredAt, readAt }))
}

function marks(db: Db, { roomId, after, limit }: Page) {
  const query = db
    .selectFrom('room_members as me')
    .select(['me.user_id as userId', 'me.delivered_seq as deliveredSeq', 'me.read_seq as readSeq'])
    .where('me.room_id', '=', roomId)
    .orderBy('me.user_id')
    .limit(limit)
  return after === undefined ? query : query.where('me.user_id', '>', after)
}

function toMark({ userId, deliveredSeq, readSeq }: { userId: UserId; deliveredSeq: bigint; readSeq: bigint }) {
  return { userId, deliveredSeq: Number(deliveredSeq), readSeq: Number(readSeq) }
}

export interface UnreadRecord {
  roomId: RoomId
  count: number
  mentions: number
}

/** Rooms of a user with messages of others that they may see and have not read, the most recently active first. */
export async function listUnread(
  db: Db,
  userId: UserId,
  { roomIds, most, limit }: { roomIds?: readonly RoomId[] | undefined; most: number; limit: number },
): Promise<UnreadRecord[]> {
  const unread = sql<{ count: number; mentions: number }>`lateral (
    select count(*)::int as count, (count(*) filter (where is_mention))::int as mentions from (
      select ${userId} = any (messages.mentions) as is_mention from messages
      where messages.room_id = me.room_id and messages.seq > greatest(me.read_seq, me.private_read_seq)
        and messages.sender_id <> ${userId} and messages.deleted_at is null and ${isVisibleTo(userId)}
      order by messages.seq desc limit ${most}
    ) as newest
  )`.as<'unread'>(sql.ref('unread'))
  let query = db
    .selectFrom('room_members as me')
    .innerJoin('rooms', 'rooms.id', 'me.room_id')
    .innerJoin(unread, (join) => join.onTrue())
    .select(['rooms.id as roomId', 'unread.count', 'unread.mentions'])
    .where('me.user_id', '=', userId)
    .where(sql<SqlBool>`rooms.last_seq > greatest(me.read_seq, me.private_read_seq)`)
    .where('unread.count', '>', 0)
    .orderBy('rooms.last_event_at', 'desc')
    .orderBy('rooms.id', 'desc')
    .limit(limit)
  if (roomIds !== undefined) query = query.where((eb) => eb('me.room_id', '=', eb.fn.any(eb.val([...roomIds]))))
  return query.execute()
}
