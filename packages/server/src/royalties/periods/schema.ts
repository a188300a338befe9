import { z } from 'zod'
import { runId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { currency } from '../ledger/schema.ts'
import { modelName } from '../models/schema.ts'
import { period as month } from './month.ts'

const fields = {
  period: month,
  state: z
    .enum(['open', 'frozen', 'closed'])
    .meta({ open: true })
    .describe(
      '`open`: its facts change. `frozen`: a run stands, and they do not, until it is reversed. `closed`: for good; what comes ' +
        'later is accounted in the next open period.',
    ),
  currency: currency.nullable().describe('The currency of all its money; null for as long as there is none.'),
  poolMinor: z.bigint().describe('What its fees leave to pay out, in minor units.'),
  listeners: z.int().min(0).describe('How many listeners paid a fee for it.'),
  runId: runId.nullable().describe('The run that stands.'),
  model: modelName.nullable().describe('The model of that run.'),
  createdAt: z.date(),
  closedAt: z.date().nullable(),
}

export const royaltyPeriod = z
  .object(fields)
  .meta({ id: 'RoyaltyPeriod', description: 'A month of accounts. It is there from its first fact on.' })

export const periodInDetail = z
  .object({
    ...fields,
    openBefore: month.nullable().describe('The first period before it that is not closed: that one is closed first.'),
    importsRunning: z.int().min(0).describe('How many imports are under way: it is not closed meanwhile.'),
    lateStreams: z.int().min(0).describe('How many streams of closed periods are accounted in it, for they came late.'),
    lateFees: z.int().min(0).describe('How many fees of closed periods.'),
    statements: z.int().min(0).describe('How many statements were made when it was closed.'),
  })
  .meta({ id: 'RoyaltyPeriodInDetail', description: 'A month of accounts, and what is in the way of closing it.' })

export const periodInput = z.object({ period: month })
export const listInput = z.object(pageInput)
export const periodPage = pageOf(royaltyPeriod)
