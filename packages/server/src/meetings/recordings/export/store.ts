import type { Db } from '../../../db/connect.ts'
import type { RecordingId, RecordingViewId, UserId } from '../../../ids.ts'
import { linkColumns } from '../links/store.ts'
import { viewerColumns } from '../sharing/store.ts'
import { recordingColumns } from '../store.ts'

/** The recordings of somebody after one, in the order of their ids; also removed ones that can be restored. */
export async function recordingsAfter(db: Db, ownerId: UserId, after: string, limit: number) {
  const rows = await db
    .selectFrom('recordings')
    .select(recordingColumns)
    .where('owner_id', '=', ownerId)
    .where('id', '>', after as RecordingId)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, mayDownload: true }))
}

/** Whom recordings are shared with by name. */
export async function viewersOf(db: Db, ids: readonly RecordingId[]) {
  const rows = await db
    .selectFrom('recording_viewers')
    .select(['recording_id as recordingId', ...viewerColumns])
    .where((eb) => eb('recording_id', '=', eb.fn.any(eb.val([...ids]))))
    .orderBy('recording_id')
    .orderBy('viewer')
    .execute()
  return Map.groupBy(rows, ({ recordingId }) => recordingId)
}

/** The links to recordings, the newest first. */
export async function linksTo(db: Db, ids: readonly RecordingId[]) {
  const rows = await db
    .selectFrom('recording_links')
    .select(linkColumns)
    .where((eb) => eb('recording_id', '=', eb.fn.any(eb.val([...ids]))))
    .orderBy('recording_id')
    .orderBy('id', 'desc')
    .execute()
  return Map.groupBy(rows, ({ recordingId }) => recordingId)
}

/** What somebody watched, in the order of the views, after one. */
export async function viewsAfter(db: Db, userId: UserId, after: string, limit: number) {
  const rows = await db
    .selectFrom('recording_views')
    .select(['id as viewId', 'recording_id as recordingId', 'opened_at as openedAt', 'last_at as lastAt'])
    .select(['sent_bytes as sentBytes', 'downloads'])
    .where('user_id', '=', userId)
    .where('id', '>', after as RecordingViewId)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ sentBytes, ...row }) => ({ ...row, sentBytes: Number(sentBytes) }))
}
