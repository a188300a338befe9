import type { UserId } from '../../generated/index.ts'
import { Timers } from '../timers.ts'

/** Who does not say it again for so long is not writing any more. */
const expiresMs = 6_000

/** It is told again that one is writing after so long: twice within the time it lasts with the others. */
const againMs = 3_000

/** Tells the others that one is writing: at once, and then now and then as long as it goes on. */
export class OwnTyping {
  #isTold = false
  readonly #timers = new Timers()
  readonly #tell: (isTyping: boolean) => void

  constructor(tell: (isTyping: boolean) => void) {
    this.#tell = tell
  }

  set(isTyping: boolean): void {
    if (isTyping === this.#isTold) return
    this.sent()
    this.#isTold = isTyping
    if (isTyping) this.#timers.start('again', againMs, () => this.sent())
    this.#tell(isTyping)
  }

  /** With a message the others know by themselves. */
  sent(): void {
    this.#isTold = false
    this.#timers.stopAll()
  }
}

/** Who is writing. */
export class Typing {
  #userIds: readonly UserId[] = []
  readonly #timers = new Timers()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get userIds(): readonly UserId[] {
    return this.#userIds
  }

  hear(userId: UserId, isTyping: boolean): void {
    const others = this.#userIds.filter((id) => id !== userId)
    if (isTyping) this.#timers.restart(userId, expiresMs, () => this.hear(userId, false))
    else this.#timers.stop(userId)
    if (isTyping === others.length < this.#userIds.length) return
    this.#userIds = isTyping ? [...others, userId] : others
    this.#onChange()
  }

  close(): void {
    this.#timers.stopAll()
    this.#userIds = []
  }
}
