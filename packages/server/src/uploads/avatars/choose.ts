import type { Db } from '../../db/connect.ts'
import { ApiError, type ErrorCode } from '../../errors.ts'
import type { UploadId, UserId } from '../../ids.ts'
import { removeSoon } from '../remove.ts'
import { findUploads } from '../store.ts'
import { isPicture } from '../types.ts'
import { holdUploads, keepUploads } from '../uses/store.ts'
import { type Portrayed, setAvatar } from './store.ts'

const maxBytes = 5 * 1_048_576

/**
 * Gives somebody or a room, which have to be locked, an upload of a user as avatar, or takes it away.
 * @throws UPLOAD_UNKNOWN, UPLOAD_INCOMPLETE, AVATAR_UNFIT
 */
export async function chooseAvatar(tx: Db, whose: Portrayed, ownerId: UserId, avatar: UploadId | null): Promise<void> {
  if (avatar !== null) {
    const [upload] = await findUploads(tx, [avatar])
    if (upload?.ownerId !== ownerId) refuse('UPLOAD_UNKNOWN')
    if (upload.completedAt === null) refuse('UPLOAD_INCOMPLETE')
    if (!isPicture(upload.type) || upload.sizeBytes > maxBytes) refuse('AVATAR_UNFIT')
    if (!(await holdUploads(tx, [avatar])).has(avatar)) refuse('UPLOAD_UNKNOWN')
  }
  if (await setAvatar(tx, whose, avatar)) await removeSoon(tx)
  if (avatar !== null) await keepUploads(tx, [avatar])
}

function refuse(code: ErrorCode): never {
  throw new ApiError(code, { field: 'avatar' })
}
