import type { Db } from '../../../db/connect.ts'
import type { RoomId, UserId } from '../../../ids.ts'
import { shownTo } from '../../departed/store.ts'
import { type MessageRecord, messageColumns, messageReactions, toMessage } from '../../store.ts'
import { isVisibleTo } from '../../visible/store.ts'

/** Messages of a room that the viewer may see, after a number, oldest first. */
export async function messagesAfter(
  db: Db,
  viewerId: UserId,
  { roomId, after, limit }: { roomId: RoomId; after: bigint; limit: number },
): Promise<MessageRecord[]> {
  const rows = await db
    .selectFrom('messages')
    .select(messageColumns)
    .select(messageReactions)
    .where('room_id', '=', roomId)
    .where('seq', '>', after)
    .where(isVisibleTo(viewerId))
    .orderBy('seq')
    .limit(limit)
    .execute()
  return shownTo(db, viewerId, rows.map(toMessage))
}
