import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { signedIn } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { findMessage } from '../store.ts'
import { reportInput } from './schema.ts'
import { insertReport } from './store.ts'

/** Part of the messages router. */
export const reportProcedures = {
  report: signedIn
    .meta({
      summary: 'Report a message to those who run the server.',
      description: 'The first report of each person counts; nobody in the room is told.',
      errors: ['NOT_FOUND'],
      idempotent: true,
    })
    .input(reportInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { roomId, seq, reason } }) => {
      const { userId } = ctx.auth
      await requireAccess(ctx.db, ctx.auth, 'room.read', [roomId])
      if ((await findMessage(ctx.db, userId, { roomId, seq })) === undefined) throw new ApiError('NOT_FOUND')
      await ctx.db.transaction().execute(async (tx) => {
        if (!(await insertReport(tx, { roomId, seq, reporterId: userId, reason }))) return
        await audit(tx, ctx, { action: 'messages.report', target: roomId, details: { seq: String(seq) } })
      })
    }),
}
