import { divide } from '../../money.ts'
import type { Model } from './model.ts'

/** The fee of each listener goes to what they heard alone, in proportion to seconds. Who heard nothing has it suspended. */
export const userCentricSeconds: Model = {
  pooled: false,
  weigh({ feeMicro, plays }) {
    if (plays.every(({ seconds }) => seconds === 0n)) {
      return { tracks: new Map(plays.map(({ trackKey }) => [trackKey, 0n])), unheard: feeMicro }
    }
    return {
      tracks: divide(
        feeMicro,
        plays.map(({ trackKey, seconds }) => ({ key: trackKey, weight: seconds })),
      ),
      unheard: 0n,
    }
  },
  streams: ({ streams }) => streams,
}
