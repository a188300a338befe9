import type { Db } from '../../../db/connect.ts'
import type { RecordingFileId, RecordingId, UserId } from '../../../ids.ts'
import { removeSoon } from '../../../uploads/remove.ts'
import { releaseUploads } from '../../../uploads/uses/store.ts'
import { copySoon } from '../copying/soon.ts'
import { noteCopy } from '../copying/store.ts'
import { removeAbandoned } from '../preparing/prepare.ts'
import { prepareSoon } from '../preparing/soon.ts'
import { deleteRecordings, deleteSomeViews, lockToDelete, overdueRecordings, removeOld, stuckFiles } from './store.ts'

const atATime = 200
const viewsAtATime = 1_000

/** What time takes: old recordings by setting, removed ones for good; and what was left half done is gone on with. */
export async function sweepRecordings(db: Db, days: number | undefined): Promise<void> {
  if (days !== undefined) while ((await removeOld(db, days, atATime)) === atATime);
  await eraseOverdue(db)
  await resume(db)
  await removeAbandoned()
}

async function eraseOverdue(db: Db): Promise<void> {
  const failures: unknown[] = []
  for (let after: string | undefined = ''; after !== undefined; ) {
    const ids: RecordingId[] = await overdueRecordings(db, after, atATime)
    for (const id of ids) await eraseRecording(db, id).catch((error: unknown) => failures.push(error))
    after = ids.at(-1)
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} recordings could not be erased.`)
}

async function eraseRecording(db: Db, id: RecordingId): Promise<void> {
  while ((await deleteSomeViews(db, id, viewsAtATime)) === viewsAtATime);
  await db.transaction().execute(async (tx) => erase(tx, await lockToDelete(tx, { id })))
}

async function erase(tx: Db, ids: readonly RecordingId[]): Promise<void> {
  const uploads = await deleteRecordings(tx, ids)
  if (uploads.length === 0) return
  await releaseUploads(tx, uploads)
  await removeSoon(tx)
}

/** Locks the recordings of somebody, before the row of the user is touched: whoever shares one has it, and then waits for users. */
export async function lockRecordingsOf(tx: Db, ownerId: UserId): Promise<void> {
  await lockToDelete(tx, { ownerId })
}

/** Deletes the recordings of somebody who is removed. */
export async function eraseRecordingsOf(tx: Db, ownerId: UserId): Promise<void> {
  await erase(tx, await lockToDelete(tx, { ownerId }))
}

/** Jobs end for good when processes are killed over them again and again, and recordings are restored whose jobs have ended. */
async function resume(db: Db): Promise<void> {
  for (let after: RecordingFileId | '' | undefined = ''; after !== undefined; ) {
    const files: Awaited<ReturnType<typeof stuckFiles>> = await stuckFiles(db, after, atATime)
    for (const { id: fileId, state, room } of files) {
      if (state === 'preparing') await prepareSoon(db, fileId)
      else if (room !== null) await copySoon(db, { fileId, room })
      else await noteCopy(db, fileId, { state: 'failed', problem: 'The room at the provider is gone.' })
    }
    after = files.at(-1)?.id
  }
}
