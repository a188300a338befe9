import type { Db } from '../../db/connect.ts'
import { newId, type RunId, type TransactionId } from '../../ids.ts'
import { insertAdjustments, lateSums, type NewAdjustment } from '../adjustments/store.ts'
import { entryOf } from '../ledger/payees.ts'
import { post } from '../ledger/post.ts'
import { unassigned } from '../models/model.ts'
import type { ModelName } from '../models/models.ts'
import { modelName } from '../models/schema.ts'
import { monthBefore } from '../periods/month.ts'
import { type Settled, settle } from './settle.ts'
import { amountsOf, firstLateRun, linesOf, standingRun } from './store.ts'

/** What facts that came late change of a closed period. */
export interface Late {
  /** The closed period. */
  period: string
  poolMinor: bigint
  /** By payee; of what is unassigned, also by track. None of nothing. */
  changes: { payee: string; trackKey: number | null; amountMinor: bigint }[]
}

/**
 * Computes a closed period without and with the facts that are accounted in a later one, both by the rules that hold for it.
 * What it came to without them is what was posted. A month that nothing had come for when a later one was closed has no run: it
 * is settled by the model of the first run that takes something of it in.
 */
export async function lateChanges(db: Db, run: { period: string; model: ModelName }, period: string): Promise<Late> {
  const booked = run.period
  const own = await standingRun(db, period)
  const model = modelName.parse((own ?? (await firstLateRun(db, period)) ?? run).model)
  const before = await settle(db, { period, model, bookedUpTo: monthBefore(booked) })
  const after = await settle(db, { period, model, bookedUpTo: booked })
  const known = partsOf(before)
  requireSame(period, known, await postedParts(db, own?.id, period))
  const parts = partsOf(after)
  const names = [...new Set([...known.keys(), ...parts.keys()])].sort()
  const changes = names.flatMap((name) => {
    const part = parts.get(name) ?? known.get(name)
    const amountMinor = (parts.get(name)?.amountMinor ?? 0n) - (known.get(name)?.amountMinor ?? 0n)
    return part === undefined || amountMinor === 0n ? [] : [{ ...part, amountMinor }]
  })
  return { period, poolMinor: after.poolMinor - before.poolMinor, changes }
}

interface Part {
  payee: string
  trackKey: number | null
  amountMinor: bigint
}

/** A thing that late facts change by itself: a payee, or a track that is unassigned. */
function add(parts: Map<string, Part>, { payee, trackKey, amountMinor }: Part): void {
  const key = payee === unassigned ? trackKey : null
  const name = `${payee} ${key ?? ''}`
  const known = parts.get(name)
  if (known === undefined) parts.set(name, { payee, trackKey: key, amountMinor })
  else known.amountMinor += amountMinor
}

function partsOf({ payees, lines }: Settled): Map<string, Part> {
  const parts = new Map<string, Part>()
  for (const { payee, amountMinor } of payees) {
    if (payee !== unassigned) add(parts, { payee, trackKey: null, amountMinor })
  }
  for (const line of lines) if (line.payee === unassigned) add(parts, line)
  return parts
}

/** The same as its run and what came late since have it. */
async function postedParts(db: Db, runId: RunId | undefined, period: string): Promise<Map<string, Part>> {
  const parts = new Map<string, Part>()
  if (runId !== undefined) {
    for (const { payee, amountMinor } of await amountsOf(db, runId)) {
      if (payee !== unassigned) add(parts, { payee, trackKey: null, amountMinor })
    }
    for (const line of await linesOf(db, runId, unassigned)) add(parts, line)
  }
  for (const sum of await lateSums(db, period)) add(parts, sum)
  return parts
}

function requireSame(period: string, computed: ReadonlyMap<string, Part>, posted: ReadonlyMap<string, Part>): void {
  for (const name of new Set([...computed.keys(), ...posted.keys()])) {
    const [now, then] = [computed.get(name)?.amountMinor ?? 0n, posted.get(name)?.amountMinor ?? 0n]
    if (now !== then) throw new Error(`The closed period ${period} has ${now} for ${name}, and ${then} was posted.`)
  }
}

/** Posts what came late, in the period that it is accounted in. */
export async function postLate(
  tx: Db,
  run: { id: RunId; period: string; currency: string },
  { period: forPeriod, poolMinor, changes }: Late,
): Promise<void> {
  if (changes.length === 0) return
  const reason = `Facts of ${forPeriod} that came late`
  const transactionId = await post(tx, {
    ...{ key: `late ${run.id} ${forPeriod}`, kind: 'adjustment', period: run.period, currency: run.currency },
    ...{ memo: reason, occurredAt: new Date() },
    entries: [
      { kind: 'subscriptions', labelId: null, amountMinor: poolMinor },
      ...changes.map(({ payee, amountMinor }) => entryOf(payee, -amountMinor)),
    ],
  })
  if (transactionId === null) throw new Error('Changes were posted without entries.')
  await insertAdjustments(tx, adjustmentsOf(run, { forPeriod, reason, transactionId }, changes))
}

function adjustmentsOf(
  run: { id: RunId; period: string },
  of: { forPeriod: string; reason: string; transactionId: TransactionId },
  changes: Late['changes'],
): NewAdjustment[] {
  return changes.map((change) => ({
    ...{ id: newId('adjustment'), period: run.period, kind: 'late', runId: run.id },
    ...of,
    ...change,
  }))
}
