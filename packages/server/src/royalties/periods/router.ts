import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { poolOf } from '../models/rules.ts'
import { modelName } from '../models/schema.ts'
import { closePeriod } from './close.ts'
import { period as month } from './month.ts'
import { listInput, periodInDetail, periodInput, periodPage } from './schema.ts'
import { countsOf, listPeriods, openBefore, type PeriodRecord, readPeriod } from './store.ts'

/** Part of the royalties router. */
export const periodsRouter = router({
  list: caller
    .meta({ summary: 'The months of accounts, the latest first. For who keeps the accounts.', errors: ['BAD_CURSOR'] })
    .input(listInput)
    .output(periodPage)
    .query(async ({ ctx, input: { limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const [before] = decodeCursor(cursor, z.tuple([month])) ?? []
      const { items, nextCursor } = toPage(
        await listPeriods(ctx.db, { before, limit: limit + 1 }),
        limit,
        ({ period }) => [period],
      )
      return { items: items.map(shownPeriod), nextCursor }
    }),

  get: caller
    .meta({
      summary: 'A month of accounts, and what is in the way of closing it. For who keeps the accounts.',
      errors: ['NOT_FOUND'],
    })
    .input(periodInput)
    .output(periodInDetail)
    .query(async ({ ctx, input: { period } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return inDetail(ctx.db, period)
    }),

  close: caller
    .meta({
      summary: 'Close a period on the run that stands, for good: statements are made. For who keeps the accounts.',
      description:
        'Periods are closed in their order, once they are over by UTC. From then on the database itself refuses any change in it; what comes later is ' +
        'accounted in the next open period. Closing one that is closed has no effect.',
      errors: ['NOT_FOUND', 'NO_RUN', 'PERIOD_NOT_OVER', 'EARLIER_OPEN', 'IMPORT_RUNNING'],
      idempotent: true,
    })
    .input(periodInput)
    .output(periodInDetail)
    .mutation(async ({ ctx, input: { period } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return ctx.db.transaction().execute(async (tx) => {
        if (await closePeriod(tx, period)) await audit(tx, ctx, { action: 'royalties.periods.close', target: period })
        return inDetail(tx, period)
      })
    }),
})

async function inDetail(db: Db, id: string) {
  const found = await readPeriod(db, id)
  if (found === undefined) throw new ApiError('NOT_FOUND')
  return { ...shownPeriod(found), ...(await countsOf(db, id)), openBefore: (await openBefore(db, id)) ?? null }
}

function shownPeriod({ poolMicro, model, ...period }: PeriodRecord) {
  return { ...period, poolMinor: poolOf(BigInt(poolMicro)), model: model === null ? null : modelName.parse(model) }
}
