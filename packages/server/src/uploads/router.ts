import { z } from 'zod'
import { requireAccess } from '../access.ts'
import { ApiError } from '../errors.ts'
import { once } from '../idempotency.ts'
import { newId } from '../ids.ts'
import { router, signedIn } from '../trpc.ts'
import { lockUser } from '../users/locks.ts'
import { complete } from './complete.ts'
import { labelOf } from './names.ts'
import { removeIfUnused } from './remove.ts'
import { beginInput, begunUpload, upload, uploadInput } from './schema.ts'
import { shown } from './shown.ts'
import { signedUrlOf } from './signed.ts'
import { findUpload, holdingsOf, insertUpload } from './store.ts'
import { releaseUploads } from './uses/store.ts'

const maxOpen = 20

export const uploadsRouter = router({
  begin: signedIn
    .meta({
      summary: 'Announce a file that you are going to upload.',
      description:
        'Its bytes go to `uploadUrl`, all at once by PUT or in parts by tus, and `uploads.complete` ends it; the SDK does all ' +
        'three by `client.uploads.upload`. Somebody without a token puts them to `signedUrl`. What is not gone on with is removed ' +
        'after 24 hours. `STORAGE_FULL`, `UPLOAD_BUSY`, `UPLOAD_COMPLETE`, `UPLOAD_OFFSET` and `SIGNATURE_INVALID` come from ' +
        'sending the bytes.',
      errors: [
        ...(['UPLOAD_TOO_LARGE', 'UPLOAD_QUOTA', 'TOO_MANY_UPLOADS', 'IDEMPOTENCY_KEY_REUSED'] as const),
        ...(['STORAGE_FULL', 'UPLOAD_BUSY', 'UPLOAD_COMPLETE', 'UPLOAD_OFFSET', 'SIGNATURE_INVALID'] as const),
      ],
    })
    .input(beginInput)
    .output(begunUpload)
    .mutation(async ({ ctx, input }) => {
      const begun = await once(ctx.db, { auth: ctx.auth, procedure: 'uploads.begin', input }, async (tx) => {
        const { maxBytes, quotaBytes } = ctx.uploadLimits
        const { name, type, sizeBytes: announced, sha256 } = input
        const ownerId = ctx.auth.userId
        if (announced !== undefined && announced > maxBytes) {
          const message = `A file has at most ${maxBytes.toLocaleString('en')} bytes.`
          throw new ApiError('UPLOAD_TOO_LARGE', { field: 'sizeBytes', message })
        }
        // One after the other, so that two at once do not both find room for themselves.
        if (!(await lockUser(tx, ownerId))) throw new ApiError('TOKEN_INVALID')
        const { bytes, open } = await holdingsOf(tx, ownerId)
        if (open >= maxOpen) throw new ApiError('TOO_MANY_UPLOADS')
        const sizeBytes = announced ?? Math.min(maxBytes, quotaBytes - bytes)
        if (sizeBytes < 1 || bytes + sizeBytes > quotaBytes) throw new ApiError('UPLOAD_QUOTA', { field: 'sizeBytes' })
        const digest = sha256 === undefined ? null : Buffer.from(sha256, 'hex')
        const growing = announced === undefined
        const row = { id: newId('upload'), ownerId, name: labelOf(name), type, sizeBytes, sha256: digest, growing }
        return shown(await insertUpload(tx, row))
      })
      return { ...begun, signedUrl: signedUrlOf(ctx.vault, begun) }
    }),

  complete: signedIn
    .meta({
      summary: 'End an upload whose bytes are all there.',
      description:
        'The bytes are looked at: `type` becomes what they are. One that grows ends with what has come. An upload that nothing uses within 24 hours is removed.',
      errors: ['NOT_FOUND', 'UPLOAD_INCOMPLETE', 'UPLOAD_BUSY', 'UPLOAD_OFFSET', 'UPLOAD_CHECKSUM', 'UPLOAD_TYPE'],
      idempotent: true,
    })
    .input(uploadInput)
    .output(upload)
    .mutation(async ({ ctx, input: { uploadId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'upload.own', [uploadId])
      return shown(await complete(ctx, uploadId))
    }),

  abort: signedIn
    .meta({
      summary: 'Remove an upload that nothing uses, complete or not.',
      errors: ['NOT_FOUND', 'UPLOAD_IN_USE'],
    })
    .input(uploadInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { uploadId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'upload.own', [uploadId])
      const found = await findUpload(ctx.db, uploadId)
      if (found === undefined) throw new ApiError('NOT_FOUND')
      if (found.dueAt === null) throw new ApiError('UPLOAD_IN_USE')
      await releaseUploads(ctx.db, [uploadId])
      // What goes wrong here is left to the sweep.
      await removeIfUnused(ctx.db, ctx.storage, uploadId).catch((error: unknown) =>
        ctx.log.warn({ err: error, uploadId }, 'an upload is not removed yet'),
      )
    }),
})
