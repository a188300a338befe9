import pLimit from 'p-limit'
import { ApiError } from '../errors.ts'
import type { UserId } from '../ids.ts'

/** So many reads that can be slow at once on this instance: connections are left for all else. */
const lanes = 3
/** Of one user. */
const ownLanes = 2
/** More than these of one user do not wait. */
const maxWaiting = 20

/** Lets reads that can be slow wait for each other, so that no user keeps the database from the others. */
export type SlowReads = <Result>(userId: UserId, read: () => Promise<Result>) => Promise<Result>

/** @throws RATE_LIMITED where a user has too many waiting */
export function createSlowReads(): SlowReads {
  const all = pLimit(lanes)
  const byUser = new Map<UserId, ReturnType<typeof pLimit>>()
  return async (userId, read) => {
    const own = byUser.get(userId) ?? pLimit(ownLanes)
    if (own.pendingCount >= maxWaiting) {
      throw new ApiError('RATE_LIMITED', { message: 'Too many searches of yours are waiting.', retryAfterMs: 1_000 })
    }
    byUser.set(userId, own)
    try {
      return await own(() => all(read))
    } finally {
      if (own.activeCount + own.pendingCount === 0) byUser.delete(userId)
    }
  }
}
