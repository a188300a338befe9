import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import { adjustmentId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { isSuspended } from '../ledger/payees.ts'
import { adjust } from './adjust.ts'
import { adjustment, adjustmentPage, createInput, listInput } from './schema.ts'
import { type AdjustmentRecord, findAdjustment, listAdjustments } from './store.ts'

/** Part of the royalties router. */
export const adjustmentsRouter = router({
  create: caller
    .meta({
      summary: 'Give a label something besides its earnings, or take it back. For who keeps the accounts.',
      description: 'It is accounted in the next open period, in the currency of that, and stands on the statement.',
      errors: ['UNKNOWN_LABEL', 'NOT_FOUND', 'CURRENCY_NEEDED', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(adjustment)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return once(ctx.db, { auth: ctx.auth, procedure: 'royalties.adjustments.create', input }, async (tx) => {
        const id = await adjust(tx, input)
        const details = { labelId: input.labelId, amountMinor: String(input.amountMinor) }
        await audit(tx, ctx, { action: 'royalties.adjustments.create', target: id, details })
        const made = await findAdjustment(tx, id)
        if (made === undefined) throw new ApiError('NOT_FOUND')
        return shownAdjustment(made)
      })
    }),

  list: caller
    .meta({
      summary:
        'What is owed besides earnings, the newest first. For who keeps the accounts, and for members of the label.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(listInput)
    .output(adjustmentPage)
    .query(async ({ ctx, input: { period, labelId, limit, cursor } }) => {
      if (labelId === undefined) await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      else await requireAccess(ctx.db, ctx.auth, 'label.see', [labelId])
      const [before] = decodeCursor(cursor, z.tuple([adjustmentId])) ?? []
      const rows = await listAdjustments(ctx.db, { period, labelId, before, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, ({ id }) => [id])
      return { items: items.map(shownAdjustment), nextCursor }
    }),
})

const shownAdjustment = ({ payee, ...row }: AdjustmentRecord) => ({
  ...row,
  suspended: isSuspended(payee) ? payee : null,
})
