import { Timers } from '../timers.ts'

export interface AdvancerOptions {
  readonly send: (seq: number) => Promise<unknown>
  /** What is told within this time goes out as one. */
  readonly everyMs: number
  readonly onFailure: (error: unknown) => boolean
}

const againMs = 5_000

/** Tells the server that a mark of one's own advances: the newest number alone, and not at each step. */
export class Advancer {
  #wanted = 0
  #sent = 0
  #isSending = false
  #isOver = false
  readonly #timers = new Timers()
  readonly #options: AdvancerOptions

  constructor(options: AdvancerOptions) {
    this.#options = options
  }

  /** How far it has got, or is about to. */
  get wanted(): number {
    return this.#wanted
  }

  advance(seq: number): void {
    if (seq <= this.#wanted) return
    this.#wanted = seq
    this.#plan(this.#options.everyMs)
  }

  /** The mark is there already. */
  has(seq: number): void {
    this.#sent = Math.max(this.#sent, seq)
    this.#wanted = Math.max(this.#wanted, seq)
  }

  /** What has not been told yet is not told. */
  cancel(): void {
    this.#timers.stopAll()
    this.#wanted = this.#sent
  }

  /** What has not been told yet is told now, once. */
  finish(): void {
    this.#timers.stopAll()
    this.#isOver = true
    if (!this.#isSending) void this.#send()
  }

  #plan(ms: number): void {
    if (!this.#isSending) this.#timers.start('send', ms, () => void this.#send())
  }

  async #send(): Promise<void> {
    const seq = this.#wanted
    if (seq <= this.#sent) return
    this.#isSending = true
    let hasFailed = false
    try {
      await this.#options.send(seq)
      this.has(seq)
    } catch (error) {
      hasFailed = this.#options.onFailure(error)
      // What is refused is not told again.
      if (!hasFailed) this.#sent = seq
    }
    this.#isSending = false
    if (this.#wanted <= this.#sent) return
    if (!this.#isOver) this.#plan(hasFailed ? againMs : this.#options.everyMs)
    else if (!hasFailed) await this.#send()
  }
}
