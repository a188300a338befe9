import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import type { RecordingFileId, RecordingId, UploadId } from '../../../ids.ts'

interface FileRow {
  id: RecordingFileId
  recordingId: RecordingId
  uploadId: UploadId | null
  name: string
  type: string | null
  sizeBytes: number | null
  durationMs: number | null
  source: 'upload' | 'room' | 'provider'
  state: 'copying' | 'preparing' | 'ready' | 'failed'
  problem: string | null
  recordedAt: Date | null
  createdAt: Date
}

/** The files of recordings, those of each in their order. */
export async function filesOf(db: Db, recordingIds: readonly RecordingId[]): Promise<Map<RecordingId, FileRow[]>> {
  if (recordingIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('recording_files as file')
    .leftJoin('uploads', 'uploads.id', 'file.upload_id')
    .select([
      ...(['file.id', 'file.recording_id as recordingId', 'file.upload_id as uploadId', 'file.name'] as const),
      ...(['uploads.type', 'file.duration_ms as durationMs'] as const),
      sql<bigint | null>`case when not uploads.growing then uploads.size_bytes end`.as('sizeBytes'),
      ...(['file.source', 'file.state', 'file.problem', 'file.recorded_at as recordedAt'] as const),
      'file.created_at as createdAt',
    ])
    .where((eb) => eb('file.recording_id', '=', eb.fn.any(eb.val([...recordingIds]))))
    .orderBy('file.recording_id')
    .orderBy('file.id')
    .execute()
  const files = rows.map(({ sizeBytes, durationMs, ...row }) => ({
    ...row,
    sizeBytes: sizeBytes === null ? null : Number(sizeBytes),
    durationMs: durationMs === null ? null : Number(durationMs),
  }))
  return Map.groupBy(files, ({ recordingId }) => recordingId)
}

export interface NewFile {
  id: RecordingFileId
  recordingId: RecordingId
  uploadId: UploadId
  name: string
  state: 'preparing' | 'ready'
}

/** Adds uploads to a recording that is locked. */
export async function insertFiles(tx: Db, files: readonly NewFile[]): Promise<void> {
  if (files.length === 0) return
  await tx
    .insertInto('recording_files')
    .values(
      files.map(({ id, recordingId, uploadId, name, state }) => ({
        ...{ id, recording_id: recordingId, upload_id: uploadId, name, state, source: 'upload' as const },
      })),
    )
    .execute()
}

export async function countFiles(db: Db, recordingId: RecordingId): Promise<number> {
  const row = await db
    .selectFrom('recording_files')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('recording_id', '=', recordingId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Whether recordings have one of these uploads already. */
export async function areFiles(db: Db, uploadIds: readonly UploadId[]): Promise<boolean> {
  const row = await db
    .selectFrom('recording_files')
    .select('id')
    .where((eb) => eb('upload_id', '=', eb.fn.any(eb.val([...uploadIds]))))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Deletes files of a recording that is locked; returns the uploads that they were. */
export async function deleteFiles(
  tx: Db,
  recordingId: RecordingId,
  ids: readonly RecordingFileId[],
): Promise<UploadId[]> {
  if (ids.length === 0) return []
  const rows = await tx
    .deleteFrom('recording_files')
    .where('recording_id', '=', recordingId)
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .returning('upload_id as uploadId')
    .execute()
  return rows.flatMap(({ uploadId }) => uploadId ?? [])
}

/** Notes when the newest file of a recording came. */
export async function noteFilled(tx: Db, recordingId: RecordingId): Promise<void> {
  await tx
    .updateTable('recordings')
    .set({
      filled_at: sql`(select max(created_at) from recording_files where recording_id = recordings.id)`,
      modified_at: sql`now()`,
    })
    .where('id', '=', recordingId)
    .execute()
}
