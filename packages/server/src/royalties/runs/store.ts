import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { LabelId, RunId, TransactionId } from '../../ids.ts'

export interface NewRun {
  id: RunId
  period: string
  model: string
  digest: Buffer
  policy: object
  currency: string
  poolMicro: bigint
  poolMinor: bigint
  payoutsMinor: bigint
  suspenseMinor: bigint
  listeners: number
  streams: bigint
  seconds: bigint
  transactionId: TransactionId | null
}

export async function insertRun(tx: Db, run: NewRun): Promise<void> {
  const { id, period, model, digest, currency, listeners, streams, seconds } = run
  await tx
    .insertInto('royalty_runs')
    .values({
      ...{ id, period, model, digest, currency, listeners, streams, seconds },
      policy: JSON.stringify(run.policy),
      pool_micro: String(run.poolMicro),
      pool_minor: run.poolMinor,
      payouts_minor: run.payoutsMinor,
      suspense_minor: run.suspenseMinor,
      transaction_id: run.transactionId,
    })
    .execute()
}

export interface PayeeRow {
  payee: string
  seconds: bigint
  streams: bigint
  listeners: bigint
  weight: bigint
  amountMinor: bigint
}

export interface LineRow {
  payee: string
  trackKey: number
  seconds: bigint
  streams: bigint
  sharePpm: number
  weight: bigint
  amountMinor: bigint
}

type OfRun = { id: RunId; period: string }

const rowsAtOnce = 10_000

function* chunksOf<Row>(rows: readonly Row[]) {
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    const some = rows.slice(at, at + rowsAtOnce)
    yield { texts: (of: (row: Row) => unknown) => some.map((row) => String(of(row))) }
  }
}

export async function insertPayees(tx: Db, { id, period }: OfRun, payees: readonly PayeeRow[]): Promise<void> {
  for (const { texts } of chunksOf(payees)) {
    await sql`
      insert into royalty_run_payees (run_id, period, payee, seconds, streams, listeners, weight, amount_minor)
      select ${id}, ${period}, p.payee, p.seconds, p.streams, p.listeners, p.weight, p.amount
      from unnest(
        ${texts((row) => row.payee)}::text[], ${texts((row) => row.seconds)}::bigint[],
        ${texts((row) => row.streams)}::bigint[], ${texts((row) => row.listeners)}::bigint[],
        ${texts((row) => row.weight)}::numeric[], ${texts((row) => row.amountMinor)}::bigint[]
      ) as p (payee, seconds, streams, listeners, weight, amount)`.execute(tx)
  }
}

export async function insertLines(tx: Db, { id, period }: OfRun, lines: readonly LineRow[]): Promise<void> {
  for (const { texts } of chunksOf(lines)) {
    await sql`
      insert into royalty_run_lines (run_id, period, payee, track_key, seconds, streams, share_ppm, weight, amount_minor)
      select ${id}, ${period}, l.payee, l.track_key, l.seconds, l.streams, l.share_ppm, l.weight, l.amount
      from unnest(
        ${texts((row) => row.payee)}::text[], ${texts((row) => row.trackKey)}::integer[],
        ${texts((row) => row.seconds)}::bigint[], ${texts((row) => row.streams)}::bigint[],
        ${texts((row) => row.sharePpm)}::integer[], ${texts((row) => row.weight)}::numeric[],
        ${texts((row) => row.amountMinor)}::bigint[]
      ) as l (payee, track_key, seconds, streams, share_ppm, weight, amount)`.execute(tx)
  }
}

const columns = [
  ...(['r.id', 'r.period', 'r.model', 'r.digest', 'r.policy', 'r.currency', 'r.pool_minor as poolMinor'] as const),
  ...(['r.payouts_minor as payoutsMinor', 'r.suspense_minor as suspenseMinor', 'r.listeners', 'r.streams'] as const),
  ...(['r.seconds', 'r.transaction_id as transactionId', 'r.reversal_id as reversalId'] as const),
  ...(['r.created_at as createdAt', 'r.reversed_at as reversedAt'] as const),
] as const

function runs(db: Db) {
  return db
    .selectFrom('royalty_runs as r')
    .select(columns)
    .select(
      sql<bigint>`(select coalesce(sum(amount_minor), 0)::bigint from royalty_adjustments
        where run_id = r.id)`.as('lateMinor'),
    )
}

export function findRun(db: Db, id: RunId) {
  return runs(db).where('r.id', '=', id).executeTakeFirst()
}

export type RunRecord = NonNullable<Awaited<ReturnType<typeof findRun>>>

/** The run of a period that stands. */
export function standingRun(db: Db, period: string) {
  return runs(db).where('r.period', '=', period).where('r.reversed_at', 'is', null).executeTakeFirst()
}

/** The run that first took in late facts of a month. */
export function firstLateRun(db: Db, forPeriod: string) {
  return db
    .selectFrom('royalty_adjustments as a')
    .innerJoin('royalty_runs as r', 'r.id', 'a.run_id')
    .select('r.model')
    .where('a.for_period', '=', forPeriod)
    .where('a.kind', '=', 'late')
    .where('r.reversed_at', 'is', null)
    .orderBy('r.period')
    .limit(1)
    .executeTakeFirst()
}

/** The newest first. */
export function listRuns(db: Db, page: { period: string | undefined; before: RunId | undefined; limit: number }) {
  const { period, before, limit } = page
  return runs(db)
    .$if(period !== undefined, (query) => query.where('r.period', '=', period ?? ''))
    .$if(before !== undefined, (query) => query.where('r.id', '<', before ?? 'run_'))
    .orderBy('r.id', 'desc')
    .limit(limit)
    .execute()
}

/** Who is paid by a run, by the name of what they are. */
export async function listPayees(db: Db, id: RunId, { after, limit }: { after: string | undefined; limit: number }) {
  const rows = await db
    .selectFrom((eb) =>
      eb
        .selectFrom('royalty_run_payees')
        .select(['payee', 'seconds', 'streams', 'listeners', 'weight', 'amount_minor'])
        .where('run_id', '=', id)
        .$if(after !== undefined, (query) => query.where('payee', '>', after ?? ''))
        .orderBy('payee')
        .limit(limit)
        .as('p'),
    )
    .leftJoin('labels as l', (join) => join.on((eb) => eb(sql<LabelId>`p.payee`, '=', eb.ref('l.id'))))
    .select(['p.payee', 'l.id as labelId', 'l.name', 'p.seconds', 'p.streams', 'p.listeners', 'p.weight'])
    .select('p.amount_minor as amountMinor')
    .orderBy('p.payee')
    .execute()
  return rows.map((row) => ({ ...row, weight: BigInt(row.weight) }))
}

/** What a run gives each payee. */
export async function amountsOf(db: Db, id: RunId) {
  return db
    .selectFrom('royalty_run_payees')
    .select(['payee', 'amount_minor as amountMinor'])
    .where('run_id', '=', id)
    .execute()
}

/** What a run gives a payee, track by track. */
export async function linesOf(db: Db, id: RunId, payee: string) {
  return db
    .selectFrom('royalty_run_lines')
    .select(['payee', 'track_key as trackKey', 'amount_minor as amountMinor'])
    .where('run_id', '=', id)
    .where('payee', '=', payee)
    .execute()
}

export async function setReversed(tx: Db, id: RunId, reversalId: TransactionId | null): Promise<void> {
  await tx
    .updateTable('royalty_runs')
    .set({ reversal_id: reversalId, reversed_at: sql`now()` })
    .where('id', '=', id)
    .execute()
}

export async function isImporting(db: Db): Promise<boolean> {
  const row = await db.selectFrom('imports').select('id').where('state', '=', 'running').limit(1).executeTakeFirst()
  return row !== undefined
}

/** Long work: it waits for others, and has time. */
export async function takeTime(tx: Db): Promise<void> {
  await sql`select set_config('statement_timeout', '10min', true), set_config('lock_timeout', '30s', true),
    set_config('idle_in_transaction_session_timeout', '10min', true)`.execute(tx)
}

/** The closed months that facts came late for, accounted in a period. */
export async function lateMonths(db: Db, period: string): Promise<string[]> {
  const { rows } = await sql<{ period: string }>`
    select period from streams where booked = ${period} and period <> booked
    union select period from listener_fees where booked = ${period} and period <> booked
    order by period`.execute(db)
  return rows.map((row) => row.period)
}
