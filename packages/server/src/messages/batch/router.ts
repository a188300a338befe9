import { type CallerAuth, mayActFor } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import type { UserId } from '../../ids.ts'
import { type Context, caller } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { deliver } from './deliver.ts'
import { type Draft, prepare, senderAuth } from './prepare.ts'
import { type BatchItem, batchInput, batchResults, maxBatchBytes } from './schema.ts'

/** Part of the messages router. */
export const batchProcedures = {
  sendBatch: caller
    .meta({
      summary: 'Send up to 100 messages at once, with a result for each.',
      description:
        'What is sent to one room gets consecutive numbers, in the order of the items. The whole call can be made again: what ' +
        'was sent is a `duplicate` then. A key with the scope `act-as` may send in the name of others, by `senderId`.',
      errors: [],
      idempotent: true,
    })
    .input(batchInput)
    .output(batchResults)
    .mutation(async ({ ctx, input: { items, mode } }) => {
      const bytes = items.reduce((total, item) => total + Buffer.byteLength(contentOf(item)), 0)
      if (bytes > maxBatchBytes) throw new ApiError('TOO_LARGE', { message: 'The texts of a batch have 1 MB at most.' })
      const sent = items.map((item, at) => ({ ...item, senderId: senderOf(ctx.auth, item, at) }))
      const drafts = await prepare(ctx.db, ctx.auth, sent)
      await auditSenders(ctx, drafts)
      return deliver(ctx.db, drafts, mode)
    }),
}

function contentOf({ body, attachments }: BatchItem): string {
  return attachments === undefined ? body : body + JSON.stringify(attachments)
}

/** @throws NOT_ALLOWED for who may not act for others; INVALID_INPUT for services that act for nobody */
function senderOf(auth: CallerAuth, { senderId }: BatchItem, at: number): UserId {
  const own = auth.kind === 'user' ? auth.userId : undefined
  // Whoever acts for somebody acts for nobody else in the same call.
  const isBound = !mayActFor(auth) || (auth.kind === 'user' && auth.acting)
  if (senderId !== undefined && senderId !== own && isBound) {
    throw new ApiError('NOT_ALLOWED', { message: 'This token may not act for others (senderId).' })
  }
  const sender = senderId ?? own
  if (sender !== undefined) return sender
  throw new ApiError('INVALID_INPUT', {
    field: `items.${at}.senderId`,
    message: 'is needed: a service says in whose name it sends',
  })
}

/** A line for everybody in whose name something is to be sent by another. */
async function auditSenders(ctx: Context & { auth: CallerAuth }, drafts: readonly Draft[]): Promise<void> {
  const { db, auth, requestId, address } = ctx
  const open = drafts.filter(({ refusal }) => refusal === undefined)
  for (const [senderId, own] of Map.groupBy(open, (draft) => draft.senderId)) {
    if (auth.kind === 'user' && auth.userId === senderId) continue
    const doer = { auth: senderAuth(auth, senderId), requestId, address }
    const details = { acting: 'yes', messages: String(own.length) }
    await audit(db, doer, { action: 'messages.sendBatch', details })
  }
}
