import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { period } from '../periods/month.ts'
import { firstFreeMonth } from '../periods/store.ts'
import { restate } from '../totals/restate.ts'
import { rulesIn } from '../totals/store.ts'
import { listInput, policy, policyPage, setPolicyInput } from './schema.ts'
import { listPolicies, writePolicy } from './store.ts'

/** Part of the royalties router. */
export const policiesRouter = router({
  set: caller
    .meta({
      summary: 'Set the rules by which periods are settled from one on. For who keeps the accounts.',
      description:
        'A field left out is as in the version that holds there so far. What open periods from then on come to is counted anew; ' +
        'which streams are flagged was decided when they came.',
      errors: ['PERIOD_CLOSED', 'PERIOD_FROZEN'],
      idempotent: true,
    })
    .input(setPolicyInput)
    .output(policy)
    .mutation(async ({ ctx, input: { from: wanted, ...fields } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return ctx.db.transaction().execute(async (tx) => {
        const from = wanted ?? (await firstFreeMonth(tx))
        const written = await restate(tx, { periods: { from }, listeners: 'all' }, async () => {
          const rules = await rulesIn(tx, from)
          return writePolicy(tx, {
            from,
            feeRounding: fields.feeRounding ?? rules.feeRounding,
            minimumSeconds: fields.minimumSeconds ?? rules.minimumSeconds,
            minimumPayoutMinor: fields.minimumPayoutMinor ?? rules.minimumPayoutMinor,
            suspiciousSeconds: fields.suspiciousSeconds ?? rules.suspiciousSeconds,
          })
        })
        const details = { from, version: String(written.version) }
        await audit(tx, ctx, { action: 'royalties.policies.set', target: from, details })
        return written
      })
    }),

  list: caller
    .meta({
      summary: 'The rules by which periods are settled, the latest first. For who keeps the accounts.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(policyPage)
    .query(async ({ ctx, input: { limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const [before] = decodeCursor(cursor, z.tuple([period])) ?? []
      const rows = await listPolicies(ctx.db, { before, limit: limit + 1 })
      return toPage(rows, limit, ({ from }) => [from])
    }),
})
