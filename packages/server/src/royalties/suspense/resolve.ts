import type { Db } from '../../db/connect.ts'
import { type LabelId, newId } from '../../ids.ts'
import { insertAdjustments } from '../adjustments/store.ts'
import { entryOf } from '../ledger/payees.ts'
import { post } from '../ledger/post.ts'
import { unassigned } from '../models/model.ts'
import { keepCurrency, knownCurrency, lockNextOpen, lockTerms } from '../periods/store.ts'
import { rightsIn } from '../totals/store.ts'
import { setRights } from '../tracks/setRights.ts'
import { movesOf } from './moves.ts'
import { givenOf, type SuspendedPart, suspendedOf } from './store.ts'

interface Wanted {
  track: { key: number; externalId: string }
  shares: { labelId: LabelId; sharePpm: number }[]
}

interface Moves {
  period: string
  moves: ReadonlyMap<LabelId, bigint>
}

/**
 * Gives a track its holders, from the first period on in which that can be said, and what is suspended of it in closed periods
 * to them. Comes first in its transaction.
 * @throws SHARES_TOO_HIGH, UNKNOWN_LABEL
 */
export async function resolveTrack(tx: Db, { track, shares }: Wanted) {
  await lockTerms(tx, { exclusive: true })
  const suspended = await suspendedOf(tx, track.key)
  const isClosed = suspended.some(({ state }) => state === 'closed')
  const booked = isClosed ? await lockNextOpen(tx) : undefined
  const { from } = await setRights(tx, { trackKey: track.key, shares })
  const all = await movesIn(tx, { track, shares })
  for (const one of all) if (booked !== undefined) await move(tx, { track, booked: booked.id }, one)
  return {
    from,
    bookedIn: all.length > 0 && booked !== undefined ? booked.id : null,
    moved: all.flatMap(({ period, moves }) =>
      [...moves].map(([labelId, amountMinor]) => ({ period, labelId, amountMinor })),
    ),
    waiting: waitingOf(suspended),
  }
}

/** The frozen periods in which something of it is suspended. */
function waitingOf(suspended: readonly SuspendedPart[]): string[] {
  const frozen = suspended.filter(({ state, amountMinor }) => state === 'frozen' && amountMinor > 0n)
  return [...new Set(frozen.map(({ booked }) => booked))].sort()
}

/** What is suspended for good, by period. */
function closedOf(suspended: readonly SuspendedPart[]): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const { period, state, amountMinor } of suspended) {
    if (state === 'closed') sums.set(period, (sums.get(period) ?? 0n) + amountMinor)
  }
  return sums
}

/** What goes to whom, for each closed period in which it does. */
async function movesIn(tx: Db, { track, shares }: Wanted): Promise<Moves[]> {
  const wanted = new Map(shares.map(({ labelId, sharePpm }) => [labelId, sharePpm]))
  const given = Map.groupBy(await givenOf(tx, track.key), ({ period }) => period)
  const all: Moves[] = []
  for (const [period, amountMinor] of closedOf(await suspendedOf(tx, track.key))) {
    const before = await rightsIn(tx, period, [track.key])
    const moves = movesOf(
      {
        suspendedMinor: amountMinor,
        given: new Map((given.get(period) ?? []).map((row) => [row.labelId, row.amountMinor])),
        before: new Map(before.map(({ labelId, sharePpm }) => [labelId, sharePpm])),
      },
      wanted,
    )
    if (moves.size > 0) all.push({ period, moves })
  }
  return all
}

async function move(
  tx: Db,
  { track, booked }: { track: Wanted['track']; booked: string },
  { period: forPeriod, moves }: Moves,
): Promise<void> {
  const currency = await knownCurrency(tx)
  if (currency === undefined) throw new Error('Money is suspended without a currency.')
  await keepCurrency(tx, [booked], currency)
  const sum = [...moves.values()].reduce((total, amount) => total + amount, 0n)
  const parts: [string, bigint][] = [[unassigned, -sum], ...moves]
  const reason = `Suspended in ${forPeriod}: track ${track.externalId}`
  const transactionId = await post(tx, {
    ...{ key: `suspense ${newId('adjustment')}`, kind: 'adjustment', period: booked, currency, memo: reason },
    occurredAt: new Date(),
    entries: parts.map(([payee, amountMinor]) => entryOf(payee, -amountMinor)),
  })
  if (transactionId === null) throw new Error('Suspended money was moved by no entries.')
  await insertAdjustments(
    tx,
    parts
      .filter(([, amountMinor]) => amountMinor !== 0n)
      .map(([payee, amountMinor]) => ({
        ...{ id: newId('adjustment'), period: booked, forPeriod, kind: 'suspense', payee, trackKey: track.key },
        ...{ amountMinor, reason, runId: null, transactionId },
      })),
  )
}
