import type { Db } from '../../db/connect.ts'
import type { LabelId } from '../../ids.ts'
import { dividePool } from '../models/allocate.ts'
import { unassigned, unheard } from '../models/model.ts'
import { type ModelName, models } from '../models/models.ts'
import { forEachListening } from '../totals/listening.ts'
import { addListening, noSums } from '../totals/sums.ts'
import { isLabel } from './divided.ts'
import { compareRanks, type Rank } from './ranked.ts'
import { findTotals, namesOf } from './store.ts'

export interface ListenerLine {
  labelId: LabelId | null
  suspended: typeof unassigned | typeof unheard | null
  seconds: number
  streams: number
  amountMicro: bigint
}

export interface OfListener {
  currency: string | null
  seconds: number
  streams: number
  feeMinor: bigint | null
  countsMicro: bigint
  lines: ListenerLine[]
}

export const rankOfLine = ({ labelId, suspended, amountMicro }: ListenerLine): Rank => ({
  amount: amountMicro,
  key: labelId ?? suspended ?? '',
})

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
  const weights = model.pooled ? totals.payees : [...own].map(([payee, { weight }]) => ({ payee, weight }))
  const amounts = dividePool(
    found.countsMicro,
    weights.map(({ payee, weight }) => ({ key: payee, weight })),
  )
  const payees = new Set([...own.keys(), ...[...amounts].filter(([, amount]) => amount > 0n).map(([payee]) => payee)])
  const lines = [...payees].map((payee): ListenerLine => {
    const sum = own.get(payee)
    return {
      labelId: isLabel(payee) ? payee : null,
      suspended: isLabel(payee) ? null : payee === unheard ? unheard : unassigned,
      ...{ seconds: Number(sum?.seconds ?? 0), streams: Number(sum?.streams ?? 0) },
      amountMicro: amounts.get(payee) ?? 0n,
    }
  })
  lines.sort((a, b) => compareRanks(rankOfLine(a), rankOfLine(b)))
  const { seconds, streams, feeMinor, countsMicro } = found
  const heard = { seconds: Number(seconds), streams: Number(streams) }
  return { currency: totals.currency, ...heard, feeMinor, countsMicro, lines }
}

/** The same lines, with the names of labels. */
export async function named(db: Db, lines: readonly ListenerLine[]) {
  const names = await namesOf(
    db,
    lines.flatMap(({ labelId }) => labelId ?? []),
  )
  return lines.map((line) => ({ ...line, name: line.labelId === null ? null : (names.get(line.labelId) ?? '') }))
}
