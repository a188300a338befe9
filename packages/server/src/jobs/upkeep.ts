import type pg from 'pg'

/**
 * Gives back the jobs of workers that are gone: a process killed or cut off from its database cannot do so itself. No job
 * runs for `lostAfterMs`, so a worker whose jobs have all been held for longer than that has lost them.
 */
export async function unlockLostJobs(pool: pg.Pool, lostAfterMs: number): Promise<void> {
  await pool.query(
    `select graphile_worker.force_unlock_workers(array(
       select locked_by from graphile_worker.jobs where locked_at is not null
       group by locked_by having max(locked_at) < now() - $1 * interval '1 millisecond'
     ))`,
    [lostAfterMs],
  )
}

/** Gives back the jobs of workers that are known to have ended. */
export async function unlockJobsOf(pool: pg.Pool, workers: readonly string[]): Promise<void> {
  if (workers.length > 0) await pool.query('select graphile_worker.force_unlock_workers($1::text[])', [workers])
}

/** Removes jobs that failed for good a week ago. */
export async function removeFailedJobs(pool: pg.Pool): Promise<void> {
  await pool.query(
    `select job.id from graphile_worker.complete_jobs(array(
       select id from graphile_worker.jobs
       where attempts >= max_attempts and locked_at is null and run_at < now() - interval '7 days'
     )) as job`,
  )
}
