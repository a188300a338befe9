import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import type { RecordingId, UserId } from '../../../ids.ts'
import type { Invitee } from '../../invitations/store.ts'

export const viewerColumns = [
  ...(['viewer', 'user_id as userId', 'email', 'may_download as mayDownload', 'shared_at as sharedAt'] as const),
] as const

interface Share {
  recordingId: RecordingId
  sharedBy: UserId
  viewers: readonly Invitee[]
  mayDownload: boolean
}

/** Shares a recording with people, also again with another permission; returns those who are new. */
export async function shareWith(tx: Db, { recordingId, sharedBy, viewers, mayDownload }: Share): Promise<string[]> {
  const rows = await tx
    .insertInto('recording_viewers')
    .values(
      viewers.map(({ invitee, userId, email }) => ({
        ...{ recording_id: recordingId, viewer: invitee, user_id: userId, email },
        ...{ may_download: mayDownload, shared_by: sharedBy },
      })),
    )
    .onConflict((conflict) => conflict.columns(['recording_id', 'viewer']).doUpdateSet({ may_download: mayDownload }))
    .returning(['viewer', sql<boolean>`xmax = 0`.as('isNew')])
    .execute()
  return rows.flatMap(({ viewer, isNew }) => (isNew ? viewer : []))
}

export async function deleteViewers(tx: Db, recordingId: RecordingId, viewers: readonly string[]): Promise<void> {
  await tx
    .deleteFrom('recording_viewers')
    .where('recording_id', '=', recordingId)
    .where((eb) => eb('viewer', '=', eb.fn.any(eb.val([...viewers]))))
    .execute()
}

export async function countViewers(db: Db, recordingId: RecordingId): Promise<number> {
  const row = await db
    .selectFrom('recording_viewers')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('recording_id', '=', recordingId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** These viewers of a recording. */
export function findViewers(db: Db, recordingId: RecordingId, viewers: readonly string[]) {
  return db
    .selectFrom('recording_viewers')
    .select(viewerColumns)
    .where('recording_id', '=', recordingId)
    .where((eb) => eb('viewer', '=', eb.fn.any(eb.val([...viewers]))))
    .orderBy('viewer')
    .execute()
}

/** Whom a recording is shared with by name, after one where given. */
export function listViewers(
  db: Db,
  recordingId: RecordingId,
  { after, limit }: { after: string | undefined; limit: number },
) {
  let query = db.selectFrom('recording_viewers').select(viewerColumns).where('recording_id', '=', recordingId)
  if (after !== undefined) query = query.where('viewer', '>', after)
  return query.orderBy('viewer').limit(limit).execute()
}

/** What was shared with an address becomes shared with the user who has proven to own it. */
export async function claimShares(tx: Db, userId: UserId, emailKey: string): Promise<void> {
  await sql`with claimed as (
      delete from recording_viewers where viewer = ${emailKey} and email is not null
      returning recording_id, may_download, shared_by, shared_at
    )
    insert into recording_viewers as known (recording_id, viewer, user_id, may_download, shared_by, shared_at)
    select recording_id, ${userId}, ${userId}, may_download, shared_by, shared_at from claimed
    on conflict (recording_id, viewer) do update set may_download = known.may_download or excluded.may_download`.execute(
    tx,
  )
}
