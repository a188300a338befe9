import type { AddressInfo } from 'node:net'
import type pg from 'pg'
import pino, { type Logger } from 'pino'
import type { Auth } from './access.ts'
import { actingFor } from './auth/authenticate.ts'
import type { IssuerSetting } from './auth/issuers.ts'
import type { Vault } from './auth/vault.ts'
import { createDb, createPool, type Db } from './db/connect.ts'
import { migrate, readMigrations } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { ApiError, describeFault } from './errors.ts'
import { createReadiness } from './http/health/readiness.ts'
import { createHttpServer } from './http/server.ts'
import { newId, type UserId } from './ids.ts'
import type { MeetingProvider } from './providers/provider.ts'
import { appRouter } from './root.ts'
import { createServices, type RunningServices } from './services.ts'
import type { ConnectedAccounts } from './sessions/connections/accounts.ts'
import type { IceSettings } from './sessions/peer/ice.ts'
import type { S3Settings } from './storage/s3/bucket.ts'
import type { Storage } from './storage/storage.ts'
import type { Context } from './trpc.ts'
import { scopes } from './users/apiKeys/schema.ts'
import { roleNames } from './users/schema.ts'
import { findStanding } from './users/store.ts'

export interface AntiphonOptions {
  /** A connection string (`postgres://...`, Postgres 15 to 18), or a directory for the bundled Postgres 18. */
  database: string
  /** Where to log; a quiet logger of warnings unless given. */
  log?: Logger
  /** The directory of a built web app to serve at `/`. */
  web?: string
  /** Connections to the database at most; 10 unless given. */
  maxConnections?: number
  /**
   * At least 32 characters, under which secrets that have to be read back are encrypted. Left out: made once and kept in
   * `secret.key` of `secretDirectory`.
   */
  secret?: string
  /** Where `secret.key` is; the directory of the bundled Postgres or `./data` unless given. */
  secretDirectory?: string
  /** Where uploaded files are kept; `files` beside `secret.key` unless given. All instances share it. */
  filesDirectory?: string
  /** The bucket of S3, or of a store that speaks it, where uploaded files are kept in place of `filesDirectory`. */
  s3?: S3Settings
  /** Megabytes of a file at most (1,024), and of all files of a user together (5,120). */
  uploads?: { maxMegabytes?: number; quotaMegabytes?: number }
  /** Where people find the web app, for links in mails; where the server listens unless given. */
  publicUrl?: string
  /** Origins of other pages that may call with the cookies and tokens of their users. None unless given. */
  allowedOrigins?: readonly string[]
  /** How many proxies in front are to be believed about the caller's address (X-Forwarded-For). 0 unless given. */
  trustedProxies?: number
  /** How mails go out: by SMTP, or into the log for development. Not at all unless given. */
  mail?: { smtpUrl: string; from: string } | 'log'
  /** Issuers whose tokens (JWT) are accepted. */
  issuers?: readonly IssuerSetting[]
  /** Days after which an unused device is signed out (30), and any device (180). */
  sessionDays?: { idle?: number; max?: number }
  /** Calls per user, key or stranger's address in a minute; 6,000 unless given. */
  callsPerMinute?: number
  /** How often accounts at providers of meetings are asked what runs there, in seconds; 30 unless given. */
  reconcileEverySeconds?: number
  /** A Redis that wakes the other instances in place of NOTIFY of Postgres, `redis://...`. */
  redisUrl?: string
  /** Days that lists of messages go back unless a call says otherwise; 30 unless given. */
  messagesWindowDays?: number
  /** Days after which recordings are removed, counted from their newest file; they can be restored for 30 days. For ever unless given. */
  recordingDays?: number
  /** Where Zoom is, for tests: a server that speaks as it does. The real one unless given. */
  zoomUrl?: string
  /**
   * What imports may be fetched from besides public addresses: hosts of private networks, `host` or `host:port`, and
   * certificates (PEM) that count besides the usual ones.
   */
  sources?: { readonly hosts?: readonly string[]; readonly ca?: string }
  /** Servers that help browsers in built-in rooms to find a way to each other, beyond one network. None unless given. */
  ice?: IceSettings
  /** Where meetings can take place, besides built-in rooms (`peer`) and any address (`link`). */
  providers?: readonly MeetingProvider[]
}

export type Caller = ReturnType<typeof appRouter.createCaller>

/** In whose name calls within the process are made. `service` is any name, for the audit log. */
export type CallAs = { userId: UserId } | { service: string; userId?: UserId }

export interface Antiphon {
  /** Every procedure; its type is what clients of tRPC need. */
  readonly router: typeof appRouter
  /** Calls procedures in this process, typed and without HTTP: as a user, as a service (for a user), or as nobody. */
  caller(as?: CallAs): Caller
  /** Serves API and web app; resolves when requests are accepted. Port 0 takes any free one. */
  listen(address?: { port?: number; host?: string }): Promise<{ url: string }>
  /** Finishes what is under way, then lets go of the database. */
  close(): Promise<void>
}

const drainMs = 10_000

/**
 * Starts Antiphon on a database: connects (starting the bundled Postgres where asked), migrates, and is ready to call.
 * @throws MigrationError; an Error that says what is wrong where the database or the store of files cannot be had
 */
export async function createAntiphon(options: AntiphonOptions): Promise<Antiphon> {
  return (await openAntiphon(options)).antiphon
}

interface Address {
  port: number
  host: string
}

/** What is open, for the command. */
export interface Opened {
  readonly antiphon: Antiphon
  readonly pool: pg.Pool
  readonly db: Db
  readonly storage: Storage
  readonly vault: Vault
  readonly accounts: ConnectedAccounts
}

/** The same with the database beside it, for the command, which knows where it will listen: mails may go out before. */
export async function openAntiphon(options: AntiphonOptions, address?: Address): Promise<Opened> {
  const { maxConnections = 10 } = options
  const log = (options.log ?? pino({ level: 'warn' })).child({}, { serializers: { err: describeFault } })
  const database = await openDatabase(options.database, log)
  const onError = (error: Error) => log.warn({ reason: error.message }, 'a database connection was lost')
  const pool = createPool(database.connection, { max: maxConnections, onError })
  const db = createDb(pool)
  const migrations = await readMigrations()
  const readiness = createReadiness(database.connection, migrations)
  let running: RunningServices | undefined
  const release = async () => {
    await running?.close()
    await Promise.all([db.destroy(), readiness.close()])
    await database.held?.release()
  }
  try {
    const applied = await migrate(database.connection, migrations)
    if (applied.length > 0) log.info({ applied }, 'migrated')
    const willListenAt = address === undefined || address.port === 0 ? undefined : urlOf(address)
    running = await createServices({ options, connection: database.connection, pool, db, log, willListenAt })
    const antiphon = await assemble({ options, running, checkDatabase: readiness.check, release })
    const { storage, vault, accounts } = running.services
    return { antiphon, pool, db, storage, vault, accounts }
  } catch (error) {
    await release()
    throw error
  }
}

interface Parts {
  options: AntiphonOptions
  running: RunningServices
  checkDatabase: ReturnType<typeof createReadiness>['check']
  release: () => Promise<void>
}

async function assemble({ options, running, checkDatabase, release }: Parts): Promise<Antiphon> {
  let closing: Promise<void> | undefined
  const isClosing = () => closing !== undefined
  const { services, issuers, callLimits } = running
  const app = await createHttpServer({
    ...{ services, issuers, callLimits, isClosing },
    readiness: async () => (isClosing() ? { server: 'is stopping' } : checkDatabase()),
    webRoot: options.web,
    publicUrl: options.publicUrl,
    allowedOrigins: options.allowedOrigins ?? [],
    trustedProxies: options.trustedProxies ?? 0,
  })
  const close = async () => {
    services.live.close()
    const deadline = setTimeout(() => app.server.closeAllConnections(), drainMs)
    // Those that kept their connection over a stream would hold everything up.
    const idle = setInterval(() => app.server.closeIdleConnections(), 50)
    await app.close()
    clearTimeout(deadline)
    clearInterval(idle)
    await release()
  }
  return {
    router: appRouter,
    caller: (as) => appRouter.createCaller(contextOfCaller(running, as)),
    async listen({ port = 3000, host = '127.0.0.1' } = {}) {
      await app.listen({ port, host })
      const { port: actual } = app.server.address() as AddressInfo
      const url = urlOf({ host, port: actual })
      running.listensAt(url)
      return { url }
    },
    close: () => (closing ??= close()),
  }
}

function urlOf({ host, port }: Address): string {
  return `http://${nameOf(host)}:${port}`
}

function nameOf(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::1', '::'].includes(host)) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function contextOfCaller({ services }: RunningServices, as: CallAs | undefined): Context {
  return {
    ...services,
    requestId: newId('request'),
    address: null,
    userAgent: undefined,
    inTurn: (work) => work(),
    countCall: async () => {},
    giveToken: (token) => token,
    dropToken: () => {},
    authenticate: () => authOf(services.db, as),
  }
}

async function authOf(db: Db, as: CallAs | undefined): Promise<Auth> {
  if (as === undefined) return { kind: 'anyone' }
  if ('service' in as) {
    const key = { id: null, kind: 'service', name: as.service, scopes, expiresAt: null } as const
    return as.userId === undefined ? { kind: 'service', key } : actingFor(db, key, as.userId)
  }
  const user = await findStanding(db, as.userId)
  if (user === undefined) throw new ApiError('TOKEN_INVALID', { message: 'There is no such user (any more).' })
  return { kind: 'user', userId: user.id, roles: roleNames.parse(user.roles), deviceId: null, key: null, acting: false }
}
