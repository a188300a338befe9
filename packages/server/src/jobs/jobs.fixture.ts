import { sql } from 'kysely'
import pino from 'pino'
import { onTestFinished } from 'vitest'
import { createTestDatabase } from '../../test/database.ts'
import { createDb, createPool } from '../db/connect.ts'
import { type JobsOptions, startJobs, type Tasks } from './worker.ts'

/** A database of its own, and instances that do its jobs, stopped after the test. */
export async function open() {
  const { url } = await createTestDatabase()
  const connection = { connectionString: url }
  const db = createDb(createPool(connection))
  onTestFinished(() => db.destroy())
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) })
  const start = async (tasks: Tasks, options: Partial<JobsOptions> = {}) => {
    const jobs = await startJobs({ connection, log, tasks, schedule: [], ...options })
    onTestFinished(() => jobs.stop())
    return jobs
  }
  const waiting = async () => {
    const { rows } = await sql<{ task: string; attempts: number; error: string | null; locked: boolean }>`
      select task_identifier as task, attempts, last_error as error, locked_by is not null as locked
      from graphile_worker.jobs order by id`.execute(db)
    return rows
  }
  return { url, db, start, waiting, lines }
}

/** A task that keeps what it was given. */
export function recorder() {
  const payloads: unknown[] = []
  return { payloads, record: async (payload: unknown) => void payloads.push(payload) }
}

/** For `vi.waitFor`. */
export const soon = { timeout: 15_000, interval: 20 }
