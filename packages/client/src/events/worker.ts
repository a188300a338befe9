import { isAntiphonError } from '../generated/index.ts'

export interface WorkerOptions {
  /** What is to be done next; undefined where nothing is. */
  readonly next: () => (() => Promise<void>) | undefined
  /** Told of a failure; says whether to try again, as far as that makes sense. */
  readonly onFailure: (error: unknown) => boolean
}

const firstWaitMs = 200
const longestWaitMs = 20_000

/** Does one thing after the other until nothing is left; after failures again, after waits that grow. */
export class Worker {
  #isRunning = false
  #waiters: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []
  #cutShort: (() => void) | undefined
  readonly #options: WorkerOptions

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  /** There is something to be done. */
  run(): void {
    if (!this.#isRunning) void this.#work()
  }

  /** There is something to be done, and no reason to wait after the failure before. */
  hurry(): void {
    this.#cutShort?.()
    this.run()
  }

  /** When nothing is left to be done; fails by `fail`. */
  whenIdle(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  /** Tells those who wait that it will not be done, or not soon. */
  fail(error: unknown): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error)
  }

  async #work(): Promise<void> {
    const { next, onFailure } = this.#options
    this.#isRunning = true
    let isUseless = false
    let work = next()
    for (let failures = 0; work !== undefined && !isUseless; work = next()) {
      try {
        await work()
      } catch (error) {
        isUseless = !onFailure(error)
        if (!isUseless) await this.#wait(waitAfter(failures++, error))
      }
    }
    this.#isRunning = false
    if (isUseless) return
    for (const { resolve } of this.#waiters.splice(0)) resolve()
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#cutShort = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

function waitAfter(failures: number, error: unknown): number {
  const asked = isAntiphonError(error) ? (error.retryAfterMs ?? 0) : 0
  return asked + (0.5 + Math.random() / 2) * Math.min(longestWaitMs, firstWaitMs * 2 ** failures)
}
