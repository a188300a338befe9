import type { Db } from '../../../db/connect.ts'
import { ApiError } from '../../../errors.ts'
import { type MeetingId, newId, type RecordingId, type UploadId, type UserId } from '../../../ids.ts'
import { finishCopy, noteCopy, setCopyUpload } from '../../../meetings/recordings/copying/store.ts'
import { needsPreparing } from '../../../meetings/recordings/files/change.ts'
import { areFiles, countFiles, deleteFiles, noteFilled } from '../../../meetings/recordings/files/store.ts'
import { prepareSoon } from '../../../meetings/recordings/preparing/soon.ts'
import { lockRecordingOf } from '../../../meetings/recordings/preparing/store.ts'
import { maxFiles } from '../../../meetings/recordings/schema.ts'
import { insertRecording, lockRecording } from '../../../meetings/recordings/store.ts'
import type { Storage } from '../../../storage/storage.ts'
import { complete } from '../../../uploads/complete.ts'
import { removeSoon } from '../../../uploads/remove.ts'
import { findUpload } from '../../../uploads/store.ts'
import { holdUploads, keepUploads, releaseUploads } from '../../../uploads/uses/store.ts'
import { abandonedUploads, findRecordingOf, findRoomFile, insertRoomFile, keepGrowing } from './store.ts'

interface Recorded {
  meetingId: MeetingId
  hostId: UserId
  title: string
  uploadId: UploadId
}

/**
 * Makes an upload that grows a file of the meeting's recording. Done again, it changes nothing.
 * @throws RECORDING_REMOVED, UPLOAD_UNKNOWN, UPLOAD_IN_USE, TOO_MANY_FILES
 */
export async function beginRecording(tx: Db, { meetingId, hostId, title, uploadId }: Recorded): Promise<void> {
  const recordingId = await recordingFor(tx, { meetingId, hostId, title })
  const now = await findRoomFile(tx, uploadId)
  if (now?.recordingId === recordingId) return
  const upload = await findUpload(tx, uploadId)
  const refuse = (code: ConstructorParameters<typeof ApiError>[0]) => new ApiError(code, { field: 'uploadId' })
  if (upload === undefined || !(await keepGrowing(tx, uploadId, hostId))) throw refuse('UPLOAD_UNKNOWN')
  if (await areFiles(tx, [uploadId])) throw refuse('UPLOAD_IN_USE')
  if ((await countFiles(tx, recordingId)) >= maxFiles) throw new ApiError('TOO_MANY_FILES')
  await insertRoomFile(tx, { id: newId('recordingFile'), recordingId, uploadId, name: upload.name })
}

/** The recording of a meeting, locked; made where there is none any more. */
async function recordingFor(tx: Db, { meetingId, hostId, title }: Omit<Recorded, 'uploadId'>): Promise<RecordingId> {
  const id = newId('recording')
  await insertRecording(tx, { id, meetingId, ownerId: hostId, title, passwordHash: null })
  const found = await findRecordingOf(tx, meetingId)
  if (found === undefined || (await lockRecording(tx, found.id)) === undefined) throw new ApiError('RECORDING_REMOVED')
  return found.id
}

interface Means {
  db: Db
  storage: Storage
}

/**
 * Completes what was recorded, with what has come of it; of what is gone meanwhile, or empty, nothing stays.
 * @throws UPLOAD_BUSY, and what storages throw: then it is tried again
 */
export async function endRecording({ db, storage }: Means, uploadId: UploadId): Promise<void> {
  const file = await findRoomFile(db, uploadId)
  if (file === undefined) return
  try {
    const { type } = await complete({ db, storage }, uploadId)
    await settle(db, { ...file, uploadId }, needsPreparing(type) ? 'preparing' : 'ready')
  } catch (error) {
    const code = error instanceof ApiError ? error.details.code : ''
    if (code === 'NOT_FOUND') return
    if (code === 'UPLOAD_TYPE') return giveUp(db, { ...file, uploadId })
    const isEmpty = code === 'UPLOAD_INCOMPLETE' && (await findRoomFile(db, uploadId))?.receivedBytes === 0n
    if (!isEmpty) throw error
    await discard(db, { ...file, uploadId })
  }
}

type RoomFile = Pick<NonNullable<Awaited<ReturnType<typeof findRoomFile>>>, 'id' | 'recordingId'> & {
  uploadId: UploadId
}

async function settle(db: Db, file: RoomFile, state: 'preparing' | 'ready'): Promise<void> {
  const { id, recordingId, uploadId } = file
  await db.transaction().execute(async (tx) => {
    if (!(await lockRecordingOf(tx, id)) || !(await holdUploads(tx, [uploadId])).has(uploadId)) return
    if (!(await finishCopy(tx, file, state))) return
    await keepUploads(tx, [uploadId])
    await noteFilled(tx, recordingId)
    await prepareSoon(tx, id)
  })
}

/** Nothing was recorded. */
async function discard(db: Db, { id, recordingId, uploadId }: RoomFile): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (!(await lockRecordingOf(tx, id))) return
    await deleteFiles(tx, recordingId, [id])
    await releaseUploads(tx, [uploadId])
    await removeSoon(tx)
  })
}

/** What was recorded is nothing that plays. */
async function giveUp(db: Db, { id, uploadId }: RoomFile): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (!(await lockRecordingOf(tx, id)) || !(await setCopyUpload(tx, { id, uploadId }, null))) return
    await noteCopy(tx, id, { state: 'failed', problem: 'What the browser sent is no recording.' })
    await releaseUploads(tx, [uploadId])
    await removeSoon(tx)
  })
}

const atATime = 20

/** Completes recordings whose browsers are gone. What fails is tried again the next time. */
export async function endAbandoned(means: Means, onFailure: (error: unknown) => void): Promise<void> {
  for (const uploadId of await abandonedUploads(means.db, atATime)) {
    await endRecording(means, uploadId).catch(onFailure)
  }
}
