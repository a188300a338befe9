/** What a listener heard of one track in a period. */
export interface Play {
  trackKey: number
  seconds: bigint
  streams: bigint
  /** Streams that are not shorter than the policy's minimum. */
  counted: bigint
}

/** What one listener brings to a period. */
export interface Listening {
  /** What their fee leaves to pay out, in millionths of a minor unit; 0 where they have none. */
  feeMicro: bigint
  /** Each track once. */
  plays: readonly Play[]
}

/** What a listener's part of the pool rests on. */
export interface Weights {
  /** By track, not below zero; only tracks that they heard. */
  tracks: ReadonlyMap<number, bigint>
  /** What goes to nobody: it is suspended. */
  unheard: bigint
}

/**
 * A way to divide the pool of a period: it says for each listener alone what weight each track has; the pool is divided in
 * proportion to the sums. Pure.
 */
export interface Model {
  /** Whether all fees are one pool. Else each goes to what its listener heard. */
  pooled: boolean
  weigh(listening: Listening): Weights
  /** How many streams of a play it counts. */
  streams(play: Play): bigint
}

/** Who gets which part of a track, in millionths. What is missing to 1,000,000 is suspended. */
export type Shares = readonly { labelId: string; sharePpm: number }[]

/** Suspended, for the track has no holders of rights, or not of all of it. */
export const unassigned = 'unassigned'

/** Suspended, for its listener heard nothing. */
export const unheard = 'unheard'
