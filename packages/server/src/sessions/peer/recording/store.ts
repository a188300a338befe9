import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import type { MeetingId, RecordingFileId, RecordingId, SessionId, UploadId, UserId } from '../../../ids.ts'

/** Which of these sessions are being recorded in their rooms. */
export async function isRecording(db: Db, ids: readonly SessionId[]): Promise<ReadonlySet<SessionId>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('sessions')
    .innerJoin('meeting_rooms as room', 'room.id', 'sessions.room_id')
    .innerJoin('recordings', 'recordings.meeting_id', 'room.meeting_id')
    .innerJoin('recording_files as file', 'file.recording_id', 'recordings.id')
    .select('sessions.id')
    .where((eb) => eb('sessions.id', '=', eb.fn.any(eb.val([...ids]))))
    .where('ended_at', 'is', null)
    .where('file.source', '=', 'room')
    .where('file.state', '=', 'copying')
    .whereRef('file.recorded_at', '>=', 'sessions.started_at')
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** The recording of a meeting, removed or not. */
export function findRecordingOf(db: Db, id: MeetingId) {
  return db
    .selectFrom('recordings')
    .select(['id', 'removed_at as removedAt'])
    .where('meeting_id', '=', id)
    .executeTakeFirst()
}

/** Keeps an upload of somebody that grows; false where there is no such. */
export async function keepGrowing(tx: Db, id: UploadId, ownerId: UserId): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('uploads')
    .set({ due_at: null, received_at: sql`now()` })
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .where('growing', '=', true)
    .where(sql<SqlBool>`(due_at is null or due_at > now())`)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export interface NewRoomFile {
  id: RecordingFileId
  recordingId: RecordingId
  uploadId: UploadId
  name: string
}

export async function insertRoomFile(tx: Db, { id, recordingId, uploadId, name }: NewRoomFile): Promise<void> {
  await tx
    .insertInto('recording_files')
    .values({
      ...{ id, recording_id: recordingId, upload_id: uploadId, name },
      ...{ source: 'room', state: 'copying', recorded_at: sql`now()` },
    })
    .execute()
}

/** What is being recorded into an upload. */
export function findRoomFile(db: Db, uploadId: UploadId) {
  return db
    .selectFrom('recording_files as file')
    .innerJoin('uploads', 'uploads.id', 'file.upload_id')
    .select(['file.id', 'file.recording_id as recordingId', 'uploads.owner_id as ownerId'])
    .select('uploads.received_bytes as receivedBytes')
    .where('file.upload_id', '=', uploadId)
    .where('file.source', '=', 'room')
    .where('file.state', '=', 'copying')
    .executeTakeFirst()
}

/** Uploads of recordings that nobody goes on with. */
export async function abandonedUploads(db: Db, limit: number): Promise<UploadId[]> {
  const rows = await db
    .selectFrom('recording_files as file')
    .innerJoin('uploads', 'uploads.id', 'file.upload_id')
    .select('uploads.id')
    .where('file.source', '=', 'room')
    .where('file.state', '=', 'copying')
    .where(sql<SqlBool>`(not uploads.growing or uploads.received_at < now() - interval '30 seconds')`)
    .where(sql<SqlBool>`(uploads.writer is null or uploads.writing_until < now())`)
    .orderBy('uploads.id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}
