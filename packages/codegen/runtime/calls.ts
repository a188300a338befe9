import { type Api, jsonText, type Procedure } from './api.ts'
import type { Send } from './batch.ts'
import { type ErrorDetails, Failure, unsent } from './errors.ts'

/** What can be said of a single call. */
export interface CallOptions {
  /** Ends the call with the code ABORTED. */
  readonly signal?: AbortSignal | undefined
  /** How long the call may take with all its retries before it ends with the code TIMEOUT. */
  readonly timeoutMs?: number | undefined
}

export interface CallSettings {
  readonly api: Api
  readonly send: Send
  readonly timeoutMs: number
  readonly maxRetries: number
}

export type Call = (input: unknown, options?: CallOptions) => Promise<unknown>

/** The function that calls one procedure: with time limit, abort and, where that is safe, retries. */
export function createCall(path: string, procedure: Procedure, settings: CallSettings): Call {
  const { api, send, maxRetries } = settings
  const { ErrorClass } = api
  const type = procedure.type === 'query' ? 'query' : 'mutation'
  const textOf = (input: unknown) => {
    try {
      return jsonText(api, input)
    } catch (cause) {
      throw new ErrorClass(unsent(cause).details)
    }
  }
  return async (given, options = {}) => {
    const input = inputOf(given, procedure)
    // Once for all retries: the caller may change the input meanwhile.
    const text = textOf(input)
    const isSafe = type === 'query' || procedure.idempotent === true || hasKey(input, procedure.key)
    const limit = startLimit(options.signal, options.timeoutMs ?? settings.timeoutMs)
    try {
      for (let attempt = 0; ; attempt++) {
        const outcome = await Promise.race([attemptOnce(send, type, path, text, limit.signal), limit.reached])
        if (outcome.ok) return outcome.data
        const { failure } = outcome
        const wait = isSafe && attempt < maxRetries && isPassing(failure) ? backoff(attempt, failure) : undefined
        if (wait === undefined || wait > limit.remainingMs()) throw new ErrorClass(failure.details)
        const ended = await Promise.race([sleep(wait, limit.signal), limit.reached])
        if (ended !== undefined) throw new ErrorClass(ended.failure.details)
      }
    } finally {
      limit.clear()
    }
  }
}

type Outcome = { readonly ok: true; readonly data: unknown } | Failed
type Failed = { readonly ok: false; readonly failure: Failure }

async function attemptOnce(
  send: Send,
  type: 'query' | 'mutation',
  path: string,
  input: string | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  if (signal.aborted) return new Promise(() => {})
  try {
    return { ok: true, data: await send(type, path, input, signal) }
  } catch (error) {
    if (error instanceof Failure) return { ok: false, failure: error }
    throw error
  }
}

/** The end of a call's time, by the caller's signal or by the clock. */
export function startLimit(signal: AbortSignal | undefined, timeoutMs: number) {
  const controller = new AbortController()
  const deadline = Date.now() + timeoutMs
  let end: (failed: Failed) => void = () => {}
  const reached = new Promise<Failed>((resolve) => {
    end = resolve
  })
  const stop = (details: Omit<ErrorDetails, 'status'>) => {
    end({ ok: false, failure: new Failure({ status: 0, ...details }) })
    controller.abort()
  }
  const onAbort = () => stop({ code: 'ABORTED', message: 'The call was aborted.', cause: signal?.reason })
  // Timers take 31 bits of milliseconds; a longer time is no limit at all.
  const timer =
    timeoutMs < 2 ** 31
      ? setTimeout(() => stop({ code: 'TIMEOUT', message: `No answer within ${timeoutMs} ms.` }), timeoutMs)
      : undefined
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    reached,
    remainingMs: () => deadline - Date.now(),
    clear: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

/** Whether trying again may help. */
function isPassing({ details, httpStatus }: Failure): boolean {
  return details.code === 'NETWORK' || httpStatus === 429 || httpStatus === 503
}

const firstWaitMs = 200
const longestWaitMs = 5_000

function backoff(attempt: number, { details }: Failure): number {
  const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** attempt) * (0.5 + Math.random() / 2)
  // Those who are told the same time to come back should not all come at once.
  return details.retryAfterMs === undefined ? wait : details.retryAfterMs + wait / 4
}

function sleep(ms: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, undefined)
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}

/** The input as it is sent: an empty object and the key are filled in. */
export function inputOf(given: unknown, { emptyInput, key }: Procedure): unknown {
  const input = given ?? (emptyInput ? {} : undefined)
  if (key === undefined || !isRecord(input) || input[key] !== undefined) return input
  return { ...input, [key]: randomId() }
}

function hasKey(input: unknown, key: string | undefined): boolean {
  return key !== undefined && isRecord(input) && input[key] !== undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** A random UUID. crypto.randomUUID exists in browsers on https only; getRandomValues everywhere. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const digits = Array.from(bytes, (byte, index) => {
    const marked = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte
    return marked.toString(16).padStart(2, '0')
  }).join('')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
