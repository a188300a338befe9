import type { Db } from '../../db/connect.ts'
import { dividePool } from '../models/allocate.ts'
import { unassigned, unheard } from '../models/model.ts'
import { type ModelName, models } from '../models/models.ts'
import { forEachListening } from '../totals/listening.ts'
import { addListening, noSums } from '../totals/sums.ts'
import { isLabel, weightsIn } from './divided.ts'
import { compareRanks, type Rank } from './ranked.ts'
import { findTotals, namesOf } from './store.ts'

/** `key` is a label, or why nobody gets it. */
export interface ListenerLine extends Rank {
  seconds: number
  streams: number
}

export interface OfListener {
  currency: string | null
  seconds: number
  streams: number
  feeMinor: bigint | null
  countsMicro: bigint
  /** The highest amount, in millionths of a minor unit, first. */
  lines: ListenerLine[]
}

/** What a listener heard in a period, and where their fee goes; undefined where nothing has come for that month. */
export async function ofListener(
  db: Db,
  { listenerKey, period, model: name }: { listenerKey: number; period: string; model: ModelName },
): Promise<OfListener | undefined> {
  const model = models[name]
  const totals = await findTotals(db, period, model.pooled ? [name] : [])
  if (totals === undefined) return undefined
  const sums = noSums([name])
  const found = { seconds: 0n, streams: 0n, feeMinor: null as bigint | null, countsMicro: 0n }
  await forEachListening(db, period, { listeners: [listenerKey] }, (listening, sharesOf) => {
    addListening(sums, listening, sharesOf, 1n)
    found.feeMinor = listening.grossMinor
    found.countsMicro = listening.feeMicro
    for (const play of listening.plays) {
      found.seconds += play.seconds
      found.streams += model.streams(play)
    }
  })
  const own = sums.get(name) ?? new Map()
  const weights = model.pooled
    ? weightsIn(totals.byModel.get(name))
    : [...own].map(([key, { weight }]) => ({ key, weight }))
  const amounts = dividePool(found.countsMicro, weights)
  const payees = new Set([...own.keys(), ...[...amounts].filter(([, amount]) => amount > 0n).map(([payee]) => payee)])
  const lines = [...payees].map((key): ListenerLine => {
    const sum = own.get(key)
    const counts = { seconds: Number(sum?.seconds ?? 0), streams: Number(sum?.streams ?? 0) }
    return { key, ...counts, amount: amounts.get(key) ?? 0n }
  })
  lines.sort(compareRanks)
  const { seconds, streams, feeMinor, countsMicro } = found
  const heard = { seconds: Number(seconds), streams: Number(streams) }
  return { currency: totals.currency, ...heard, feeMinor, countsMicro, lines }
}

/** Lines as they are shown, with the names of labels. */
export async function shownLines(db: Db, lines: readonly ListenerLine[]) {
  const labels = lines.flatMap(({ key }) => (isLabel(key) ? { key } : []))
  const names = await namesOf(db, labels)
  return lines.map(({ key, seconds, streams, amount }) => ({
    labelId: isLabel(key) ? key : null,
    name: isLabel(key) ? (names.get(key) ?? '') : null,
    suspended: isLabel(key) ? null : reasonOf(key),
    ...{ seconds, streams, amountMicro: amount },
  }))
}

const reasonOf = (key: string): typeof unheard | typeof unassigned => (key === unheard ? unheard : unassigned)
