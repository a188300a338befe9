import { randomUUID } from 'node:crypto'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { type Storage, StorageFull, TooManyBytes } from '../storage/storage.ts'
import { endWriting, findUpload, noteReceived, takeWriting, type UploadRecord } from './store.ts'

/**
 * Does something with an open upload as the only one who writes to it. `offset` is how many bytes it has to have.
 * @throws NOT_FOUND, UPLOAD_COMPLETE, UPLOAD_OFFSET, UPLOAD_BUSY
 */
export async function asWriter<Result>(
  db: Db,
  { id, offset }: { id: UploadRecord['id']; offset?: number },
  work: (writer: string) => Promise<Result>,
): Promise<Result> {
  const writer = randomUUID()
  if (!(await takeWriting(db, { id, writer, offset }))) {
    const now = await findUpload(db, id)
    if (now === undefined) throw new ApiError('NOT_FOUND')
    if (now.completedAt !== null) throw new ApiError('UPLOAD_COMPLETE')
    if (offset !== undefined && now.receivedBytes !== offset) throw new ApiError('UPLOAD_OFFSET')
    throw busy()
  }
  try {
    return await work(writer)
  } finally {
    await endWriting(db, id, writer)
  }
}

export function busy(): ApiError {
  return new ApiError('UPLOAD_BUSY', { retryAfterMs: 2_000 })
}

/**
 * Takes bytes from an offset on, and notes in the database what the storage keeps for good. Returns how many there are then.
 * @throws what `asWriter` does; TOO_LARGE, STORAGE_FULL
 */
export async function receive(
  { db, storage }: { db: Db; storage: Storage },
  { upload, offset, body }: { upload: UploadRecord; offset: number | 'anew'; body: AsyncIterable<Uint8Array> },
): Promise<number> {
  const { id, sizeBytes: size } = upload
  const from = offset === 'anew' ? 0 : offset
  return asWriter(db, offset === 'anew' ? { id } : { id, offset }, async (writer) => {
    let kept = from
    try {
      for await (kept of storage.append(id, { offset: from, size, body })) {
        if (!(await noteReceived(db, id, writer, kept))) throw busy()
      }
    } catch (error) {
      if (error instanceof StorageFull) throw new ApiError('STORAGE_FULL', { cause: error })
      if (error instanceof TooManyBytes) throw new ApiError('TOO_LARGE', { message: error.message })
      throw error
    }
    // The storage has less than the database knew of, such as after it was restored.
    if (kept < from) throw new ApiError('UPLOAD_OFFSET')
    return kept
  })
}
