import type { z } from 'zod'
import { ApiError } from '../errors.ts'
import type { RoomId, UserId } from '../ids.ts'
import type { Interval } from '../messages/visible/store.ts'
import type { streamEvent } from './schema.ts'

export type Frame = z.infer<typeof streamEvent>

/** A client that lags behind by more frames or events than this is cut, and resumes by what it lacks. */
const maxWaiting = { frames: 1_000, events: 2_000 }

/** One stream of a client: what waits for it, and what it may see. */
export class Connection {
  readonly userId: UserId
  readonly address: string | null
  /** Whether it is the user, not a program with a key. */
  readonly inPerson: boolean
  /** When the user was in which room. */
  readonly rooms = new Map<RoomId, readonly Interval[]>()
  blocked: ReadonlySet<UserId> = new Set()
  /** Whether it was told where its rooms are. */
  isWelcome = false
  #waiting: Frame[] = []
  #events = 0
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(userId: UserId, address: string | null, inPerson: boolean) {
    this.userId = userId
    this.address = address
    this.inPerson = inPerson
  }

  push(frame: Frame): void {
    if (this.#failure !== undefined) return
    this.#events += frame.kind === 'room.range' ? frame.events.length : 0
    if (this.#waiting.length >= maxWaiting.frames || this.#events > maxWaiting.events) {
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
        const frame = this.#waiting.shift()
        if (frame !== undefined) {
          if (frame.kind === 'room.range') this.#events -= frame.events.length
          yield frame
          continue
        }
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
