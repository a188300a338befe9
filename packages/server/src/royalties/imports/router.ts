import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import { importId, newId } from '../../ids.ts'
import { countFitting, decodeCursor, int4, toPage } from '../../page.ts'
import { caller, requireUser, router } from '../../trpc.ts'
import { findUploads } from '../../uploads/store.ts'
import { holdUploads, keepUploads } from '../../uploads/uses/store.ts'
import { audit } from '../../users/audit/record.ts'
import { resolve } from './problems/resolve.ts'
import { listProblems } from './problems/store.ts'
import {
  asRowCode,
  createInput,
  importInput,
  importPage,
  importRecord,
  listInput,
  problemPage,
  problemsInput,
  resolveInput,
  resolveOutput,
} from './schema.ts'
import { shownImport } from './shown.ts'
import { findImport, insertImport, listImports } from './store.ts'
import { importSoon } from './tasks.ts'

const time = z.iso.datetime().transform((text) => new Date(text))

/** Part of the royalties router. */
export const importsRouter = router({
  create: caller
    .meta({
      summary: 'Import a file of streams, listeners or tracks that you have uploaded.',
      description:
        'It is read in the background: `imports.get` says how far it is. Rows that cannot be taken go to quarantine, see ' +
        '`imports.problems`; all others count. A file that was imported before, to be read in the same way, is a `duplicate` and has ' +
        'no effect.',
      errors: ['NOT_FOUND', 'UPLOAD_INCOMPLETE', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(importRecord)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const { userId } = requireUser(ctx.auth)
      const { kind, uploadId, format: asked = {}, period = null, currency = null } = input
      return once(ctx.db, { auth: ctx.auth, procedure: 'royalties.imports.create', input }, async (tx) => {
        const held = await holdUploads(tx, [uploadId])
        const [upload] = await findUploads(tx, [uploadId])
        if (upload === undefined || upload.ownerId !== userId) throw new ApiError('NOT_FOUND', { field: 'uploadId' })
        if (!held.has(uploadId)) throw new ApiError('UPLOAD_INCOMPLETE', { field: 'uploadId' })
        const id = newId('import')
        const format = { asked, period, currency }
        const row = await insertImport(tx, { id, kind, fileName: upload.name, uploadId, sourceId: null, format })
        await keepUploads(tx, [uploadId])
        await importSoon(tx, id)
        await audit(tx, ctx, { action: 'royalties.imports.create', target: id, details: { kind } })
        return shownImport(row)
      })
    }),

  get: caller
    .meta({ summary: 'How an import stands.', errors: ['NOT_FOUND'] })
    .input(importInput)
    .output(importRecord)
    .query(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const row = await findImport(ctx.db, input.importId)
      if (row === undefined) throw new ApiError('NOT_FOUND')
      return shownImport(row)
    }),

  list: caller
    .meta({ summary: 'Imports, the newest first.', errors: ['BAD_CURSOR'] })
    .input(listInput)
    .output(importPage)
    .query(async ({ ctx, input: { limit, cursor, ...filter } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const [at, id] = decodeCursor(cursor, z.tuple([time, importId])) ?? []
      const before = at === undefined || id === undefined ? undefined : { createdAt: at, id }
      const rows = await listImports(ctx.db, { ...filter, before, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, ({ createdAt, id }) => [createdAt, id])
      return { items: items.map(shownImport), nextCursor }
    }),

  problems: caller
    .meta({
      summary: 'Rows of an import that were not taken, in the order of lines.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(problemsInput)
    .output(problemPage)
    .query(async ({ ctx, input: { importId: id, open, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      if ((await findImport(ctx.db, id)) === undefined) throw new ApiError('NOT_FOUND')
      const [after = 0] = decodeCursor(cursor, z.tuple([int4])) ?? []
      const rows = await listProblems(ctx.db, { importId: id, open, after, limit: limit + 1 })
      const fitting = Math.min(
        limit,
        countFitting(rows, ({ raw }) => raw.length + 200),
      )
      const { items, nextCursor } = toPage(rows, fitting, ({ line }) => [line])
      return { items: items.map((row) => ({ ...row, code: asRowCode(row.code) })), nextCursor }
    }),

  resolve: caller
    .meta({
      summary: 'Try rows of an import again that were not taken, or leave them out for good.',
      description:
        'By their lines, or all open ones of a code. What is taken counts from then on, and moves from `rowsQuarantined` to ' +
        '`rowsAccepted`; `rowsRead` stays.',
      errors: [
        ...(['NOT_FOUND', 'IMPORT_RUNNING', 'PROBLEM_RESOLVED'] as const),
        ...(['PERIOD_CLOSED', 'PERIOD_FROZEN'] as const),
      ],
    })
    .input(resolveInput)
    .output(resolveOutput)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return ctx.db.transaction().execute(async (tx) => {
        const { row, ...counts } = await resolve(ctx.db, tx, input)
        const details = { action: input.action, rows: String(counts.resolved) }
        await audit(tx, ctx, { action: 'royalties.imports.resolve', target: row.id, details })
        return { import: shownImport(row), ...counts }
      })
    }),
})
