import { z } from 'zod'
import { idempotencyKey, labelId, trackId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'
import { period } from '../periods/month.ts'

export const maxShares = 100

/** What files and other systems name a track by. */
export const trackExternalId = text({ min: 1, max: 200, visible: true, line: true }).describe(
  'What your files name it by, 1 to 200 characters, taken as it is.',
)

const title = text({ min: 1, max: 500, visible: true, line: true }).describe('Title, 1 to 500 characters.')

/** An International Standard Recording Code, with or without hyphens. */
export const isrc = z
  .string()
  .max(20)
  .toUpperCase()
  .overwrite((code) => code.replace(/[-\s]/g, ''))
  .regex(/^[A-Z]{2}[A-Z0-9]{3}\d{7}$/, { error: 'is a code such as GB-AYE-67-00001' })
  .describe('International Standard Recording Code, in any case, with or without hyphens.')

export const share = z
  .object({
    labelId,
    sharePpm: z.int().min(1).max(1_000_000).describe('Which part of it they get, in millionths: 500,000 is a half.'),
  })
  .meta({ id: 'RightsShare', description: 'The part of a track that a label or another holder of rights gets.' })

const shares = z.array(share).max(maxShares)

const rights = z
  .object({
    from: period.describe('From this period on, until the next from which something else was set.'),
    shares: shares.describe('Who gets which part. What is missing to 1,000,000 is suspended.'),
  })
  .meta({ id: 'Rights', description: 'Who gets which part of a track from a period on.' })

const rightsInForce = z.object({ ...share.shape, from: period.describe('Since which period.') }).meta({
  id: 'RightInForce',
  description: 'The part of a track that somebody gets, and since when.',
})

export const track = z
  .object({
    id: trackId,
    externalId: z.string().describe('What your files name it by.'),
    title: z.string().nullable().describe('Title; null where only streams speak of it.'),
    isrc: z.string().nullable().describe('International Standard Recording Code, such as `GBAYE6700001`.'),
    rights: z
      .array(rightsInForce)
      .max(maxShares)
      .describe(
        'Who gets which part of it, as it was last set; `rights.list` has all that was set. Empty: it is suspended.',
      ),
    createdAt: z.date(),
    modifiedAt: z.date(),
  })
  .meta({ id: 'Track', description: 'What is heard.' })

export const createInput = z.object({
  externalId: trackExternalId,
  title: title.optional(),
  isrc: isrc.optional(),
  labelId: labelId
    .optional()
    .describe('Who gets all of it, from the first period on that nothing is shut in or after.'),
  idempotencyKey,
})

export const trackInput = z.object({ trackId })

export const getInput = z.union([z.strictObject({ trackId }), z.strictObject({ externalId: trackExternalId })], {
  error: 'Give exactly one of trackId and externalId.',
})

export const updateInput = z.object({
  trackId,
  title: title.nullable().optional().describe('Another title; null for none.'),
  isrc: isrc.nullable().optional().describe('Another code; null for none.'),
})

export const listInput = z.object({
  externalId: trackExternalId.optional().describe('Only the one of this external id.'),
  isrc: isrc.optional().describe('Only those of this code.'),
  labelId: labelId.optional().describe('Only those that they get a part of, as it was last set.'),
  unassigned: z.literal(true).optional().describe('Only those that nobody has rights to.'),
  ...pageInput,
})

export const trackPage = pageOf(track)

export const setRightsInput = z.object({
  trackId,
  from: period
    .optional()
    .describe('From which period on; left out, from the first on that nothing is shut in or after.'),
  shares: shares.describe(
    'Who gets which part, each once, 1,000,000 together at most; the rest is suspended. Empty: what was set from this ' +
      'period on is taken back, and what was set before goes on.',
  ),
})

export const listRightsInput = z.object({ trackId, ...pageInput })
export const setRightsOutput = rights
export const rightsPage = pageOf(rights)
