import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import { newId, sourceId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import type { Sources } from './fetcher.ts'
import { createInput, listInput, outcome, reading, source, sourceInput, sourcePage, updateInput } from './schema.ts'
import { countSources, deleteSource, insertSource, listSources, type SourceRecord, updateSource } from './store.ts'

const maxSources = 200
const position = z.tuple([sourceId])

/** Part of the royalties router. */
export const sourcesRouter = router({
  create: caller
    .meta({
      summary: 'Have a file fetched from an https address now and then, and imported. For who keeps the accounts.',
      description:
        'It is fetched for the first time at once. Nothing is fetched from private networks, nor after more than three ' +
        'redirects. What is the same as before is not imported again.',
      errors: ['ADDRESS_REFUSED', 'TOO_MANY_SOURCES', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(source)
    .mutation(async ({ ctx, input }) => {
      const { auth, db, sources } = ctx
      await requireAccess(db, auth, 'royalties.keep', [all])
      checkAddress(sources, input.url)
      const made = await once(db, { auth, procedure: 'royalties.sources.create', input }, async (tx) => {
        if ((await countSources(tx)) >= maxSources) throw new ApiError('TOO_MANY_SOURCES')
        const { name, kind, url, format, currency = null, everyMinutes, paused } = input
        const given = { name, kind, url, reading: { format, currency }, everyMinutes, paused }
        const row = await insertSource(tx, { id: newId('source'), ...given })
        await audit(tx, ctx, { action: 'royalties.sources.create', target: row.id, details: { kind: row.kind } })
        return shown(row)
      })
      sources.wake()
      return made
    }),

  list: caller
    .meta({
      summary: 'The addresses that files are fetched from, and how that went last. For who keeps the accounts.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(sourcePage)
    .query(async ({ ctx: { db, auth }, input: { limit, cursor } }) => {
      await requireAccess(db, auth, 'royalties.keep', [all])
      const [after] = decodeCursor(cursor, position) ?? []
      const rows = await listSources(db, { after, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, ({ id }) => [id])
      return { items: items.map(shown), nextCursor }
    }),

  update: caller
    .meta({
      summary: 'Change a source of imports, or leave it alone for a while. For who keeps the accounts.',
      description: 'A field left out stays as it is. With another address or format it is fetched anew, at once.',
      errors: ['NOT_FOUND', 'ADDRESS_REFUSED'],
      idempotent: true,
    })
    .input(updateInput)
    .output(source)
    .mutation(async ({ ctx, input: { sourceId, ...change } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      if (change.url !== undefined) checkAddress(ctx.sources, change.url)
      const changed = await ctx.db.transaction().execute(async (tx) => {
        const { format, currency, ...others } = change
        const read = { ...(format && { format }), ...(currency !== undefined && { currency }) }
        const row = await updateSource(tx, sourceId, { ...others, reading: read })
        if (row === undefined) throw new ApiError('NOT_FOUND')
        const fields = Object.entries(change).flatMap(([field, value]) => (value === undefined ? [] : [field]))
        const details = { fields: fields.join(' ') }
        await audit(tx, ctx, { action: 'royalties.sources.update', target: sourceId, details })
        return shown(row)
      })
      ctx.sources.wake()
      return changed
    }),

  remove: caller
    .meta({
      summary: 'Have nothing fetched from a source any more; its imports stay. For who keeps the accounts.',
      errors: ['NOT_FOUND'],
    })
    .input(sourceInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { sourceId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      await ctx.db.transaction().execute(async (tx) => {
        if (!(await deleteSource(tx, sourceId))) throw new ApiError('NOT_FOUND')
        await audit(tx, ctx, { action: 'royalties.sources.remove', target: sourceId })
      })
    }),
})

/** @throws ADDRESS_REFUSED */
function checkAddress(sources: Pick<Sources, 'refusalOf'>, url: string): void {
  const message = sources.refusalOf(url)
  if (message !== undefined) throw new ApiError('ADDRESS_REFUSED', { field: 'url', message })
}

function shown({ etag: _, reading: kept, lastCode, ...row }: SourceRecord): z.infer<typeof source> {
  return {
    ...row,
    ...reading.parse(kept),
    nextAt: row.paused ? null : row.nextAt,
    lastCode: outcome.nullable().parse(lastCode),
  }
}
