import { sql } from 'kysely'
import { afterAll } from 'vitest'
import { createTestDatabase } from '../../../test/database.ts'
import { createDb, createPool, type Db } from '../../db/connect.ts'
import { modelNames } from '../models/models.ts'
import { findPeriod } from '../periods/store.ts'
import { restate, settleImport, type Touched } from './restate.ts'
import { settlementOf } from './settlement.ts'
import { type TotalRow, totalsIn } from './store.ts'

const database = await createTestDatabase({ keep: true })
export const db = createDb(createPool({ connectionString: database.url }, { max: 4 }))
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

export const months = ['2026-09', '2026-10', '2026-11']
export const [september = '', october = '', november = ''] = months
export const [people, songs] = [5, 6]

await sql`insert into labels (id, name, name_key) select 'lbl_' || n, n, n from generate_series(1, 4) n`.execute(db)
await sql`insert into tracks (id, external_id) select 'trk_' || n, n from generate_series(1, ${songs}::int) n`.execute(
  db,
)
await sql`insert into listeners (id, external_id) select 'lsn_' || n, n from generate_series(1, ${people}::int) n`.execute(
  db,
)

export const change = (touched: Touched, work: (tx: Db) => Promise<unknown>) =>
  db.transaction().execute((tx) => restate(tx, touched, () => work(tx)))

export interface Heard {
  month: string
  listener: number
  track: number
  seconds: number
}

export const insertStream = (
  on: Db,
  { month, listener, track, seconds }: Heard,
  { booked = month, importKey = 0 } = {},
) =>
  sql`insert into streams (period, booked, listener_key, track_key, played_on, seconds, import_key)
    values (${month}, ${booked}, ${listener}, ${track}, ${`${month}-01`}::date, ${seconds}, ${importKey})`.execute(on)

export async function insertImport(): Promise<number> {
  const { rows } = await sql<{ key: number }>`insert into imports (id, kind, state, file_name)
    values ('imp_' || gen_random_uuid(), 'streams', 'running', 'x') returning key`.execute(db)
  return rows[0]?.key ?? 0
}

export const hear = (heard: Heard) =>
  change({ periods: [heard.month], listeners: [heard.listener] }, (tx) => insertStream(tx, heard))

export const pay = (month: string, listener: number, gross: bigint, origin: string) =>
  change({ periods: [month], listeners: [listener] }, (tx) =>
    sql`insert into listener_fees (period, listener_key, booked, gross_minor, origin)
      values (${month}, ${listener}, ${month}, ${gross}, ${origin})
      on conflict (period, listener_key) do update set gross_minor = excluded.gross_minor, origin = excluded.origin`.execute(
      tx,
    ),
  )

export const assign = (month: string, track: number, shares: readonly { label: number; ppm: number }[]) =>
  change({ periods: { from: month }, listeners: { heard: [track] } }, async (tx) => {
    await sql`delete from track_rights where track_key = ${track} and from_period = ${month}`.execute(tx)
    for (const { label, ppm } of shares)
      await sql`insert into track_rights (track_key, from_period, label_id, share_ppm)
        values (${track}, ${month}, ${`lbl_${label}`}, ${ppm})`.execute(tx)
  })

export async function clear(): Promise<void> {
  for (const table of ['streams', 'listener_fees', 'track_rights', 'royalty_totals', 'royalty_periods'])
    await sql`delete from ${sql.table(table)}`.execute(db)
  await sql`delete from royalty_policies where from_period <> '0001-01'`.execute(db)
  await sql`delete from royalty_origins where from_period <> '0001-01'`.execute(db)
  await sql`update imports set state = 'done'`.execute(db)
}

/** All that is kept, in order; without what comes to nothing. */
export async function kept() {
  const found: Record<string, { pool: bigint; listeners: number; totals: TotalRow[] }> = {}
  for (const month of months) {
    const period = await findPeriod(db, month)
    const totals = (await totalsIn(db, month)).sort((a, b) => (a.model + a.payee < b.model + b.payee ? -1 : 1))
    found[month] = { pool: period?.poolMicro ?? 0n, listeners: period?.listeners ?? 0, totals }
  }
  return found
}

export async function anew() {
  const found: Awaited<ReturnType<typeof kept>> = {}
  for (const month of months) {
    const totals: TotalRow[] = []
    let [pool, listeners] = [0n, 0]
    for (const model of modelNames) {
      const settlement = await settlementOf(db, { period: month, model })
      for (const [payee, sum] of settlement.payees) totals.push({ model, payee, ...sum })
      ;[pool, listeners] = [settlement.poolMicro, settlement.listeners]
    }
    totals.sort((a, b) => (a.model + a.payee < b.model + b.payee ? -1 : 1))
    found[month] = { pool, listeners, totals }
  }
  return found
}

export async function moveStream({ at, to, goes }: { at: number; to: Heard; goes: boolean }): Promise<void> {
  const { rows } = await sql<{ id: bigint; period: string; listener: number }>`
    select id, period, listener_key as listener from streams where booked = period order by id offset ${at} limit 1`.execute(
    db,
  )
  const [found] = rows
  if (found === undefined) return
  await change({ periods: [found.period, to.month], listeners: [found.listener, to.listener] }, async (tx) => {
    await sql`delete from streams where period = ${found.period} and listener_key = ${found.listener} and id = ${found.id}`.execute(
      tx,
    )
    if (!goes) await insertStream(tx, to)
  })
}

export async function takeIn(rows: readonly Heard[], isDone: boolean): Promise<void> {
  const importKey = await insertImport()
  await sql`insert into royalty_periods (id) select unnest(${months}::text[]) on conflict do nothing`.execute(db)
  for (const row of rows) await insertStream(db, row, { importKey })
  if (isDone) await settle(importKey)
}

export const settle = (importKey: number) =>
  db.transaction().execute(async (tx) => {
    await settleImport(tx, importKey)
    await sql`update imports set state = 'done' where key = ${importKey}`.execute(tx)
  })

export async function addLate(one: Heard): Promise<void> {
  await sql`insert into royalty_periods (id) select unnest(${months}::text[]) on conflict do nothing`.execute(db)
  await insertStream(db, { ...one, month: september }, { booked: november })
}
