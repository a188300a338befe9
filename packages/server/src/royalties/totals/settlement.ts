import type { Db } from '../../db/connect.ts'
import { wholePpm } from '../../money.ts'
import type { Line } from '../models/allocate.ts'
import { unheard } from '../models/model.ts'
import { type ModelName, models } from '../models/models.ts'
import { forEachListening, type ListenerOfPeriod, type ListeningOptions } from './listening.ts'
import { addWeighed, type ByPayee, type Part, withRest } from './sums.ts'

/** What a period comes to by a model, computed from its facts alone. */
export interface Settlement {
  /** What the fees leave to pay out, in millionths of a minor unit. */
  poolMicro: bigint
  /** How many listeners have a fee. */
  listeners: number
  /** All that was heard; streams as the model counts them. */
  seconds: bigint
  streams: bigint
  /** As `royalty_totals` has them. */
  payees: ByPayee
  /** Each track of each payee once; `allocate` divides the pool among them. */
  lines: Line[]
}

interface TrackSum {
  seconds: bigint
  streams: bigint
  weight: bigint
  shares: Part['shares']
}

interface Wanted extends Pick<ListeningOptions, 'bookedUpTo'> {
  period: string
  model: ModelName
  /** Sees each listener, in the order of their keys. */
  each?: (listening: ListenerOfPeriod) => void
}

/** Computes a period anew. Memory grows with its tracks, not with its streams. */
export async function settlementOf(
  db: Db,
  { period, model: name, each = () => {}, ...options }: Wanted,
): Promise<Settlement> {
  const model = models[name]
  const byTrack = new Map<number, TrackSum>()
  const settlement = { poolMicro: 0n, listeners: 0, seconds: 0n, streams: 0n }
  const payees: ByPayee = new Map()
  let unheardWeight = 0n
  await forEachListening(db, period, options, (listening, sharesOf) => {
    const weights = model.weigh(listening)
    const parts: Part[] = []
    for (const play of listening.plays) {
      const track = trackOf(byTrack, play.trackKey, () => withRest(sharesOf(play.trackKey)))
      const streams = model.streams(play)
      track.seconds += play.seconds
      track.streams += streams
      track.weight += weights.tracks.get(play.trackKey) ?? 0n
      settlement.seconds += play.seconds
      settlement.streams += streams
      parts.push({ play, shares: track.shares })
    }
    addWeighed(payees, { model, weights, parts }, 1n)
    unheardWeight += weights.unheard
    settlement.poolMicro += listening.feeMicro
    if (listening.grossMinor !== null) settlement.listeners++
    each(listening)
  })
  return { ...settlement, payees, lines: linesOf(byTrack, unheardWeight) }
}

function trackOf(byTrack: Map<number, TrackSum>, key: number, shares: () => Part['shares']): TrackSum {
  const known = byTrack.get(key)
  if (known !== undefined) return known
  const track = { seconds: 0n, streams: 0n, weight: 0n, shares: shares() }
  byTrack.set(key, track)
  return track
}

/** In the order of tracks. */
function linesOf(byTrack: ReadonlyMap<number, TrackSum>, unheardWeight: bigint): Line[] {
  const tracks = [...byTrack].sort(([a], [b]) => a - b)
  const lines: Line[] = tracks.flatMap(([trackKey, { seconds, streams, weight, shares }]) =>
    shares.map(({ payee, sharePpm }) => ({
      ...{ payee, trackKey, sharePpm: Number(sharePpm), seconds, streams },
      weight: weight * sharePpm,
    })),
  )
  if (unheardWeight === 0n) return lines
  const nothing = { seconds: 0n, streams: 0n, sharePpm: Number(wholePpm) }
  return [...lines, { ...nothing, payee: unheard, trackKey: 0, weight: unheardWeight * wholePpm }]
}
