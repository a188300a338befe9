import { DateTime } from 'luxon'
import type { ProviderError } from '../../providers/provider.ts'

/** What comes after a refusal of a provider, and how the host is told of it. */
export interface Outcome {
  /** `again`: as the queue has it. `later`: at a time. `never`: unless somebody changes something. */
  next: { kind: 'again' } | { kind: 'later'; at: Date } | { kind: 'never' }
  problem: string
}

const soonestMs = 5_000
const latestMs = 24 * 3_600_000
const longestProblem = 400

/** What to do about a refusal; `isLast` where it was tried often enough. */
export function outcomeOf({ problem, message }: ProviderError, isLast: boolean, now: Date): Outcome {
  const words = message.slice(0, longestProblem).replaceAll('\0', '').toWellFormed()
  switch (problem.kind) {
    case 'transient':
    case 'conflict':
      return isLast
        ? { next: { kind: 'never' }, problem: words }
        : { next: { kind: 'again' }, problem: `${words} It is tried again.` }
    case 'rateLimited':
    case 'quota': {
      const wanted = problem.kind === 'quota' ? problem.resetAt : problem.retryAt
      const waitMs = Math.min(Math.max(wanted.getTime() - now.getTime() || 0, soonestMs), latestMs)
      const at = new Date(now.getTime() + waitMs)
      const spoken = DateTime.fromJSDate(at, { zone: 'utc' }).toFormat("d LLLL, HH:mm 'UTC'")
      return { next: { kind: 'later', at }, problem: `${words} It is tried again on ${spoken}.` }
    }
    default:
      return { next: { kind: 'never' }, problem: words }
  }
}
