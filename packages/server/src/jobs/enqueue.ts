import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'

export interface EnqueueOptions {
  /** Of jobs with one key at most one waits: the newer replaces it. One that already runs is not touched. */
  key?: string
  /** Not before; at once unless given. */
  runAt?: Date
  /** Of jobs in one queue one runs at a time, over all instances. Queues stay in the database: there are to be few. */
  queue?: string
  /** How often it is tried; 25 times in about four days unless given. */
  maxAttempts?: number
}

/**
 * Has a task done in the background, after the commit of the transaction it is called in, at least once. The payload is
 * kept in plain JSON until then: it names rows and carries no secrets.
 */
export async function enqueue(
  db: Db,
  task: string,
  payload: Readonly<Record<string, unknown>>,
  { key, queue, runAt, maxAttempts }: EnqueueOptions = {},
): Promise<void> {
  await sql`
    select job.id from graphile_worker.add_job(
      identifier => ${task}::text,
      payload => ${JSON.stringify(payload)}::json,
      queue_name => ${queue ?? null}::text,
      run_at => ${runAt ?? null}::timestamptz,
      max_attempts => ${maxAttempts ?? null}::int,
      job_key => ${key ?? null}::text
    ) as job`.execute(db)
}

/** The same for many at once, each under the key of its own. */
export async function enqueueAll(
  db: Db,
  task: string,
  jobs: readonly { payload: Readonly<Record<string, unknown>>; key: string }[],
  { runAt }: Pick<EnqueueOptions, 'runAt'> = {},
): Promise<void> {
  if (jobs.length === 0) return
  await sql`
    select added.id from unnest(
      ${jobs.map(({ payload }) => JSON.stringify(payload))}::text[], ${jobs.map(({ key }) => key)}::text[]
    ) as job (payload, key)
    cross join lateral graphile_worker.add_job(
      identifier => ${task}::text, payload => job.payload::json, job_key => job.key, run_at => ${runAt ?? null}::timestamptz
    ) as added`.execute(db)
}

/**
 * What the jobs under these keys carry that wait: a newer one replaces them, and may have to say what they would. They are held
 * until the end of the transaction: of one that begins in between, the newer one would be lost.
 */
export async function waitingPayloads(db: Db, keys: readonly string[]): Promise<Map<string, unknown>> {
  const { rows } = await sql<{ key: string; payload: unknown }>`
    select key, payload from graphile_worker._private_jobs
    where key = any(${[...keys]}) and locked_at is null order by key for update`.execute(db)
  return new Map(rows.map(({ key, payload }) => [key, payload]))
}

/** Has the jobs under these keys not done that wait. */
export async function dropJobs(db: Db, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  await sql`select dropped.id from unnest(${[...keys]}::text[]) as job (key)
    cross join lateral graphile_worker.remove_job(job.key) as dropped`.execute(db)
}
