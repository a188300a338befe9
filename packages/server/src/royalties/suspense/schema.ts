import { z } from 'zod'
import { labelId, trackId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'
import { period } from '../periods/month.ts'
import { maxShares, share } from '../tracks/schema.ts'

export const suspendedItem = z
  .object({
    kind: z
      .enum(['unassigned', 'unheard'])
      .meta({ open: true })
      .describe(
        'Why nobody is paid. `unassigned`: of a track without holders of rights, or not of all of it. `unheard`: fees of ' +
          'listeners who heard nothing.',
      ),
    trackId: trackId.nullable().describe('The track; null for `unheard`.'),
    externalId: text({ max: 200 }).nullable().describe('The external id of the track.'),
    title: text({ max: 500 }).nullable().describe('Its title; null where only streams speak of it.'),
    sharePpm: z.int().min(0).max(1_000_000).describe('Which part of the track nobody holds, in millionths.'),
    seconds: z.int().min(0).describe('How many seconds of it were heard in the period.'),
    streams: z.int().min(0).describe('How many streams of it counted.'),
    amountMinor: z
      .bigint()
      .nullable()
      .describe('What is suspended still, in minor units; null for as long as no run of the period stands.'),
  })
  .meta({ id: 'SuspendedItem', description: 'Money of a period that nobody is paid, and why.' })

export const listInput = z.object({ period, ...pageInput })

export const resolveInput = z.object({
  trackId,
  shares: z
    .array(share)
    .min(1)
    .max(maxShares)
    .describe(
      'Who gets which part of the track: all holders, 1,000,000 together at most. What is missing stays suspended.',
    ),
})

const moved = z
  .object({
    period: period.describe('The closed period that it was suspended in.'),
    labelId,
    amountMinor: z.bigint().describe('What the label gets of it, in minor units.'),
  })
  .meta({ id: 'SuspenseMoved', description: 'Suspended money that went to a holder of rights.' })

export const resolved = z
  .object({
    from: period.describe('The period from which on the rights hold.'),
    bookedIn: period.nullable().describe('The period in which it is accounted; null where nothing had to be moved.'),
    moved: z.array(moved).max(12_000).describe('What went to whom, for each closed period in which it was suspended.'),
    waiting: z
      .array(period)
      .max(1_200)
      .describe(
        'Frozen periods in which more is suspended: resolve it again once they are closed, or reverse their runs.',
      ),
  })
  .meta({ id: 'SuspenseResolved', description: 'What became of the suspended money of a track.' })

export const suspendedPage = pageOf(suspendedItem)
