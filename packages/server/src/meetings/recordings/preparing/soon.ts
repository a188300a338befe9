import type { Db } from '../../../db/connect.ts'
import type { RecordingFileId } from '../../../ids.ts'
import { enqueue } from '../../../jobs/enqueue.ts'

/** Long work on recordings is done one by one, over all instances: other jobs always find a worker. */
export const longWork = 'recordings'

export const maxTries = 5

export const prepareKey = (fileId: RecordingFileId) => `prepare:${fileId}`

/** Has a file prepared after the commit. */
export function prepareSoon(db: Db, fileId: RecordingFileId): Promise<void> {
  const options = { key: prepareKey(fileId), queue: longWork, maxAttempts: maxTries }
  return enqueue(db, 'recordings.prepare', { fileId }, options)
}
