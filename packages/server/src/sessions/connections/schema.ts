import { z } from 'zod'
import { connectionId, idempotencyKey } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { zoomSecrets, zoomSettings } from '../../providers/schema.ts'
import { text } from '../../text.ts'

const name = text({ min: 1, max: 100, visible: true, line: true }).describe(
  'A name to tell it by, 1 to 100 characters.',
)

const defaultPasscode = text({ min: 1, max: 32, visible: true, line: true }).describe(
  'Passcode to show for rooms of the account of which none is known, 1 to 32 characters.',
)

const calls = z
  .object({
    category: text({ max: 40 }).describe("The provider's own word for how much a call weighs."),
    calls: z.int().min(0).describe('How many were made since midnight UTC.'),
    limit: z
      .int()
      .min(0)
      .nullable()
      .describe('How many the account has a day; null where there is no limit, or none is known.'),
  })
  .meta({ id: 'ProviderCalls', description: 'Calls to a provider that were made today.' })

export const connection = z
  .object({
    id: connectionId,
    provider: text({ max: 32 }).describe('Which provider it is at: `zoom`.'),
    name: text({ max: 100 }).describe('What it was called here.'),
    accountId: text({ max: 200 }).describe('Account ID at the provider.'),
    clientId: text({ max: 200 }).describe('Client ID of the app at the provider.'),
    accountName: text({ max: 500 })
      .nullable()
      .describe('What the provider calls the account; null where it does not tell.'),
    state: z
      .enum(['ok', 'broken'])
      .meta({ open: true })
      .describe('`broken`: it cannot be used, see `problem`. It is `ok` again by itself once the provider lets us in.'),
    problem: text({ max: 1_000 }).nullable().describe('Why it cannot be used; null where it can.'),
    notes: z
      .array(text({ max: 1_000 }))
      .max(20)
      .describe('What the account lacks that can be done without, a sentence each.'),
    hasDefaultPasscode: z.boolean().describe('Whether a passcode is set for rooms of which none is known.'),
    webhookUrl: text({ max: 2_000 }).describe('The address to enter at the provider, so that it tells what happens.'),
    heardAt: z
      .date()
      .nullable()
      .describe('When its webhooks last told anything; null for never: then the address is not entered there yet.'),
    checkedAt: z.date().nullable().describe('When it was last checked.'),
    answeredAt: z.date().nullable().describe('When the provider last answered; null for not yet.'),
    pausedUntil: z
      .date()
      .nullable()
      .describe('Until when it is not asked, for it had too many calls; null where it is.'),
    callsToday: z
      .array(calls)
      .max(20)
      .describe('Calls since midnight UTC, which is when most providers begin to count anew.'),
    createdAt: z.date(),
    modifiedAt: z.date(),
  })
  .meta({ id: 'Connection', description: 'An account at a provider of meetings, without what opens it.' })

export const connectInput = z.object({
  provider: z.enum(['zoom']).describe('Which provider it is at.'),
  name,
  ...zoomSettings.shape,
  ...zoomSecrets.shape,
  defaultPasscode: defaultPasscode.optional(),
  idempotencyKey,
})

export const updateInput = z.object({
  connectionId,
  name: name.optional(),
  ...zoomSecrets.partial().shape,
  defaultPasscode: defaultPasscode.nullable().optional().describe('Another default passcode; null for none.'),
})

export const connectionInput = z.object({ connectionId })
export const listInput = z.object(pageInput)
export const connectionPage = pageOf(connection)
