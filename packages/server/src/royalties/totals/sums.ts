import { wholePpm } from '../../money.ts'
import {
  type Listening,
  type Model,
  type Play,
  type Shares,
  unassigned,
  unheard,
  type Weights,
} from '../models/model.ts'
import { type ModelName, modelNames, models } from '../models/models.ts'

/** What somebody is paid for, or what is suspended for a reason. */
export interface Sum {
  /** All seconds of the tracks that they have a part in. */
  seconds: bigint
  /** All streams of these that the model counts. */
  streams: bigint
  /** How many listeners heard any of these; of `unheard`, how many it comes from. */
  listeners: bigint
  /** What their part of the pool is in proportion to: weights of tracks times their millionths. */
  weight: bigint
}

/** By payee: labels, `unassigned` and `unheard`. */
export type ByPayee = Map<string, Sum>

/** By model. */
export type Sums = ReadonlyMap<ModelName, ByPayee>

export const noSums = (names: readonly ModelName[] = modelNames): Sums =>
  new Map(names.map((name) => [name, new Map()]))

/** Adds what a listener comes to, or with -1 takes it back. */
export function addListening(sums: Sums, listening: Listening, sharesOf: (trackKey: number) => Shares, sign: 1n | -1n) {
  const parts = listening.plays.map((play) => ({ play, shares: withRest(sharesOf(play.trackKey)) }))
  for (const [name, byPayee] of sums) {
    const model = models[name]
    addWeighed(byPayee, { model, weights: model.weigh(listening), parts }, sign)
  }
}

/** A play, and who gets which part of its track. */
export interface Part {
  play: Play
  shares: readonly { payee: string; sharePpm: bigint }[]
}

interface Weighed {
  model: Model
  weights: Weights
  parts: readonly Part[]
}

/** The same for one model, by weights that are known. */
export function addWeighed(byPayee: ByPayee, { model, weights, parts }: Weighed, sign: 1n | -1n): void {
  const heard = new Set<Sum>()
  for (const { play, shares } of parts) {
    const [weight, streams] = [sign * (weights.tracks.get(play.trackKey) ?? 0n), sign * model.streams(play)]
    const seconds = sign * play.seconds
    for (const { payee, sharePpm } of shares) {
      const sum = sumOf(byPayee, payee)
      sum.seconds += seconds
      sum.streams += streams
      sum.weight += weight * sharePpm
      heard.add(sum)
    }
  }
  if (weights.unheard > 0n) {
    const sum = sumOf(byPayee, unheard)
    sum.weight += sign * weights.unheard * wholePpm
    heard.add(sum)
  }
  for (const sum of heard) sum.listeners += sign
}

export function sumOf(byPayee: ByPayee, payee: string): Sum {
  const known = byPayee.get(payee)
  if (known !== undefined) return known
  const sum = { seconds: 0n, streams: 0n, listeners: 0n, weight: 0n }
  byPayee.set(payee, sum)
  return sum
}

/** Shares of a track, together with what is missing to all of it, which nobody is assigned. */
export function withRest(shares: Shares): Part['shares'] {
  let rest = wholePpm
  const parts = shares.map(({ labelId, sharePpm }) => {
    rest -= BigInt(sharePpm)
    return { payee: labelId, sharePpm: BigInt(sharePpm) }
  })
  return rest > 0n ? [...parts, { payee: unassigned, sharePpm: rest }] : parts
}
