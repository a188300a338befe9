import { z } from 'zod'
import { labelId, listenerId } from '../../ids.ts'
import { maxPage, pageInput } from '../../page.ts'
import { modelName } from '../models/schema.ts'
import { period } from '../periods/month.ts'

const count = z.int().min(0)
const amountMinor = z.bigint().min(0n)
const nextCursor = z.string().nullable().describe('Where the next page starts; null at the end of the list.')
const currency = z.string().nullable().describe('Of all amounts, by ISO 4217; null as long as the period has no fee.')

const state = z
  .enum(['open', 'frozen', 'closed'])
  .meta({ open: true })
  .describe('`open`: what comes in still changes it. `frozen`: a run stands on it. `closed`: for good.')

export const suspended = z
  .enum(['unassigned', 'unheard'])
  .meta({ open: true })
  .describe(
    'Why it is suspended. `unassigned`: nobody has the rights, or not all of them. `unheard`: who paid it heard nothing.',
  )

const reportLine = z
  .object({
    labelId,
    name: z.string().describe('Name of the label.'),
    seconds: count.describe('Seconds that were heard of the tracks that it has a part in, in full.'),
    streams: count.describe('Streams of these that the model counts.'),
    listeners: count.describe('How many listeners heard any of these.'),
    sharePpm: z
      .int()
      .min(0)
      .max(1_000_000)
      .nullable()
      .describe('Its part of the pool in millionths, rounded down; null for members of labels, as the pool is.'),
    amountMinor: amountMinor.describe('What it gets, in minor units.'),
  })
  .meta({ id: 'RoyaltyReportLine', description: 'What a label gets.' })

const suspenseLine = z
  .object({
    reason: suspended,
    amountMinor: amountMinor.describe('How much, in minor units.'),
    seconds: count.describe('Seconds of the tracks that it is about, in full.'),
    streams: count.describe('Streams of these that the model counts.'),
  })
  .meta({ id: 'RoyaltySuspense', description: 'A part of the pool that nobody gets yet.' })

export const reportInput = z.object({ period, model: modelName, ...pageInput })

export const report = z
  .object({
    period,
    model: modelName,
    currency,
    state,
    poolMinor: amountMinor
      .nullable()
      .describe(
        'What there is to divide, in minor units: the part that counts of all fees. All lines and what is suspended come to it ' +
          'exactly. null for members of labels.',
      ),
    lines: z.array(reportLine).max(maxPage).describe('Labels by what they get, the highest amount first.'),
    suspenseMinor: amountMinor.nullable().describe('What nobody gets yet, in minor units; null for members of labels.'),
    suspense: z.array(suspenseLine).max(10).describe('The same by reason; empty for members of labels.'),
    nextCursor,
  })
  .meta({ id: 'RoyaltyReport', description: 'What the pool of a period comes to for each label.' })

const modelAmount = z
  .object({
    model: modelName,
    amountMinor: amountMinor.describe('In minor units.'),
    differenceMinor: z.bigint().describe('What that is more than by the first model; below zero where it is less.'),
  })
  .meta({ id: 'ModelAmount', description: 'An amount by one of the models.' })

const modelAmounts = z.array(modelAmount).min(2).max(3).describe('By each model, in the order asked for.')

export const compareInput = z.object({
  period,
  models: z
    .array(modelName)
    .min(2)
    .max(3)
    .meta({ examples: [['pro-rata-seconds', 'user-centric-seconds']] })
    .describe('Two or three models, each once. The others are compared to the first.'),
  ...pageInput,
})

export const comparison = z
  .object({
    period,
    currency,
    state,
    poolMinor: amountMinor.describe('What there is to divide, in minor units.'),
    lines: z
      .array(
        z
          .object({ labelId, name: z.string().describe('Name of the label.'), amounts: modelAmounts })
          .meta({ id: 'RoyaltyComparisonLine', description: 'What a label gets by each model.' }),
      )
      .max(maxPage)
      .describe('Labels by what they get by the first model, the highest amount first; of equal ones by id.'),
    bands: z
      .array(
        z
          .object({
            from: z.int().min(1).describe('Rank of the first label in it.'),
            to: z.int().min(1).nullable().describe('Rank of the last one; null for all that come after.'),
            payees: count.describe('How many labels are in it.'),
            amounts: modelAmounts,
          })
          .meta({ id: 'RoyaltyBand', description: 'What labels of some ranks get together.' }),
      )
      .max(5)
      .describe('All labels by their rank among the lines: 1 to 10, 11 to 100, and so on.'),
    suspense: modelAmounts.describe('What nobody gets yet.'),
    nextCursor,
  })
  .meta({ id: 'RoyaltyComparison', description: 'What a period comes to by several models, side by side.' })

export const listenerReportInput = z.object({
  listenerId: listenerId.optional().describe('Left out, it is the listener who you are.'),
  period,
  model: modelName.default('user-centric-seconds'),
  ...pageInput,
})

const micro = z.bigint().min(0n)

const listenerLine = z
  .object({
    labelId: labelId.nullable().describe('null for what is suspended.'),
    name: z.string().nullable().describe('Name of the label; null for what is suspended.'),
    suspended: suspended.nullable().describe('null where it goes to a label.'),
    seconds: count.describe('Seconds that they heard of its tracks.'),
    streams: count.describe('Streams of these that the model counts.'),
    amountMicro: micro.describe('The part of their fee that goes there, in millionths of a minor unit.'),
  })
  .meta({ id: 'ListenerReportLine', description: 'Where a part of the fee of a listener goes.' })

export const listenerReport = z
  .object({
    listenerId,
    period,
    model: modelName,
    currency,
    seconds: count.describe('All that they heard.'),
    streams: count.describe('Streams of these that the model counts.'),
    feeMinor: amountMinor.nullable().describe('What they paid, in minor units; null where no fee is known.'),
    countsMicro: micro.describe('What of it is paid out, in millionths of a minor unit. The lines come to it exactly.'),
    lines: z
      .array(listenerLine)
      .max(maxPage)
      .describe(
        'Where that goes, the highest amount first. By a pro-rata model it goes where all fees go, whatever they heard themselves.',
      ),
    nextCursor,
  })
  .meta({ id: 'ListenerReport', description: 'What a listener heard in a period, and where their fee goes.' })
