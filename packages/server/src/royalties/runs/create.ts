import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { newId, type RunId } from '../../ids.ts'
import { entryOf } from '../ledger/payees.ts'
import { post } from '../ledger/post.ts'
import type { ModelName } from '../models/models.ts'
import {
  keepCurrency,
  knownCurrency,
  lockPeriod,
  lockTerms,
  openBefore,
  type Period,
  setState,
} from '../periods/store.ts'
import { originsIn, rulesIn, totalsIn } from '../totals/store.ts'
import { type Late, lateChanges, postLate } from './late.ts'
import { RunDigest, type Settled, settle } from './settle.ts'
import {
  insertLines,
  insertPayees,
  insertRun,
  isImporting,
  lateMonths,
  type RunRecord,
  standingRun,
  takeTime,
} from './store.ts'

interface Wanted {
  period: string
  model: ModelName
}

/**
 * Settles a period: computes it from its facts, posts it and freezes the period. Where a run by the same model stands, its
 * facts are what they were, and that run is the answer. Comes first in its transaction.
 * @throws NOT_FOUND, PERIOD_CLOSED, RUN_STANDS, IMPORT_RUNNING, EARLIER_OPEN, CURRENCY_NEEDED
 */
export async function createRun(tx: Db, wanted: Wanted): Promise<{ id: RunId; duplicate: boolean }> {
  await takeTime(tx)
  await lockTerms(tx, { exclusive: false })
  const period = await lockPeriod(tx, wanted.period)
  if (period === undefined) throw new ApiError('NOT_FOUND', { message: 'Nothing has come for this period.' })
  const standing = await standingRun(tx, period.id)
  if (standing !== undefined) return sameRun(standing, wanted, period)
  if (await isImporting(tx)) throw new ApiError('IMPORT_RUNNING')
  const { rules, settled, late, digest } = await computeAll(tx, wanted)
  requireTotals(settled, await totalsIn(tx, period.id), { period, model: wanted.model })
  const currency = await knownCurrency(tx)
  if (currency === undefined) {
    throw new ApiError('CURRENCY_NEEDED', { message: 'No fee says in which currency the period is.' })
  }
  const run = { id: newId('run'), period: period.id }
  await keepCurrency(tx, [period.id], currency)
  await insertRun(tx, {
    ...{ ...run, model: wanted.model, digest, currency },
    policy: { ...rules, minimumPayoutMinor: String(rules.minimumPayoutMinor) },
    ...{ poolMinor: settled.poolMinor, payoutsMinor: settled.payoutsMinor, suspenseMinor: settled.suspenseMinor },
    ...{ poolMicro: settled.facts.poolMicro, listeners: settled.facts.listeners },
    ...{ streams: settled.facts.streams, seconds: settled.facts.seconds },
    transactionId: await postRun(tx, { ...wanted, ...run, currency }, settled),
  })
  await insertPayees(tx, run, settled.payees)
  await insertLines(tx, run, settled.lines)
  for (const changes of late) await postLate(tx, { ...run, currency }, changes)
  await setState(tx, period.id, 'frozen')
  return { id: run.id, duplicate: false }
}

/** @throws RUN_STANDS, PERIOD_CLOSED for another model */
function sameRun(standing: RunRecord, { model }: Wanted, { state }: Period) {
  if (standing.model === model) return { id: standing.id, duplicate: true }
  throw new ApiError(state === 'closed' ? 'PERIOD_CLOSED' : 'RUN_STANDS')
}

/** @throws EARLIER_OPEN where late facts wait for periods before it */
async function computeAll(tx: Db, { period, model }: Wanted) {
  const digest = new RunDigest()
  const rules = await rulesIn(tx, period)
  const { feeRounding, minimumSeconds, minimumPayoutMinor, suspiciousSeconds } = rules
  digest.add('run', period, model)
  digest.add('rules', feeRounding, minimumSeconds, minimumPayoutMinor, suspiciousSeconds)
  for (const [name, countsPpm] of await originsIn(tx, period)) digest.add('origin', name, countsPpm)
  const settled = await settle(tx, { period, model, each: (listening) => digest.listening(listening) })
  digest.settled(settled)
  const late: Late[] = []
  const months = await lateMonths(tx, period)
  if (months.length > 0 && (await openBefore(tx, period)) !== undefined) {
    throw new ApiError('EARLIER_OPEN', { message: 'Facts came late for it: close the periods before it first.' })
  }
  for (const month of months) {
    const changes = await lateChanges(tx, { period, model }, month)
    for (const { payee, trackKey, amountMinor } of changes.changes) {
      digest.add('late', month, payee, trackKey, amountMinor)
    }
    late.push(changes)
  }
  return { rules, settled, late, digest: digest.end() }
}

/** What reports read is kept along with each change of a fact: it is what the facts come to. */
function requireTotals(
  { facts }: Settled,
  totals: Awaited<ReturnType<typeof totalsIn>>,
  { period, model }: { period: Period; model: ModelName },
): void {
  const computed = [...facts.payees].map(([payee, sum]) => describe(payee, sum))
  const kept = totals.filter((row) => row.model === model).map((row) => describe(row.payee, row))
  const pool = [period.poolMicro, period.listeners].join()
  if (computed.sort().join() !== kept.sort().join() || pool !== [facts.poolMicro, facts.listeners].join()) {
    throw new Error(`The totals of ${period.id} are not what its facts come to.`)
  }
}

interface Sum {
  seconds: bigint
  streams: bigint
  listeners: bigint
  weight: bigint
}

const describe = (payee: string, { seconds, streams, listeners, weight }: Sum) =>
  [payee, seconds, streams, listeners, weight].join(' ')

function postRun(tx: Db, run: Wanted & { id: RunId; currency: string }, { poolMinor, payees }: Settled) {
  return post(tx, {
    ...{ key: `run ${run.id}`, kind: 'run', period: run.period, currency: run.currency },
    ...{ memo: `Run of ${run.period} by ${run.model}`, occurredAt: new Date() },
    entries: [
      { kind: 'subscriptions', labelId: null, amountMinor: poolMinor },
      ...payees.map(({ payee, amountMinor }) => entryOf(payee, -amountMinor)),
    ],
  })
}
