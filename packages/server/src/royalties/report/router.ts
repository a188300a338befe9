import { all, allowedAmong, type CallerAuth, isAllowed, requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { LabelId } from '../../ids.ts'
import { decodeCursor } from '../../page.ts'
import { caller } from '../../trpc.ts'
import { compared } from './compared.ts'
import { divided } from './divided.ts'
import { pageAfter, rankInCursor } from './ranked.ts'
import { compareInput, comparison, report, reportInput } from './schema.ts'
import { findTotals, labelsOf, namesOf } from './store.ts'

/** The procedures of the royalties router itself. */
export const reportProcedures = {
  report: caller
    .meta({
      summary: 'What the pool of a period comes to for each label, by one of the models.',
      description:
        'It follows every import and every change at once, and is what a run would allocate now. Members of labels get the lines of ' +
        'their own.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(reportInput)
    .output(report)
    .query(async ({ ctx: { db, auth }, input: { period, model, limit, cursor } }) => {
      const own = await ownLabels(db, auth)
      const after = decodeCursor(cursor, rankInCursor)
      const totals = await findTotals(db, period, [model])
      if (totals === undefined) throw new ApiError('NOT_FOUND', { message: 'Nothing has come for this period.' })
      const head = { period, model, currency: totals.currency, state: totals.state }
      const { labels, countsOf, sharePpmOf, poolMinor, suspenseMinor, suspense } = divided(totals, model)
      const shown = own === all ? labels : labels.filter(({ key }) => own.has(key))
      const { page, nextCursor } = pageAfter(shown, { after, limit })
      const names = await namesOf(db, page)
      const lines = page.map(({ key, amount }) => ({
        ...{ labelId: key, name: names.get(key) ?? '', ...countsOf(key) },
        ...{ sharePpm: own === all ? sharePpmOf(key) : null, amountMinor: amount },
      }))
      if (own !== all) return { ...head, poolMinor: null, lines, suspenseMinor: null, suspense: [], nextCursor }
      const reasons = suspense.map(({ reason, amountMinor }) => ({ reason, amountMinor, ...countsOf(reason) }))
      return { ...head, poolMinor, lines, suspenseMinor, suspense: reasons, nextCursor }
    }),

  compare: caller
    .meta({
      summary: 'What a period comes to by two or three models, side by side: label by label, and by rank.',
      errors: ['NOT_FOUND', 'BAD_CURSOR', 'UNKNOWN_MODEL'],
    })
    .input(compareInput)
    .output(comparison)
    .query(async ({ ctx: { db, auth }, input: { period, models, limit, cursor } }) => {
      await requireAccess(db, auth, 'royalties.keep', [all])
      if (new Set(models).size < models.length) throw new ApiError('UNKNOWN_MODEL', { field: 'models' })
      const after = decodeCursor(cursor, rankInCursor)
      const totals = await findTotals(db, period, models)
      if (totals === undefined) throw new ApiError('NOT_FOUND', { message: 'Nothing has come for this period.' })
      const { labels, amountsOf, ...rest } = compared(totals, models)
      const { page, nextCursor } = pageAfter(labels, { after, limit })
      const names = await namesOf(db, page)
      const lines = page.map((label) => ({
        ...{ labelId: label.key, name: names.get(label.key) ?? '', amounts: amountsOf(label) },
      }))
      return { period, currency: totals.currency, state: totals.state, ...rest, lines, nextCursor }
    }),
}

/**
 * Whose lines a caller sees.
 * @throws NOT_ALLOWED for who keeps no accounts and is a member of no label
 */
async function ownLabels(db: Db, auth: CallerAuth): Promise<typeof all | ReadonlySet<LabelId>> {
  if (await isAllowed(db, auth, 'royalties.keep', [all])) return all
  const own = await allowedAmong(db, auth, 'label.see', auth.kind === 'user' ? await labelsOf(db, auth.userId) : [])
  if (own.size === 0) await requireAccess(db, auth, 'royalties.keep', [all])
  return own
}
