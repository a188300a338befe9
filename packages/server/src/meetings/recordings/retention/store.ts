import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import type { RecordingFileId, RecordingId, UploadId, UserId } from '../../../ids.ts'
import { restorableFor } from '../store.ts'

/** Removes recordings whose newest file is older; how many. */
export async function removeOld(db: Db, days: number, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update recordings set removed_at = now(), modified_at = now()
    where id = any(array(
      select id from recordings where filled_at < now() - ${days} * interval '1 day' and removed_at is null
      order by filled_at limit ${limit} for update skip locked
    ))`.execute(db)
  return Number(numAffectedRows)
}

/** Recordings after one that cannot be restored any more, in the order of their ids. */
export async function overdueRecordings(db: Db, after: string, limit: number): Promise<RecordingId[]> {
  const rows = await db
    .selectFrom('recordings')
    .select('id')
    .where('removed_at', '<=', sql<Date>`now() - ${restorableFor}`)
    .where('id', '>', after as RecordingId)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** Locks recordings until the end of the transaction, to delete them; which of them there are. */
export async function lockToDelete(tx: Db, which: { id: RecordingId } | { ownerId: UserId }): Promise<RecordingId[]> {
  const some = tx.selectFrom('recordings').select('id')
  const query =
    'id' in which
      ? some.where('id', '=', which.id).where('removed_at', '<=', sql<Date>`now() - ${restorableFor}`)
      : some.where('owner_id', '=', which.ownerId)
  const rows = await query.orderBy('id').forUpdate().execute()
  return rows.map(({ id }) => id)
}

/** Deletes some of the audit of a recording; how much. */
export async function deleteSomeViews(db: Db, id: RecordingId, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from recording_views
    where id = any(array(select id from recording_views where recording_id = ${id} order by id limit ${limit}))`.execute(
    db,
  )
  return Number(numAffectedRows)
}

/** Deletes recordings that are locked, with all that belongs to them; returns the uploads that they showed. */
export async function deleteRecordings(tx: Db, ids: readonly RecordingId[]): Promise<UploadId[]> {
  if (ids.length === 0) return []
  const these = sql<SqlBool>`recording_id = any(${[...ids]}::text[])`
  await tx.deleteFrom('recording_views').where(these).execute()
  await tx.deleteFrom('recording_viewers').where(these).execute()
  await tx.deleteFrom('recording_links').where(these).execute()
  await tx.deleteFrom('recording_copies').where(these).execute()
  const files = await tx.deleteFrom('recording_files').where(these).returning('upload_id as uploadId').execute()
  await tx
    .deleteFrom('recordings')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return files.flatMap(({ uploadId }) => uploadId ?? [])
}

/** Deletes what others shared with somebody, and the audit of what they watched. */
export async function deleteSeenBy(tx: Db, userId: UserId): Promise<void> {
  await tx.deleteFrom('recording_viewers').where('user_id', '=', userId).execute()
  await tx.deleteFrom('recording_views').where('user_id', '=', userId).execute()
}

/** Files after one that are not ready and that no job works at, in the order of their ids. */
export function stuckFiles(db: Db, after: string, limit: number) {
  return db
    .selectFrom('recording_files as file')
    .innerJoin('recordings', 'recordings.id', 'file.recording_id')
    .leftJoin('meetings', 'meetings.id', 'recordings.meeting_id')
    .select(['file.id', 'file.state', 'meetings.external_id as room'])
    .where('file.id', '>', after as RecordingFileId)
    .where(sql<SqlBool>`file.state in ('copying', 'preparing')`)
    .where('recordings.removed_at', 'is', null)
    .where(
      sql<SqlBool>`not exists (select from graphile_worker.jobs where key = case file.state
        when 'copying' then 'copy:' else 'prepare:' end || file.id and attempts < max_attempts)`,
    )
    .orderBy('file.id')
    .limit(limit)
    .execute()
}
