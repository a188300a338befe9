import { createSecretKey } from 'node:crypto'
import type pg from 'pg'
import { ApiError } from '../errors.ts'
import { type CallCount, CallCounts } from './callCounts.ts'
import { keyOf } from './counter.ts'

export interface CallLimitOptions {
  pool: pg.Pool
  /** Hides in the database whose counts these are. */
  secret: Buffer
  /** Calls per key in a minute. */
  perMinute: number
  log: { warn(details: object, text: string): void }
}

/** Figures that tests change. */
interface Figures {
  windowMs?: number
  flushMs?: number
  /** Keys in memory at most. */
  maxKeys?: number
  /** Keys per statement at most. */
  maxSent?: number
}

/** How much of its limit a key has left, and when that begins anew. */
export interface CallsLeft {
  limit: number
  remaining: number
  resetMs: number
}

export interface CallLimits {
  readonly perMinute: number
  /**
   * Counts a call. It adds no query: the counts of all instances are added up every few seconds.
   * @throws RATE_LIMITED when the limit of the minute is used up
   */
  count(key: string): CallsLeft
  /** Shares what is not shared yet, and ends; the pool stays open. */
  close(): Promise<void>
}

/** Limits of calls per minute and key, in memory, and about shared with all instances of the database. */
export function createCallLimits(options: CallLimitOptions, figures: Figures = {}): CallLimits {
  const { windowMs = 60_000, flushMs = 3_000, maxKeys = 100_000, maxSent = 5_000 } = figures
  const { pool, perMinute: limit, log } = options
  const secret = createSecretKey(options.secret)
  const counts = new CallCounts(windowMs, maxKeys, (key) => keyOf(secret, 'calls', [key]))
  let flushing: Promise<void> | undefined
  let isOut = false
  const send = async () => {
    const sent = counts.take(maxSent, Date.now())
    if (sent.length === 0) return
    try {
      await share(pool, counts, sent, counts.endsAt)
      isOut = false
    } catch (error) {
      for (const count of sent) counts.putBack(count)
      if (!isOut) log.warn({ err: error }, 'call limits are not shared between instances')
      isOut = true
    }
  }
  const flush = () => {
    flushing ??= send().finally(() => {
      flushing = undefined
    })
    return flushing
  }
  const timer = setInterval(flush, flushMs).unref()
  return {
    perMinute: limit,
    count(key) {
      const now = Date.now()
      const remaining = counts.add(key, limit, now)
      const resetMs = counts.endsAt - now
      if (remaining < 0) throw new ApiError('RATE_LIMITED', { retryAfterMs: resetMs })
      return { limit, remaining, resetMs }
    },
    async close() {
      clearInterval(timer)
      await flushing
      if (!isOut) await flush()
    },
  }
}

/** Adds counts to those of the other instances, in one statement; a row begins anew with each window. */
async function share(pool: pg.Pool, counts: CallCounts, sent: CallCount[], endsAt: number): Promise<void> {
  const byKey = new Map(sent.map((count) => [count.sharedKey, count]))
  // In one order everywhere, so that two instances never wait for each other.
  const keys = [...byKey.keys()].sort()
  const { rows } = await pool.query<{ key: string; points: number; current: boolean }>({
    name: 'rate_limits:share',
    text: `insert into rate_limits as total (key, points, expire)
      select key, points, $3 from unnest($1::text[], $2::int[]) as sent (key, points)
      on conflict (key) do update set
        points = case
          when total.expire = excluded.expire then total.points + excluded.points
          when total.expire > excluded.expire then total.points
          else excluded.points
        end,
        expire = greatest(total.expire, excluded.expire)
      returning key, points, expire = $3 as current`,
    values: [keys, keys.map((key) => byKey.get(key)?.sending ?? 0), endsAt],
  })
  for (const { key, points, current } of rows) {
    const count = byKey.get(key)
    // Not current: an instance whose clock is ahead has begun the next window.
    if (count !== undefined) counts.settle(count, current ? points : count.shared + count.sending)
  }
}
