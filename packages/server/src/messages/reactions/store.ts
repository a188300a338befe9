import type { Db } from '../../db/connect.ts'
import { appendEvent } from '../../events/log.ts'
import type { RoomId, UserId } from '../../ids.ts'

interface NewReaction {
  roomId: RoomId
  seq: number
  userId: UserId
  emoji: string
}

/** Writes a reaction as an event of its room; false where it is there already. To be done under the room's lock. */
export async function insertReaction(tx: Db, { roomId, seq, userId, emoji }: NewReaction): Promise<boolean> {
  const row = await tx
    .insertInto('reactions')
    .values({ room_id: roomId, seq, user_id: userId, emoji })
    .onConflict((conflict) => conflict.doNothing())
    .returning('seq')
    .executeTakeFirst()
  if (row === undefined) return false
  await appendEvent(tx, { roomId, kind: 'message.reacted', actorId: userId, target: seq, detail: emoji })
  return true
}

/** Takes a reaction back as an event of its room; false where there is none. To be done under the room's lock. */
export async function deleteReaction(tx: Db, { roomId, seq, userId, emoji }: NewReaction): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('reactions')
    .where('room_id', '=', roomId)
    .where('seq', '=', BigInt(seq))
    .where('emoji', '=', emoji)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  if (numDeletedRows === 0n) return false
  await appendEvent(tx, { roomId, kind: 'message.reacted', actorId: userId, target: seq, detail: emoji })
  return true
}
