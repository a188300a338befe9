import { z } from 'zod'
import { importId, labelId, listenerId, runId, trackId } from '../../ids.ts'
import { pageInput } from '../../page.ts'
import { text } from '../../text.ts'
import { currency } from '../ledger/schema.ts'
import { modelName } from '../models/schema.ts'
import { period } from '../periods/month.ts'

export const tracedStream = z
  .object({
    id: z.bigint().describe('Number of the stream.'),
    importId: importId.nullable().describe('The import that it came with; null where it was entered by hand.'),
    fileName: text({ max: 500 }).nullable().describe('The file of that.'),
    line: z.int().min(1).nullable().describe('The line of the file, or number of the entry.'),
    listenerId: listenerId.nullable().describe('Who heard it; null for members of labels.'),
    playedOn: z.iso.date().describe('The day, `2026-10-31`.'),
    seconds: z.int().min(0).describe('For how long.'),
    region: z.string().describe('Where it was heard, such as `NL`; empty where that is not known.'),
    booked: period.describe(
      'The period that it is accounted in. One of a later period came late: it is not in the line but in adjustments there.',
    ),
    isCounted: z
      .boolean()
      .describe('Whether the run counts it among its streams: not where it is too short, or came late.'),
  })
  .meta({ id: 'TracedStream', description: 'A stream that a line of a statement rests on.' })

export const traceInput = z.object({ period, labelId, trackId, ...pageInput })

export const trace = z
  .object({
    period,
    labelId,
    trackId,
    runId,
    model: modelName,
    currency,
    seconds: z.int().min(0).describe('All seconds of the track that were heard.'),
    streams: z.int().min(0).describe('All its streams that counted.'),
    sharePpm: z.int().min(0).max(1_000_000).describe('The part of it that the label has, in millionths.'),
    weight: z.bigint().describe('What the track weighs for the label: what the model counts, times the part.'),
    totalWeight: z
      .bigint()
      .nullable()
      .describe(
        'What all tracks weigh together: the amount is to the pool as the weight is to this. Null for members of labels.',
      ),
    poolMinor: z
      .bigint()
      .nullable()
      .describe('What there was to pay out in the period, in minor units; null for members of labels.'),
    exactMicro: z.bigint().describe('The amount before rounding, in millionths of a minor unit, rounded down.'),
    amountMinor: z.bigint().describe('The amount, in minor units.'),
    roundingMicro: z
      .bigint()
      .describe(
        'What rounding gave or took, in millionths: the amount less the exact one. Amounts of all labels come to the pool, and ' +
          'those of all tracks of a label to its own.',
      ),
    items: z.array(tracedStream).max(200).describe('The streams, by their number.'),
    nextCursor: z.string().nullable().describe('Where the next page starts; null at the end of the list.'),
  })
  .meta({ id: 'Trace', description: 'How a line of a statement came about, down to the lines of files.' })
