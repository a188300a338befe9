import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { router, signedIn } from '../../trpc.ts'
import { auditPage, listInput } from './schema.ts'
import { listAudit } from './store.ts'

const position = z.tuple([z.string().regex(/^\d{1,19}$/)])
const details = z.record(z.string(), z.string())

export const auditRouter = router({
  list: signedIn
    .meta({ summary: 'The audit log, newest first. For administrators and support.', errors: ['BAD_CURSOR'] })
    .input(listInput)
    .output(auditPage)
    .query(async ({ ctx, input: { limit, cursor, ...filter } }) => {
      await requireAccess(ctx.db, ctx.auth, 'audit.read', [all])
      const [below] = decodeCursor(cursor, position) ?? []
      const rows = await listAudit(ctx.db, filter, {
        below: below === undefined ? undefined : BigInt(below),
        limit: limit + 1,
      })
      const { items, nextCursor } = toPage(rows, limit, ({ id }) => [String(id)])
      return { items: items.map((row) => ({ ...row, details: details.parse(row.details) })), nextCursor }
    }),
})
