import { z } from 'zod'
import { uploadId } from '../../ids.ts'
import { fileKind, fileName, mediaType, pixels } from '../../uploads/schema.ts'

export const maxAttachments = 10

export const attachment = z
  .object({
    kind: fileKind,
    name: fileName.describe('Name of the file; empty where none was given.'),
    type: z.string().max(100).nullable().describe('Media type; null where none was given.'),
    sizeBytes: z.int().min(1).nullable().describe('Of uploads; null for addresses elsewhere.'),
    width: pixels.nullable().describe('Of pictures; null for other files.'),
    height: pixels.nullable().describe('Of pictures; null for other files.'),
    url: z
      .string()
      .max(2_000)
      .describe(
        'Where it is: of uploads below the address of the server, for who may see the message; else elsewhere.',
      ),
    uploadId: uploadId.nullable().describe('null for addresses elsewhere.'),
  })
  .meta({ id: 'Attachment', description: 'A picture or another file that comes with a message.' })

const url = z
  .string()
  .max(2_000, { abort: true })
  .refine(isHttps, { error: 'is an address that begins with https://, without a password' })
  .describe('Address, https://..., up to 2,000 characters. The server does not look at what is there.')

function isHttps(address: string): boolean {
  if (!/^https:\/\/[^\s\\]+$/i.test(address) || !URL.canParse(address)) return false
  const { username, password } = new URL(address)
  return username === '' && password === ''
}

const elsewhere = { url, name: fileName.optional(), type: mediaType.optional() }

export const newAttachment = z
  .union(
    [
      z.strictObject({ uploadId: uploadId.describe('A complete upload of yours.') }),
      z.strictObject({ ...elsewhere, kind: z.enum(['image', 'gif']), width: pixels, height: pixels }),
      z.strictObject({ ...elsewhere, kind: z.literal('file') }),
    ],
    { error: 'Give { uploadId }, or { url, kind, ... } with width and height for pictures.' },
  )
  .meta({ id: 'NewAttachment', description: 'What is to come with a message: an upload, or an address elsewhere.' })

export type NewAttachment = z.infer<typeof newAttachment>

export const newAttachments = z
  .array(newAttachment)
  .check((check) => {
    if (check.value.length <= maxAttachments) return
    const message = `has at most ${maxAttachments} items`
    check.issues.push({ code: 'custom', input: check.value, message, params: { code: 'TOO_MANY_ATTACHMENTS' } })
  })
  .meta({ maxItems: maxAttachments })
  .optional()
  .describe('Pictures and other files, up to 10. With them the text may be left out.')
