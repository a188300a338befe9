import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import { withNextEvent } from '../../events/log.ts'
import type { RoomId, UserId } from '../../ids.ts'
import { isBlockedByPeer, type MessageRecord, messageColumns, messageReactions, toMessage } from '../store.ts'

interface Target {
  roomId: RoomId
  seq: number
  /** Who does it. */
  actorId: UserId
}

/** Gives a message another text and keeps the one before, as an event of its room. To be done under the room's lock. */
export async function updateBody(
  tx: Db,
  { roomId, seq, actorId, body, mentions }: Target & { body: string; mentions: readonly UserId[] },
): Promise<MessageRecord> {
  const row = await withNextEvent(tx, { roomId, kind: 'message.edited', actorId, target: seq })
    .with('before', (qb) =>
      qb
        .insertInto('message_versions')
        .columns(['room_id', 'seq', 'version', 'body', 'written_at'])
        .expression((eb) =>
          eb
            .selectFrom('messages')
            .select(['room_id', 'seq', 'version', 'body', sql<Date>`coalesce(edited_at, sent_at)`.as('written_at')])
            .where('room_id', '=', roomId)
            .where('seq', '=', BigInt(seq)),
        ),
    )
    .updateTable('messages')
    .from('event')
    .set((eb) => ({
      body,
      mentions: [...mentions],
      version: sql<number>`version + 1`,
      edited_at: eb.ref('event.at'),
      // As with sending: what is said to who blocks one never comes.
      hidden: sql<boolean>`messages.hidden or ${isBlockedByPeer(roomId, actorId)}`,
    }))
    .where('messages.room_id', '=', roomId)
    .where('messages.seq', '=', BigInt(seq))
    .returning(messageColumns)
    .returning(messageReactions)
    .executeTakeFirstOrThrow()
  return toMessage(row)
}

/** Takes text, history and reactions out of a message, as an event of its room. To be done under the room's lock. */
export async function blankMessage(tx: Db, { roomId, seq, actorId }: Target): Promise<MessageRecord> {
  const number = BigInt(seq)
  await tx.deleteFrom('message_versions').where('room_id', '=', roomId).where('seq', '=', number).execute()
  await tx.deleteFrom('reactions').where('room_id', '=', roomId).where('seq', '=', number).execute()
  const row = await withNextEvent(tx, { roomId, kind: 'message.deleted', actorId, target: seq })
    .updateTable('messages')
    .from('event')
    .set((eb) => ({ body: '', mentions: [], attachments: '[]', deleted_at: eb.ref('event.at'), deleted_by: actorId }))
    .where('messages.room_id', '=', roomId)
    .where('messages.seq', '=', number)
    .returning(messageColumns)
    .executeTakeFirstOrThrow()
  return toMessage(row)
}

/** What a message said before its edits, oldest first, after a version where given. */
export function listVersions(
  db: Db,
  { roomId, seq, after, limit }: { roomId: RoomId; seq: number; after?: number | undefined; limit: number },
) {
  let query = db
    .selectFrom('message_versions')
    .select(['version', 'body', 'written_at as writtenAt'])
    .where('room_id', '=', roomId)
    .where('seq', '=', BigInt(seq))
  if (after !== undefined) query = query.where('version', '>', after)
  return query.orderBy('version').limit(limit).execute()
}
