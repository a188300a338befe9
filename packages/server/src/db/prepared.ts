import { createHash } from 'node:crypto'
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import pg from 'pg'

/** More texts than this on one connection stay unnamed, so that the server's memory is bounded. */
const maxNamedStatements = 500

/** A pool for Kysely whose statements are named, so that Postgres parses and plans each text once per connection. */
export function namedStatements(pool: pg.Pool): PostgresPool {
  const named = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect()
      const known = named.get(client)
      if (known !== undefined) return known
      const wrapped = new NamedClient(client)
      named.set(client, wrapped)
      return wrapped
    },
  }
}

class NamedClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient
  readonly #names = new Map<string, string>()
  /** A plan of this connection no longer fits its table: its statements are stale for good. */
  #stale = false

  constructor(client: pg.PoolClient) {
    this.#client = client
  }

  query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>>
  query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>
  query<Row>(sql: string | PostgresCursor<Row>, parameters: readonly unknown[] = []): unknown {
    if (typeof sql !== 'string') throw new Error('Cursors are not used here.')
    return this.#run(sql, [...parameters])
  }

  release(destroy?: boolean): void {
    this.#client.release(destroy === true || this.#stale)
  }

  async #run(text: string, values: unknown[]) {
    try {
      const name = values.length === 0 ? undefined : this.#name(text)
      return await this.#client.query(name === undefined ? { text, values } : { name, text, values })
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === '0A000') this.#stale = true
      throw error
    }
  }

  #name(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined || this.#names.size >= maxNamedStatements) return known
    const name = createHash('sha1').update(text).digest('base64url')
    this.#names.set(text, name)
    return name
  }
}
