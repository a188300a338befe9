import { z } from 'zod'
import { requireAccess } from '../../../access.ts'
import { decodeCursor, toPage } from '../../../page.ts'
import { signedIn } from '../../../trpc.ts'
import { viewsInput, viewsPage } from './schema.ts'
import { listViews } from './store.ts'

/** Part of the router of recordings. */
export const viewProcedures = {
  views: signedIn
    .meta({
      summary: 'Who watched a recording of yours, when, and how much of it; also in total by user or by link.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(viewsInput)
    .output(viewsPage)
    .query(async ({ ctx, input: { recordingId, by, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'recording.own', [recordingId])
      const [after] = decodeCursor(cursor, z.tuple([z.string().max(40)])) ?? []
      const page = { by, after, limit: limit + 1 }
      const rows = await ctx.slowly(ctx.auth.userId, () => listViews(ctx.db, recordingId, page))
      return toPage(rows, limit, ({ key }) => [key])
    }),
}
