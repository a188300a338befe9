import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UserId } from '../../ids.ts'
import { asSeenBy, type MessageRecord } from '../store.ts'

/** Messages as somebody may see them. */
export function shownTo(db: Db, viewerId: UserId, messages: readonly MessageRecord[]): Promise<MessageRecord[]> {
  return asOfLeaving(
    db,
    viewerId,
    messages.map((message) => asSeenBy(viewerId, message)),
  )
}

/**
 * Messages as who has left a room may see them: what they said when the viewer left, without what others reacted. Deleted
 * ones are so for everybody. To members, whatever comes is what is now.
 */
async function asOfLeaving(db: Db, viewerId: UserId, messages: MessageRecord[]): Promise<MessageRecord[]> {
  const changed = messages.filter(({ editedAt, reactions }) => editedAt !== null || reactions.length > 0)
  const left = await leavings(db, viewerId, [...new Set(changed.map(({ roomId }) => roomId))])
  if (left.size === 0) return messages
  const versions = await versionsAt(
    db,
    changed.flatMap(({ roomId, seq, editedAt }) => {
      const at = left.get(roomId)
      return at === undefined || editedAt === null || editedAt < at ? [] : [{ roomId, seq, at }]
    }),
  )
  return messages.map((message) => {
    if (!left.has(message.roomId)) return message
    const version = versions.get(`${message.roomId} ${message.seq}`)
    return { ...message, reactions: [], ...version }
  })
}

/** When somebody left which of these rooms; those that they are in are not among them. */
async function leavings(db: Db, userId: UserId, roomIds: readonly RoomId[]): Promise<Map<RoomId, Date>> {
  if (roomIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('memberships')
    .select((eb) => ['room_id as roomId', eb.fn.max('left_at').as('leftAt')])
    .where('user_id', '=', userId)
    .where((eb) => eb('room_id', '=', eb.fn.any(eb.val([...roomIds]))))
    .groupBy('room_id')
    .having(sql<boolean>`bool_and(to_seq is not null)`)
    .execute()
  return new Map(rows.map(({ roomId, leftAt }) => [roomId, leftAt ?? new Date(0)]))
}

type Version = Pick<MessageRecord, 'body' | 'version' | 'editedAt' | 'mentions'>

/** What messages said before a time: of each the last version before it, or the first. */
async function versionsAt(
  db: Db,
  keys: readonly { roomId: RoomId; seq: number; at: Date }[],
): Promise<Map<string, Version>> {
  if (keys.length === 0) return new Map()
  const { rows } = await sql<{ roomId: RoomId; seq: bigint; version: number; body: string; writtenAt: Date }>`
    select key.room_id as "roomId", key.seq, past.version, past.body, past.written_at as "writtenAt"
    from unnest(
      ${keys.map(({ roomId }) => roomId)}::text[], ${keys.map(({ seq }) => seq)}::bigint[],
      ${keys.map(({ at }) => at)}::timestamptz[]
    ) as key (room_id, seq, at)
    cross join lateral (
      select version, body, written_at from message_versions v where v.room_id = key.room_id and v.seq = key.seq
      order by v.written_at < key.at desc, case when v.written_at < key.at then -v.version else v.version end limit 1
    ) as past`.execute(db)
  return new Map(
    rows.map(({ roomId, seq, version, body, writtenAt }) => [
      `${roomId} ${seq}`,
      { body, version, editedAt: version === 1 ? null : writtenAt, mentions: [] },
    ]),
  )
}
