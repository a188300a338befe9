import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import { createPool } from '../db/connect.ts'
import { type Runner, startRunner } from './runner.ts'
import type { Tasks } from './task.ts'
import { removeFailedJobs, unlockJobsOf, unlockLostJobs } from './upkeep.ts'

export type { Tasks } from './task.ts'

export interface JobsOptions {
  connection: pg.ClientConfig
  log: Logger
  tasks: Tasks
  /** Tasks to do by the clock (UTC), over all instances once each time: `{ task: 'sweep', cron: '7 * * * *' }`. */
  schedule: readonly { task: string; cron: string }[]
  /** Hears of every lost connection and every end of the worker; both are logged and mended. */
  onError?: (error: Error) => void
  /** How long one job may take, unless its task says otherwise; a minute unless given. */
  timeoutMs?: number
  /** How long running jobs may go on when stopped; five seconds unless given. */
  graceMs?: number
}

export interface Jobs {
  /** Takes no more jobs, waits for those that run, aborts them after a while; in any case ends. */
  stop(): Promise<void>
}

/** Two workers, one listener. */
const maxConnections = 3
const upkeepEveryMs = 60_000
const lostAfterTimeouts = 5
const lastWaitMs = 3_000
const longestPauseMs = 10_000

/** Does the jobs of a database in this process, until stopped. However long the database is away, it goes on afterwards. */
export async function startJobs(options: JobsOptions): Promise<Jobs> {
  const { connection, log, tasks, schedule, onError = () => {}, timeoutMs = 60_000, graceMs = 5_000 } = options
  const report = (error: Error, message: string) => {
    log.warn({ reason: error.message }, message)
    onError(error)
  }
  const pool = createPool(connection, {
    max: maxConnections,
    onError: (error) => report(error, 'a database connection of the jobs was lost'),
  })
  // The queue expects int8 as text and would fail on bigint.
  pool.on('connect', (client) => client.setTypeParser(pg.types.builtins.INT8, String))
  const keeper = keepRunning({
    start: (ended) =>
      unlockJobsOf(pool, ended).then(() => startRunner({ pool, log, tasks, schedule, timeoutMs, graceMs })),
    report,
  })
  const longest = Math.max(...Object.values(tasks).map((task) => (typeof task === 'function' ? 0 : task.timeoutMs)), 0)
  const upkeep = keepUp(pool, log, Math.max(timeoutMs * lostAfterTimeouts, longest + timeoutMs))
  await keeper.tried
  const finish = async () => {
    clearInterval(upkeep)
    await keeper.stop()
    await pool.end()
    return true
  }
  const stop = async () => {
    const isDone = await Promise.race([finish(), delay(graceMs + lastWaitMs, false, { ref: false })])
    if (!isDone) log.warn('the jobs did not stop in time')
  }
  let stopped: Promise<void> | undefined
  return { stop: () => (stopped ??= stop()) }
}

interface Keeper {
  /** The first start has succeeded or failed. */
  readonly tried: Promise<void>
  stop(): Promise<void>
}

interface KeeperOptions {
  /** Starts the next runner, given the workers that ended before it. */
  start: (ended: readonly string[]) => Promise<Runner>
  report: (error: Error, message: string) => void
}

/** Starts a runner, and another whenever it ends. */
function keepRunning({ start, report }: KeeperOptions): Keeper {
  const stopping = new AbortController()
  const ended: string[] = []
  const tried = Promise.withResolvers<void>()
  let current: Runner | undefined
  const live = async () => {
    current = await start(ended)
    ended.splice(0, ended.length, current.worker)
    tried.resolve()
    if (stopping.signal.aborted) await current.stop()
    await current.ended
    throw new Error('the worker ended')
  }
  const keep = async () => {
    for (let pauseMs = 250; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const since = Date.now()
      const error = await live().catch((cause: unknown) => (cause instanceof Error ? cause : new Error(String(cause))))
      tried.resolve()
      if (stopping.signal.aborted) return
      report(error, 'the jobs pause')
      if (Date.now() - since > longestPauseMs) pauseMs = 250
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  const kept = keep()
  return {
    tried: tried.promise,
    stop: async () => {
      stopping.abort()
      await current?.stop()
      await kept
    },
  }
}

function keepUp(pool: pg.Pool, log: Logger, lostAfterMs: number): NodeJS.Timeout {
  const keep = async () => {
    try {
      await unlockLostJobs(pool, lostAfterMs)
      await removeFailedJobs(pool)
    } catch (error) {
      log.debug({ reason: error instanceof Error ? error.message : String(error) }, 'the upkeep of jobs was skipped')
    }
  }
  keep()
  return setInterval(keep, upkeepEveryMs).unref()
}
