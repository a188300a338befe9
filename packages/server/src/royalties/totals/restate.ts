import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { modelNames } from '../models/models.ts'
import { ensurePeriods, lockPeriod, lockTerms } from '../periods/store.ts'
import { forEachListening, type ListeningOptions } from './listening.ts'
import {
  addToPool,
  addToTotals,
  lastLineOf,
  listenersOf,
  listenersOfImport,
  periodsFrom,
  type TotalRow,
  totalsIn,
} from './store.ts'
import { addListening, noSums, type Sums, sumOf } from './sums.ts'

export interface Touched {
  /** Months, which get their rows where they have none; or all that there are from one on. */
  periods: readonly string[] | { from: string }
  /** Keys of the listeners whose fees or streams change; or whoever heard any of these tracks; or all. */
  listeners: readonly number[] | { heard: readonly number[] } | 'all'
}

/**
 * Does a change of what totals are made of, and keeps them exact: locks the periods in their order, reads what the listeners
 * come to, does the change, reads again, and adds the difference. Changes of terms (rights, origins, policies) name their
 * periods by `from`, so that none is overlooked that comes meanwhile. Comes first in its transaction.
 * @throws PERIOD_CLOSED, PERIOD_FROZEN
 */
export async function restate<Result>(
  tx: Db,
  { periods, listeners }: Touched,
  change: (periods: readonly string[]) => Promise<Result>,
): Promise<Result> {
  await lockTerms(tx, { exclusive: 'from' in periods })
  const ids = await lockOpen(tx, periods)
  const restated: { id: string; who: Who; difference: Difference }[] = []
  for (const id of ids) {
    const who = await whoIn(tx, id, listeners)
    const difference = nothing()
    if (who === 'all') await takeTotals(tx, id, difference)
    else await add(tx, id, { listeners: who }, difference, -1n)
    restated.push({ id, who, difference })
  }
  const result = await change(ids)
  for (const { id, who, difference } of restated) {
    await add(tx, id, who === 'all' ? {} : { listeners: who }, difference, 1n)
    await save(tx, id, difference)
  }
  return result
}

/**
 * Adds the streams of an import to the totals of their periods. They did not count so far; that they do from now on is for the
 * caller to say, in the same transaction: `done`.
 * @throws PERIOD_CLOSED, PERIOD_FROZEN
 */
export async function settleImport(tx: Db, importKey: number): Promise<void> {
  await lockTerms(tx, { exclusive: false })
  const touched = await touchedBy(tx, importKey)
  await lockOpen(tx, [...touched.keys()])
  for (const [period, found] of touched) {
    const [listeners, difference] = [[...found], nothing()]
    await add(tx, period, { listeners }, difference, -1n)
    await add(tx, period, { listeners, settling: importKey }, difference, 1n)
    await save(tx, period, difference)
  }
}

/** Lines of an import that are looked through in one statement. */
const linesAtOnce = 1_000_000

/** Whom an import has streams of, by period. */
async function touchedBy(tx: Db, importKey: number): Promise<Map<string, Set<number>>> {
  const touched = new Map<string, Set<number>>()
  const last = await lastLineOf(tx, importKey)
  for (let after = -1; after < last; after += linesAtOnce) {
    for (const { period, listeners } of await listenersOfImport(tx, importKey, { after, lines: linesAtOnce })) {
      const known = touched.get(period) ?? new Set()
      for (const key of listeners) known.add(key)
      touched.set(period, known)
    }
  }
  return touched
}

type Who = readonly number[] | 'all'

interface Difference {
  sums: Sums
  poolMicro: bigint
  listeners: bigint
}

const nothing = (): Difference => ({ sums: noSums(), poolMicro: 0n, listeners: 0n })

async function whoIn(tx: Db, period: string, listeners: Touched['listeners']): Promise<Who> {
  return typeof listeners === 'object' && 'heard' in listeners ? listenersOf(tx, period, listeners.heard) : listeners
}

/** @throws PERIOD_CLOSED, PERIOD_FROZEN */
async function lockOpen(tx: Db, periods: Touched['periods']): Promise<string[]> {
  const ids = 'from' in periods ? await periodsFrom(tx, periods.from) : [...new Set(periods)].sort()
  if (!('from' in periods)) await ensurePeriods(tx, ids)
  for (const id of ids) {
    const period = await lockPeriod(tx, id)
    if (period?.state === 'closed') throw new ApiError('PERIOD_CLOSED')
    if (period?.state === 'frozen') throw new ApiError('PERIOD_FROZEN')
  }
  return ids
}

async function add(tx: Db, period: string, options: ListeningOptions, difference: Difference, sign: 1n | -1n) {
  await forEachListening(tx, period, options, (listening, sharesOf) => {
    addListening(difference.sums, listening, sharesOf, sign)
    difference.poolMicro += sign * listening.feeMicro
    if (listening.grossMinor !== null) difference.listeners += sign
  })
}

/** Takes back all that a period's totals are. */
async function takeTotals(tx: Db, period: string, difference: Difference): Promise<void> {
  for (const row of await totalsIn(tx, period)) {
    const name = modelNames.find((known) => known === row.model)
    const byPayee = name && difference.sums.get(name)
    if (byPayee === undefined) continue
    const sum = sumOf(byPayee, row.payee)
    sum.seconds -= row.seconds
    sum.streams -= row.streams
    sum.listeners -= row.listeners
    sum.weight -= row.weight
  }
  const locked = await lockPeriod(tx, period)
  difference.poolMicro -= locked?.poolMicro ?? 0n
  difference.listeners -= BigInt(locked?.listeners ?? 0)
}

async function save(tx: Db, period: string, { sums, poolMicro, listeners }: Difference): Promise<void> {
  const rows: TotalRow[] = []
  for (const [model, byPayee] of sums) {
    for (const [payee, sum] of byPayee) {
      if (sum.seconds !== 0n || sum.streams !== 0n || sum.listeners !== 0n || sum.weight !== 0n)
        rows.push({ model, payee, ...sum })
    }
  }
  await addToTotals(tx, period, rows)
  await addToPool(tx, period, poolMicro, Number(listeners))
}
