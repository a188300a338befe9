import type { UploadId, UserId } from '../../ids.ts'
import { labelOf } from '../../uploads/names.ts'
import { mediaPath } from '../../uploads/schema.ts'
import type { UploadRecord } from '../../uploads/store.ts'
import { kindOf } from '../../uploads/types.ts'
import type { AttachmentRecord } from '../store.ts'
import { maxAttachments, type NewAttachment } from './schema.ts'

export type AttachmentRefusal = 'TOO_MANY_ATTACHMENTS' | 'UPLOAD_UNKNOWN' | 'UPLOAD_INCOMPLETE'

/** What a message of a sender shows of the attachments that it is given, or why it cannot have them. */
export function resolveAttachments(
  senderId: UserId,
  given: readonly NewAttachment[],
  uploads: readonly UploadRecord[],
): AttachmentRecord[] | AttachmentRefusal {
  const ids = uploadsAmong(given)
  if (given.length > maxAttachments || new Set(ids).size < ids.length) return 'TOO_MANY_ATTACHMENTS'
  const own = new Map(uploads.filter(({ ownerId }) => ownerId === senderId).map((upload) => [upload.id, upload]))
  const mine = ids.map((id) => own.get(id))
  if (mine.includes(undefined)) return 'UPLOAD_UNKNOWN'
  if (mine.some((upload) => upload?.completedAt === null)) return 'UPLOAD_INCOMPLETE'
  return given.flatMap((one) => ('uploadId' in one ? ofUpload(own.get(one.uploadId)) : ofAddress(one)))
}

/** The uploads that attachments are to show. */
export function uploadsAmong(given: readonly NewAttachment[]): UploadId[] {
  return given.flatMap((one) => ('uploadId' in one ? one.uploadId : []))
}

function ofUpload(upload: UploadRecord | undefined): AttachmentRecord[] {
  if (upload === undefined) return []
  const { id, name, type, sizeBytes, width, height } = upload
  return [{ kind: kindOf(type), name, type, sizeBytes, width, height, url: `${mediaPath}/${id}`, uploadId: id }]
}

function ofAddress(given: Exclude<NewAttachment, { uploadId: UploadId }>): AttachmentRecord[] {
  const { kind, url, name = '', type = null } = given
  const size = given.kind === 'file' ? { width: null, height: null } : { width: given.width, height: given.height }
  return [{ kind, name: name && labelOf(name), type, sizeBytes: null, ...size, url, uploadId: null }]
}
