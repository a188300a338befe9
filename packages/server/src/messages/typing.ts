import { z } from 'zod'
import { requireAccess } from '../access.ts'
import { addEphemeron } from '../events/ephemera.ts'
import { roomId } from '../ids.ts'
import { signedIn } from '../trpc.ts'

/** Part of the messages router. */
export const typingProcedures = {
  typing: signedIn
    .meta({
      summary: 'Tell the others of a room that you are writing, or have stopped.',
      description: 'Say it again every few seconds while it goes on. It is shown for a moment and kept nowhere.',
      errors: ['NOT_FOUND'],
      idempotent: true,
    })
    .input(z.object({ roomId, typing: z.boolean().default(true).describe('false when you have stopped.') }))
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.send', [input.roomId])
      const detail = input.typing ? 'on' : 'off'
      await addEphemeron(ctx.db, { kind: 'typing', roomId: input.roomId, userId: ctx.auth.userId, detail })
    }),
}
