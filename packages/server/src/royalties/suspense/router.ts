import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { decodeCursor, int4, int8, toPage } from '../../page.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { findPeriod } from '../periods/store.ts'
import { firstLateRun, standingRun } from '../runs/store.ts'
import { findTrack } from '../tracks/store.ts'
import { resolveTrack } from './resolve.ts'
import { listInput, resolved, resolveInput, suspendedPage } from './schema.ts'
import { type Page, suspendedByRun, unassignedSoFar } from './store.ts'

const position = z.tuple([int8, z.enum(['unassigned', 'unheard']), int4])

/** Part of the royalties router. */
export const suspenseRouter = router({
  list: caller
    .meta({
      summary: 'What is suspended of a period, the largest amounts first. For who keeps the accounts.',
      description:
        'Of a period that a run stands of: what is suspended still, without what was resolved; with what came late, once the period ' +
        'that it is accounted in is closed. Of an open one: its tracks that are not all assigned, by seconds and without amounts, ' +
        'for they depend on the model.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(listInput)
    .output(suspendedPage)
    .query(async ({ ctx, input: { period, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const [rank, kind, trackKey] = decodeCursor(cursor, position) ?? []
      const isFirst = rank === undefined || kind === undefined || trackKey === undefined
      const page = { after: isFirst ? undefined : { rank, kind, trackKey }, limit: limit + 1 }
      const { auth } = ctx
      const who = auth.kind === 'user' ? auth.userId : (auth.key.id ?? auth.key.name)
      const rows = await ctx.slowly(who, () => suspendedIn(ctx.db, period, page))
      const { items, nextCursor } = toPage(rows, limit, (row) => [String(row.rank), row.kind, row.trackKey])
      const shown = items.map(({ rank: _, trackKey: __, seconds, streams, ...row }) => ({
        ...{ ...row, seconds: Number(seconds), streams: Number(streams) },
      }))
      return { items: shown, nextCursor }
    }),

  resolve: caller
    .meta({
      summary: 'Say who holds a track: from now on, and for what is suspended of it. For who keeps the accounts.',
      description:
        'The rights hold from the first period on that nothing is shut in or after. What is suspended of the track in closed ' +
        'periods goes to the holders as an adjustment in the next open period, never twice; what holders had in those periods ' +
        'counts as given. Of frozen periods nothing is moved: `waiting` names them.',
      errors: ['NOT_FOUND', 'SHARES_TOO_HIGH', 'UNKNOWN_LABEL', 'PERIOD_CLOSED', 'PERIOD_FROZEN'],
      idempotent: true,
    })
    .input(resolveInput)
    .output(resolved)
    .mutation(async ({ ctx, input: { trackId, shares } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return ctx.db.transaction().execute(async (tx) => {
        const track = await findTrack(tx, { trackId })
        if (track === undefined) throw new ApiError('NOT_FOUND')
        const answer = await resolveTrack(tx, { track, shares })
        await audit(tx, ctx, { action: 'royalties.suspense.resolve', target: trackId, details: { from: answer.from } })
        return answer
      })
    }),
})

/** @throws NOT_FOUND */
async function suspendedIn(db: Db, period: string, page: Page) {
  const run = await standingRun(db, period)
  if (run !== undefined) return suspendedByRun(db, { id: run.id, period }, page)
  if ((await findPeriod(db, period)) !== undefined) return unassignedSoFar(db, period, page)
  // Nothing had come when a later one was closed: all of it came late.
  if ((await firstLateRun(db, period)) === undefined) throw new ApiError('NOT_FOUND')
  return suspendedByRun(db, { id: null, period }, page)
}
