import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import { type RunId, runId as runIdSchema } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { text } from '../../text.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { isSuspended } from '../ledger/payees.ts'
import { createRun } from './create.ts'
import { reverseRun } from './reverse.ts'
import {
  createdRun,
  createInput,
  listInput,
  payeePage,
  payeesInput,
  reverseInput,
  run,
  runInput,
  runPage,
} from './schema.ts'
import { shownRun } from './shown.ts'
import { findRun, listPayees, listRuns } from './store.ts'

/** Part of the royalties router. */
export const runsRouter = router({
  create: caller
    .meta({
      summary:
        'Settle a period by a model: what each payee gets is computed, posted and frozen. For who keeps the accounts.',
      description:
        'In one transaction: payouts and what is suspended come to the pool exactly, and from then on nothing of what it was ' +
        'made of changes, until the run is reversed or for good once the period is closed. The same again has no effect and ' +
        'gives the same run. Facts that came late for closed periods become adjustments. A large month takes longer than a ' +
        'call waits by default: set `timeoutMs`, or call again.',
      errors: [
        ...(['NOT_FOUND', 'RUN_STANDS', 'PERIOD_CLOSED', 'IMPORT_RUNNING', 'EARLIER_OPEN', 'CURRENCY_NEEDED'] as const),
        'IDEMPOTENCY_KEY_REUSED',
      ],
    })
    .input(createInput)
    .output(createdRun)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return once(ctx.db, { auth: ctx.auth, procedure: 'royalties.runs.create', input }, async (tx) => {
        const { id, duplicate } = await createRun(tx, input)
        const { period, model } = input
        if (!duplicate)
          await audit(tx, ctx, { action: 'royalties.runs.create', target: id, details: { period, model } })
        return { ...shownRun(await requireRun(tx, id)), duplicate }
      })
    }),

  get: caller
    .meta({ summary: 'A run. For who keeps the accounts.', errors: ['NOT_FOUND'] })
    .input(runInput)
    .output(run)
    .query(async ({ ctx, input: { runId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return shownRun(await requireRun(ctx.db, runId))
    }),

  list: caller
    .meta({
      summary: 'Runs, the newest first, also reversed ones. For who keeps the accounts.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(runPage)
    .query(async ({ ctx, input: { period, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const [before] = decodeCursor(cursor, z.tuple([runIdSchema])) ?? []
      const { items, nextCursor } = toPage(
        await listRuns(ctx.db, { period, before, limit: limit + 1 }),
        limit,
        ({ id }) => [id],
      )
      return { items: items.map(shownRun), nextCursor }
    }),

  payees: caller
    .meta({
      summary: 'What a run came to, payee by payee; also of a reversed one. For who keeps the accounts.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(payeesInput)
    .output(payeePage)
    .query(async ({ ctx, input: { runId, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      await requireRun(ctx.db, runId)
      const [after] = decodeCursor(cursor, z.tuple([text({ max: 40 })])) ?? []
      const rows = await listPayees(ctx.db, runId, { after, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, ({ payee }) => [payee])
      const shown = items.map(({ payee, seconds, streams, listeners, ...row }) => ({
        ...{ ...row, suspended: isSuspended(payee) ? payee : null },
        ...{ seconds: Number(seconds), streams: Number(streams), listeners: Number(listeners) },
      }))
      return { items: shown, nextCursor }
    }),

  reverse: caller
    .meta({
      summary: 'Undo a run, by entries of the other sign: its period is open again. For who keeps the accounts.',
      description:
        'For as long as the period is not closed. What came late with it is undone, too, and comes again with the next run.',
      errors: ['NOT_FOUND', 'RUN_REVERSED', 'PERIOD_CLOSED', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(reverseInput)
    .output(run)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return once(ctx.db, { auth: ctx.auth, procedure: 'royalties.runs.reverse', input }, async (tx) => {
        await reverseRun(tx, input.runId, input.reason)
        await audit(tx, ctx, { action: 'royalties.runs.reverse', target: input.runId })
        return shownRun(await requireRun(tx, input.runId))
      })
    }),
})

/** @throws NOT_FOUND */
async function requireRun(db: Db, id: RunId) {
  const found = await findRun(db, id)
  if (found === undefined) throw new ApiError('NOT_FOUND')
  return found
}
