/** Who is told of changes. */
export class Listeners {
  #entries: readonly (() => void)[] = []
  readonly #report: (error: unknown) => void

  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const entry = () => listener()
    this.#entries = [...this.#entries, entry]
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry)
    }
  }

  tell(): void {
    for (const entry of this.#entries) {
      try {
        entry()
      } catch (error) {
        this.#report(error)
      }
    }
  }
}
