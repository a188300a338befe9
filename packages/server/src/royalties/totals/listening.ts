import type { Db } from '../../db/connect.ts'
import type { Listening, Play, Shares } from '../models/model.ts'
import { netFee } from '../models/rules.ts'
import { Rights } from './rights.ts'
import {
  type Facts,
  feesOf,
  firstListener,
  numbersIn,
  originsIn,
  type PlaysRow,
  playsOf,
  rulesIn,
  type Some,
  uncountedImports,
} from './store.ts'

/** What a listener brings to a period, and who they are. */
export interface ListenerOfPeriod extends Listening {
  listenerKey: number
  /** null where they paid nothing that is accounted in the period. */
  grossMinor: bigint | null
}

export interface ListeningOptions {
  /** Keys of whom to read. Left out, it is all who paid or heard something. */
  listeners?: readonly number[]
  /** Reads late facts, too: those accounted in a period up to this one. Left out, only what is accounted in the period itself. */
  bookedUpTo?: string
  /** Key of an import that counts as if it were done. */
  settling?: number
}

const listenersAtOnce = 500

/** Who gets which part of a track in the period. */
export type SharesOf = (trackKey: number) => Shares

/**
 * Reads the listeners of a period in the order of their keys, each with all that counts: streams of imports that are not done
 * do not; plays in the order of the keys of tracks. Holds some hundreds of listeners at a time. Shares are known of the tracks
 * that the listener heard.
 */
export async function forEachListening(
  db: Db,
  period: string,
  { listeners, bookedUpTo = period, settling }: ListeningOptions,
  each: (listening: ListenerOfPeriod, sharesOf: SharesOf) => void,
): Promise<void> {
  const rules = await rulesIn(db, period)
  const origins = await originsIn(db, period)
  const without = (await uncountedImports(db)).filter((key) => key !== settling)
  const rights = new Rights(db, period)
  const facts: Facts = { period, bookedUpTo, without }
  for await (const some of batches(db, period, listeners)) {
    const fees = new Map((await feesOf(db, facts, some)).map((fee) => [fee.listenerKey, fee]))
    const plays = new Map(
      (await playsOf(db, facts, some, rules.minimumSeconds)).map((row) => [row.listenerKey, playsIn(row)]),
    )
    await rights.read(new Set([...plays.values()].flatMap((all) => all.map(({ trackKey }) => trackKey))))
    const keys = [...new Set([...fees.keys(), ...plays.keys()])].sort((a, b) => a - b)
    for (const listenerKey of keys) {
      const fee = fees.get(listenerKey)
      const countsPpm = fee && origins.get(fee.origin)
      if (fee !== undefined && countsPpm === undefined) throw new Error(`The origin ${fee.origin} is not in ${period}.`)
      const feeMicro = fee === undefined ? 0n : netFee(fee.grossMinor, countsPpm ?? 0, rules)
      const grossMinor = fee?.grossMinor ?? null
      each({ listenerKey, grossMinor, feeMicro, plays: plays.get(listenerKey) ?? [] }, rights.of)
    }
  }
}

async function* batches(db: Db, period: string, listeners: readonly number[] | undefined): AsyncGenerator<Some> {
  if (listeners !== undefined) {
    const keys = [...new Set(listeners)].sort((a, b) => a - b)
    for (let at = 0; at < keys.length; at += listenersAtOnce) yield { keys: keys.slice(at, at + listenersAtOnce) }
    return
  }
  let from = await firstListener(db, period, 0)
  while (from !== null) {
    const before: number = from + listenersAtOnce
    yield { from, before }
    from = await firstListener(db, period, before)
  }
}

function playsIn(row: PlaysRow): Play[] {
  const [seconds, streams, counted] = [row.seconds, row.streams, row.counted].map(numbersIn)
  const plays = numbersIn(row.tracks).map((trackKey, at) => ({
    trackKey,
    seconds: BigInt(seconds?.[at] ?? 0),
    streams: BigInt(streams?.[at] ?? 0),
    counted: BigInt(counted?.[at] ?? 0),
  }))
  return plays.sort((a, b) => a.trackKey - b.trackKey)
}
