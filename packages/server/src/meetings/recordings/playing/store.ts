import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import type { RecordingFileId, RecordingId, RecordingLinkId, RecordingViewId, UserId } from '../../../ids.ts'

/** How long the addresses of a player work. */
export const playableMs = 12 * 3_600_000

/** The files of a recording that can be played, in their order. */
export async function playableFiles(db: Db, recordingId: RecordingId) {
  const rows = await db
    .selectFrom('recording_files as file')
    .innerJoin('uploads', 'uploads.id', 'file.upload_id')
    .select(['file.id as fileId', 'file.name', 'uploads.type', 'uploads.size_bytes as sizeBytes'])
    .select('file.duration_ms as durationMs')
    .where('file.recording_id', '=', recordingId)
    .where('uploads.completed_at', 'is not', null)
    .orderBy('file.id')
    .execute()
  return rows.map(({ sizeBytes, durationMs, ...row }) => ({
    ...row,
    sizeBytes: Number(sizeBytes),
    durationMs: durationMs === null ? null : Number(durationMs),
  }))
}

export interface NewView {
  id: RecordingViewId
  recordingId: RecordingId
  userId: UserId | null
  linkId: RecordingLinkId | null
  /** The device or key by which a user calls. */
  tokenId: string | null
  secretHash: Buffer
  /** Of the password that was given, which may be another one by now. */
  lock: number
}

/** Notes that somebody opened a recording; when, or undefined where it was removed meanwhile. */
export async function insertView(tx: Db, view: NewView): Promise<Date | undefined> {
  const { rows } = await sql<{ openedAt: Date }>`
    insert into recording_views (id, recording_id, user_id, link_id, token_id, secret_hash, lock)
    select ${view.id}, id, ${view.userId}, ${view.linkId}, ${view.tokenId}, ${view.secretHash}, ${view.lock}
    from recordings where id = ${view.recordingId} and removed_at is null
    returning opened_at as "openedAt"`.execute(tx)
  return rows[0]?.openedAt
}

/** Since when a device has to have been used, and been made, to be signed in still. */
export interface AliveSince {
  seenAfter: Date
  createdAfter: Date
}

/** Whoever called by a device or key that is gone is signed out. */
const isSignedIn = ({ seenAfter, createdAfter }: AliveSince) => sql<SqlBool>`(view.token_id is null
  or exists (
    select from devices where id = view.token_id and last_seen_at >= ${seenAfter} and created_at >= ${createdAfter}
  )
  or exists (select from api_keys where id = view.token_id and (expires_at is null or expires_at > now())))`

const byUser = (since: AliveSince) => sql<SqlBool>`(view.user_id is not null and ${isSignedIn(since)}
  and exists (select from users where id = view.user_id and removed_at is null)
  and (recordings.owner_id = view.user_id or recordings.visibility = 'members' or viewer.viewer is not null))`

const byLink = sql<SqlBool>`(view.link_id is not null and recordings.visibility = 'link' and link.revoked_at is null
  and (link.expires_at is null or link.expires_at > now()))`

/** Whoever watches knows the password that it has now; the owner needs none. */
const isUnlocked = sql<SqlBool>`(view.lock = recordings.lock or coalesce(recordings.owner_id = view.user_id, false))`

/**
 * What a view gives of a file at this time; undefined where it gives nothing any more. The secret of the view is still to be
 * compared.
 */
export async function findPlaying(
  db: Db,
  { viewId, fileId, since }: { viewId: RecordingViewId; fileId: RecordingFileId; since: AliveSince },
) {
  const row = await db
    .selectFrom('recording_views as view')
    .innerJoin('recordings', 'recordings.id', 'view.recording_id')
    .innerJoin('recording_files as file', 'file.recording_id', 'recordings.id')
    .innerJoin('uploads', 'uploads.id', 'file.upload_id')
    .leftJoin('recording_links as link', 'link.id', 'view.link_id')
    .leftJoin('recording_viewers as viewer', (join) =>
      join.onRef('viewer.recording_id', '=', 'recordings.id').onRef('viewer.viewer', '=', 'view.user_id'),
    )
    .select(['view.secret_hash as secretHash', 'uploads.id as uploadId', 'uploads.type', 'file.name'])
    .select('uploads.size_bytes as sizeBytes')
    .select(
      sql<boolean>`coalesce(recordings.owner_id = view.user_id, false) or coalesce(link.may_download, false)
        or coalesce(viewer.may_download, false)
        or (view.user_id is not null and recordings.visibility = 'members' and recordings.members_download)`.as(
        'mayDownload',
      ),
    )
    .where('view.id', '=', viewId)
    .where('file.id', '=', fileId)
    .where('recordings.removed_at', 'is', null)
    .where('uploads.completed_at', 'is not', null)
    .where('view.opened_at', '>', sql<Date>`now() - ${playableMs} * interval '1 millisecond'`)
    .where(sql<SqlBool>`(${byUser(since)} or ${byLink})`)
    .where(isUnlocked)
    .executeTakeFirst()
  return row && { ...row, sizeBytes: Number(row.sizeBytes) }
}

export interface Sent {
  viewId: RecordingViewId
  fileId: RecordingFileId
  bytes: number
  /** From the first byte of each part to the one after its last. */
  parts: readonly (readonly [from: number, to: number])[]
  isDownload: boolean
}

/** Notes what went out in a view. */
export async function noteSent(db: Db, { viewId, fileId, bytes, parts, isDownload }: Sent): Promise<void> {
  const seen = `{${parts.map(([from, to]) => `[${from},${to})`).join(',')}}`
  await sql`with view as (
      update recording_views set last_at = now(), sent_bytes = sent_bytes + ${bytes}::bigint,
        downloads = downloads + ${isDownload ? 1 : 0}
      where id = ${viewId} returning id
    )
    insert into recording_view_parts as known (view_id, file_id, seen)
    select view.id, file.id, ${seen}::int8multirange from view join recording_files file on file.id = ${fileId}
    on conflict (view_id, file_id) do update set seen = known.seen + excluded.seen`.execute(db)
}
