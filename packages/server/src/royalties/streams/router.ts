import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import { caller, router } from '../../trpc.ts'
import { changeStream, enterStream, removeStream, shownStream, withChanges } from './change.ts'
import { pageOfStreams } from './list.ts'
import {
  createInput,
  getInput,
  listInput,
  removeInput,
  stream,
  streamPage,
  streamWithChanges,
  updateInput,
} from './schema.ts'

const shut = ['PERIOD_CLOSED', 'PERIOD_FROZEN'] as const

/** Part of the royalties router. */
export const streamsRouter = router({
  create: caller
    .meta({
      summary: 'Enter a single stream by hand, into a period that is open. For who keeps the accounts.',
      description:
        'What was heard in a closed month is taken with `late`: then it is accounted in the next open period.',
      errors: [...shut, 'UNKNOWN_LISTENER', 'UNKNOWN_TRACK', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(stream)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const call = { auth: ctx.auth, procedure: 'royalties.streams.create', input }
      const { auth } = ctx
      return once(ctx.db, call, async (tx) => shownStream(await enterStream(tx, input, { auth, reason: input.reason })))
    }),

  get: caller
    .meta({
      summary: 'A stream and what was changed of it, also after it was removed. For who keeps the accounts.',
      errors: ['NOT_FOUND'],
    })
    .input(getInput)
    .output(streamWithChanges)
    .query(async ({ ctx, input: { streamId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const known = await withChanges(ctx.db, streamId)
      if (known === undefined) throw new ApiError('NOT_FOUND')
      return known
    }),

  list: caller
    .meta({
      summary: 'The streams of a period, listener by listener. For who keeps the accounts.',
      description: 'Streams of imports that are not finished are not among them.',
      errors: ['BAD_CURSOR', 'UNKNOWN_LISTENER', 'UNKNOWN_TRACK', 'NOT_FOUND'],
    })
    .input(listInput)
    .output(streamPage)
    .query(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return pageOfStreams(ctx.db, input)
    }),

  update: caller
    .meta({
      summary: 'Change a stream of an open period; what it was before is kept. For who keeps the accounts.',
      description:
        'A field left out stays as it is. Its listener and its month stay: for others remove it and enter another.',
      errors: ['NOT_FOUND', ...shut, 'UNKNOWN_TRACK'],
      idempotent: true,
    })
    .input(updateInput)
    .output(stream)
    .mutation(async ({ ctx, input: { streamId, reason, ...change } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const { auth } = ctx
      return ctx.db
        .transaction()
        .execute(async (tx) => shownStream(await changeStream(tx, streamId, change, { auth, reason })))
    }),

  remove: caller
    .meta({
      summary: 'Remove a stream of an open period; what it was is kept. For who keeps the accounts.',
      errors: ['NOT_FOUND', ...shut],
    })
    .input(removeInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { streamId, reason } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const { auth } = ctx
      await ctx.db.transaction().execute((tx) => removeStream(tx, streamId, { auth, reason }))
    }),
})
