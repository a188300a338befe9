import pg from 'pg'
import { expect, vi } from 'vitest'
import type { startTestServer } from './server.ts'

/**
 * Does something while another transaction has changed a row by SQL (`$1` is the id), and commits that one when so many wait
 * for it: what was read before is out of date then. `more` is done while they wait.
 */
export async function overtake<Result>(
  { databaseUrl, query }: Pick<Awaited<ReturnType<typeof startTestServer>>, 'databaseUrl' | 'query'>,
  { sql, id, more = [], waiting = 1 }: { sql: string; id: string; more?: readonly string[]; waiting?: number },
  work: () => Promise<Result>,
): Promise<Result> {
  const other = new pg.Client({ connectionString: databaseUrl })
  await other.connect()
  try {
    await other.query('begin')
    await other.query(sql, [id])
    const result = work()
    result.catch(() => {})
    const blocked = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await vi.waitFor(async () => expect((await query(blocked)).length).toBeGreaterThanOrEqual(waiting), {
      timeout: 10_000,
      interval: 10,
    })
    for (const statement of more) await other.query(statement, [id])
    await other.query('commit')
    return await result
  } finally {
    await other.end()
  }
}
