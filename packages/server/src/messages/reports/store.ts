import type { Db } from '../../db/connect.ts'
import type { RoomId, UserId } from '../../ids.ts'

interface NewReport {
  roomId: RoomId
  seq: number
  reporterId: UserId
  reason: string
}

/** Keeps a report; false where the same person reported the message before. */
export async function insertReport(db: Db, { roomId, seq, reporterId, reason }: NewReport): Promise<boolean> {
  const row = await db
    .insertInto('reports')
    .values({ room_id: roomId, seq, reporter_id: reporterId, reason })
    .onConflict((conflict) => conflict.columns(['room_id', 'seq', 'reporter_id']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
