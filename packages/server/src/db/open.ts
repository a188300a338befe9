import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import { type HeldServer, holdServer } from './embedded/hold.ts'

export interface OpenDatabase {
  connection: pg.ClientConfig
  held?: HeldServer
}

/** The database's address; the bundled Postgres is started for a directory. */
export async function openDatabase(database: string, log: Logger): Promise<OpenDatabase> {
  if (/^postgres(ql)?:\/\//.test(database)) {
    const connection = { connectionString: database }
    await reach(connection, log)
    return { connection }
  }
  const held = await holdServer(database, { log: (line) => log.info(line) })
  return { connection: held.connection, held }
}

const reachAttempts = 10

/** Waits up to ten seconds for a server that may be starting beside us; refuses versions before 15. */
async function reach(connection: pg.ClientConfig, log: Logger): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      const { rows } = await client.query<{ version: string }>(
        "select current_setting('server_version_num') as version",
      )
      if (Number(rows[0]?.version) < 150_000) throw new TooOldError('Antiphon needs Postgres 15 or newer.')
      return
    } catch (error) {
      const reason = error instanceof Error ? error.message || String('code' in error && error.code) : String(error)
      const hopeless =
        error instanceof TooOldError || (error instanceof pg.DatabaseError && !error.code?.startsWith('57'))
      if (hopeless || attempt === reachAttempts)
        throw new Error(`The database cannot be used: ${reason}`, { cause: error })
      log.warn({ reason }, 'the database does not answer yet')
      await delay(1_000)
    } finally {
      await client.end().catch(() => {})
    }
  }
}

class TooOldError extends Error {}
