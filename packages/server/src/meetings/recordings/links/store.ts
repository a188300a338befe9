import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import type { RecordingId, RecordingLinkId, UserId } from '../../../ids.ts'

const columns = [
  ...(['id', 'recording_id as recordingId', 'name', 'expires_at as expiresAt', 'max_views as maxViews'] as const),
  ...(['views', 'may_download as mayDownload', 'revoked_at as revokedAt', 'created_at as createdAt'] as const),
] as const

const hasPassword = sql<boolean>`password_hash is not null`.as('hasPassword')

export const linkColumns = [...columns, hasPassword] as const

export interface NewLink {
  id: RecordingLinkId
  recordingId: RecordingId
  name: string
  secretHash: Buffer
  passwordHash: string | null
  expiresAt: Date | null
  maxViews: number | null
  mayDownload: boolean
  createdBy: UserId
}

export function insertLink(tx: Db, link: NewLink) {
  const { id, name } = link
  return tx
    .insertInto('recording_links')
    .values({
      ...{ id, name, recording_id: link.recordingId, secret_hash: link.secretHash, password_hash: link.passwordHash },
      ...{ expires_at: link.expiresAt, max_views: link.maxViews, may_download: link.mayDownload },
      created_by: link.createdBy,
    })
    .returning(linkColumns)
    .executeTakeFirstOrThrow()
}

export async function countLinks(db: Db, recordingId: RecordingId): Promise<number> {
  const row = await db
    .selectFrom('recording_links')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('recording_id', '=', recordingId)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** The links to a recording, the newest first. */
export function listLinks(
  db: Db,
  recordingId: RecordingId,
  { before, limit }: { before: RecordingLinkId | undefined; limit: number },
) {
  let query = db.selectFrom('recording_links').select(linkColumns).where('recording_id', '=', recordingId)
  if (before !== undefined) query = query.where('id', '<', before)
  return query.orderBy('id', 'desc').limit(limit).execute()
}

/** Which of these links lead to recordings of somebody. */
export async function linksOfOwner(
  db: Db,
  userId: UserId,
  ids: readonly RecordingLinkId[],
): Promise<RecordingLinkId[]> {
  const rows = await db
    .selectFrom('recording_links')
    .innerJoin('recordings', 'recordings.id', 'recording_links.recording_id')
    .select('recording_links.id')
    .where((eb) => eb('recording_links.id', '=', eb.fn.any(eb.val([...ids]))))
    .where('recordings.owner_id', '=', userId)
    .where('recordings.removed_at', 'is', null)
    .execute()
  return rows.map(({ id }) => id)
}

export async function revokeLink(db: Db, id: RecordingLinkId): Promise<void> {
  await db
    .updateTable('recording_links')
    .set({ revoked_at: sql`now()` })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .execute()
}

/** A link that leads somewhere, with what it takes to open it; its secret is still to be compared. */
export function findLink(db: Db, id: RecordingLinkId) {
  return db
    .selectFrom('recording_links as link')
    .innerJoin('recordings', 'recordings.id', 'link.recording_id')
    .select([
      ...(['link.recording_id as recordingId', 'link.secret_hash as secretHash'] as const),
      ...(['link.password_hash as linkPassword', 'recordings.password_hash as recordingPassword'] as const),
      ...([
        'link.expires_at as expiresAt',
        'link.may_download as mayDownload',
        'recordings.title',
        'recordings.lock',
      ] as const),
    ])
    .select(sql<boolean>`coalesce(link.views >= link.max_views, false)`.as('isUsedUp'))
    .where('link.id', '=', id)
    .where('link.revoked_at', 'is', null)
    .where('recordings.removed_at', 'is', null)
    .where('recordings.visibility', '=', 'link')
    .executeTakeFirst()
}

/** Counts an opening of a link; false where it was opened as often as it can be. */
export async function takeView(tx: Db, id: RecordingLinkId): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('recording_links')
    .set({ views: sql`views + 1` })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('max_views', 'is', null), eb('views', '<', eb.ref('max_views'))]))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
