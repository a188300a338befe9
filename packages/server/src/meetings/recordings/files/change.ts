import type { Db } from '../../../db/connect.ts'
import { ApiError } from '../../../errors.ts'
import { newId, type RecordingFileId, type RecordingId, type UploadId, type UserId } from '../../../ids.ts'
import { removeSoon } from '../../../uploads/remove.ts'
import { findUploads } from '../../../uploads/store.ts'
import { holdUploads, keepUploads, releaseUploads } from '../../../uploads/uses/store.ts'
import { prepareSoon } from '../preparing/soon.ts'
import { maxFiles } from '../schema.ts'
import { areFiles, countFiles, deleteFiles, insertFiles, noteFilled } from './store.ts'

/**
 * Adds complete uploads of the owner to a recording that is locked.
 * @throws UPLOAD_UNKNOWN, UPLOAD_INCOMPLETE, UPLOAD_IN_USE, NOT_MEDIA, TOO_MANY_FILES
 */
export async function addUploads(
  tx: Db,
  { recordingId, ownerId }: { recordingId: RecordingId; ownerId: UserId },
  uploadIds: readonly UploadId[],
): Promise<void> {
  const ids = [...new Set(uploadIds)]
  if (ids.length === 0) return
  const refuse = (code: ConstructorParameters<typeof ApiError>[0]) => new ApiError(code, { field: 'addUploads' })
  const complete = await holdUploads(tx, ids)
  const own = (await findUploads(tx, ids)).filter((upload) => upload.ownerId === ownerId)
  if (own.length < ids.length) throw refuse('UPLOAD_UNKNOWN')
  if (own.some(({ id }) => !complete.has(id))) throw refuse('UPLOAD_INCOMPLETE')
  if (own.some(({ type }) => !isMedia(type))) throw refuse('NOT_MEDIA')
  if (await areFiles(tx, ids)) throw refuse('UPLOAD_IN_USE')
  const byId = new Map(own.map((upload) => [upload.id, upload]))
  const now = Date.now()
  const files = ids.flatMap((id, at) => {
    const upload = byId.get(id)
    if (upload === undefined) return []
    const state = needsPreparing(upload.type) ? ('preparing' as const) : ('ready' as const)
    return [{ id: newId('recordingFile', now + at), recordingId, uploadId: id, name: upload.name, state }]
  })
  await insertFiles(tx, files)
  if ((await countFiles(tx, recordingId)) > maxFiles) throw refuse('TOO_MANY_FILES')
  await keepUploads(tx, ids)
  await noteFilled(tx, recordingId)
  for (const { id } of files) await prepareSoon(tx, id)
}

/**
 * Removes files of a recording that is locked, for good.
 * @throws NOT_FOUND
 */
export async function removeFiles(tx: Db, recordingId: RecordingId, given: readonly RecordingFileId[]): Promise<void> {
  const ids = [...new Set(given)]
  if (ids.length === 0) return
  const before = await countFiles(tx, recordingId)
  const uploads = await deleteFiles(tx, recordingId, ids)
  if (before - (await countFiles(tx, recordingId)) < ids.length) {
    throw new ApiError('NOT_FOUND', { field: 'removeFiles', message: 'The recording has no such file.' })
  }
  await noteFilled(tx, recordingId)
  await releaseUploads(tx, uploads)
  await removeSoon(tx)
}

export function isMedia(type: string): boolean {
  return /^(audio|video)\//.test(type) || type === 'application/ogg'
}

/** What browsers record has neither duration nor seek points. */
export function needsPreparing(type: string): boolean {
  return /^(audio|video)\/(webm|matroska|x-matroska)$/.test(type)
}
