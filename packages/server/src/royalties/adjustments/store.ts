import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { AdjustmentId, LabelId, RunId, TransactionId } from '../../ids.ts'

export interface NewAdjustment {
  id: AdjustmentId
  period: string
  forPeriod: string | null
  kind: 'manual' | 'late' | 'suspense'
  /** A label's id, `unassigned` or `unheard`. */
  payee: string
  trackKey: number | null
  amountMinor: bigint
  reason: string
  runId: RunId | null
  transactionId: TransactionId
}

export async function insertAdjustments(tx: Db, adjustments: readonly NewAdjustment[]): Promise<void> {
  for (let at = 0; at < adjustments.length; at += 2_000) {
    const rows = adjustments.slice(at, at + 2_000).map(({ id, period, kind, payee, reason, ...row }) => ({
      ...{ id, period, kind, payee, reason },
      for_period: row.forPeriod,
      track_key: row.trackKey,
      amount_minor: row.amountMinor,
      run_id: row.runId,
      transaction_id: row.transactionId,
    }))
    await tx.insertInto('royalty_adjustments').values(rows).execute()
  }
}

export interface Filter {
  period: string | undefined
  labelId: LabelId | undefined
  before: AdjustmentId | undefined
  limit: number
}

const adjustments = (db: Db) =>
  db
    .selectFrom('royalty_adjustments as a')
    .leftJoin('labels as l', (join) => join.on((eb) => eb(sql<LabelId>`a.payee`, '=', eb.ref('l.id'))))
    .leftJoin('tracks as t', 't.key', 'a.track_key')
    .leftJoin('royalty_periods as p', 'p.id', 'a.period')
    .select([
      ...(['a.id', 'a.period', 'a.for_period as forPeriod', 'a.kind', 'a.payee', 'l.id as labelId'] as const),
      ...(['t.id as trackId', 'a.amount_minor as amountMinor', 'p.currency', 'a.reason'] as const),
      ...(['a.run_id as runId', 'a.transaction_id as transactionId', 'a.created_at as createdAt'] as const),
    ])

export type AdjustmentRecord = NonNullable<Awaited<ReturnType<typeof findAdjustment>>>

export function findAdjustment(db: Db, id: AdjustmentId) {
  return adjustments(db).where('a.id', '=', id).executeTakeFirst()
}

/** The newest first. */
export function listAdjustments(db: Db, { period, labelId, before, limit }: Filter) {
  return adjustments(db)
    .$if(period !== undefined, (query) => query.where('a.period', '=', period ?? ''))
    .$if(labelId !== undefined, (query) => query.where('a.payee', '=', labelId ?? ''))
    .$if(before !== undefined, (query) => query.where('a.id', '<', before ?? 'adj_'))
    .orderBy('a.id', 'desc')
    .limit(limit)
    .execute()
}

/** What came late for a closed period so far, by payee, and by track where it is unassigned. */
export async function lateSums(db: Db, forPeriod: string) {
  return db
    .selectFrom('royalty_adjustments')
    .select(['payee', 'track_key as trackKey', sql<bigint>`sum(amount_minor)::bigint`.as('amountMinor')])
    .where('for_period', '=', forPeriod)
    .where('kind', '=', 'late')
    .groupBy(['payee', 'track_key'])
    .execute()
}

/** The late adjustments of a run. */
export function lateOfRun(db: Db, runId: RunId) {
  return db
    .selectFrom('royalty_adjustments')
    .select(['for_period as forPeriod', 'payee', 'track_key as trackKey', 'amount_minor as amountMinor'])
    .select(['reason', 'transaction_id as transactionId'])
    .where('run_id', '=', runId)
    .orderBy('id')
    .execute()
}
