import { z } from 'zod'
import type { Db } from '../../../db/connect.ts'
import { type RecordingFileId, recordingFileId } from '../../../ids.ts'
import { enqueue } from '../../../jobs/enqueue.ts'
import { longWork } from '../preparing/soon.ts'

export const copyTask = 'recordings.copy'

/** Over about two days. */
export const maxTries = 16

export const copyPayload = z.object({
  fileId: recordingFileId,
  /** The provider's name of the room, in whose list the file is. */
  room: z.string(),
  /** How often all bytes were there and were not what they had to be. */
  spoilt: z.number().default(0),
})

export const copyKey = (fileId: RecordingFileId) => `copy:${fileId}`

/** Has a file copied from its provider after the commit, or gone on with. */
export function copySoon(db: Db, given: z.input<typeof copyPayload>, runAt?: Date): Promise<void> {
  const { fileId } = given
  const options = { key: copyKey(fileId), queue: longWork, maxAttempts: maxTries }
  return enqueue(db, copyTask, given, { ...options, ...(runAt !== undefined && { runAt }) })
}
