import { type Expression, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UploadId } from '../../ids.ts'

/**
 * Takes the uploads from messages of a room, those whose numbers fit: past their time from now on, unless something else uses
 * them, which their removal looks at. Whether there were any.
 */
export async function unlinkUploads(db: Db, roomId: RoomId, fits: Expression<SqlBool>): Promise<boolean> {
  const { numUpdatedRows } = await db
    .with('gone', (qb) =>
      qb.deleteFrom('message_uploads').where('room_id', '=', roomId).where(fits).returning('upload_id'),
    )
    .updateTable('uploads')
    .set({ due_at: sql`now()` })
    .where((eb) => eb('id', '=', eb.fn.any(sql<UploadId[]>`array(select upload_id from gone)`)))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export const isNumber = (seq: number) => sql<SqlBool>`seq = ${BigInt(seq)}`
export const isUpTo = (seq: bigint) => sql<SqlBool>`seq <= ${seq}`
export const isAny = sql<SqlBool>`true`
