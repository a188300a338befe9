import { EventEmitter } from 'node:events'
import type { CronItem, Logger as QueueLogger, WorkerEvents } from 'graphile-worker'
import type pg from 'pg'
import type { Logger } from 'pino'
import { runTask, type Tasks } from './task.ts'

export interface RunnerOptions {
  pool: pg.Pool
  log: Logger
  tasks: Tasks
  schedule: readonly { task: string; cron: string }[]
  timeoutMs: number
  graceMs: number
}

/** One life of graphile-worker, from its start to its end, which a lost database can bring about. */
export interface Runner {
  /** What its jobs are locked by. */
  readonly worker: string
  readonly ended: Promise<void>
  /** Lets jobs finish for `graceMs`, then aborts them. */
  stop(): Promise<void>
}

const concurrency = 2
const pollEveryMs = 2_000
const catchUpMs = 24 * 3_600_000

export async function startRunner({ pool, log, tasks, schedule, timeoutMs, graceMs }: RunnerOptions): Promise<Runner> {
  // It looks for configuration files when it is imported, which importing us must not do.
  const { Logger, parseCronItems, run } = await import('graphile-worker')
  const events: WorkerEvents = new EventEmitter()
  let worker = ''
  events.once('pool:create', ({ workerPool }) => {
    worker = workerPool.id
  })
  const runner = await run({
    pgPool: pool,
    schema: 'graphile_worker',
    taskList: Object.fromEntries(
      Object.entries(tasks).map(([name, task]) => [
        name,
        (payload, helpers) => {
          const { run, ...long } = typeof task === 'function' ? { run: task } : task
          return runTask(run, payload, helpers, { log, timeoutMs, ...long })
        },
      ]),
    ),
    parsedCronItems: parseCronItems(schedule.map(cronItem)),
    logger: bridge(Logger, log),
    events,
    noHandleSignals: true,
    concurrency,
    pollInterval: pollEveryMs,
    gracefulShutdownAbortTimeout: graceMs,
    // Without a batch the outcome of a job is written by a promise nobody holds, whose failure ends the process.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  })
  runner.promise.catch(() => {})
  const stop = () => runner.stop().catch(() => {})
  endUnlessSound(events, stop)
  return { worker, ended: runner.promise, stop }
}

/** A worker that fails at its very first look remembers the failure for good. */
function endUnlessSound(events: WorkerEvents, stop: () => void): void {
  let sound = false
  const proveSound = () => {
    sound = true
  }
  events.once('worker:getJob:empty', proveSound)
  events.once('job:start', proveSound)
  events.once('worker:getJob:error', () => {
    // Once the worker has set its clock: stopped before that, it fails loudly.
    if (!sound) setImmediate(stop)
  })
}

/** What was missed while nothing ran is done once: the key leaves one job of the many that would be due. */
function cronItem({ task, cron }: { task: string; cron: string }): CronItem {
  const name = `${task} ${cron}`
  return { task, match: cron, identifier: name, options: { backfillPeriod: catchUpMs, jobKey: name } }
}

/** Messages only: what comes with them holds payloads. The outcome of each job is told by `runTask`. */
function bridge(Type: typeof QueueLogger, log: Logger): QueueLogger {
  return new Type(() => (level, message, meta) => {
    if (meta?.failure === true || meta?.success === true) return
    const reason = message.split(/\n\s*/, 2).join(' ')
    if (level === 'error' || level === 'warning') log.warn({ reason }, 'the job queue reports trouble')
    else log.trace({ reason }, 'job queue')
  })
}
