import pg from 'pg'
import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import type { TrackId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { firstFreeMonth } from '../periods/store.ts'
import { createInput, getInput, listInput, track, trackInput, trackPage, updateInput } from './schema.ts'
import { shownTrack, shownTracks } from './shown.ts'
import {
  deleteTrack,
  findTrack,
  holdLabels,
  insertTrack,
  listTracks,
  lockTracks,
  replaceRights,
  updateTrack,
  wasHeard,
} from './store.ts'

/** Part of the royalties router. */
export const tracksRouter = router({
  create: caller
    .meta({
      summary: 'Make a track. For who keeps the accounts.',
      description:
        'Streams of an external id that is not known make a track by themselves, without a title and without rights: change that one.',
      errors: ['EXTERNAL_ID_TAKEN', 'UNKNOWN_LABEL', 'PERIOD_CLOSED', 'PERIOD_FROZEN', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(track)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const call = { auth: ctx.auth, procedure: 'royalties.tracks.create', input }
      const made = once(ctx.db, call, async (tx) => {
        const { externalId, title = null, isrc = null, labelId } = input
        const row = await insertTrack(tx, { externalId, title, isrc })
        if (labelId !== undefined) {
          if ((await holdLabels(tx, [labelId])).length === 0) throw new ApiError('UNKNOWN_LABEL', { field: 'labelId' })
          // Nobody has heard it yet: there are no totals to keep.
          const from = await firstFreeMonth(tx)
          await replaceRights(tx, row.key, { from, shares: [{ labelId, sharePpm: 1_000_000 }] })
        }
        await audit(tx, ctx, { action: 'royalties.tracks.create', target: row.id })
        return shownTrack(tx, row)
      })
      return made.catch(throwTaken)
    }),

  get: caller
    .meta({ summary: 'A track, by its id or its external id. For who keeps the accounts.', errors: ['NOT_FOUND'] })
    .input(getInput)
    .output(track)
    .query(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return shownTrack(ctx.db, await findTrack(ctx.db, input))
    }),

  list: caller
    .meta({
      summary: 'Tracks in the order in which they came. For who keeps the accounts.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(trackPage)
    .query(async ({ ctx, input: { limit, cursor, ...filter } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const [after] = decodeCursor(cursor, z.tuple([z.int32()])) ?? []
      const rows = await listTracks(ctx.db, { ...filter, after, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, ({ key }) => [key])
      return { items: await shownTracks(ctx.db, items), nextCursor }
    }),

  update: caller
    .meta({
      summary: 'Change the title or the code of a track. For who keeps the accounts.',
      description: 'A field left out stays as it is. Who gets which part of it is set by `rights.set`.',
      errors: ['NOT_FOUND'],
      idempotent: true,
    })
    .input(updateInput)
    .output(track)
    .mutation(async ({ ctx, input: { trackId, title, isrc } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return ctx.db.transaction().execute(async (tx) => {
        const row = await updateTrack(tx, trackId, { title, isrc })
        await audit(tx, ctx, { action: 'royalties.tracks.update', target: trackId })
        return shownTrack(tx, row)
      })
    }),

  remove: caller
    .meta({
      summary: 'Remove a track that nobody heard. For who keeps the accounts.',
      errors: ['NOT_FOUND', 'IN_USE'],
    })
    .input(trackInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { trackId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      await unheard(ctx.db, trackId)
      const removed = ctx.db.transaction().execute(async (tx) => {
        await lockTracks(tx)
        await deleteTrack(tx, await unheard(tx, trackId))
        await audit(tx, ctx, { action: 'royalties.tracks.remove', target: trackId })
      })
      await removed.catch(throwShut)
    }),
})

/** The key of a track that nobody heard. */
async function unheard(db: Db, trackId: TrackId): Promise<number> {
  const row = await findTrack(db, { trackId })
  if (row === undefined) throw new ApiError('NOT_FOUND')
  if (await wasHeard(db, row.key)) throw new ApiError('IN_USE', { message: 'It was heard: there are streams of it.' })
  return row.key
}

function throwTaken(error: unknown): never {
  if (error instanceof pg.DatabaseError && error.constraint === 'tracks_external_id_key') {
    throw new ApiError('EXTERNAL_ID_TAKEN', { field: 'externalId' })
  }
  throw error
}

/** Its rights are part of what shut periods rest on. */
function throwShut(error: unknown): never {
  if (error instanceof pg.DatabaseError && /^RP00[12]$/.test(error.code ?? '')) {
    throw new ApiError('IN_USE', { message: 'There are rights to it in periods that are shut.' })
  }
  throw error
}
