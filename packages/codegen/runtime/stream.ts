import { type CallError, throwLater } from './errors.ts'

/** What can be said of a stream. */
export interface EventStreamOptions {
  /** Closes the stream. */
  readonly signal?: AbortSignal | undefined
  /** Connects anew when nothing, not even a ping, came for so long. Default: what the server announces, or 45,000. */
  readonly inactivityMs?: number | undefined
  /** How many events a loop may lag behind before the stream stops reading. Default 100. */
  readonly maxLag?: number | undefined
  /** Connects anew also when the server says that the stream is finished, as a live feed may that is shut down. */
  readonly endless?: boolean | undefined
  /** Told of what handlers throw, which the stream survives. Without it they are reported as uncaught. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** Where a stream stands; see the generated type of the same name. */
export type StreamStatus =
  | { readonly state: 'connecting' | 'open' }
  | {
      readonly state: 'waiting'
      readonly reason: 'ended' | 'failed' | 'inactive'
      readonly error?: CallError | undefined
      readonly retryAt: Date
    }
  | {
      readonly state: 'closed'
      readonly reason: 'closed' | 'aborted' | 'finished' | 'failed'
      readonly error?: unknown
    }

type Handler = (event: unknown) => unknown
type StatusHandler = (status: StreamStatus) => unknown

/** Feeds a stream until it is finished or `signal` says that nobody listens any more; rejects where it fails. */
export type Source = (stream: Sink) => Promise<void>

/** The side of a stream that its source sees. */
export interface Sink {
  readonly signal: AbortSignal
  setStatus(status: StreamStatus): void
  /** Hands an event over. Where it gives a promise, the next event has to wait for it. */
  deliver(event: unknown, id?: string): Promise<void> | undefined
}

/** A stream of events, with those who listen to it. It starts at once; events wait for the first who listens. */
export class EventStream {
  #status: StreamStatus = { state: 'connecting' }
  #lastEventId: string | undefined
  #handlers: readonly { readonly kind: unknown; readonly handler: Handler }[] = []
  #statusHandlers: readonly StatusHandler[] = []
  #loops: readonly Loop[] = []
  #isHeard = false
  #release: (() => void) | undefined
  readonly #kindField: string | undefined
  readonly #options: EventStreamOptions
  readonly #controller = new AbortController()

  constructor(source: Source, kindField: string | undefined, options: EventStreamOptions = {}) {
    this.#kindField = kindField
    this.#options = options
    const abort = () => this.#end({ state: 'closed', reason: 'aborted' })
    options.signal?.addEventListener('abort', abort, { once: true, signal: this.#controller.signal })
    if (options.signal?.aborted) abort()
    else this.#start(source)
  }

  get status(): StreamStatus {
    return this.#status
  }

  get lastEventId(): string | undefined {
    return this.#lastEventId
  }

  on(kind: string | number | boolean, handler: Handler): () => void {
    return this.#listen(kind, handler)
  }

  onAny(handler: Handler): () => void {
    return this.#listen(this, handler)
  }

  onStatus(handler: StatusHandler): () => void {
    const entry: StatusHandler = (status) => handler(status)
    this.#statusHandlers = [...this.#statusHandlers, entry]
    return () => {
      this.#statusHandlers = this.#statusHandlers.filter((other) => other !== entry)
    }
  }

  close(): void {
    this.#end({ state: 'closed', reason: 'closed' })
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    const loop = new Loop(Math.max(1, this.#options.maxLag ?? 100), {
      taken: (id) => {
        this.#lastEventId = id ?? this.#lastEventId
        this.#wake()
      },
      left: () => {
        this.#loops = this.#loops.filter((other) => other !== loop)
        this.#wake()
        if (this.#loops.length === 0 && this.#handlers.length === 0) this.close()
      },
    })
    if (this.#status.state === 'closed') loop.end(this.#status)
    else this.#loops = [...this.#loops, loop]
    this.#heard()
    return loop
  }

  #start(source: Source): void {
    const sink: Sink = {
      signal: this.#controller.signal,
      setStatus: (status) => this.#setStatus(status),
      deliver: (event, id) => this.#deliver(event, id),
    }
    source(sink).then(
      () => this.#end({ state: 'closed', reason: 'finished' }),
      (error: unknown) => this.#end({ state: 'closed', reason: 'failed', error }),
    )
  }

  #listen(kind: unknown, handler: Handler): () => void {
    const entry = { kind, handler }
    this.#handlers = [...this.#handlers, entry]
    this.#heard()
    return () => {
      this.#handlers = this.#handlers.filter((other) => other !== entry)
    }
  }

  #heard(): void {
    this.#isHeard = true
    this.#wake()
  }

  #wake(): void {
    if (this.#isHeard && this.#loops.every((loop) => !loop.isFull)) this.#release?.()
  }

  #deliver(event: unknown, id: string | undefined): Promise<void> | undefined {
    if (this.#status.state === 'closed') return undefined
    if (this.#isHeard) {
      this.#handOver(event, id)
      return this.#loops.some((loop) => loop.isFull) ? this.#pause() : undefined
    }
    return this.#pause().then(() => this.#deliver(event, id))
  }

  #pause(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#release = resolve
    })
  }

  #handOver(event: unknown, id: string | undefined): void {
    const field = this.#kindField
    const kind = field !== undefined && event !== null && typeof event === 'object' ? Reflect.get(event, field) : this
    if (this.#handlers.length > 0) this.#lastEventId = id ?? this.#lastEventId
    for (const { kind: wanted, handler } of this.#handlers) {
      if (this.#status.state === 'closed') return
      if (wanted === this || wanted === kind) this.#call(handler, event)
    }
    for (const loop of this.#loops) loop.push(event, id)
  }

  #call<T>(handler: (value: T) => unknown, value: T): void {
    const report = this.#options.onError ?? throwLater
    try {
      const result = handler(value)
      if (result instanceof Promise) result.catch(report)
    } catch (error) {
      report(error)
    }
  }

  #setStatus(status: StreamStatus): void {
    if (this.#status.state === 'closed') return
    this.#status = status
    for (const handler of this.#statusHandlers) this.#call(handler, status)
  }

  #end(status: StreamStatus & { state: 'closed' }): void {
    if (this.#status.state === 'closed') return
    this.#setStatus(status)
    this.#controller.abort()
    for (const loop of this.#loops) loop.end(status)
    this.#loops = []
    this.#release?.()
  }
}

interface LoopOwner {
  taken(id: string | undefined): void
  left(): void
}

/** One `for await` over a stream, with the events that it has not taken yet. */
class Loop implements AsyncIterator<unknown, undefined> {
  #events: { readonly event: unknown; readonly id: string | undefined }[] = []
  #waiting: { resolve(result: IteratorResult<unknown, undefined>): void; reject(error: unknown): void }[] = []
  #end: { readonly error?: unknown } | undefined
  readonly #maxLag: number
  readonly #owner: LoopOwner

  constructor(maxLag: number, owner: LoopOwner) {
    this.#maxLag = maxLag
    this.#owner = owner
  }

  get isFull(): boolean {
    return this.#events.length >= this.#maxLag
  }

  push(event: unknown, id: string | undefined): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#events.push({ event, id })
    else {
      this.#owner.taken(id)
      waiting.resolve({ done: false, value: event })
    }
  }

  /** What was not taken is still given where the stream came to its own end, and dropped where the caller closed it. */
  end({ reason, error }: { readonly reason?: string; readonly error?: unknown }): void {
    if (reason === 'closed' || reason === 'aborted') this.#events = []
    this.#end = error === undefined ? {} : { error }
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (error === undefined) resolve({ done: true, value: undefined })
      else reject(error)
    }
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    const first = this.#events.shift()
    if (first !== undefined) {
      this.#owner.taken(first.id)
      return Promise.resolve({ done: false, value: first.event })
    }
    if (this.#end === undefined) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
    const { error } = this.#end
    this.#end = {}
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error)
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    this.end({ reason: 'closed' })
    this.#owner.left()
    return Promise.resolve({ done: true, value: undefined })
  }
}
