import type { z } from 'zod'
import { mediaPath, type upload, uploadsPath } from './schema.ts'
import type { UploadRecord } from './store.ts'
import { kindOf } from './types.ts'

/** An upload as its owner sees it. */
export function shown({
  ownerId: _,
  sha256: _hash,
  dueAt,
  growing,
  sizeBytes,
  ...row
}: UploadRecord): z.infer<typeof upload> {
  const { id, type } = row
  const addresses = { url: `${mediaPath}/${id}`, uploadUrl: `${uploadsPath}/${id}` }
  return { ...row, ...addresses, sizeBytes: growing ? null : sizeBytes, kind: kindOf(type), expiresAt: dueAt }
}
