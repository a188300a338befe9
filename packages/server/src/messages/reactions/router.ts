import { requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { signedIn } from '../../trpc.ts'
import { message } from '../schema.ts'
import { findMessage } from '../store.ts'
import { enterForWriting, enterRoom } from '../writing.ts'
import { reactInput } from './schema.ts'
import { deleteReaction, insertReaction } from './store.ts'

/** Different reactions that a message takes. */
const maxKinds = 50

/** Part of the messages router. */
export const reactionProcedures = {
  react: signedIn
    .meta({
      summary: 'React to a message; one of each emoji counts per person.',
      errors: ['NOT_FOUND', 'MESSAGE_DELETED', 'TOO_MANY_REACTIONS', 'ROOM_ARCHIVED', 'BLOCKED'],
      idempotent: true,
    })
    .input(reactInput)
    .output(message)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      await requireAccess(ctx.db, ctx.auth, 'room.send', [input.roomId])
      return ctx.db.transaction().execute(async (tx) => {
        await enterForWriting(tx, input.roomId, userId)
        const before = found(await findMessage(tx, userId, input))
        if (before.deletedAt !== null) throw new ApiError('MESSAGE_DELETED')
        const { reactions } = before
        if (reactions.length >= maxKinds && !reactions.some(({ emoji }) => emoji === input.emoji)) {
          throw new ApiError('TOO_MANY_REACTIONS', { field: 'emoji' })
        }
        const isNew = await insertReaction(tx, { ...input, userId })
        return isNew ? found(await findMessage(tx, userId, input)) : before
      })
    }),

  unreact: signedIn
    .meta({ summary: 'Take a reaction of yours back.', errors: ['NOT_FOUND'], idempotent: true })
    .input(reactInput)
    .output(message)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      await requireAccess(ctx.db, ctx.auth, 'room.send', [input.roomId])
      return ctx.db.transaction().execute(async (tx) => {
        await enterRoom(tx, input.roomId, userId)
        const before = found(await findMessage(tx, userId, input))
        const isGone = await deleteReaction(tx, { ...input, userId })
        return isGone ? found(await findMessage(tx, userId, input)) : before
      })
    }),
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}
