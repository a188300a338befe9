/** Loading a file of 500,000 streams beside \copy of the same rows into the same table. `pnpm bench imports` runs it. */
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { sql } from 'kysely'
import pino from 'pino'
import { createDb, createPool, type Db } from '../src/db/connect.ts'
import { migrate } from '../src/db/migrate.ts'
import { openDatabase } from '../src/db/open.ts'
import { importFile } from '../src/royalties/imports/loading/file.ts'
import { temporaryDirectory } from '../test/temporary.ts'

const count = Number(process.env.STREAMS ?? 500_000)
const [rounds, people, songs] = [3, 20_000, 30_000]
const psql = process.env.PSQL ?? '/usr/lib/postgresql/15/bin/psql'
const log = pino({ level: 'silent' })

const data = await temporaryDirectory()
const { connection, held } = await openDatabase(process.env.BENCH_DATABASE_URL ?? join(data, 'database'), log)
await migrate(connection)
const pool = createPool(connection, { max: 4 })
const db = createDb(pool)

async function seed(on: Db): Promise<void> {
  const id = sql`lpad(n::text, 26, '0')`
  await sql`insert into tracks (id, external_id)
    select 'trk_' || ${id}, 'GB-ABC-' || n from generate_series(1, ${songs}::int) n`.execute(on)
  await sql`insert into listeners (id, external_id)
    select 'lsn_' || ${id}, 'user-' || n from generate_series(1, ${people}::int) n`.execute(on)
}

const seconds = (n: number) => 20 + (n % 400)
const listener = (n: number) => 1 + ((n * 7_919) % people)
const track = (n: number) => 1 + ((n * n) % songs)
const day = (n: number) => String(1 + (n % 28)).padStart(2, '0')

async function write(path: string, rows: number, lineOf: (n: number) => string, header = ''): Promise<void> {
  function* pieces() {
    yield header
    for (let from = 0; from < rows; from += 1_000)
      yield Array.from({ length: Math.min(1_000, rows - from) }, (_, at) => lineOf(from + at)).join('')
  }
  await pipeline(Readable.from(pieces()), createWriteStream(path))
}

const memory = () => Math.round(process.memoryUsage().rss / 1_048_576)

/** Our own: milliseconds of loading, and of adding to the totals. */
async function ours(month: string, rows: number) {
  const path = join(data, `${month}.csv`)
  const line = (n: number) => `${month}-${day(n)};user-${listener(n)};GB-ABC-${track(n)};${seconds(n)};DE\n`
  await write(path, rows, line, 'date;listener;track;seconds;region\n')
  const before = memory()
  let peak = before
  const watch = setInterval(() => (peak = Math.max(peak, memory())), 20)
  const started = performance.now()
  let [reading, read] = [0, 0]
  const onProgress = ({ bytesDone, bytes }: { bytesDone: number; bytes: number }) => {
    if (reading === 0) reading = performance.now()
    if (bytesDone === bytes) read = performance.now()
  }
  const made = await importFile({ pool, log }, { kind: 'streams', path, fileName: 'x.csv', onProgress })
  const all = performance.now() - started
  clearInterval(watch)
  if (made.rowsAccepted !== rows) throw new Error(`${made.rowsAccepted} rows came in: ${made.problem}`)
  await rm(path)
  const loading = read - started
  return { loading, settling: all - loading, before, peak, after: memory() }
}

/** \copy of rows that are typed and have their keys. */
async function copied(month: string, table: string, key: number, path: string): Promise<number> {
  const line = (n: number) =>
    `${month}\t${month}\t${listener(n)}\t${track(n)}\t${month}-${day(n)}\t${seconds(n)}\tDE\t${key}\t${n + 2}\tf\n`
  await write(path, count, line)
  await sql`insert into royalty_periods (id) values (${month}) on conflict do nothing`.execute(db)
  const names = 'period, booked, listener_key, track_key, played_on, seconds, region, import_key, line, flagged'
  const started = performance.now()
  await runPsql(`\\copy ${table} (${names}) from '${path}'`)
  return performance.now() - started
}

async function runPsql(command: string): Promise<void> {
  const { host, port, user, password, database, connectionString } = connection
  const env = { ...process.env, PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: database }
  const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', command, ...(connectionString ? [connectionString] : [])]
  const given = typeof password === 'string' ? { PGPASSWORD: password } : {}
  const child = spawn(psql, args, { env: connectionString ? process.env : { ...env, ...given }, stdio: 'inherit' })
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  if (code !== 0) throw new Error(`psql ended with ${code}`)
}

const rate = (ms: number, rows = count) => `${Math.round(ms)} ms (${Math.round(rows / ms)} k rows/s)`
const median = (all: number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0

/** As both begin: nothing in the table, nothing left to write to disk. */
async function empty(): Promise<void> {
  await pool.query(
    'alter table streams disable trigger user; truncate streams; alter table streams enable trigger user',
  )
  await pool.query('checkpoint').catch(() => {})
}

try {
  await seed(db)
  await sql`create table bare_streams as table streams with no data`.execute(db)
  const [own, copy, bare, settling]: number[][] = [[], [], [], []]
  for (let round = 1; round <= rounds; round++) {
    await empty()
    const { loading, settling: settled, before, peak, after } = await ours(`2026-0${round}`, count)
    await empty()
    const copying = await copied(`2025-0${round}`, 'streams', 0, join(data, 'copy.txt'))
    const plain = await copied(`2024-0${round}`, 'bare_streams', 0, join(data, 'copy.txt'))
    await pool.query('truncate bare_streams')
    own?.push(loading)
    copy?.push(copying)
    bare?.push(plain)
    settling?.push(settled)
    console.log(
      `round ${round}: loading ${rate(loading)}, \\copy ${rate(copying)}, into a bare table ${rate(plain)}, ` +
        `adding to the totals ${rate(settled)}; memory ${before} MB before, at most ${peak} MB, ${after} MB after; ` +
        `load of the machine ${loadavg()[0]?.toFixed(1)}`,
    )
  }
  const ratio = median(copy ?? []) / median(own ?? [])
  console.log(
    `medians: loading ${rate(median(own ?? []))}, \\copy ${rate(median(copy ?? []))}, ratio ${ratio.toFixed(2)}`,
  )
  console.log(`  into a bare table ${rate(median(bare ?? []))}, adding to the totals ${rate(median(settling ?? []))}`)
  await empty()
  const large = await ours('2026-09', 2 * count)
  console.log(
    `${2 * count} rows: loading ${rate(large.loading, 2 * count)}, adding ${rate(large.settling, 2 * count)}; ` +
      `memory ${large.before} MB before, at most ${large.peak} MB, ${large.after} MB after`,
  )
} finally {
  await db.destroy()
  await held?.release()
  await rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
}
