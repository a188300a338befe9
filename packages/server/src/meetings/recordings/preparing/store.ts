import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import type { RecordingFileId, UploadId } from '../../../ids.ts'

/** A file whose bytes are all there and of which it is not known how long it plays; also of a removed recording. */
export async function findUnprepared(db: Db, id: RecordingFileId) {
  const row = await db
    .selectFrom('recording_files as file')
    .innerJoin('uploads', 'uploads.id', 'file.upload_id')
    .select(['file.id', 'file.state', 'uploads.id as uploadId', 'uploads.owner_id as ownerId', 'uploads.name'])
    .select(['uploads.type', 'uploads.size_bytes as sizeBytes'])
    .where('file.id', '=', id)
    .where('uploads.completed_at', 'is not', null)
    .where((eb) => eb.or([eb('file.state', '=', 'preparing'), eb('file.duration_ms', 'is', null)]))
    .executeTakeFirst()
  return row && { ...row, sizeBytes: Number(row.sizeBytes) }
}

export type Unprepared = NonNullable<Awaited<ReturnType<typeof findUnprepared>>>

/** Locks the recording of a file, removed or not; false where the file is gone. */
export async function lockRecordingOf(tx: Db, id: RecordingFileId): Promise<boolean> {
  const row = await tx
    .selectFrom('recordings')
    .select('id')
    .where('id', '=', tx.selectFrom('recording_files').select('recording_id').where('id', '=', id))
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row !== undefined
}

interface Outcome {
  id: RecordingFileId
  /** What was looked at. */
  uploadId: UploadId
  /** What takes its place. */
  newUploadId?: UploadId | undefined
  durationMs: number | null
  problem: string | null
}

/** A file is as good as it gets; false where it is gone, or was changed meanwhile. */
export async function settleFile(tx: Db, outcome: Outcome): Promise<boolean> {
  const { id, uploadId, newUploadId, durationMs, problem } = outcome
  const { numUpdatedRows } = await tx
    .updateTable('recording_files')
    .set({
      ...{ upload_id: newUploadId, problem, state: 'ready' as const },
      duration_ms: durationMs === null ? sql`duration_ms` : BigInt(durationMs),
    })
    .where('id', '=', id)
    .where('upload_id', '=', uploadId)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
