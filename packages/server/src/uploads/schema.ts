import { z } from 'zod'
import { idempotencyKey, uploadId } from '../ids.ts'
import { text } from '../text.ts'

/** Where the bytes of an upload are read, and where they are sent to. */
export const mediaPath = '/media'
export const uploadsPath = '/uploads'

export const fileName = text({ max: 255 }).describe('Name of the file, up to 255 characters; a label, never a path.')

export const avatarUrl = z
  .string()
  .max(100)
  .nullable()
  .describe('Where the avatar is read, below the address of the server; null where there is none.')

/** The input field of what has an avatar. */
export const newAvatar = uploadId
  .nullable()
  .optional()
  .describe('A complete upload of yours: a picture of at most 5 MB. null takes the avatar away.')

/** A media type without parameters. */
export const mediaType = z
  .string()
  .max(100, { abort: true })
  .regex(/^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/i, { error: 'is a media type, such as image/png' })
  .toLowerCase()

export const fileKind = z
  .enum(['image', 'gif', 'file'])
  .meta({ open: true })
  .describe(
    '`image`: PNG, JPEG, WebP or AVIF. `gif`: a GIF. `file`: anything else, which is downloaded, never shown in place.',
  )

export const pixels = z.int().min(1).max(100_000)

export const upload = z
  .object({
    id: uploadId,
    name: fileName,
    type: z.string().max(100).describe('Media type: as announced, and once complete as it was found to be.'),
    kind: fileKind,
    sizeBytes: z.int().min(1).nullable().describe('null while it grows: that is known once it is complete.'),
    receivedBytes: z.int().min(0).describe('How many bytes the server has for good: go on from here.'),
    width: pixels.nullable().describe('Of pictures, once complete; else null.'),
    height: pixels.nullable().describe('Of pictures, once complete; else null.'),
    url: z.string().max(100).describe('Where it is read, below the address of the server.'),
    uploadUrl: z.string().max(100).describe('Where its bytes go by PUT or, in parts, by tus (HEAD and PATCH).'),
    createdAt: z.date().describe('When it was begun.'),
    completedAt: z.date().nullable().describe('When it was completed; null while it is open.'),
    expiresAt: z
      .date()
      .nullable()
      .describe('When it is removed unless something has happened to it; null while something uses it.'),
  })
  .meta({ id: 'Upload', description: 'A file of yours on the server, or on its way there.' })

export const begunUpload = upload
  .extend({
    signedUrl: z
      .string()
      .max(200)
      .describe(
        'Where all its bytes go by one PUT without a token, below the address of the server: for an hour, by whoever has it. ' +
          'Keep it out of logs.',
      ),
  })
  .meta({ id: 'BegunUpload', description: 'An upload that was just begun.' })

export const beginInput = z.object({
  name: text({ min: 1, max: 255 }).describe('Name of the file, 1 to 255 characters; a label, never a path.'),
  type: mediaType.describe('Media type, such as `image/png`; `application/octet-stream` where it is not known.'),
  sizeBytes: z
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe(
      'How many bytes there will be, exactly. Left out: it grows until `complete`, such as while it is recorded.',
    ),
  sha256: z
    .string()
    .length(64, { abort: true })
    .regex(/^[0-9a-f]+$/, { error: 'is 64 hexadecimal digits in lower case' })
    .optional()
    .describe('SHA-256 of the bytes as 64 hexadecimal digits; they are compared with it at the end.'),
  idempotencyKey,
})

export const uploadInput = z.object({ uploadId })
