import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { expect, inject, test, vi } from 'vitest'
import { enqueue } from './enqueue.ts'
import { open, recorder, soon } from './jobs.fixture.ts'

/** Ends all connections of a database and lets none in until restored, as a restart of the server would. */
async function cutOff(url: string): Promise<() => Promise<void>> {
  const admin = new pg.Client(inject('postgres').admin)
  await admin.connect()
  const name = /\/(\w+)\?/.exec(url)?.[1]
  await admin.query(`alter database ${name} allow_connections false`)
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  return async () => {
    await admin.query(`alter database ${name} allow_connections true`)
    await admin.end()
  }
}

test('work goes on after the database was away', async () => {
  const { url, db, start } = await open()
  const { payloads, record } = recorder()
  const errors: Error[] = []
  await start({ record }, { onError: (error) => errors.push(error) })
  await enqueue(db, 'record', { n: 1 })
  await vi.waitFor(() => expect(payloads).toHaveLength(1), soon)
  for (const [n, forMs] of [0, 0, 1_500].entries()) {
    const restore = await cutOff(url)
    await delay(forMs)
    await restore()
    // The test's own pool may still hold a connection that was cut.
    await vi.waitFor(() => enqueue(db, 'record', { n: n + 2 }), soon)
    await vi.waitFor(() => expect(payloads).toHaveLength(n + 2), soon)
  }
  expect(errors.length).toBeGreaterThan(0)
}, 60_000)

test('a job whose end the database did not hear of is done again, soon', async () => {
  const { url, db, start, waiting } = await open()
  const attempts: number[] = []
  let restored: Promise<void> | undefined
  const cutAtFirst = async (attempt: number) => {
    attempts.push(attempt)
    if (attempt > 1) return
    const restore = await cutOff(url)
    restored = delay(500).then(restore)
  }
  await start({
    cut: (_, { attempt }) => cutAtFirst(attempt),
    cutAndFail: async (_, { attempt }) => {
      await cutAtFirst(attempt)
      if (attempt === 1) throw new Error('cut')
    },
  })
  for (const task of ['cut', 'cutAndFail']) {
    await enqueue(db, task, {})
    await vi.waitFor(() => expect(attempts.at(-1)).toBe(1), soon)
    await vi.waitFor(async () => expect(await waiting()).toEqual([]), soon)
    await restored
  }
  expect(attempts).toEqual([1, 2, 1, 2])
}, 60_000)

test('starts while the database is away, and stops', async () => {
  const { url, db, start } = await open()
  const { payloads, record } = recorder()
  await enqueue(db, 'record', { n: 1 })
  const restore = await cutOff(url)
  const jobs = await start({ record })
  await delay(1_000)
  await restore()
  await vi.waitFor(() => expect(payloads).toHaveLength(1), soon)
  const restoreAgain = await cutOff(url)
  const since = performance.now()
  await jobs.stop()
  expect(performance.now() - since).toBeLessThan(5_000)
  await restoreAgain()
}, 60_000)

test('a worker that fails at its first look for jobs looks again', async () => {
  const { db, start } = await open()
  const { payloads, record } = recorder()
  await enqueue(db, 'record', { n: 1 })
  await sql`alter table graphile_worker._private_tasks rename to hidden`.execute(db)
  await start({ record })
  await delay(300)
  await sql`alter table graphile_worker.hidden rename to _private_tasks`.execute(db)
  await vi.waitFor(() => expect(payloads).toHaveLength(1), soon)
})

test('jobs of an instance that was killed are done by another', async () => {
  const { db, start } = await open()
  const { payloads, record } = recorder()
  await enqueue(db, 'record', { n: 1 })
  await enqueue(db, 'record', { n: 2 })
  await sql`update graphile_worker._private_jobs set attempts = 1, locked_by = 'worker-' || id,
    locked_at = now() - case id when 1 then interval '6 minutes' else interval '1 minute' end`.execute(db)
  await start({ record })
  await vi.waitFor(() => expect(payloads).toEqual([{ n: 1 }]), soon)
})
