import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import { labelId as labelIdSchema } from '../../ids.ts'
import { decodeCursor, int4, int8, toPage } from '../../page.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { period as month } from '../periods/month.ts'
import { toCsv } from './export.ts'
import { payStatement } from './pay.ts'
import {
  exported,
  exportInput,
  linePage,
  linesInput,
  listInput,
  markPaidInput,
  maxExported,
  statement,
  statementInDetail,
  statementInput,
  statementPage,
} from './schema.ts'
import { shownStatement } from './shown.ts'
import {
  findStatement,
  type LinePage,
  type LineRecord,
  listLines,
  listPayments,
  listStatements,
  type Of,
} from './store.ts'

const linePosition = z.tuple([int8, int4])
const shownPayments = 200

/** Part of the royalties router. */
export const statementsRouter = router({
  list: caller
    .meta({
      summary: 'Statements, the latest period first. For who keeps the accounts, and for members of the label.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(listInput)
    .output(statementPage)
    .query(async ({ ctx, input: { period, labelId, limit, cursor } }) => {
      if (labelId === undefined) await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      else await requireAccess(ctx.db, ctx.auth, 'label.see', [labelId])
      const after = decodeCursor(cursor, z.tuple([month, labelIdSchema]))
      const rows = await listStatements(ctx.db, { period, labelId, after, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, (row) => [row.period, row.labelId])
      return { items: items.map(shownStatement), nextCursor }
    }),

  get: caller
    .meta({
      summary: 'The statement of a label for a period. For who keeps the accounts, and for members of the label.',
      description: '`statements.lines` has its earnings track by track, `adjustments.list` what is owed besides.',
      errors: ['NOT_FOUND'],
    })
    .input(statementInput)
    .output(statementInDetail)
    .query(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'label.see', [input.labelId])
      const found = await requireStatement(ctx.db, input)
      return { ...shownStatement(found), payments: await listPayments(ctx.db, input, shownPayments) }
    }),

  lines: caller
    .meta({
      summary: 'The earnings of a statement track by track, the largest first. For members of the label, too.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(linesInput)
    .output(linePage)
    .query(async ({ ctx, input: { period, labelId, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'label.see', [labelId])
      const after = decodeCursor(cursor, linePosition)
      const { rows } = await linesOf(ctx.db, { period, labelId }, { after, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, positionOf)
      const shown = items.map(({ trackKey: _, seconds, streams, ...line }) => ({
        ...{ ...line, seconds: Number(seconds), streams: Number(streams) },
      }))
      return { items: shown, nextCursor }
    }),

  export: caller
    .meta({
      summary: 'The same as a file for spreadsheets (CSV). For members of the label, too.',
      description: `${maxExported.toLocaleString('en')} lines at most; where there are more, \`nextCursor\` gives the next part.`,
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(exportInput)
    .output(exported)
    .query(async ({ ctx, input: { period, labelId, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'label.see', [labelId])
      const after = decodeCursor(cursor, linePosition)
      const page = { after, limit: maxExported + 1 }
      const { found, rows } = await linesOf(ctx.db, { period, labelId }, page)
      const { items, nextCursor } = toPage(rows, maxExported, positionOf)
      const text = toCsv(found, items, { isFirst: after === undefined })
      return {
        fileName: `statement-${period}-${labelId}.csv`,
        contentType: 'text/csv; charset=utf-8',
        text,
        nextCursor,
      }
    }),

  markPaid: caller
    .meta({
      summary: 'Enter that what is due of a statement was paid. For who keeps the accounts.',
      description:
        'It is accounted in the next open period, whose statement shows it. Only the latest statement of a label is paid: it has ' +
        'the balance of those before in it.',
      errors: ['NOT_FOUND', 'NOTHING_PAYABLE', 'STATEMENT_PAID', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(markPaidInput)
    .output(statement)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return once(ctx.db, { auth: ctx.auth, procedure: 'royalties.statements.markPaid', input }, async (tx) => {
        const id = await payStatement(tx, input)
        const details = { period: input.period, paymentId: id }
        await audit(tx, ctx, { action: 'royalties.statements.markPaid', target: input.labelId, details })
        return shownStatement(await requireStatement(tx, input))
      })
    }),
})

const positionOf = ({ amountMinor, trackKey }: LineRecord) => [String(amountMinor), trackKey]

/** @throws NOT_FOUND */
async function requireStatement(db: Db, of: Of) {
  const found = await findStatement(db, of)
  if (found === undefined) throw new ApiError('NOT_FOUND')
  return found
}

/** @throws NOT_FOUND */
async function linesOf(db: Db, of: Of, page: LinePage) {
  const found = await requireStatement(db, of)
  return { found, rows: await listLines(db, { runId: found.runId, payee: of.labelId }, page) }
}
