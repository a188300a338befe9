import { type Category, type Limits, limitOf } from './api/limits.ts'

/** How many calls of each category one snapshot takes. */
export type Cost = Readonly<Partial<Record<Category, number>>>

const shortestMs = 30_000
const dayMs = 86_400_000
/** What is left to others: limits are shared by all apps of an account. */
const share = 0.5

/** How many calls may go out in a second. */
export function pace(limits: Limits, category: Category): number {
  return Math.max(1, Math.floor(limitOf(limits, category).perSecond * share))
}

/** How long to leave between two snapshots so that they take half of every limit at most. */
export function snapshotPeriodMs(limits: Limits, cost: Cost): number {
  const periods = (['light', 'medium', 'heavy'] as const).flatMap((category) => {
    const calls = cost[category] ?? 0
    const { perSecond, perDay } = limitOf(limits, category)
    return [(calls * dayMs) / (perDay * share), (calls * 1_000) / (perSecond * share)]
  })
  return Math.ceil(Math.max(shortestMs, ...periods))
}
