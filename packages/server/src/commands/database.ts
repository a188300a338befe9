import type pg from 'pg'
import type { Logger } from 'pino'
import { createDb, createPool, type Db } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'

/** Does something on a migrated database, beside its servers: does none of their jobs and needs none of their secrets. */
export async function withDatabase(
  database: string,
  log: Logger,
  work: (db: Db, pool: pg.Pool) => Promise<void>,
  { connections = 1 } = {},
): Promise<void> {
  const { connection, held } = await openDatabase(database, log)
  try {
    await migrate(connection)
    const pool = createPool(connection, { max: connections })
    const db = createDb(pool)
    await work(db, pool).finally(() => db.destroy())
  } finally {
    await held?.release()
  }
}
