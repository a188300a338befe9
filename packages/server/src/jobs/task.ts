import type { JobHelpers } from 'graphile-worker'
import type { Logger } from 'pino'

export interface TaskHelpers {
  log: Logger
  /** Aborts when the task has taken too long or the server stops; the job is then tried again. */
  signal: AbortSignal
  /** 1 at the first try. */
  attempt: number
}

/** What can be done in the background, by name. A job may be done twice, so doing it again must do no harm. */
export type Tasks = Readonly<Record<string, Task | LongTask>>

export type Task = (payload: unknown, helpers: TaskHelpers) => Promise<void>

/** One that takes longer than others. */
export interface LongTask {
  readonly timeoutMs: number
  readonly run: Task
}

const longestReason = 500

/** Does one job within its time, with a log that names it but not what it carries. */
export async function runTask(
  task: Task,
  payload: unknown,
  { job, abortSignal }: Pick<JobHelpers, 'job' | 'abortSignal'>,
  { log: parent, timeoutMs }: { log: Logger; timeoutMs: number },
): Promise<void> {
  const { attempts: attempt, max_attempts: attempts } = job
  const log = parent.child({ task: job.task_identifier, job: job.id, attempt })
  const since = performance.now()
  try {
    await withinTime((signal) => task(payload, { log, signal, attempt }), { timeoutMs, stopping: abortSignal })
    log.debug({ durationMs: Math.round(performance.now() - since) }, 'job done')
  } catch (error) {
    const reason = reasonOf(error)
    if (attempt < attempts) log.warn({ reason }, 'job failed, it will be tried again')
    else log.error({ reason }, 'job failed for good')
    throw new Error(reason)
  }
}

async function withinTime(
  work: (signal: AbortSignal) => Promise<void>,
  { timeoutMs, stopping }: { timeoutMs: number; stopping: AbortSignal },
): Promise<void> {
  const controller = new AbortController()
  const { signal } = controller
  const timer = setTimeout(() => controller.abort(new Error(`it took longer than ${timeoutMs} ms`)), timeoutMs)
  const stop = () => controller.abort(new Error('the server stops'))
  stopping.addEventListener('abort', stop)
  try {
    if (stopping.aborted) stop()
    // A task that does not heed its signal is left behind.
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
    signal.throwIfAborted()
    await Promise.race([work(signal), aborted])
  } finally {
    clearTimeout(timer)
    stopping.removeEventListener('abort', stop)
  }
}

/** What Postgres can keep as the job's last error: no NUL, no lone surrogates, not without end. */
function reasonOf(error: unknown): string {
  const message = (error instanceof Error && error.message) || String(error)
  return message.slice(0, longestReason).replaceAll('\0', '').toWellFormed()
}
