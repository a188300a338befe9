import type { ModelName } from '../models/models.ts'
import { divided, type LabelAmount } from './divided.ts'
import type { PeriodTotals } from './store.ts'

export interface ModelAmount {
  model: ModelName
  amountMinor: bigint
  /** More than by the first model. */
  differenceMinor: bigint
}

interface Band {
  from: number
  to: number | null
  payees: number
  amounts: ModelAmount[]
}

export interface Compared {
  poolMinor: bigint
  /** By what they get by the first model. */
  labels: LabelAmount[]
  amountsOf(label: LabelAmount): ModelAmount[]
  bands: Band[]
  suspense: ModelAmount[]
}

const ends = [10, 100, 1_000, 10_000, null]

/** The pool of a period divided by several models, side by side, in the order of the first. */
export function compared(totals: PeriodTotals, models: readonly ModelName[]): Compared {
  const results = models.map((model) => {
    const { labels, poolMinor, suspenseMinor } = divided(totals, model)
    return { model, labels, poolMinor, suspenseMinor, amounts: new Map(labels.map(({ key, amount }) => [key, amount])) }
  })
  const [first] = results
  const labels = first?.labels ?? []
  const beside = (amountOf: (result: (typeof results)[number]) => bigint): ModelAmount[] => {
    const base = first === undefined ? 0n : amountOf(first)
    return results.map((result) => {
      const amountMinor = amountOf(result)
      return { model: result.model, amountMinor, differenceMinor: amountMinor - base }
    })
  }
  const bands = ends.map((to, at): Band => {
    const from = (ends[at - 1] ?? 0) + 1
    const members = labels.slice(from - 1, to ?? undefined)
    const amounts = beside((result) => members.reduce((sum, { key }) => sum + (result.amounts.get(key) ?? 0n), 0n))
    return { from, to, payees: members.length, amounts }
  })
  return {
    poolMinor: first?.poolMinor ?? 0n,
    labels,
    amountsOf: ({ key }) => beside(({ amounts }) => amounts.get(key) ?? 0n),
    bands: bands.filter(({ payees }) => payees > 0),
    suspense: beside(({ suspenseMinor }) => suspenseMinor),
  }
}
