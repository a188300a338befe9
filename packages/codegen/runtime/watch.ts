/** The most that timers take. */
export const longestTimerMs = 2 ** 31 - 1

/** How a watch ended. */
interface Over {
  readonly how: 'inactive' | 'ended'
}

/** Ends a connection when it was silent for too long, or when the stream is closed. */
export class Watch {
  #timer: ReturnType<typeof setTimeout> | undefined
  #over: (how: Over['how']) => void = () => {}
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal
  readonly #limitMs: () => number
  readonly #end = () => this.#stopWith('ended')

  constructor(outer: AbortSignal, limitMs: () => number) {
    this.#outer = outer
    this.#limitMs = limitMs
    outer.addEventListener('abort', this.#end)
    this.restart()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The end of the work, or of the watch if that comes first. */
  unlessOver<Result>(work: () => Promise<Result>): Promise<Result | Over> {
    const over = new Promise<Over>((resolve) => {
      this.#over = (how) => resolve({ how })
    })
    return Promise.race([work(), over])
  }

  onOver(stop: () => Promise<void>): void {
    this.signal.addEventListener('abort', () => void stop().catch(() => {}))
  }

  restart(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#stopWith('inactive'), Math.min(longestTimerMs, this.#limitMs()))
  }

  /** The silence of a server that nobody listens to is none. */
  pause(): void {
    clearTimeout(this.#timer)
  }

  stop(): void {
    this.#stopWith('ended')
    this.#outer.removeEventListener('abort', this.#end)
  }

  #stopWith(how: Over['how']): void {
    this.pause()
    this.#over(how)
    this.#controller.abort()
  }
}
