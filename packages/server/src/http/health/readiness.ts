import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { createPool } from '../../db/connect.ts'
import { isMigrated, type Migration } from '../../db/migrate.ts'
import type { ReadinessProblems } from './health.ts'

const patienceMs = 3_000
const keptMs = 1_000

/**
 * Looks whether the database can serve, on a connection of its own, so that busy calls do not look like an outage. An answer
 * is kept for a second, however often it is asked for.
 */
export function createReadiness(connection: pg.ClientConfig, migrations: readonly Migration[]) {
  const pool = createPool(connection, { max: 1 })
  let known: Promise<ReadinessProblems> | undefined
  const check = async (): Promise<ReadinessProblems> => {
    const late = delay(patienceMs, undefined, { ref: false }).then(() => Promise.reject(new Error('timeout')))
    try {
      return await Promise.race([look(pool, migrations), late])
    } catch {
      return { database: 'cannot be reached' }
    } finally {
      delay(keptMs, undefined, { ref: false }).then(() => {
        known = undefined
      })
    }
  }
  return {
    check: () => (known ??= check()),
    close: () => pool.end(),
  }
}

async function look(pool: pg.Pool, migrations: readonly Migration[]): Promise<ReadinessProblems> {
  const { rows } = await pool.query<{ readOnly: string }>(
    `select current_setting('transaction_read_only') as "readOnly"`,
  )
  if (rows[0]?.readOnly === 'on') return { database: 'takes no writes' }
  return (await isMigrated(pool, migrations)) ? {} : { migrations: 'are not all applied' }
}
