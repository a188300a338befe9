import type { z } from 'zod'
import { ApiError } from '../errors.ts'
import type { RoomId, UserId } from '../ids.ts'
import type { Interval } from '../messages/visible/store.ts'
import type { streamEvent } from './schema.ts'

export type Frame = z.infer<typeof streamEvent>

/** A client that lags behind by more frames than this is cut, and resumes by what it lacks. */
const maxWaiting = 1_000

/** One stream of a client: what waits for it, and what it may see. */
export class Connection {
  readonly userId: UserId
  readonly address: string | null
  /** When the user was in which room. */
  readonly rooms = new Map<RoomId, readonly Interval[]>()
  blocked: ReadonlySet<UserId> = new Set()
  #waiting: Frame[] = []
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(userId: UserId, address: string | null) {
    this.userId = userId
    this.address = address
  }

  push(frame: Frame): void {
    if (this.#failure !== undefined) return
    if (this.#waiting.length >= maxWaiting) {
      this.cut(new ApiError('UNAVAILABLE', { message: 'The reader is too slow for this stream.', retryAfterMs: 1_000 }))
      return
    }
    this.#waiting.push(frame)
    this.#wake?.()
  }

  /** Ends the stream with an error; what waits is dropped. */
  cut(failure: Error): void {
    this.#failure ??= failure
    this.#waiting = []
    this.#wake?.()
  }

  /** The frames as they come, until the signal aborts or the stream is cut. */
  async *frames(signal: AbortSignal | undefined): AsyncGenerator<Frame, void> {
    const wake = () => this.#wake?.()
    signal?.addEventListener('abort', wake)
    try {
      while (!signal?.aborted) {
        if (this.#failure !== undefined) throw this.#failure
        const frames = this.#waiting.splice(0)
        for (const frame of frames) yield frame
        if (frames.length > 0) continue
        await new Promise<void>((resolve) => {
          this.#wake = resolve
          if (this.#waiting.length > 0 || this.#failure !== undefined || signal?.aborted) resolve()
        })
        this.#wake = undefined
      }
    } finally {
      signal?.removeEventListener('abort', wake)
    }
  }
}
