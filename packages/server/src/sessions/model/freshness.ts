/** What is known of a session, for how much that is worth now. */
export interface Known {
  readonly endedAt: Date | null
  readonly endState: 'requested' | 'accepted' | 'timedOut' | null
  /** When it was last proven to run. */
  readonly observedAt: Date
  /** Whether its provider can be asked at all: not with credentials that do not count. */
  readonly isHeard: boolean
}

export type Freshness = 'live' | 'ending' | 'ended' | 'unknown'

/** Proof counts for two periods. */
export const provenForPeriods = 2

/** Nothing is called live that was not proven to be lately. */
export function freshnessOf({ endedAt, endState, observedAt, isHeard }: Known, now: Date, periodMs: number): Freshness {
  if (endedAt !== null) return 'ended'
  // A proof from the future is that of a clock that was wrong.
  if (!isHeard || Math.abs(now.getTime() - observedAt.getTime()) > provenForPeriods * periodMs) return 'unknown'
  return endState === 'requested' || endState === 'accepted' ? 'ending' : 'live'
}
