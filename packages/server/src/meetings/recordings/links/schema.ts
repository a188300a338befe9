import { z } from 'zod'
import { idempotencyKey, recordingId, recordingLinkId } from '../../../ids.ts'
import { pageInput, pageOf } from '../../../page.ts'
import { text } from '../../../text.ts'

/** Of one recording, those that were revoked left out. */
export const maxLinks = 200

export const recordingLink = z
  .object({
    id: recordingLinkId,
    recordingId,
    name: text({ max: 100 }).describe('A name to tell it by, for the owner.'),
    hasPassword: z.boolean().describe('Whether it asks for a password of its own.'),
    expiresAt: z.date().nullable().describe('When it stops working; null for never.'),
    maxViews: z.int().nullable().describe('How often it can be opened; null for any number.'),
    views: z.int().describe('How often it was opened.'),
    mayDownload: z.boolean().describe('Whether files may be downloaded by it, not only played.'),
    revokedAt: z.date().nullable().describe('When it was revoked; null where it was not.'),
    createdAt: z.date(),
  })
  .meta({ id: 'RecordingLink', description: 'A link to a recording, without its secret.' })

export const createInput = z.object({
  recordingId,
  name: text({ min: 1, max: 100, visible: true }).describe('A name to tell it by, 1 to 100 characters.'),
  password: text({ min: 4, max: 200 })
    .optional()
    .describe('A password of its own, 4 to 200 characters, on top of that of the recording.'),
  expiresAt: z
    .date()
    .refine((at) => at.getTime() > Date.now(), { error: 'is to come' })
    .optional()
    .describe('When it stops working. Left out, never.'),
  maxViews: z.int().min(1).max(1_000_000).optional().describe('How often it can be opened. Left out, any number.'),
  mayDownload: z.boolean().default(false).describe('Whether files may be downloaded by it, not only played.'),
  idempotencyKey,
})

export const createdLink = z
  .object({
    link: recordingLink,
    url: z
      .string()
      .describe('The address to hand on: its secret is behind the `#`, which no server is sent. Shown this once.'),
  })
  .meta({ id: 'CreatedRecordingLink', description: 'A new link with its address.' })

export const revokeInput = z.object({ linkId: recordingLinkId })

export const listInput = z.object({ recordingId, ...pageInput })

export const linkPage = pageOf(recordingLink)
