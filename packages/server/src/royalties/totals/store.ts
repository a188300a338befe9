import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'

/** Which facts of a period are read. */
export interface Facts {
  period: string
  /** Accounted in a period up to this one. */
  bookedUpTo: string
  /** Of imports that do not count. */
  without: readonly number[]
}

/** Some listeners by their keys: those from a key on and before another, or those of a list. */
export type Some = { from: number; before: number } | { keys: readonly number[] }

export interface PlaysRow {
  listenerKey: number
  /** Lists of equal length, as Postgres writes arrays: `{1,2,3}`. */
  tracks: string
  seconds: string
  streams: string
  counted: string
}

const among = (some: Some) =>
  'keys' in some
    ? sql`listener_key = any(${[...some.keys]}::integer[])`
    : sql`listener_key >= ${some.from} and listener_key < ${some.before}`

/** What these listeners heard, track by track, in the order of their keys. */
export async function playsOf(db: Db, { period, bookedUpTo, without }: Facts, some: Some, minimumSeconds: number) {
  const { rows } = await sql<PlaysRow>`
    select listener_key as "listenerKey", array_agg(track_key)::text as tracks, array_agg(seconds)::text as seconds,
      array_agg(streams)::text as streams, array_agg(counted)::text as counted
    from (
      select listener_key, track_key, sum(seconds) as seconds, count(*) as streams,
        count(*) filter (where seconds >= ${minimumSeconds}) as counted
      from streams
      where period = ${period} and ${among(some)} and booked <= ${bookedUpTo}
        and import_key <> all(${[...without]}::integer[])
      group by listener_key, track_key
    ) plays
    group by listener_key
    order by listener_key`.execute(db)
  return rows
}

/** What these listeners paid. */
export async function feesOf(db: Db, { period, bookedUpTo }: Facts, some: Some) {
  const { rows } = await sql<{ listenerKey: number; grossMinor: bigint; origin: string }>`
    select listener_key as "listenerKey", gross_minor as "grossMinor", origin
    from listener_fees
    where period = ${period} and ${among(some)} and booked <= ${bookedUpTo}`.execute(db)
  return rows
}

/** The first listener from a key on who paid or heard something; null where there is none. */
export async function firstListener(db: Db, period: string, from: number): Promise<number | null> {
  const { rows } = await sql<{ key: number | null }>`
    select least(
      (select min(listener_key) from streams where period = ${period} and listener_key >= ${from}),
      (select min(listener_key) from listener_fees where period = ${period} and listener_key >= ${from})
    ) as key`.execute(db)
  return rows[0]?.key ?? null
}

/** The imports whose streams do not count yet. */
export async function uncountedImports(db: Db): Promise<number[]> {
  const rows = await db
    .selectFrom('imports')
    .select('key')
    .where('kind', '=', 'streams')
    .where('state', 'in', ['waiting', 'running'])
    .execute()
  return rows.map(({ key }) => key)
}

/** The rules of a period. */
export async function rulesIn(db: Db, period: string) {
  return db
    .selectFrom('royalty_policies')
    .select([
      'version',
      'fee_rounding as feeRounding',
      'minimum_seconds as minimumSeconds',
      'minimum_payout_minor as minimumPayoutMinor',
      'suspicious_seconds as suspiciousSeconds',
    ])
    .where('from_period', '<=', period)
    .orderBy('from_period', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
}

/** Which part of a fee counts in a period, by where it comes from. */
export async function originsIn(db: Db, period: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('royalty_origins')
    .distinctOn('name')
    .select(['name', 'counts_ppm as countsPpm'])
    .where('from_period', '<=', period)
    .orderBy('name')
    .orderBy('from_period', 'desc')
    .execute()
  return new Map(rows.map(({ name, countsPpm }) => [name, countsPpm]))
}

/** Who gets which part of these tracks in a period, and which import said so. */
export async function rightsIn(db: Db, period: string, trackKeys: readonly number[]) {
  const { rows } = await sql<{ trackKey: number; labelId: string; sharePpm: number; importKey: number | null }>`
    select r.track_key as "trackKey", r.label_id as "labelId", r.share_ppm as "sharePpm", r.import_key as "importKey"
    from unnest(${[...trackKeys]}::integer[]) as wanted (key)
    cross join lateral (
      select from_period from track_rights where track_key = wanted.key and from_period <= ${period}
      order by from_period desc limit 1
    ) latest
    join track_rights r on r.track_key = wanted.key and r.from_period = latest.from_period
    order by r.track_key, r.label_id`.execute(db)
  return rows
}

/** The keys of who heard any of these tracks in a period. */
export async function listenersOf(db: Db, period: string, trackKeys: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ keys: string | null }>`
    select array_agg(distinct listener_key)::text as keys from streams
    where track_key = any(${[...trackKeys]}::integer[]) and period = ${period}`.execute(db)
  return numbersIn(rows[0]?.keys ?? '{}')
}

/** Of some lines of an import, those after one: for each period that they are accounted in, the keys of who heard them. */
export async function listenersOfImport(db: Db, importKey: number, { after, lines }: { after: number; lines: number }) {
  const { rows } = await sql<{ period: string; keys: string }>`
    select period, array_agg(listener_key)::text as keys from (
      select distinct period, listener_key from streams
      where import_key = ${importKey} and line > ${after} and line <= ${after + lines} and booked = period
    ) heard
    group by period`.execute(db)
  return rows.map(({ period, keys }) => ({ period, listeners: numbersIn(keys) }))
}

/** The last line of an import that there is a stream of; 0 where there is none. */
export async function lastLineOf(db: Db, importKey: number): Promise<number> {
  const row = await db
    .selectFrom('streams')
    .select('line')
    .where('import_key', '=', importKey)
    .orderBy('line', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.line ?? 0
}

/** The periods from one on, in order. */
export async function periodsFrom(db: Db, from: string): Promise<string[]> {
  const rows = await db.selectFrom('royalty_periods').select('id').where('id', '>=', from).orderBy('id').execute()
  return rows.map(({ id }) => id)
}

/** What Postgres writes as an array, `{1,2,3}`. */
export const numbersIn = (array: string): number[] => (array === '{}' ? [] : array.slice(1, -1).split(',').map(Number))

export interface TotalRow {
  model: string
  payee: string
  seconds: bigint
  streams: bigint
  listeners: bigint
  weight: bigint
}

/** The totals of a period. */
export async function totalsIn(db: Db, period: string): Promise<TotalRow[]> {
  const rows = await db
    .selectFrom('royalty_totals')
    .select(['model', 'payee', 'seconds', 'streams', 'listeners', 'weight'])
    .where('period', '=', period)
    .execute()
  return rows.map((row) => ({ ...row, weight: BigInt(row.weight) }))
}

/** Adds to the totals of a period; what comes to nothing goes. */
export async function addToTotals(tx: Db, period: string, rows: readonly TotalRow[]): Promise<void> {
  if (rows.length === 0) return
  const texts = (of: (row: TotalRow) => unknown) => rows.map((row) => String(of(row)))
  await sql`
    merge into royalty_totals t
    using (
      select added.model, added.payee, added.seconds, added.streams, added.listeners, added.weight
      from unnest(
        ${texts((row) => row.model)}::text[], ${texts((row) => row.payee)}::text[],
        ${texts((row) => row.seconds)}::bigint[], ${texts((row) => row.streams)}::bigint[],
        ${texts((row) => row.listeners)}::bigint[], ${texts((row) => row.weight)}::numeric[]
      ) as added (model, payee, seconds, streams, listeners, weight)
    ) a on t.period = ${period} and t.model = a.model and t.payee = a.payee
    when matched and t.seconds + a.seconds = 0 and t.streams + a.streams = 0 and t.listeners + a.listeners = 0
      and t.weight + a.weight = 0 then delete
    when matched then update set seconds = t.seconds + a.seconds, streams = t.streams + a.streams,
      listeners = t.listeners + a.listeners, weight = t.weight + a.weight
    when not matched then insert (period, model, payee, seconds, streams, listeners, weight)
      values (${period}, a.model, a.payee, a.seconds, a.streams, a.listeners, a.weight)`.execute(tx)
}

/** Adds to what the fees of a period leave to pay out, and to how many paid one. */
export async function addToPool(tx: Db, period: string, poolMicro: bigint, listeners: number): Promise<void> {
  if (poolMicro === 0n && listeners === 0) return
  await sql`update royalty_periods set pool_micro = pool_micro + ${String(poolMicro)}::numeric,
    listeners = listeners + ${listeners} where id = ${period}`.execute(tx)
}
