const windowMs = 10_000

/** Six people who meet need some hundreds at once. */
const maxInWindow = 600

/** How many signals each participant may send through this instance. */
export interface Pace {
  /** How long to wait before these can be sent; 0 for not at all, and then they are counted. */
  take(participantKey: string, count: number, now?: number): number
}

export function createPace(): Pace {
  let counts = new Map<string, number>()
  let current = 0
  return {
    take(participantKey, count, now = Date.now()) {
      const window = Math.floor(now / windowMs)
      if (window !== current) counts = new Map()
      current = window
      const sum = (counts.get(participantKey) ?? 0) + count
      if (sum > maxInWindow) return windowMs - (now % windowMs)
      counts.set(participantKey, sum)
      return 0
    },
  }
}
