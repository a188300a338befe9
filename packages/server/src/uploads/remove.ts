import type { Logger } from 'pino'
import type { Db } from '../db/connect.ts'
import type { UploadId } from '../ids.ts'
import { enqueue } from '../jobs/enqueue.ts'
import type { Storage } from '../storage/storage.ts'
import {
  deleteUpload,
  dueUploads,
  keepUploads,
  lockDue,
  noteLost,
  uploadExists,
  uploadsWithBytes,
} from './uses/store.ts'

const atATime = 500

/** Has the uploads that are past their time removed after the commit. */
export function removeSoon(db: Db): Promise<void> {
  return enqueue(db, 'uploads.remove', {}, { key: 'uploads.remove' })
}

/**
 * Removes an upload that is past its time, the bytes first: of one that is left half done the row stays, for the next time.
 * One that something uses after all is kept.
 */
export async function removeIfUnused(db: Db, storage: Storage, id: UploadId): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const isUsed = await lockDue(tx, id)
    if (isUsed === undefined) return
    if (isUsed) return keepUploads(tx, [id])
    await storage.remove(id)
    await deleteUpload(tx, id)
  })
}

/** Removes all that is past its time. What fails is tried again the next time, and keeps no other waiting. */
export async function removeDue(db: Db, storage: Storage): Promise<void> {
  const failures: unknown[] = []
  let after = ''
  for (;;) {
    const ids = await dueUploads(db, after, atATime)
    for (const id of ids) await removeIfUnused(db, storage, id).catch((error: unknown) => failures.push(error))
    const last = ids.at(-1)
    if (last === undefined) break
    after = last
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} uploads could not be removed.`)
}

/** The same, and then sees to it that storage and database have the same files. */
export async function sweepUploads(db: Db, storage: Storage, log: Logger): Promise<void> {
  await removeDue(db, storage)
  for await (const { key, isStored } of differences(storage.keys(), rowsOf(db))) {
    // Both were read a while ago: it is looked at anew.
    if (isStored) {
      if (!(await uploadExists(db, key))) await storage.remove(key)
    } else if ((await storage.size(key)) === undefined && (await noteLost(db, key))) {
      log.error({ uploadId: key }, 'the bytes of a file are missing in the storage')
    }
  }
}

async function* rowsOf(db: Db): AsyncGenerator<string> {
  let after = ''
  for (;;) {
    const ids = await uploadsWithBytes(db, after, atATime)
    yield* ids
    const last = ids.at(-1)
    if (last === undefined) return
    after = last
  }
}

/** The keys that only one of two ordered lists has: the storage, or the database. */
async function* differences(
  stored: AsyncIterable<string>,
  rows: AsyncIterable<string>,
): AsyncGenerator<{ key: string; isStored: boolean }> {
  const [files, known] = [stored[Symbol.asyncIterator](), rows[Symbol.asyncIterator]()]
  const next = async (list: AsyncIterator<string>) => {
    const { done, value } = await list.next()
    return done === true ? undefined : value
  }
  let [file, row] = [await next(files), await next(known)]
  while (file !== undefined || row !== undefined) {
    if (file === row) [file, row] = [await next(files), await next(known)]
    else if (row === undefined || (file !== undefined && file < row)) {
      yield { key: file ?? '', isStored: true }
      file = await next(files)
    } else {
      yield { key: row, isStored: false }
      row = await next(known)
    }
  }
}
