import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, test, vi } from 'vitest'
import { enqueue } from './enqueue.ts'
import { open, recorder, soon } from './jobs.fixture.ts'
import type { Tasks } from './worker.ts'

test('a job is done once, after the commit of its cause; after a rollback never', async () => {
  const { db, start, waiting } = await open()
  const { payloads, record } = recorder()
  await start({ record })
  const undone = db.transaction().execute(async (tx) => {
    await enqueue(tx, 'record', { n: 1 })
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  await db.transaction().execute(async (tx) => {
    await enqueue(tx, 'record', { n: 2, text: 'ä "quoted" \0 €' })
    await delay(100)
    expect(payloads).toEqual([])
  })
  const committed = performance.now()
  await vi.waitFor(() => expect(payloads).toEqual([{ n: 2, text: 'ä "quoted" \0 €' }]), soon)
  expect(performance.now() - committed).toBeLessThan(1_000)
  await vi.waitFor(async () => expect(await waiting()).toEqual([]), soon)
})

test('of jobs with one key the newest waits, and a time is kept', async () => {
  const { db, start, waiting } = await open()
  const { payloads, record } = recorder()
  await enqueue(db, 'record', { n: 1 }, { key: 'k' })
  await enqueue(db, 'record', { n: 2 }, { key: 'k' })
  await enqueue(db, 'record', { n: 3 }, { runAt: new Date(Date.now() + 3_600_000) })
  await start({ record })
  await vi.waitFor(async () => expect(await waiting()).toHaveLength(1), soon)
  expect(payloads).toEqual([{ n: 2 }])
})

test('what fails is tried again, in the end no more; its payload stays out of the log', async () => {
  const { db, start, waiting, lines } = await open()
  const attempts: number[] = []
  await start({
    flaky: async (_, { attempt }) => {
      attempts.push(attempt)
      if (attempt === 1) throw new Error('not now \0 \ud800')
    },
    broken: () => Promise.reject(new Error('never')),
  })
  await enqueue(db, 'flaky', { token: 'hush' })
  await enqueue(db, 'broken', { token: 'hush' }, { maxAttempts: 1 })
  const left = { task: 'broken', attempts: 1, error: 'never', locked: false }
  await vi.waitFor(async () => expect(await waiting()).toEqual([left]), soon)
  expect(attempts).toEqual([1, 2])
  const messages = lines.map((line) => JSON.parse(line)).filter(({ level }) => level > 20)
  expect(messages.sort((a, b) => a.level - b.level)).toMatchObject([
    { level: 40, task: 'flaky', attempt: 1, reason: 'not now  \ufffd', msg: 'job failed, it will be tried again' },
    { level: 50, task: 'broken', attempt: 1, reason: 'never', msg: 'job failed for good' },
  ])
  expect(lines.join()).not.toContain('hush')
})

test('two instances do each job once', async () => {
  const { db, start, waiting } = await open()
  const { payloads, record } = recorder()
  const done: number[] = [0, 0]
  for (const instance of [0, 1]) {
    await start({
      record: async (payload) => {
        done[instance]!++
        await record(payload)
        await delay(5)
      },
    })
  }
  const numbers = Array.from({ length: 60 }, (_, n) => n)
  await Promise.all(numbers.map((n) => enqueue(db, 'record', { n })))
  await vi.waitFor(async () => expect(await waiting()).toEqual([]), soon)
  expect(payloads).toHaveLength(60)
  expect(new Set(payloads.map((payload) => JSON.stringify(payload))).size).toBe(60)
  expect(Math.min(...done)).toBeGreaterThan(5)
})

test('stopping waits for the job that runs and takes no other', async () => {
  const { db, start, waiting } = await open()
  const finish = Promise.withResolvers<void>()
  const begun: unknown[] = []
  const jobs = await start({
    slow: async (payload) => {
      begun.push(payload)
      await finish.promise
    },
  })
  for (const n of [1, 2, 3]) await enqueue(db, 'slow', { n })
  await vi.waitFor(() => expect(begun).toHaveLength(2), soon)
  let isStopped = false
  const stopped = jobs.stop().then(() => {
    isStopped = true
  })
  await delay(300)
  expect(isStopped).toBe(false)
  finish.resolve()
  await stopped
  expect(await waiting()).toMatchObject([{ task: 'slow', attempts: 0 }])
  expect(begun).toHaveLength(2)
})

test('a job that does not end is left behind: when it takes too long, and when the server stops', async () => {
  const { db, start, waiting } = await open()
  const signals: AbortSignal[] = []
  const endless: Tasks[string] = (_, { signal }) => {
    signals.push(signal)
    return new Promise(() => {})
  }
  const jobs = await start({ endless }, { timeoutMs: 200, graceMs: 300 })
  await enqueue(db, 'endless', {})
  await vi.waitFor(async () => expect(await waiting()).toMatchObject([{ error: 'it took longer than 200 ms' }]), soon)
  expect(signals[0]?.aborted).toBe(true)
  await jobs.stop()
  await sql`select graphile_worker.complete_jobs(array(select id from graphile_worker.jobs))`.execute(db)

  const patient = await start({ endless }, { graceMs: 300 })
  await enqueue(db, 'endless', {})
  await vi.waitFor(() => expect(signals).toHaveLength(2), soon)
  const since = performance.now()
  await patient.stop()
  expect(performance.now() - since).toBeLessThan(2_000)
  expect(await waiting()).toMatchObject([{ error: 'the server stops', attempts: 1, locked: false }])
})

test('a task may take longer than others', async () => {
  const { db, start, waiting } = await open()
  let done = 0
  const run = async (_: unknown, { signal }: { signal: AbortSignal }) => {
    await delay(1_500)
    signal.throwIfAborted()
    done++
  }
  await start({ long: { timeoutMs: 5_000, run }, short: run }, { timeoutMs: 200 })
  for (const task of ['long', 'short']) await enqueue(db, task, {})
  const left = [{ task: 'short', error: 'it took longer than 200 ms' }]
  await vi.waitFor(async () => expect(await waiting()).toMatchObject(left), soon)
  expect(done).toBe(1)
})

test('jobs that failed for good are removed after a week', async () => {
  const { db, start, waiting } = await open()
  for (const task of ['old', 'new']) await enqueue(db, task, {}, { maxAttempts: 1 })
  await sql`update graphile_worker._private_jobs set attempts = 1,
    run_at = now() - case id when 1 then interval '8 days' else interval '6 days' end`.execute(db)
  await start({ unrelated: async () => {} })
  await vi.waitFor(async () => expect(await waiting()).toMatchObject([{ task: 'new' }]), soon)
})

test('what was missed by the clock is done once, by one instance', async () => {
  const { db, start } = await open()
  const { payloads, record } = recorder()
  const schedule = [{ task: 'record', cron: '* * * * *' }]
  await sql`insert into graphile_worker._private_known_crontabs (identifier, known_since)
    values ('record * * * * *', now() - interval '5 minutes')`.execute(db)
  await Promise.all([start({ record }, { schedule }), start({ record }, { schedule })])
  const scheduled = async () => {
    const { rows } = await sql<{ at: Date | null }>`
      select last_execution as at from graphile_worker._private_known_crontabs`.execute(db)
    return Number(rows[0]?.at)
  }
  await vi.waitFor(async () => expect(await scheduled()).toBeGreaterThan(Date.now() - 61_000), soon)
  await delay(300)
  expect(payloads.length).toBeGreaterThan(0)
  expect(payloads.length).toBeLessThanOrEqual(5)
})
