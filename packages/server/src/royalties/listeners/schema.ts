import { z } from 'zod'
import { idempotencyKey, listenerId, userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'
import { period } from '../periods/month.ts'

/** Fees that are shown with a listener. */
export const shownFees = 24

/** What files and other systems name a listener by. */
export const listenerExternalId = text({ min: 1, max: 200, visible: true, line: true }).describe(
  'What your files name them by, 1 to 200 characters, taken as it is.',
)

export const currency = z
  .string()
  .max(3)
  .toUpperCase()
  .regex(/^[A-Z]{3}$/, { error: 'is a code of three letters, such as EUR' })
  .describe('Currency by ISO 4217, such as `EUR`. A period has one: that of its first fee.')

export const grossMinor = z.bigint().min(0n).max(1_000_000_000n)
export const plan = text({ max: 100, line: true })
export const originName = text({ min: 1, max: 64, visible: true, line: true })

export const listenerFee = z
  .object({
    period: period.describe('What it was paid for.'),
    booked: period.describe('The period that it is accounted in: a later one where its own was closed.'),
    grossMinor: grossMinor.describe('What was paid, in minor units.'),
    currency: z.string().describe('Currency by ISO 4217.'),
    origin: z.string().describe('Where it came from; the origin says which part of it counts.'),
    plan: z.string().describe('What it was paid for, in the words of your files.'),
  })
  .meta({ id: 'ListenerFee', description: 'What a listener paid for a period.' })

export const listener = z
  .object({
    id: listenerId,
    externalId: z.string().describe('What your files name them by.'),
    userId: userId.nullable().describe('The user who they are, who sees their report.'),
    fees: z
      .array(listenerFee)
      .max(shownFees)
      .optional()
      .describe('What they paid for their latest 24 periods, the latest first; lists leave it out.'),
    createdAt: z.date(),
    modifiedAt: z.date(),
  })
  .meta({ id: 'Listener', description: 'Somebody who listens, and pays for it.' })

const fee = z
  .object({
    period: period.describe('What it was paid for: a period that is open.'),
    grossMinor: grossMinor.describe('What was paid, in minor units such as cents, up to 1,000,000,000.'),
    currency,
    origin: originName.describe('Where it came from: the name of an origin.'),
    plan: plan.default('').describe('What it was paid for, in your own words, up to 100 characters.'),
  })
  .meta({ id: 'NewFee', description: 'What a listener paid for a period.' })

export const createInput = z.object({
  externalId: listenerExternalId,
  userId: userId.optional().describe('The user who they are, who sees their report.'),
  fee: fee.optional().describe('What they paid for a period.'),
  idempotencyKey,
})

export const getInput = z.union([z.strictObject({ listenerId }), z.strictObject({ externalId: listenerExternalId })], {
  error: 'Give exactly one of listenerId and externalId.',
})

export const updateInput = z.object({
  listenerId,
  userId: userId.nullable().optional().describe('Another user who they are; null for none.'),
  fee: fee.optional().describe('What they paid for a period, in place of what was known.'),
})

export const listInput = z.object({
  externalId: listenerExternalId.optional().describe('Only the one of this external id.'),
  userId: userId.optional().describe('Only the one who this user is.'),
  ...pageInput,
})

export const listenerPage = pageOf(listener)
