import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import pg from 'pg'
import pino from 'pino'
import { holdServer } from '../src/db/embedded/hold.ts'
import { migrate, readMigrations } from '../src/db/migrate.ts'
import { startJobs } from '../src/jobs/worker.ts'
import { temporaryDirectory } from './temporary.ts'
const dir = await temporaryDirectory()
const server = await holdServer(dir)
const connection = server.connection
const time = async <T>(n: string, f: () => Promise<T>) => { const t = performance.now(); const r = await f(); console.log(n.padEnd(30), (performance.now() - t).toFixed(1)); return r }
const migrations = await readMigrations()
await time('import graphile-worker', () => import('graphile-worker'))
await time('migrate all, fresh', () => migrate(connection, migrations))
for (let i = 0; i < 5; i++) await time('migrate noop', () => migrate(connection, migrations))
const gw = await import('graphile-worker')
for (let i = 0; i < 5; i++) await time('  of it the queue', async () => { const pool = new pg.Pool({ ...connection, max: 1 }); pool.on('error', () => {}); pool.on('connect', (c) => c.on('error', () => {})); await gw.runMigrations({ pgPool: pool }); await pool.end() })
for (let i = 0; i < 5; i++) {
  const jobs = await time('startJobs', () => startJobs({ connection, log: pino({ level: 'warn' }), tasks: { a: async () => {} }, schedule: [{ task: 'a', cron: '7 * * * *' }] }))
  await new Promise((r) => setTimeout(r, 200))
  await time('stop idle', () => jobs.stop())
}
const admin = new pg.Client(server.admin); admin.on('error', () => {}); await admin.connect()
const lines: string[] = []
const jobs = await startJobs({ connection, log: pino({ level: 'warn' }, { write: (l: string) => void lines.push(l) }), graceMs: 1000, tasks: { a: async () => {} }, schedule: [] })
await new Promise((r) => setTimeout(r, 300))
const pids = (await admin.query("select array_agg(pid) as p from pg_stat_activity where usename = 'antiphon'")).rows[0].p as number[]
for (const pid of pids) process.kill(pid, 'SIGSTOP')
await new Promise((r) => setTimeout(r, 2500))
await time('stop, database hangs (1 s grace)', () => jobs.stop())
console.log(lines.join(''))
for (const pid of pids) process.kill(pid, 'SIGCONT')
await admin.end()
await server.release()
await rm(dir, { recursive: true })
