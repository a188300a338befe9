import type { UserId } from '../generated/index.ts'
import { Timers } from './timers.ts'

/** Who does not say it again for so long is not writing any more. */
const expiresMs = 6_000

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
