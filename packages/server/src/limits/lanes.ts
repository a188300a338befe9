import pLimit from 'p-limit'
import { ApiError } from '../errors.ts'

/** So many reads that can be slow at once on this instance: connections are left for all else. */
const lanes = 3
/** Of one caller. */
const ownLanes = 2
/** More than these of one caller do not wait. */
const maxWaiting = 20

/** Lets reads that can be slow wait for each other, so that no caller, told by an id, keeps the database from the others. */
export type SlowReads = <Result>(caller: string, read: () => Promise<Result>) => Promise<Result>

/** @throws RATE_LIMITED where a caller has too many waiting */
export function createSlowReads(): SlowReads {
  const all = pLimit(lanes)
  const byCaller = new Map<string, ReturnType<typeof pLimit>>()
  return async (caller, read) => {
    const own = byCaller.get(caller) ?? pLimit(ownLanes)
    if (own.pendingCount >= maxWaiting) {
      throw new ApiError('RATE_LIMITED', { message: 'Too many slow calls of yours are waiting.', retryAfterMs: 1_000 })
    }
    byCaller.set(caller, own)
    try {
      return await own(() => all(read))
    } finally {
      if (own.activeCount + own.pendingCount === 0) byCaller.delete(caller)
    }
  }
}
