import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { namedStatements } from './prepared.ts'
import type { Tables } from './tables.gen.ts'

/** The database or a transaction in it: the first argument of every store function. */
export type Db = Kysely<Tables>

export interface PoolOptions {
  /** Connections at most. */
  max?: number
  /** Called when a connection is lost, in use or idle. */
  onError?: (error: Error) => void
}

/** int8 as bigint, date as its text; everything else as node-postgres has it (timestamptz as Date, numeric as text). */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (format === 'binary') return pg.types.getTypeParser(oid, format)
    if (oid === pg.types.builtins.INT8) return BigInt
    return oid === pg.types.builtins.DATE ? (day: string) => day : pg.types.getTypeParser(oid, format)
  },
}

/** A pool over one Postgres. It survives the loss of the server at any moment and reconnects by itself. */
export function createPool(connection: pg.ClientConfig, { max = 10, onError = () => {} }: PoolOptions = {}): pg.Pool {
  const pool = new pg.Pool({
    ...connection,
    types,
    max,
    application_name: 'antiphon',
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 15_000,
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
  })
  // A client in use emits its own 'error' when the server goes; without a listener that ends the process.
  pool.on('connect', (client) => client.on('error', onError))
  pool.on('error', onError)
  return pool
}

/** Kysely over a pool; `destroy()` ends the pool. */
export function createDb(pool: pg.Pool): Db {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: namedStatements(pool) }) })
}
