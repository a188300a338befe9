import { z } from 'zod'
import { all, isAllowed, requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { microPerMinor } from '../../money.ts'
import { decodeCursor, int8, toPage } from '../../page.ts'
import { caller } from '../../trpc.ts'
import { models } from '../models/models.ts'
import type { keptRules } from '../runs/schema.ts'
import { shownRun } from '../runs/shown.ts'
import { standingRun } from '../runs/store.ts'
import { findTrack } from '../tracks/store.ts'
import { trace, traceInput } from './schema.ts'
import { findLine, listStreamsOf, type TracedRow } from './store.ts'

/** The procedures of the royalties router that say where an amount comes from. */
export const traceProcedures = {
  trace: caller
    .meta({
      summary:
        'How the amount of a track on a statement came about, down to the lines of files. For members of the label, too.',
      description: 'Of a period that a run stands of. The streams are paged; the rest is the same on each page.',
      errors: ['NOT_FOUND', 'NO_RUN', 'BAD_CURSOR'],
    })
    .input(traceInput)
    .output(trace)
    .query(async ({ ctx: { db, auth }, input: { period, labelId, trackId, limit, cursor } }) => {
      await requireAccess(db, auth, 'label.see', [labelId])
      const [after] = decodeCursor(cursor, z.tuple([int8])) ?? []
      const kept = await standingRun(db, period)
      if (kept === undefined) throw new ApiError('NO_RUN')
      const run = shownRun(kept)
      const track = await findTrack(db, { trackId })
      const line = track && (await findLine(db, { runId: run.id, labelId, trackKey: track.key }))
      if (track === undefined || line === undefined) throw new ApiError('NOT_FOUND')
      const rows = await listStreamsOf(db, { period, trackKey: track.key, after, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, ({ id }) => [String(id)])
      const isKeeper = await isAllowed(db, auth, 'royalties.keep', [all])
      const counts = counting(run)
      const { poolMinor, model, currency } = run
      return {
        ...{ period, labelId, trackId, runId: run.id, model, currency, nextCursor },
        ...{ ...line, seconds: Number(line.seconds), streams: Number(line.streams), ...roundingOf(poolMinor, line) },
        // They tell what all labels together come to.
        ...{ poolMinor: isKeeper ? poolMinor : null, totalWeight: isKeeper ? line.totalWeight : null },
        items: items.map((row) => ({
          ...{ ...row, listenerId: isKeeper ? row.listenerId : null, isCounted: row.booked === period && counts(row) },
        })),
      }
    }),
}

/** Which streams a run counts among its streams. */
function counting({ model, rules }: { model: keyof typeof models; rules: z.infer<typeof keptRules> }) {
  return ({ seconds }: TracedRow): boolean => {
    const counted = seconds < rules.minimumSeconds ? 0n : 1n
    return models[model].streams({ trackKey: 0, seconds: BigInt(seconds), streams: 1n, counted }) > 0n
  }
}

interface Line {
  weight: bigint
  totalWeight: bigint
  amountMinor: bigint
}

function roundingOf(poolMinor: bigint, { weight, totalWeight, amountMinor }: Line) {
  const exactMicro = totalWeight === 0n ? 0n : (poolMinor * microPerMinor * weight) / totalWeight
  return { exactMicro, roundingMicro: amountMinor * microPerMinor - exactMicro }
}
