import type { LabelId } from '../../ids.ts'
import { wholePpm } from '../../money.ts'
import { dividePool } from '../models/allocate.ts'
import { unassigned, unheard } from '../models/model.ts'
import { poolOf } from '../models/rules.ts'
import { compareRanks, type Rank } from './ranked.ts'
import type { PayeeTotals, PeriodTotals } from './store.ts'

export interface LabelAmount {
  labelId: LabelId
  name: string
  seconds: number
  streams: number
  listeners: number
  sharePpm: number
  amountMinor: bigint
}

export interface Divided {
  poolMinor: bigint
  /** The highest amount first, of equal ones by id. */
  labels: LabelAmount[]
  suspenseMinor: bigint
  suspense: { reason: typeof unassigned | typeof unheard; amountMinor: bigint; seconds: number; streams: number }[]
}

export const isLabel = (payee: string): payee is LabelId => payee.startsWith('lbl_')

/** The pool of a period divided by one of the models that its totals are of. */
export function divided({ poolMicro, payees }: Pick<PeriodTotals, 'poolMicro' | 'payees'>, model: string): Divided {
  const totals = payees.filter((total) => total.model === model)
  const poolMinor = poolOf(poolMicro)
  const amounts = dividePool(
    poolMinor,
    totals.map(({ payee, weight }) => ({ key: payee, weight })),
  )
  const whole = totals.reduce((sum, { weight }) => sum + weight, 0n)
  const labels: LabelAmount[] = []
  for (const { payee, name, weight, ...total } of totals) {
    if (!isLabel(payee)) continue
    labels.push({
      ...{ labelId: payee, name: name ?? '', ...counts(total), listeners: Number(total.listeners) },
      sharePpm: whole === 0n ? 0 : Number((weight * wholePpm) / whole),
      amountMinor: amounts.get(payee) ?? 0n,
    })
  }
  const suspense = ([unassigned, unheard] as const).flatMap((reason) => {
    const amountMinor = amounts.get(reason)
    const total = totals.find(({ payee }) => payee === reason)
    return amountMinor === undefined ? [] : [{ reason, amountMinor, ...counts(total) }]
  })
  const suspenseMinor = suspense.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  return { poolMinor, labels: labels.sort((a, b) => compareRanks(rankOf(a), rankOf(b))), suspenseMinor, suspense }
}

const counts = (total: Pick<PayeeTotals, 'seconds' | 'streams'> | undefined) => ({
  seconds: Number(total?.seconds ?? 0),
  streams: Number(total?.streams ?? 0),
})

/** Where in a report a label is. */
export const rankOf = ({ amountMinor, labelId }: { amountMinor: bigint; labelId: LabelId }): Rank => ({
  amount: amountMinor,
  key: labelId,
})
