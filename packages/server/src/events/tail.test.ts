import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import pino from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createTestDatabase } from '../../test/database.ts'
import { createPool } from '../db/connect.ts'
import { createTail } from './tail.ts'

const log = pino({ level: 'silent' })

/** Rows written by several writers that hold their transactions open for a while; a tenth of them is rolled back. */
async function writeFor(url: string, ms: number): Promise<Set<string>> {
  const committed = new Set<string>()
  const until = Date.now() + ms
  const writer = async (name: number) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      for (let at = 0; Date.now() < until; at++) {
        await client.query('begin')
        const detail = `${name}-${at}`
        await client.query(`insert into ephemera (kind, user_id, detail) values ('typing', 'usr_x', $1)`, [detail])
        await delay((at * 7 + name) % 4)
        const isKept = at % 10 !== 3
        await client.query(isKept ? 'commit' : 'rollback')
        if (isKept) committed.add(detail)
      }
    } finally {
      await client.end()
    }
  }
  await Promise.all(Array.from({ length: 12 }, (_, name) => writer(name)))
  return committed
}

test('the tail misses nothing and doubles nothing, while a naive one (id > last) misses rows', async () => {
  const { url } = await createTestDatabase()
  const pool = createPool({ connectionString: url }, { max: 1 })
  const reader = createPool({ connectionString: url }, { max: 1 })
  const seen: string[] = []
  const tail = createTail({
    ...{ pool, log, onReset: () => {} },
    onBatch: async ({ ephemera }) => void seen.push(...ephemera.map(({ detail }) => String(detail))),
  })
  onTestFinished(async () => {
    await tail.close()
    await Promise.all([pool.end(), reader.end()])
  })
  await tail.begin()
  const naive = new Set<string>()
  let isDone = false
  const naiveReader = async () => {
    for (let last = 0n; !isDone; await delay(1)) {
      const { rows } = await reader.query<{ id: bigint; detail: string }>(
        'select id, detail from ephemera where id > $1 order by id',
        [last],
      )
      for (const { id, detail } of rows) {
        naive.add(detail)
        last = id
      }
    }
  }
  const ringing = setInterval(tail.wake, 1)
  // A write transaction that stays open must hold up nobody else's rows.
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  await holder.query('begin')
  await holder.query(`insert into ephemera (kind, user_id, detail) values ('typing', 'usr_x', 'late')`)
  const reading = naiveReader()
  const committed = await writeFor(url, 1_500)
  await vi.waitFor(() => expect(seen).toHaveLength(committed.size), 3_000)
  await holder.query('commit')
  await holder.end()
  await vi.waitFor(() => expect(seen).toHaveLength(committed.size + 1), 3_000)
  clearInterval(ringing)
  isDone = true
  await reading
  expect(new Set(seen)).toEqual(new Set([...committed, 'late']))
  expect(committed.size).toBeGreaterThan(500)
  expect(naive.size).toBeLessThan(committed.size + 1)
}, 20_000)

test('goes on after its connection was lost, and without a doorbell, where it was', async () => {
  const { url } = await createTestDatabase()
  const pool = createPool({ connectionString: url }, { max: 1 })
  const seen: string[] = []
  const tail = createTail({
    ...{ pool, log, onReset: () => {} },
    onBatch: async ({ ephemera }) => void seen.push(...ephemera.map(({ detail }) => String(detail))),
  })
  onTestFinished(async () => {
    await tail.close()
    await pool.end()
  })
  await tail.begin()
  const writer = new pg.Client({ connectionString: url })
  await writer.connect()
  onTestFinished(() => writer.end())
  for (let at = 0; at < 5; at++) {
    await writer.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    await writer.query(`insert into ephemera (kind, user_id, detail) values ('typing', 'usr_x', $1)`, [String(at)])
    await delay(100)
  }
  await vi.waitFor(() => expect(seen).toEqual(['0', '1', '2', '3', '4']), 10_000)
}, 20_000)

test('tells when the database is not the one it was', async () => {
  const { url } = await createTestDatabase()
  // A database that was further on before a backup of it was restored.
  const options = '-c search_path=before,pg_catalog,public'
  const pool = createPool({ connectionString: url, options }, { max: 1 })
  await pool.query('create schema before')
  await pool.query(`create function before.pg_current_snapshot() returns pg_snapshot language sql
    as $$ select '5000000000:5000000000:'::pg_snapshot $$`)
  let resets = 0
  const tail = createTail({ pool, log, onBatch: async () => {}, onReset: () => resets++ })
  onTestFinished(async () => {
    await tail.close()
    await pool.end()
  })
  await tail.begin()
  await pool.query('drop function before.pg_current_snapshot')
  tail.wake()
  await vi.waitFor(() => expect(resets).toBe(1), 3_000)
})
