import type { Listening, Model, Play, Weights } from './model.ts'

/** All fees are one pool, and each track gets its part of all that was heard: in seconds. */
export const proRataSeconds: Model = {
  pooled: true,
  weigh: (listening) => counting(listening, ({ seconds }) => seconds),
  streams: ({ streams }) => streams,
}

/** The same in streams, of which short ones do not count. */
export const proRataStreams: Model = {
  pooled: true,
  weigh: (listening) => counting(listening, ({ counted }) => counted),
  streams: ({ counted }) => counted,
}

function counting({ plays }: Listening, count: (play: Play) => bigint): Weights {
  return { tracks: new Map(plays.map((play) => [play.trackKey, count(play)])), unheard: 0n }
}
