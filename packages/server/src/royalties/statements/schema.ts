import { z } from 'zod'
import { idempotencyKey, labelId, paymentId, runId, trackId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'
import { currency } from '../ledger/schema.ts'
import { period } from '../periods/month.ts'

export const payment = z
  .object({
    id: paymentId,
    period: period.describe('The period whose statement was paid.'),
    bookedIn: period.describe('The period that it is accounted in.'),
    amountMinor: z.bigint().describe('In minor units.'),
    reference: text({ max: 200 }),
    paidAt: z.date(),
  })
  .meta({ id: 'RoyaltyPayment', description: 'A payment to a label.' })

const fields = {
  period,
  labelId,
  name: text({ max: 200 }).describe('The name of the label.'),
  runId,
  currency,
  openingMinor: z
    .bigint()
    .describe('What was owed before the period, in minor units; below zero, what the label owes.'),
  earningsMinor: z.bigint().describe('What the run of the period gives: the sum of `statements.lines`.'),
  adjustmentsMinor: z.bigint().describe('What is owed besides: the sum of `adjustments.list` for the period.'),
  paymentsMinor: z.bigint().describe('What was paid and is accounted in the period, of statements before this one.'),
  closingMinor: z.bigint().describe('Opening, earnings and adjustments less payments.'),
  minimumPayoutMinor: z.bigint().describe('A closing balance below it is carried forward.'),
  payableMinor: z.bigint().describe('What is to be paid on this statement; 0 where the balance is carried forward.'),
  dueMinor: z
    .bigint()
    .describe(
      'What is left to be paid of it, less by what was paid since; 0 once the label has a later statement, for that one has the ' +
        'balance in it.',
    ),
  payment: payment.nullable().describe('The payment of this statement.'),
  createdAt: z.date(),
}

export const statement = z.object(fields).meta({
  id: 'RoyaltyStatement',
  description:
    'What a label is owed for a period, made when it was closed. Its amounts never change but for `dueMinor`, what is left to be ' +
    'paid; names and titles are shown as they are now.',
})

export const statementInDetail = z
  .object({
    ...fields,
    payments: z.array(payment).max(200).describe('The payments that are accounted in the period, the first 200.'),
  })
  .meta({ id: 'RoyaltyStatementInDetail', description: 'A statement with the payments in it.' })

export const statementLine = z
  .object({
    trackId: trackId.nullable().describe('The track; null for what rests on none.'),
    externalId: text({ max: 200 }).nullable(),
    title: text({ max: 500 }).nullable(),
    isrc: text({ max: 20 }).nullable(),
    seconds: z.int().min(0).describe('All seconds of the track that were heard.'),
    streams: z.int().min(0).describe('All its streams that counted.'),
    sharePpm: z.int().min(0).max(1_000_000).describe('The part of it that the label has, in millionths.'),
    amountMinor: z.bigint().describe('What it earned for the label, in minor units.'),
  })
  .meta({
    id: 'StatementLine',
    description:
      'What a track earned for a label in a period. Amounts never change; titles are shown as they are now. `trace` shows the ' +
      'streams.',
  })

export const statementInput = z.object({ period, labelId })
export const linesInput = z.object({ period, labelId, ...pageInput })
export const listInput = z.object({
  period: period.optional().describe('Only statements of this period.'),
  labelId: labelId.optional().describe('Only statements of this label. Its members have to say it.'),
  ...pageInput,
})

export const maxExported = 20_000

export const exportInput = z.object({
  period,
  labelId,
  cursor: pageInput.cursor.describe('Where to go on: the `nextCursor` of the part before.'),
})

export const exported = z
  .object({
    fileName: text({ max: 200 }),
    contentType: text({ max: 100 }),
    text: z
      .string()
      .describe(
        `CSV of RFC 4180 with a line of names, then a line for each track, ${maxExported.toLocaleString('en')} at most. Amounts are in ` +
          'units of the currency, with a point. What a spreadsheet would take for a formula has an apostrophe before it; ' +
          'numbers have not.',
      ),
    nextCursor: z
      .string()
      .nullable()
      .describe('Where the next part starts; null at the end. Parts have no line of names but the first.'),
  })
  .meta({ id: 'StatementExport', description: 'A statement as a file for spreadsheets.' })

export const markPaidInput = z.object({
  period,
  labelId,
  reference: text({ min: 1, max: 200, visible: true, line: true }).describe('Of the transfer, 1 to 200 characters.'),
  paidAt: z.date().optional().describe('When it was paid; left out, now.'),
  idempotencyKey,
})

export const statementPage = pageOf(statement)
export const linePage = pageOf(statementLine)
