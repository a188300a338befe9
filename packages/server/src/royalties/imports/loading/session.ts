import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import type pg from 'pg'
import type { Db } from '../../../db/connect.ts'

/** One connection, for statements that take longer than those of calls, and for COPY amid them. */
export interface Session {
  readonly client: pg.PoolClient
  /** The same connection: one statement at a time. */
  readonly db: Db
}

/** Does work on a connection of its own out of the pool. */
export async function withSession<Result>(pool: pg.Pool, work: (session: Session) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  const db: Db = new Kysely({
    dialect: new PostgresDialect({ pool: onlyThis(client) }),
  })
  try {
    await client.query(`select set_config('statement_timeout', '10min', false), set_config('lock_timeout', '60s', false),
      set_config('idle_in_transaction_session_timeout', '60s', false)`)
    const result = await work({ client, db })
    await client.query('reset statement_timeout; reset lock_timeout; reset idle_in_transaction_session_timeout')
    client.release()
    return result
  } catch (error) {
    // In whatever state it is: nobody else gets it.
    client.release(true)
    throw error
  }
}

/** A pool of one connection, which it does not let go of. */
function onlyThis(client: pg.PoolClient): PostgresPool {
  const single: PostgresPoolClient = {
    query(text: unknown, values: readonly unknown[] = []): never {
      return client.query(text as string, [...values]) as never
    },
    release() {},
  }
  return { connect: async () => single, end: async () => {} }
}
