import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import pino, { type Logger } from 'pino'
import { createDb, createPool, type Db } from './db/connect.ts'
import { type HeldServer, holdServer } from './db/embedded/hold.ts'
import { migrate, readMigrations } from './db/migrate.ts'
import type { ReadinessProblems } from './http/health.ts'
import { createHttpServer } from './http/server.ts'
import { removeExpiredKeys } from './idempotency.ts'
import { newId, type UserId } from './ids.ts'
import { createReadiness } from './readiness.ts'
import { appRouter } from './root.ts'
import type { Context } from './trpc.ts'

export interface AntiphonOptions {
  /** A connection string (`postgres://...`, Postgres 15 to 18), or a directory for the bundled Postgres 18. */
  database: string
  /** Where to log; a quiet logger of warnings unless given. */
  log?: Logger
  /** The directory of a built web app to serve at `/`. */
  web?: string
  /** Connections to the database at most; 10 unless given. */
  maxConnections?: number
}

export type Caller = ReturnType<typeof appRouter.createCaller>

export interface Antiphon {
  /** Every procedure; its type is what clients of tRPC need. */
  readonly router: typeof appRouter
  /** Calls procedures in this process, typed and without HTTP, as a user or as nobody. */
  caller(as?: { userId: UserId }): Caller
  /** Serves API and web app; resolves when requests are accepted. Port 0 takes any free one. */
  listen(address?: { port?: number; host?: string }): Promise<{ url: string }>
  /** Finishes what is under way, then lets go of the database. */
  close(): Promise<void>
}

const drainMs = 10_000
const sweepEveryMs = 3_600_000

/**
 * Starts Antiphon on a database: connects (starting the bundled Postgres where asked), migrates, and is ready to call.
 * @throws MigrationError; an Error that says what is wrong where the database cannot be had
 */
export async function createAntiphon(options: AntiphonOptions): Promise<Antiphon> {
  return (await openAntiphon(options)).antiphon
}

/** The same with the database beside it, for the command. */
export async function openAntiphon(options: AntiphonOptions): Promise<{ antiphon: Antiphon; db: Db }> {
  const { log = pino({ level: 'warn' }), maxConnections = 10 } = options
  const { connection, held } = await openDatabase(options.database, log)
  const pool = createPool(connection, {
    max: maxConnections,
    onError: (error) => log.warn({ reason: error.message }, 'a database connection was lost'),
  })
  const db = createDb(pool)
  const migrations = await readMigrations()
  const readiness = createReadiness(connection, migrations)
  const release = async () => {
    await Promise.all([db.destroy(), readiness.close()])
    await held?.release()
  }
  try {
    const applied = await migrate(connection, migrations)
    if (applied.length > 0) log.info({ applied }, 'migrated')
    return { db, antiphon: await assemble({ options, log, db, checkDatabase: readiness.check, release }) }
  } catch (error) {
    await release()
    throw error
  }
}

interface Parts {
  options: AntiphonOptions
  log: Logger
  db: Db
  checkDatabase: () => Promise<ReadinessProblems>
  release: () => Promise<void>
}

async function assemble({ options, log, db, checkDatabase, release }: Parts): Promise<Antiphon> {
  let closing: Promise<void> | undefined
  const isClosing = () => closing !== undefined
  const readiness = async () => (isClosing() ? { server: 'is stopping' } : checkDatabase())
  const app = await createHttpServer({ db, log, readiness, isClosing, webRoot: options.web })
  const sweeping = setInterval(() => {
    removeExpiredKeys(db).catch((error: unknown) => log.warn({ err: error }, 'expired keys were not removed'))
  }, sweepEveryMs).unref()
  const close = async () => {
    clearInterval(sweeping)
    const deadline = setTimeout(() => app.server.closeAllConnections(), drainMs)
    await app.close()
    clearTimeout(deadline)
    await release()
  }
  return {
    router: appRouter,
    caller: (as) => appRouter.createCaller(contextOfCaller(db, log, as?.userId)),
    async listen({ port = 3000, host = '127.0.0.1' } = {}) {
      await app.listen({ port, host })
      const { port: actual } = app.server.address() as AddressInfo
      return { url: `http://${nameOf(host)}:${actual}` }
    },
    close: () => (closing ??= close()),
  }
}

function nameOf(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::1', '::'].includes(host)) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function contextOfCaller(db: Db, log: Logger, userId: UserId | undefined): Context {
  return {
    db,
    log,
    requestId: newId('request'),
    inTurn: (work) => work(),
    authenticate: async () => (userId === undefined ? { kind: 'anyone' } : { kind: 'user', userId, deviceId: null }),
  }
}

interface OpenDatabase {
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
