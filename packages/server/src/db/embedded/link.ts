import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import type { Cluster } from './cluster.ts'
import { application, ensureDatabase } from './roles.ts'
import { StartError, startServer } from './server.ts'

/** Where and as whom to connect; `host` may be the folder of a unix socket. */
export interface Connection {
  host: string
  port: number
  user: string
  password: string
  database: string
}

/** A live connection that holds the server: it has the shared lock. */
export interface Link {
  client: Client
  /** Resolves to the reason when the connection is lost or closed. */
  ended: Promise<string>
  /** Whether this process had to start the server for it. */
  started: boolean
}

export interface Patience {
  firstPauseMs: number
  longestPauseMs: number
  /** How long without a sign of life from the server; undefined: for ever. */
  limitMs?: number
  /** Told once when starts keep being refused. */
  complain?: (error: Error) => void
}

/** Number of the advisory lock in the database `postgres` that every holder shares. */
export const holdLock = 4_710_221

const mostRefusedStarts = 3

export function connectionsOf(cluster: Cluster): { connection: Connection; admin: Connection } {
  const { address, passwords } = cluster
  return {
    connection: { ...address, user: application, password: passwords.application, database: application },
    admin: { ...address, user: 'postgres', password: passwords.superuser, database: 'postgres' },
  }
}

/**
 * Joins the running server or starts it, and takes a share of it. Throws when patience ends; after `signal` it makes
 * one last try to join, without starting anything, and returns undefined when that fails.
 */
export async function attach(cluster: Cluster, patience: Patience, signal: AbortSignal): Promise<Link | undefined> {
  let pauseMs = patience.firstPauseMs
  let sign = Date.now()
  let refused = 0
  for (;;) {
    const isLast = signal.aborted
    try {
      return await joinOrStart(cluster, !isLast)
    } catch (error) {
      if (isLast) return undefined
      if (isSignOfLife(error)) sign = Date.now()
      refused = error instanceof StartError && !error.passing ? refused + 1 : 0
      if (refused === mostRefusedStarts) patience.complain?.(error as StartError)
      const { limitMs } = patience
      const isOver = isHopeless(error) || refused >= mostRefusedStarts || Date.now() - sign > (limitMs ?? 0)
      if (limitMs !== undefined && isOver) throw error
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
    pauseMs = Math.min(pauseMs * 2, patience.longestPauseMs)
  }
}

async function joinOrStart(cluster: Cluster, mayStart: boolean): Promise<Link> {
  try {
    return await join(cluster, false)
  } catch (error) {
    if (!mayStart || !isUnreachable(error)) throw error
  }
  await startServer(cluster)
  return await join(cluster, true)
}

async function join(cluster: Cluster, started: boolean): Promise<Link> {
  const client = new Client({
    ...connectionsOf(cluster).admin,
    application_name: 'antiphon holder',
    ssl: false,
    keepAlive: true,
    connectionTimeoutMillis: 5000,
  })
  let reason = 'the connection was closed'
  const ended = new Promise<string>((resolve) => client.once('end', () => resolve(reason)))
  client.on('error', (error) => {
    reason = error.message
  })
  try {
    await client.connect()
    await client.query('select pg_advisory_lock_shared($1)', [holdLock])
    await ensureDatabase(client, cluster.passwords.application)
    return { client, ended, started }
  } catch (error) {
    client.end().catch(() => {})
    throw error
  }
}

function isUnreachable(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNREFUSED' || code === 'ENOENT'
}

/** The server speaks, but is just starting or stopping. */
function isSignOfLife(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code === '57P03' || error.code === '57P01')
}

/** A password or role that it does not know: somebody else's server, or a damaged cluster. */
function isHopeless(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code?.startsWith('28') ?? false)
}
