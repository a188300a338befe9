import type { LabelId } from '../../ids.ts'
import { wholePpm } from '../../money.ts'
import { dividePool } from '../models/allocate.ts'
import { unassigned, unheard } from '../models/model.ts'
import { poolOf } from '../models/rules.ts'
import { compareRanks, type Rank } from './ranked.ts'
import type { ModelTotals, PeriodTotals } from './store.ts'

/** What a label gets. */
export interface LabelAmount extends Rank {
  key: LabelId
}

export interface Counts {
  seconds: number
  streams: number
  listeners: number
}

export interface Divided {
  poolMinor: bigint
  /** The highest amount first, of equal ones by id. */
  labels: LabelAmount[]
  suspenseMinor: bigint
  suspense: { reason: typeof unassigned | typeof unheard; amountMinor: bigint }[]
  countsOf(payee: string): Counts
  /** The part of the pool in millionths, rounded down. */
  sharePpmOf(payee: string): number
}

export const isLabel = (payee: string): payee is LabelId => payee.startsWith('lbl_')

const none: ModelTotals = { payees: [], weights: [], seconds: [], streams: [], listeners: [] }

/** The weights of payees, by which a pool is divided. */
export function weightsIn({ payees, weights }: ModelTotals = none) {
  return payees.map((key, at) => ({ key, weight: BigInt(weights[at] ?? 0) }))
}

/** The pool of a period divided by one of the models that its totals are of. */
export function divided({ poolMicro, byModel }: Pick<PeriodTotals, 'poolMicro' | 'byModel'>, model: string): Divided {
  const totals = byModel.get(model) ?? none
  const poolMinor = poolOf(poolMicro)
  const weights = weightsIn(totals)
  const amounts = dividePool(poolMinor, weights)
  const labels: LabelAmount[] = []
  for (const [key, amount] of amounts) if (isLabel(key)) labels.push({ key, amount })
  const suspense = ([unassigned, unheard] as const).flatMap((reason) => {
    const amountMinor = amounts.get(reason)
    return amountMinor === undefined ? [] : [{ reason, amountMinor }]
  })
  let whole = 0n
  for (const { weight } of weights) whole += weight
  return {
    poolMinor,
    labels: labels.sort(compareRanks),
    suspenseMinor: suspense.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
    suspense,
    countsOf(payee) {
      const at = totals.payees.indexOf(payee)
      const [seconds = 0, streams = 0, listeners = 0] = [totals.seconds, totals.streams, totals.listeners].map((list) =>
        Number(list[at] ?? 0),
      )
      return { seconds, streams, listeners }
    },
    sharePpmOf(payee) {
      const own = weights[totals.payees.indexOf(payee)]?.weight ?? 0n
      return whole === 0n ? 0 : Number((own * wholePpm) / whole)
    },
  }
}
