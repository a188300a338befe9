import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LabelId } from '../../ids.ts'
import { type ModelName, modelNames } from '../models/models.ts'
import { compared } from './compared.ts'
import { divided } from './divided.ts'
import { pageAfter } from './ranked.ts'
import type { PeriodTotals } from './store.ts'

const idOf = (number: number): LabelId => `lbl_${String(number).padStart(26, '0')}`

interface Payee {
  id: string
  weights: Partial<Record<ModelName, bigint>>
}

const payee = (id: string, weights: Payee['weights']): Payee => ({ id, weights })

/** A period whose payees have other weights by each model. */
function period(poolMinor: bigint, payees: Payee[]): PeriodTotals {
  const same = (value: string) => payees.map(() => value)
  const byModel = modelNames.map((name) => {
    const weights = payees.map((one) => String(one.weights[name] ?? 0))
    const counts = { seconds: same('60'), streams: same('2'), listeners: same('1') }
    return [name, { payees: payees.map(({ id }) => id), weights, ...counts }] as const
  })
  return { currency: 'EUR', state: 'open', poolMicro: poolMinor * 1_000_000n, byModel: new Map(byModel) }
}

const [seconds, own] = ['pro-rata-seconds', 'user-centric-seconds'] as const

describe('bands', () => {
  test('are by the rank that the first model gives; of equal amounts the first by id comes first', () => {
    // 120 labels. The first model pays 1 cent to each; the other gives 120 cents by the number of the label, backwards.
    const labels = Array.from({ length: 120 }, (_, at) => payee(idOf(at), { [seconds]: 1n, [own]: BigInt(120 - at) }))
    const { bands, labels: ranked } = compared(period(120n, labels), [seconds, own])
    expect(ranked.map(({ key }) => key)).toEqual(Array.from({ length: 120 }, (_, at) => idOf(at)))
    expect(bands.map(({ from, to, payees }) => [from, to, payees])).toEqual([
      [1, 10, 10],
      [11, 100, 90],
      [101, 1_000, 20],
    ])
    expect(bands.map(({ amounts }) => amounts[0]?.amountMinor)).toEqual([10n, 90n, 20n])
    // 120 + 119 + ... + 1 = 7,260. The first ten have 1,155 of that, 19.09 of 120 cents; the last twenty 210, 3.47.
    const [first = 0n, , last = 0n] = bands.map(({ amounts }) => amounts[1]?.amountMinor ?? 0n)
    expect([first >= 15n && first <= 25n, last >= 0n && last <= 10n]).toEqual([true, true])
  })

  test('end with all that come after ten thousand', () => {
    const labels = Array.from({ length: 10_001 }, (_, at) => payee(idOf(at), { [seconds]: 1n, [own]: 1n }))
    const { bands } = compared(period(20_002n, labels), [seconds, own])
    expect(bands.at(-1)).toMatchObject({ from: 10_001, to: null, payees: 1 })
    expect(bands).toHaveLength(5)
  })
})

test('a month of nothing compares to nothing', () => {
  expect(compared(period(0n, []), [seconds, own])).toMatchObject({
    ...{ poolMinor: 0n, labels: [], bands: [] },
    suspense: [
      { model: seconds, amountMinor: 0n, differenceMinor: 0n },
      { model: own, amountMinor: 0n, differenceMinor: 0n },
    ],
  })
})

const totals = fc
  .uniqueArray(
    fc.record({
      key: fc.oneof(fc.integer({ min: 1, max: 300 }).map(idOf), fc.constantFrom('unassigned', 'unheard')),
      weights: fc.tuple(fc.bigInt(0n, 9n), fc.bigInt(0n, 10n ** 20n), fc.bigInt(0n, 3n)),
    }),
    { maxLength: 60, selector: ({ key }) => key },
  )
  .map((all) =>
    all.map(({ key, weights }) =>
      payee(key, Object.fromEntries(modelNames.map((name, at) => [name, weights[at] ?? 0n]))),
    ),
  )

test('labels and suspense, and bands and suspense, come to the pool by each model', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), totals, (pool, payees) => {
      const { poolMinor, labels, amountsOf, bands, suspense } = compared(period(pool, payees), modelNames)
      expect(poolMinor).toBe(pool)
      const lines = labels.map((label) => ({ amounts: amountsOf(label) }))
      for (const at of modelNames.keys()) {
        const sum = (all: { amounts: { amountMinor: bigint }[] }[]) =>
          all.reduce((total, { amounts }) => total + (amounts[at]?.amountMinor ?? 0n), suspense[at]?.amountMinor ?? 0n)
        expect([sum(lines), sum(bands)]).toEqual([pool, pool])
      }
      for (const { amounts } of [...lines, ...bands]) {
        for (const { amountMinor, differenceMinor } of amounts)
          expect(differenceMinor).toBe(amountMinor - (amounts[0]?.amountMinor ?? 0n))
      }
    }),
  )
})

test('parts in millionths are rounded down and never come to more than all', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), totals, (pool, payees) => {
      const { labels, sharePpmOf, poolMinor, suspenseMinor } = divided(period(pool, payees), own)
      expect(labels.reduce((sum, { key }) => sum + sharePpmOf(key), 0)).toBeLessThanOrEqual(1_000_000)
      expect(labels.reduce((sum, { amount }) => sum + amount, suspenseMinor)).toBe(poolMinor)
    }),
  )
})

test('pages have each line once, whatever their size', () => {
  const line = fc.record({ amount: fc.bigInt(0n, 5n), key: fc.string({ maxLength: 5 }) })
  fc.assert(
    fc.property(fc.uniqueArray(line, { selector: ({ key }) => key }), fc.integer({ min: 1, max: 7 }), (all, limit) => {
      const ranked = all.toSorted((a, b) =>
        a.amount === b.amount ? (a.key < b.key ? -1 : 1) : a.amount > b.amount ? -1 : 1,
      )
      const seen: typeof all = []
      let next = pageAfter(ranked, { after: undefined, limit })
      for (; ; next = pageAfter(ranked, { after: seen.at(-1), limit })) {
        seen.push(...next.page)
        if (next.nextCursor === null) break
      }
      expect(seen).toEqual(ranked)
    }),
  )
})
