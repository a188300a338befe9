import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { period } from '../periods/month.ts'
import { listRightsInput, rightsPage, setRightsInput, setRightsOutput } from './schema.ts'
import { setRights } from './setRights.ts'
import { findTrack, listRights } from './store.ts'

/** Part of the royalties router. */
export const rightsRouter = router({
  set: caller
    .meta({
      summary: 'Set who gets which part of a track from a period on. For who keeps the accounts.',
      description:
        'It counts for all streams of the track in that period and after it, until one from which something else was set. ' +
        'What is missing to all of it is suspended.',
      errors: ['NOT_FOUND', 'SHARES_TOO_HIGH', 'UNKNOWN_LABEL', 'PERIOD_CLOSED', 'PERIOD_FROZEN'],
      idempotent: true,
    })
    .input(setRightsInput)
    .output(setRightsOutput)
    .mutation(async ({ ctx, input: { trackId, from, shares } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return ctx.db.transaction().execute(async (tx) => {
        const track = await findTrack(tx, { trackId })
        if (track === undefined) throw new ApiError('NOT_FOUND')
        const version = await setRights(tx, { trackKey: track.key, from, shares })
        const details = { from: version.from }
        await audit(tx, ctx, { action: 'royalties.rights.set', target: trackId, details })
        return version
      })
    }),

  list: caller
    .meta({
      summary: 'All that was set of the rights to a track, the latest period first. For who keeps the accounts.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(listRightsInput)
    .output(rightsPage)
    .query(async ({ ctx, input: { trackId, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const track = await findTrack(ctx.db, { trackId })
      if (track === undefined) throw new ApiError('NOT_FOUND')
      const [before] = decodeCursor(cursor, z.tuple([period])) ?? []
      const rows = await listRights(ctx.db, track.key, { before, limit: limit + 1 })
      return toPage(rows, limit, ({ from }) => [from])
    }),
})
