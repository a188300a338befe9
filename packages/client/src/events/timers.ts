/** Timers by name. */
export class Timers {
  readonly #running = new Map<string, ReturnType<typeof setTimeout>>()

  /** Starts a timer, unless one of this name is running. */
  start(name: string, ms: number, work: () => void): void {
    if (!this.#running.has(name)) this.restart(name, ms, work)
  }

  /** Starts a timer, instead of the one of this name that is running. */
  restart(name: string, ms: number, work: () => void): void {
    this.stop(name)
    const run = () => {
      this.#running.delete(name)
      work()
    }
    this.#running.set(name, setTimeout(run, ms))
  }

  stop(name: string): void {
    clearTimeout(this.#running.get(name))
    this.#running.delete(name)
  }

  stopAll(): void {
    for (const name of [...this.#running.keys()]) this.stop(name)
  }
}
