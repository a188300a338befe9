import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import type { MeetingId, RecordingFileId, RecordingId, UploadId } from '../../../ids.ts'

/** A meeting with a room at a provider, and its recording; undefined where one of them is gone. */
export function findRecorded(db: Db, id: MeetingId) {
  return db
    .selectFrom('meetings')
    .innerJoin('recordings', 'recordings.meeting_id', 'meetings.id')
    .select('recordings.id as recordingId')
    .select(sql<string>`coalesce(meetings.connection_id, meetings.provider)`.as('source'))
    .select(sql<string>`meetings.external_id`.as('room'))
    .where('meetings.id', '=', id)
    .where('meetings.external_id', 'is not', null)
    .where('recordings.removed_at', 'is', null)
    .executeTakeFirst()
}

/** Meetings of these providers of which a time has ended within the last hour, or within the last day. */
export async function endedMeetings(
  db: Db,
  providers: readonly string[],
  within: 'hour' | 'day',
  limit: number,
): Promise<MeetingId[]> {
  const span = within === 'hour' ? sql`interval '1 hour'` : sql`interval '1 day'`
  const rows = await db
    .selectFrom('meeting_occurrences as time')
    .innerJoin('meetings', 'meetings.id', 'time.meeting_id')
    .select('meetings.id')
    .distinct()
    // A meeting takes a day at most.
    .where(sql<SqlBool>`time.starts_at between now() - interval '1 day' - ${span} and now()`)
    .where(sql<SqlBool>`time.ends_at between now() - ${span} and now()`)
    .where('time.cancelled_at', 'is', null)
    .where((eb) => eb('meetings.provider', '=', eb.fn.any(eb.val([...providers]))))
    .where('meetings.external_id', 'is not', null)
    .where('meetings.removed_at', 'is', null)
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

export interface FoundFile {
  id: RecordingFileId
  recordingId: RecordingId
  /** The account at a provider, or a provider that takes none: the one that has the file. */
  source: string
  externalId: string
  name: string
  recordedAt: Date
  durationMs: number | null
}

/** Adds files of a provider to a recording that is locked; returns those that were never found before. */
export async function insertFound(tx: Db, found: readonly FoundFile[]): Promise<RecordingFileId[]> {
  if (found.length === 0) return []
  const fresh = await tx
    .insertInto('recording_copies')
    .values(
      found.map(({ source, externalId, recordingId }) => ({
        ...{ provider: source, external_id: externalId, recording_id: recordingId },
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('external_id as externalId')
    .execute()
  const ids = new Set(fresh.map(({ externalId }) => externalId))
  const files = found.filter(({ externalId }) => ids.has(externalId))
  if (files.length === 0) return []
  const rows = await tx
    .insertInto('recording_files')
    .values(
      files.map(({ id, name, source, ...file }) => ({
        ...{ id, name, provider: source, recording_id: file.recordingId, external_id: file.externalId },
        ...{ recorded_at: file.recordedAt, source: 'provider' as const, state: 'copying' as const },
        duration_ms: file.durationMs === null ? null : BigInt(file.durationMs),
      })),
    )
    .onConflict((conflict) => conflict.columns(['provider', 'external_id']).doNothing())
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** A file that is being copied. */
export async function findCopy(db: Db, id: RecordingFileId) {
  return db
    .selectFrom('recording_files as file')
    .innerJoin('recordings', 'recordings.id', 'file.recording_id')
    .select(['file.id', 'file.name', 'file.upload_id as uploadId', 'file.recording_id as recordingId'])
    .select(['recordings.owner_id as ownerId', 'recordings.removed_at as removedAt'])
    .select([sql<string>`file.provider`.as('source'), sql<string>`file.external_id`.as('externalId')])
    .where('file.id', '=', id)
    .where('file.state', '=', 'copying')
    .where('file.source', '=', 'provider')
    .executeTakeFirst()
}

export type Copy = NonNullable<Awaited<ReturnType<typeof findCopy>>>

/** Where the bytes of a copy go from now on, or that they go nowhere; false where that was changed meanwhile. */
export async function setCopyUpload(
  tx: Db,
  { id, uploadId }: Pick<Copy, 'id' | 'uploadId'>,
  next: UploadId | null,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('recording_files')
    .set({ upload_id: next })
    .where('id', '=', id)
    .where('state', '=', 'copying')
    .where(sql<SqlBool>`upload_id is not distinct from ${uploadId}`)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** What is the matter with a copy, and whether it is given up. */
export async function noteCopy(
  db: Db,
  id: RecordingFileId,
  { state, problem }: { state: 'copying' | 'failed'; problem: string | null },
): Promise<void> {
  await db
    .updateTable('recording_files')
    .set({ state, problem })
    .where('id', '=', id)
    .where('state', '=', 'copying')
    .where(sql<SqlBool>`(state, problem) is distinct from (${state}, ${problem})`)
    .execute()
}

/** All bytes of a copy are there. */
export async function finishCopy(
  tx: Db,
  { id, uploadId }: { id: RecordingFileId; uploadId: UploadId },
  state: 'preparing' | 'ready',
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('recording_files')
    .set({ state, problem: null })
    .where('id', '=', id)
    .where('upload_id', '=', uploadId)
    .where('state', '=', 'copying')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
