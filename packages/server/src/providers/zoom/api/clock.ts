/** What Zoom's clock shows, as far as its answers tell. */
export interface ZoomClock {
  /** The Date header of an answer, which is cut to the second, and when the question went out and the answer came in. */
  hear(header: string | null, sentAt: number, receivedAt: number): void
  /** The same moment by Zoom's clock. */
  toZoom(at: number): Date
  /** How far it is ahead of ours. */
  aheadMs(): number
}

/** After so long clocks may have been set. */
const holdsMs = 600_000

export function createClock(): ZoomClock {
  let [low, high, since] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  // Nearest to none: an answer alone tells it to a second or so.
  const aheadMs = () => Math.min(Math.max(0, low), high)
  return {
    hear(header, sentAt, receivedAt) {
      const shown = Date.parse(header ?? '')
      if (Number.isNaN(shown)) return
      const heard = [shown - receivedAt, shown + 1_000 - sentAt] as const
      const narrowed = [Math.max(low, heard[0]), Math.min(high, heard[1])] as const
      const isStale = receivedAt < since || receivedAt - since > holdsMs || narrowed[0] > narrowed[1]
      if (isStale) since = receivedAt
      ;[low, high] = isStale ? heard : narrowed
    },
    toZoom: (at) => new Date(at + aheadMs()),
    aheadMs,
  }
}
