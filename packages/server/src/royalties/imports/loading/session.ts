import {
  Kysely,
  type PostgresCursor,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
} from 'kysely'
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
  return { options: {}, connect: async () => new OnlyClient(client), end: async () => {} }
}

class OnlyClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient

  constructor(client: pg.PoolClient) {
    this.#client = client
  }

  query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>>
  query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>
  query<Row>(sql: string | PostgresCursor<Row>, parameters: readonly unknown[] = []): unknown {
    if (typeof sql !== 'string') throw new Error('Cursors are not used here.')
    return this.#client.query(sql, [...parameters])
  }

  release(): void {}
}
