import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { text } from '../../text.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { period } from '../periods/month.ts'
import { firstFreeMonth } from '../periods/store.ts'
import { restate } from '../totals/restate.ts'
import { listInput, origin, originPage, setOriginInput } from './schema.ts'
import { listOrigins, writeOrigin } from './store.ts'

/** Part of the royalties router. */
export const originsRouter = router({
  set: caller
    .meta({
      summary: 'Say which part of the fees of an origin counts from a period on. For who keeps the accounts.',
      description: 'An origin that is not known is made. The fees of open periods from then on are counted anew.',
      errors: ['PERIOD_CLOSED', 'PERIOD_FROZEN'],
      idempotent: true,
    })
    .input(setOriginInput)
    .output(origin)
    .mutation(async ({ ctx, input: { name, countsPpm, from: wanted } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return ctx.db.transaction().execute(async (tx) => {
        const from = wanted ?? (await firstFreeMonth(tx))
        const written = await restate(tx, { periods: { from }, listeners: 'all' }, () =>
          writeOrigin(tx, { name, from, countsPpm }),
        )
        const details = { from, countsPpm: String(countsPpm) }
        await audit(tx, ctx, { action: 'royalties.origins.set', target: name, details })
        return written
      })
    }),

  list: caller
    .meta({
      summary: 'Where fees come from, and which part of them counts, by name and period. For who keeps the accounts.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(originPage)
    .query(async ({ ctx, input: { limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const after = decodeCursor(cursor, z.tuple([text({ max: 100 }), period]))
      const rows = await listOrigins(ctx.db, { after, limit: limit + 1 })
      return toPage(rows, limit, ({ name, from }) => [name, from])
    }),
})
