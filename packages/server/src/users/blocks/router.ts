import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { addEphemeron } from '../../events/ephemera.ts'
import { userId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { router, signedIn } from '../../trpc.ts'
import { deleteFriend, deleteRequest, lockPair } from '../friends/store.ts'
import { block, blockPage, listInput, personInput } from './schema.ts'
import { changeSight, deleteBlock, ensureBlock, listBlocks } from './store.ts'

export const blocksRouter = router({
  add: signedIn
    .meta({
      summary: 'Block somebody, without their being told.',
      description:
        'Ends a friendship and withdraws your own request. What they send to your direct room, and what they ask, stays with ' +
        'them: you never get it, and to them it looks as if you had not answered. Neither of you finds the other or sees when ' +
        'the other is there.',
      errors: ['NOT_FOUND', 'NOT_YOURSELF'],
      idempotent: true,
    })
    .input(personInput)
    .output(block)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      if (input.userId === userId) throw new ApiError('NOT_YOURSELF', { field: 'userId' })
      await requireAccess(ctx.db, ctx.auth, 'user.approach', [input.userId])
      return ctx.db.transaction().execute(async (tx) => {
        if (!(await lockPair(tx, userId, input.userId))) throw new ApiError('NOT_FOUND', { field: 'userId' })
        await changeSight(tx, userId)
        await deleteFriend(tx, userId, input.userId)
        await addEphemeron(tx, { kind: 'blocks', userId })
        return ensureBlock(tx, userId, input.userId)
      })
    }),

  remove: signedIn
    .meta({
      summary: 'Remove a block.',
      description: 'What the other person sent and asked meanwhile is not made up for: they may ask again.',
      errors: ['NOT_FOUND'],
    })
    .input(personInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      await requireAccess(ctx.db, ctx.auth, 'user.read', [input.userId])
      await ctx.db.transaction().execute(async (tx) => {
        await changeSight(tx, userId)
        if (!(await deleteBlock(tx, userId, input.userId))) throw new ApiError('NOT_FOUND', { field: 'userId' })
        await deleteRequest(tx, userId, input.userId)
        await addEphemeron(tx, { kind: 'blocks', userId })
      })
    }),

  list: signedIn
    .meta({ summary: 'Whom you block, in the order of the user ids.', errors: ['BAD_CURSOR'] })
    .input(listInput)
    .output(blockPage)
    .query(async ({ ctx, input: { limit, cursor } }) => {
      const [after] = decodeCursor(cursor, z.tuple([userId])) ?? []
      const rows = await listBlocks(ctx.db, ctx.auth.userId, { after, limit: limit + 1 })
      return toPage(rows, limit, (row) => [row.userId])
    }),
})
