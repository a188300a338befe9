import { z } from 'zod'
import { adjustmentId, idempotencyKey, labelId, runId, trackId, transactionId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'
import { amountMinor, currency } from '../ledger/schema.ts'
import { period } from '../periods/month.ts'

export const adjustment = z
  .object({
    id: adjustmentId,
    period: period.describe('The period it is accounted in.'),
    forPeriod: period.nullable().describe('The period that it corrects.'),
    kind: z
      .enum(['manual', 'late', 'suspense'])
      .meta({ open: true })
      .describe(
        '`manual`: by hand. `late`: facts came after their period was closed. `suspense`: what was suspended went to the ' +
          'holders of rights.',
      ),
    labelId: labelId.nullable().describe('Whose balance it changes; null where it changes what is suspended.'),
    suspended: z
      .enum(['unassigned', 'unheard'])
      .meta({ open: true })
      .nullable()
      .describe('Which suspended money it changes; null for a label.'),
    trackId: trackId.nullable().describe('The track that it is about.'),
    amountMinor: z.bigint().describe('In minor units: above zero, more is owed; below it, less.'),
    currency: currency.nullable(),
    reason: text({ max: 500 }),
    runId: runId.nullable().describe('The run that it came with.'),
    transactionId,
    createdAt: z.date(),
  })
  .meta({
    id: 'Adjustment',
    description:
      'What is owed besides the earnings of a period. Adjustments are not changed: another one corrects them.',
  })

export const createInput = z.object({
  labelId,
  amountMinor: amountMinor
    .refine((amount) => amount !== 0n, 'is not 0')
    .describe('In minor units: above zero to give, below it to take back.'),
  reason: text({ min: 1, max: 500, visible: true }).describe('Why, 1 to 500 characters. The label sees it.'),
  forPeriod: period.optional().describe('The period that it corrects.'),
  idempotencyKey,
})

export const listInput = z.object({
  period: period.optional().describe('Only those accounted in this period.'),
  labelId: labelId.optional().describe('Only those of this label. Its members have to say it.'),
  ...pageInput,
})

export const adjustmentPage = pageOf(adjustment)
