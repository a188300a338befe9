/** What one key has used of a window. */
export interface CallCount {
  readonly key: string
  /** Its key in the database. */
  readonly sharedKey: string
  /** Of all instances, as the database last told. */
  shared: number
  /** On its way to the database. */
  sending: number
  /** Counted here since. */
  unsent: number
}

/**
 * Counts per key in memory for one fixed window at a time. Windows are the same for all instances, as far as their clocks
 * agree. Beyond `maxKeys` the key that was idle longest is dropped.
 */
export class CallCounts {
  readonly #windowMs: number
  readonly #maxKeys: number
  readonly #sharedKeyOf: (key: string) => string
  #window = 0
  /** Idle longest first. */
  #counts = new Map<string, CallCount>()
  /** Those with something unsent, longest waiting first. */
  #changed = new Set<CallCount>()

  constructor(windowMs: number, maxKeys: number, sharedKeyOf: (key: string) => string) {
    this.#windowMs = windowMs
    this.#maxKeys = maxKeys
    this.#sharedKeyOf = sharedKeyOf
  }

  get size(): number {
    return this.#counts.size
  }

  /** When the window ends, in milliseconds since 1970. */
  get endsAt(): number {
    return (this.#window + 1) * this.#windowMs
  }

  /** Counts a call unless `limit` are used up; how many are left after it, or -1. */
  add(key: string, limit: number, now: number): number {
    this.#turnTo(now)
    const count = this.#touch(key)
    const used = count.shared + count.sending + count.unsent
    if (used >= limit) return -1
    count.unsent += 1
    this.#changed.add(count)
    return limit - used - 1
  }

  /** Takes what is to be sent, of so many keys at most. Each is either settled or put back afterwards. */
  take(maxKeys: number, now: number): CallCount[] {
    this.#turnTo(now)
    const taken = this.#changed.values().take(maxKeys).toArray()
    for (const count of taken) {
      this.#changed.delete(count)
      count.sending = count.unsent
      count.unsent = 0
    }
    return taken
  }

  /** What was sent has arrived; `shared` is the total with it. */
  settle(count: CallCount, shared: number): void {
    count.shared = shared
    count.sending = 0
  }

  /** What was sent did not arrive: it is sent again with the next, while its window lasts. */
  putBack(count: CallCount): void {
    count.unsent += count.sending
    count.sending = 0
    if (this.#counts.get(count.key) === count) this.#changed.add(count)
  }

  #turnTo(now: number): void {
    const window = Math.floor(now / this.#windowMs)
    if (window === this.#window) return
    this.#window = window
    this.#counts = new Map()
    this.#changed = new Set()
  }

  #touch(key: string): CallCount {
    const known = this.#counts.get(key)
    if (known !== undefined) this.#counts.delete(key)
    else if (this.#counts.size >= this.#maxKeys) this.#dropIdle()
    // Hashed here, once and one by one, not by the thousand with each flush.
    const count = known ?? { key, sharedKey: this.#sharedKeyOf(key), shared: 0, sending: 0, unsent: 0 }
    this.#counts.set(key, count)
    return count
  }

  #dropIdle(): void {
    for (const [key, count] of this.#counts) {
      this.#counts.delete(key)
      this.#changed.delete(count)
      return
    }
  }
}
