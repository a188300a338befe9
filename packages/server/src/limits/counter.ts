import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import pg from 'pg'
import { RateLimiterPostgres } from 'rate-limiter-flexible'

/** Where counts are kept, and the secret under which the keys hide whom they are of. */
export interface CountStore {
  pool: pg.Pool
  secret: Buffer
}

/** So many times in so many seconds, from the first time on. */
export interface Limit {
  times: number
  seconds: number
}

/** What was counted. */
export interface Taken {
  allowed: boolean
  /** How often by now, this time included. */
  points: number
  /** Until the count begins anew. */
  waitMs: number
  /** Takes it off the count again, if that count still runs. */
  giveBack(): Promise<void>
}

/** The key of a count: readable for what, but not for whom. (A KeyObject hashes seven times as fast as a Buffer.) */
export function keyOf(secret: KeyObject, name: string, whom: readonly string[]): string {
  const hash = createHmac('sha256', secret).update(JSON.stringify([name, ...whom]))
  return `${name}:${hash.digest('base64url')}`
}

/** int8 as number, with which the library computes; our pool reads bigint. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
}

/**
 * A count per `whom` that all instances share: each take is one statement, and of many at once each sees another number.
 * A database error is thrown as it is.
 */
export function createCounter({ pool, secret: bytes }: CountStore, name: string, { times, seconds }: Limit) {
  const secret = createSecretKey(bytes)
  const limiter = new RateLimiterPostgres({
    storeClient: { query: (query: pg.QueryConfig) => pool.query({ ...query, types }) },
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: '',
    points: times,
    duration: seconds,
  })
  return {
    /** Counts one time, or several at once. Those beyond the limit count too, unless they are given back. */
    async take(whom: readonly string[], count = 1): Promise<Taken> {
      const key = keyOf(secret, name, whom)
      const { consumedPoints: points, msBeforeNext: waitMs } = await limiter.penalty(key, count)
      const endsAt = Date.now() + waitMs
      return { allowed: points <= times, points, waitMs, giveBack: () => giveBack(pool, { key, endsAt, count }) }
    },
    async get(whom: readonly string[]): Promise<number> {
      return (await limiter.get(keyOf(secret, name, whom)))?.consumedPoints ?? 0
    },
    /** Sets the count, which then lasts for so many seconds from now. */
    async set(whom: readonly string[], points: number, forSeconds: number): Promise<void> {
      await limiter.set(keyOf(secret, name, whom), points, forSeconds)
    },
    async clear(whom: readonly string[]): Promise<void> {
      await limiter.delete(keyOf(secret, name, whom))
    },
  }
}

/** The library's own `reward` would start a count below zero where this one has ended meanwhile. */
async function giveBack(
  pool: pg.Pool,
  { key, endsAt, count }: { key: string; endsAt: number; count: number },
): Promise<void> {
  await pool.query({
    name: 'rate_limits:give-back',
    text: 'update rate_limits set points = points - $3 where key = $1 and points >= $3 and expire <= $2',
    values: [key, endsAt, count],
  })
}
