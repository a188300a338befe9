import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import { firstMonth, monthAfter } from './month.ts'

export interface Period {
  id: string
  state: 'open' | 'frozen' | 'closed'
  currency: string | null
  poolMicro: bigint
  listeners: number
}

const columns = ['id', 'state', 'currency', 'pool_micro as poolMicro', 'listeners'] as const

/** undefined where nothing has come for that month. */
export async function findPeriod(db: Db, id: string): Promise<Period | undefined> {
  const row = await db.selectFrom('royalty_periods').select(columns).where('id', '=', id).executeTakeFirst()
  return row && { ...row, poolMicro: BigInt(row.poolMicro) }
}

/** The same, locked until the end of the transaction: facts, runs and closing wait for each other. */
export async function lockPeriod(tx: Db, id: string): Promise<Period | undefined> {
  const row = await tx
    .selectFrom('royalty_periods')
    .select(columns)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && { ...row, poolMicro: BigInt(row.poolMicro) }
}

const termsLock = 8_270_002

/** Keeps terms, and which months there are, as they are until the end of the transaction; or has all who rely on them wait. */
export async function lockTerms(tx: Db, { exclusive }: { exclusive: boolean }): Promise<void> {
  if (!exclusive) {
    await sql`select pg_advisory_xact_lock_shared(${termsLock})`.execute(tx)
    return
  }
  // Who waits in the queue of the lock has everybody behind it wait, too: so that it is tried for a while first.
  for (const until = Date.now() + 3_000; Date.now() < until; await setTimeout(50)) {
    const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_xact_lock(${termsLock}) as got`.execute(tx)
    if (rows[0]?.got === true) return
  }
  await sql`select pg_advisory_xact_lock(${termsLock})`.execute(tx)
}

/** Has rows for months that facts come for. The database refuses months before one that is closed (PERIOD_CLOSED). */
export async function ensurePeriods(tx: Db, ids: readonly string[]): Promise<void> {
  // No month before one that is being closed.
  await lockTerms(tx, { exclusive: false })
  await sql`
    insert into royalty_periods (id)
    select wanted.id from unnest(${[...new Set(ids)].sort()}::text[]) as wanted (id)
    cross join lateral (select count(*) as n from royalty_periods where id = wanted.id) known
    where known.n = 0
    on conflict do nothing`.execute(tx)
}

/** The first month that nothing is shut in or after: from there on terms can be changed. */
export async function firstFreeMonth(db: Db): Promise<string> {
  const row = await db
    .selectFrom('royalty_periods')
    .select('id')
    .where('state', '<>', 'open')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? firstMonth : monthAfter(row.id)
}

/** Where late facts and corrections go: the first month after the closed ones that no run stands in; it is made where there is none. */
export async function nextOpenPeriod(tx: Db): Promise<string> {
  const { rows } = await sql<{ closed: string | null; open: string | null }>`
    select (select max(id) from royalty_periods where state = 'closed') as closed,
      (select min(id) from royalty_periods where state = 'open') as open`.execute(tx)
  const { closed = null, open = null } = rows[0] ?? {}
  if (closed === null && open !== null) return open
  const frozen = await tx
    .selectFrom('royalty_periods')
    .select('id')
    .where('state', '=', 'frozen')
    .orderBy('id')
    .execute()
  let next = closed === null ? (frozen[0]?.id ?? new Date().toISOString().slice(0, 7)) : monthAfter(closed)
  while (frozen.some(({ id }) => id === next)) next = monthAfter(next)
  await ensurePeriods(tx, [next])
  return next
}

/** That period, locked until the end of the transaction. */
export async function lockNextOpen(tx: Db): Promise<Period> {
  await lockTerms(tx, { exclusive: false })
  for (;;) {
    const period = await lockPeriod(tx, await nextOpenPeriod(tx))
    if (period?.state === 'open') return period
  }
}

/** The currency of the accounts: that of the first fee; undefined before it. */
export async function knownCurrency(db: Db): Promise<string | undefined> {
  const row = await db
    .selectFrom('royalty_periods')
    .select('currency')
    .where('currency', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.currency ?? undefined
}

/** Fixes the currency of periods that have none: money is accounted in them. */
export async function keepCurrency(tx: Db, ids: readonly string[], currency: string): Promise<void> {
  await tx
    .updateTable('royalty_periods')
    .set({ currency })
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('currency', 'is', null)
    .where('state', '<>', 'closed')
    .execute()
}

/** Periods whose fees are gone are without a currency again, where nothing at all is accounted in it any more. */
export async function forgetCurrency(tx: Db, ids: readonly string[]): Promise<void> {
  await sql`
    update royalty_periods set currency = null
    where id = any(${[...ids]}::text[]) and state = 'open' and currency is not null
      and not exists (select from listener_fees) and not exists (select from ledger_accounts)`.execute(tx)
}

export async function setState(tx: Db, id: string, state: 'open' | 'frozen' | 'closed'): Promise<void> {
  await tx
    .updateTable('royalty_periods')
    .set({ state, ...(state === 'closed' && { closed_at: sql<Date>`now()` }) })
    .where('id', '=', id)
    .execute()
}

/** The first period before one that is not closed. */
export async function openBefore(db: Db, id: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('royalty_periods')
    .select('id')
    .where('id', '<', id)
    .where('state', '<>', 'closed')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

/** Whether a month is closed: itself, or one after it. */
export async function isClosed(db: Db, id: string): Promise<boolean> {
  const { rows } = await sql<{ closed: boolean }>`
    select exists (select from royalty_periods where state = 'closed' and id >= ${id}) as closed`.execute(db)
  return rows[0]?.closed === true
}

const shownPeriods = (db: Db) =>
  db
    .selectFrom('royalty_periods as p')
    .leftJoin('royalty_runs as r', (join) => join.onRef('r.period', '=', 'p.id').on('r.reversed_at', 'is', null))
    .select([
      ...(['p.id as period', 'p.state', 'p.currency', 'p.pool_micro as poolMicro', 'p.listeners'] as const),
      ...(['p.created_at as createdAt', 'p.closed_at as closedAt', 'r.id as runId', 'r.model'] as const),
    ])

export type PeriodRecord = NonNullable<Awaited<ReturnType<typeof readPeriod>>>

export function readPeriod(db: Db, id: string) {
  return shownPeriods(db).where('p.id', '=', id).executeTakeFirst()
}

/** The latest months first. */
export function listPeriods(db: Db, { before, limit }: { before: string | undefined; limit: number }) {
  return shownPeriods(db)
    .$if(before !== undefined, (query) => query.where('p.id', '<', before ?? ''))
    .orderBy('p.id', 'desc')
    .limit(limit)
    .execute()
}

/** What is in the way of closing a period, and what is in it besides its own. */
export async function countsOf(db: Db, id: string) {
  const { rows } = await sql<Record<'importsRunning' | 'lateStreams' | 'lateFees' | 'statements', bigint>>`
    select (select count(*) from imports where state = 'running') as "importsRunning",
      (select count(*) from streams where booked = ${id} and period <> booked) as "lateStreams",
      (select count(*) from listener_fees where booked = ${id} and period <> booked) as "lateFees",
      (select count(*) from royalty_statements where period = ${id}) as statements`.execute(db)
  const { importsRunning = 0n, lateStreams = 0n, lateFees = 0n, statements = 0n } = rows[0] ?? {}
  return {
    ...{ importsRunning: Number(importsRunning), lateStreams: Number(lateStreams) },
    ...{ lateFees: Number(lateFees), statements: Number(statements) },
  }
}
