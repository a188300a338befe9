const windowMs = 10_000

/** Six people who meet need some hundreds at once; long ones count as several. */
const maxInWindow = 600
const charactersOfOne = 4_096

/** How many signals each participant may send through this instance. */
export interface Pace {
  /** How long to wait before these can be sent; 0 for not at all, and then they are counted. */
  take(participantKey: string, signals: readonly { data: string }[], now?: number): number
}

export function createPace(): Pace {
  let counts = new Map<string, number>()
  let current = 0
  return {
    take(participantKey, signals, now = Date.now()) {
      const window = Math.floor(now / windowMs)
      if (window !== current) counts = new Map()
      current = window
      const weight = signals.reduce((sum, { data }) => sum + Math.ceil(data.length / charactersOfOne), 0)
      const sum = (counts.get(participantKey) ?? 0) + weight
      if (sum > maxInWindow) return windowMs - (now % windowMs)
      counts.set(participantKey, sum)
      return 0
    },
  }
}
