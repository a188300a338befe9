import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { newId, type RunId, type TransactionId } from '../../ids.ts'
import { insertAdjustments, lateOfRun } from '../adjustments/store.ts'
import { reverse } from '../ledger/post.ts'
import { lockPeriod, setState } from '../periods/store.ts'
import { findRun, setReversed, takeTime } from './store.ts'

/**
 * Undoes a run by entries of the other sign, and opens its period again.
 * @throws NOT_FOUND, RUN_REVERSED, PERIOD_CLOSED
 */
export async function reverseRun(tx: Db, runId: RunId, reason: string): Promise<void> {
  await takeTime(tx)
  const found = await findRun(tx, runId)
  if (found === undefined) throw new ApiError('NOT_FOUND')
  const period = await lockPeriod(tx, found.period)
  const run = await findRun(tx, runId)
  if (run === undefined || period === undefined) throw new ApiError('NOT_FOUND')
  if (run.reversedAt !== null) throw new ApiError('RUN_REVERSED')
  if (period.state === 'closed') throw new ApiError('PERIOD_CLOSED')
  await setState(tx, period.id, 'open')
  const undone = { period: period.id, memo: `Reversal of the run of ${period.id}: ${reason}` }
  const reversalId = run.transactionId === null ? null : await reverse(tx, run.transactionId, undone)
  await reverseLate(tx, { id: runId, period: period.id }, undone.memo)
  await setReversed(tx, runId, reversalId)
}

/** What came late with it is undone, too, and comes again with the next run. */
async function reverseLate(tx: Db, run: { id: RunId; period: string }, memo: string): Promise<void> {
  const late = await lateOfRun(tx, run.id)
  const reversals = new Map<TransactionId, TransactionId>()
  for (const id of new Set(late.map(({ transactionId }) => transactionId))) {
    reversals.set(id, await reverse(tx, id, { period: run.period, memo }))
  }
  await insertAdjustments(
    tx,
    late.map(({ transactionId, amountMinor, reason, ...change }) => ({
      ...{ id: newId('adjustment'), period: run.period, kind: 'late', runId: run.id, ...change },
      ...{ amountMinor: -amountMinor, reason: `Reversal: ${reason}` },
      transactionId: reversals.get(transactionId) ?? transactionId,
    })),
  )
}
