/** Royalty totals of a month of a million streams: adding an import, a late file, and reports. `pnpm bench reports` runs it. */
import { rm } from 'node:fs/promises'
import { sql } from 'kysely'
import { openAntiphon } from '../src/app.ts'
import type { Db } from '../src/db/connect.ts'
import { restate, settleImport } from '../src/royalties/totals/restate.ts'
import { settlementOf } from '../src/royalties/totals/settlement.ts'
import { temporaryDirectory } from '../test/temporary.ts'

const streams = Number(process.env.STREAMS ?? 1_000_000)
const labels = Number(process.env.LABELS ?? 1_000)
const period = '2026-10'

/** 1,000 labels unless LABELS says otherwise, 30,000 tracks (every tenth of two labels), a listener for every 50 streams, each with a fee. */
async function seed(db: Db): Promise<void> {
  const listeners = streams / 50
  const id = sql`lpad(n::text, 26, '0')`
  await sql`insert into labels (id, name, name_key) select 'lbl_' || ${id}, 'Label ' || n, 'label ' || n
    from generate_series(1, ${labels}::int) n`.execute(db)
  await sql`insert into tracks (id, external_id) select 'trk_' || ${id}, n::text from generate_series(1, 30000) n`.execute(
    db,
  )
  await sql`insert into track_rights (track_key, from_period, label_id, share_ppm)
    select key, '0001-01', 'lbl_' || lpad((1 + (key * 7919 + half) % ${labels}::int)::text, 26, '0'),
      case when key % 10 = 0 then 500000 else 1000000 end
    from tracks, generate_series(0, 1) half where half = 0 or key % 10 = 0`.execute(db)
  await sql`insert into listeners (id, external_id) select 'lsn_' || ${id}, n::text
    from generate_series(1, ${listeners}::int) n`.execute(db)
  await sql`insert into royalty_periods (id, currency) values (${period}, 'EUR')`.execute(db)
  await sql`insert into listener_fees (period, listener_key, booked, gross_minor, origin)
    select ${period}, key, ${period}, 799 + key % 3 * 100, case key % 2 when 0 then 'web' else 'app_store' end
    from listeners`.execute(db)
}

/** As an import leaves it once its rows are in. */
async function load(db: Db, count: number): Promise<number> {
  const { rows } = await sql<{ key: number }>`insert into imports (id, kind, state, file_name)
    values (${`imp_${count}`}, 'streams', 'running', 'x') returning key`.execute(db)
  const key = rows[0]?.key ?? 0
  for (let done = 0; done < count; done += 100_000) {
    await sql`insert into streams (period, booked, listener_key, track_key, played_on, seconds, import_key, line)
      select ${period}, ${period}, 1 + (n::bigint * 7919) % ${streams / 50}::int, 1 + (n::bigint * n) % 30000,
        '2026-10-01', 20 + n % 400, ${key}::int, n
      from generate_series(${done + 1}::int, ${Math.min(count, done + 100_000)}::int) n`.execute(db)
  }
  return key
}

async function timed<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const start = performance.now()
  const result = await work()
  const memory = Math.round(process.memoryUsage().rss / 1_048_576)
  console.log(`${name}: ${Math.round(performance.now() - start)} ms, ${memory} MB`)
  return result
}

const settle = (db: Db, key: number) =>
  db.transaction().execute(async (tx) => {
    await settleImport(tx, key)
    await sql`update imports set state = 'done' where key = ${key}`.execute(tx)
  })

async function percentiles(name: string, call: () => Promise<unknown>, count = 1_000): Promise<void> {
  for (let at = 0; at < 100; at++) await call()
  const times: number[] = []
  for (let at = 0; at < count; at++) {
    const start = performance.now()
    await call()
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  const at = (part: number) => times[Math.floor(count * part)]?.toFixed(2)
  console.log(`${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`)
}

const data = await temporaryDirectory()
const { antiphon, db } = await openAntiphon({ database: data, secret: 'a secret of measurements, of no use elsewhere' })
try {
  await seed(db)
  await db.transaction().execute((tx) => restate(tx, { periods: [period], listeners: 'all' }, async () => {}))
  const large = await timed(`loading ${streams} streams`, () => load(db, streams))
  await timed(`adding ${streams} streams to the totals`, () => settle(db, large))
  const late = await load(db, 1_000)
  await timed('adding a file of 1,000 more', () => settle(db, late))
  for (const model of ['pro-rata-seconds', 'user-centric-seconds'] as const)
    await timed(`computing the month anew, ${model}`, () => settlementOf(db, { period, model }))
  // What the database does by itself after so many rows is not part of a report.
  await timed('vacuum', () => sql`vacuum (analyze) streams, royalty_totals`.execute(db))
  const { royalties } = antiphon.caller({ service: 'bench' })
  await percentiles('a query of nothing, to compare', () => sql`select 1`.execute(db))
  for (const model of ['pro-rata-seconds', 'user-centric-seconds'] as const) {
    await percentiles(`report, ${model}`, () => royalties.report({ period, model }))
    await percentiles(`report of 200 labels, ${model}`, () => royalties.report({ period, model, limit: 200 }))
  }
  const models = ['pro-rata-seconds' as const, 'user-centric-seconds' as const]
  await percentiles('compare', () => royalties.compare({ period, models }), 300)
} finally {
  await antiphon.close()
  await rm(data, { recursive: true, force: true })
}
