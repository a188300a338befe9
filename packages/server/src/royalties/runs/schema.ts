import { z } from 'zod'
import { idempotencyKey, labelId, runId, transactionId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'
import { currency } from '../ledger/schema.ts'
import { modelName } from '../models/schema.ts'
import { period } from '../periods/month.ts'

const runRules = z.object({
  version: z.int().min(1).describe('Number of the policy.'),
  feeRounding: z.enum(['none', 'perListener']).meta({ open: true }).describe('Whether fees were rounded one by one.'),
  minimumSeconds: z.int().min(0).describe('Shorter streams did not count where streams are counted.'),
  minimumPayoutMinor: z.bigint().describe('A balance below it is carried forward, in minor units.'),
  suspiciousSeconds: z.int().min(1).describe('More seconds than this in a day were flagged.'),
})

/** The same as a run keeps them. */
export const keptRules = runRules.extend({ minimumPayoutMinor: z.coerce.bigint() })

export const run = z
  .object({
    id: runId,
    period,
    model: modelName,
    state: z
      .enum(['standing', 'reversed'])
      .meta({ open: true })
      .describe('`reversed`: it was undone by entries of the other sign, and another one may stand.'),
    digest: z
      .string()
      .length(64)
      .describe(
        'SHA-256 of all that it was made of (rules, origins, rights, fees, streams) and of what it came to, as hex digits. ' +
          'The same inputs have the same digest.',
      ),
    rules: runRules.describe('The rules that it went by.'),
    currency,
    poolMinor: z.bigint().describe('What there was to pay out, in minor units.'),
    payoutsMinor: z.bigint().describe('What labels and other holders of rights get of it.'),
    suspenseMinor: z.bigint().describe('What is suspended. With the payouts it comes to the pool exactly.'),
    lateMinor: z
      .bigint()
      .describe(
        'What facts that came late for closed periods added to their pools; it is in adjustments, not in the pool.',
      ),
    listeners: z.int().min(0).describe('How many listeners paid a fee.'),
    streams: z.int().min(0).describe('How many streams counted.'),
    seconds: z.int().min(0).describe('How many seconds were heard.'),
    transactionId: transactionId.nullable().describe('Its transaction in the ledger; null where it came to nothing.'),
    reversalId: transactionId.nullable().describe('The transaction that undid it.'),
    createdAt: z.date(),
    reversedAt: z.date().nullable(),
  })
  .meta({ id: 'RoyaltyRun', description: 'A settlement of a period by a model. At most one of each period stands.' })

export const createdRun = z
  .object({
    ...run.shape,
    duplicate: z.boolean().describe('Whether it stood already, so that the call had no effect.'),
  })
  .meta({ id: 'CreatedRun', description: 'A run, and whether it stood already.' })

export const runPayee = z
  .object({
    labelId: labelId.nullable().describe('Who is paid; null for what is suspended.'),
    name: text({ max: 200 }).nullable().describe('Their name.'),
    suspended: z
      .enum(['unassigned', 'unheard'])
      .meta({ open: true })
      .nullable()
      .describe(
        'Why nobody is paid. `unassigned`: of tracks without holders of rights, or not of all of them. `unheard`: fees of ' +
          'listeners who heard nothing, where the model has them go nowhere else.',
      ),
    seconds: z.int().min(0),
    streams: z.int().min(0),
    listeners: z.int().min(0),
    weight: z.bigint().describe('The amount is in proportion to it.'),
    amountMinor: z.bigint().describe('In minor units.'),
  })
  .meta({ id: 'RunPayee', description: 'What a run came to for one who is paid, or for what is suspended.' })

export const createInput = z.object({ period, model: modelName, idempotencyKey })

export const runInput = z.object({ runId })
export const payeesInput = z.object({ runId, ...pageInput })
export const listInput = z.object({ period: period.optional().describe('Only runs of this period.'), ...pageInput })

export const reverseInput = z.object({
  runId,
  reason: text({ min: 1, max: 500, visible: true }).describe(
    'Why, 1 to 500 characters. It is in the memo of the ledger.',
  ),
  idempotencyKey,
})

export const runPage = pageOf(run)
export const payeePage = pageOf(runPayee)
