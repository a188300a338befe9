import { z } from 'zod'
import { idempotencyKey, importId, listenerId, trackId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'
import { period } from '../periods/month.ts'
import { trackExternalId } from '../tracks/schema.ts'

export const maxChanges = 200

export const streamId = z
  .bigint()
  .min(1n)
  .max(2n ** 63n - 1n)
  .describe('Number of the stream.')

const day = z.iso.date().max(10)

/** The longest stream: all the seconds of a month. */
export const maxSeconds = 2_678_400

export const region = z
  .string()
  .max(10)
  .toUpperCase()
  .regex(/^[A-Z0-9-]*$/, { error: 'is a code of letters, digits and hyphens, such as NL' })
  .describe('Where it was heard, up to 10 letters, digits and hyphens in any case, such as `NL`.')

const facts = {
  playedOn: day.describe('The day, `2026-10-31`.'),
  listenerId: listenerId.describe('Who heard it.'),
  trackId: trackId.describe('What was heard.'),
  seconds: z.int().min(0).max(maxSeconds).describe('For how long.'),
  region: z.string().describe('Where it was heard, such as `NL`; empty where that is not known.'),
  flagged: z.boolean().describe('It has more seconds than the policy takes for likely. It counts all the same.'),
}

export const streamFacts = z.object(facts).meta({ id: 'StreamFacts', description: 'What is known of a stream.' })

export const stream = z
  .object({
    id: streamId,
    period: period.describe('The month that it was heard in.'),
    booked: period.describe('The period that it is accounted in: a later one where its own was closed.'),
    ...facts,
    importId: importId.nullable().describe('The import that it came with; null where it was entered by hand.'),
    line: z
      .int()
      .min(1)
      .nullable()
      .describe('The line of the file, or number of the entry; null where it was entered by hand.'),
  })
  .meta({ id: 'Stream', description: 'A track that somebody heard for some time on some day.' })

/** What is kept of a stream with each change of it. */
export const streamKept = stream.omit({ id: true })

const change = z
  .object({
    kind: z.enum(['created', 'updated', 'removed']).meta({ open: true }),
    before: streamFacts.nullable().describe('What was known before; null where it was new.'),
    after: streamFacts.nullable().describe('What was known after it; null where it was removed.'),
    reason: z.string().describe('Why, in the words of who did it.'),
    changedBy: z.string().describe('Id of the user, or name of the service.'),
    changedAt: z.date(),
  })
  .meta({ id: 'StreamChange', description: 'A change of a single stream.' })

export const streamWithChanges = stream
  .extend({
    removed: z.boolean().describe('Whether it was removed; then it is shown as it was before.'),
    changes: z.array(change).max(maxChanges).describe('What was changed by hand, the latest 200, the latest first.'),
  })
  .meta({ id: 'StreamWithChanges', description: 'A stream, and what became of it.' })

const seconds = z.int().min(0).max(maxSeconds).describe('For how long, in seconds, up to 2,678,400.')
const reason = text({ max: 500 }).describe('Why, up to 500 characters; it is kept with the change.')
const playedOn = day.describe('The day, `2026-10-31`, tomorrow (UTC) at the latest: it says which period.')

export const createInput = z.object({
  playedOn,
  listenerId,
  trackId: trackId.optional().describe('What was heard; or name it by `trackExternalId`.'),
  trackExternalId: trackExternalId.optional().describe('What was heard, by its external id.'),
  seconds,
  region: region.default(''),
  late: z
    .boolean()
    .default(false)
    .describe('Whether to take it into the next open period where its own is closed. Else it is refused then.'),
  reason: reason.default(''),
  idempotencyKey,
})

export const updateInput = z.object({
  streamId,
  playedOn: playedOn.optional().describe('Another day of the same month.'),
  trackId: trackId.optional().describe('Another track.'),
  trackExternalId: trackExternalId.optional().describe('Another track, by its external id.'),
  seconds: seconds.optional(),
  region: region.optional(),
  reason: reason.default(''),
})

export const removeInput = z.object({ streamId, reason: reason.default('') })
export const getInput = z.object({ streamId })

export const listInput = z.object({
  period: period.describe('The month that they were heard in.'),
  listenerId: listenerId.optional().describe('Only of this listener.'),
  trackId: trackId.optional().describe('Only of this track.'),
  importId: importId.optional().describe('Only what came with this import, in the order of its lines.'),
  flagged: z.literal(true).optional().describe('Only those that are flagged.'),
  ...pageInput,
})

export const streamPage = pageOf(stream)
