import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { createTestDatabase } from '../../test/database.ts'
import { createPool } from '../db/connect.ts'
import { ApiError } from '../errors.ts'

/** Two instances on one database: each with a pool of its own, and one secret. */
export async function openInstances() {
  const { url } = await createTestDatabase()
  const pools = [createPool({ connectionString: url }), createPool({ connectionString: url })] as const
  onTestFinished(async () => {
    await Promise.all(pools.map((pool) => pool.ended || pool.end()))
  })
  const secret = randomBytes(32)
  const rows = async () => {
    const { rows } = await pools[0].query<{ key: string; points: number; expire: bigint }>(
      'select key, points, expire from rate_limits order by key',
    )
    return rows
  }
  /** As if so much time had passed. */
  const pass = (seconds: number) => pools[0].query('update rate_limits set expire = expire - $1', [seconds * 1_000])
  return { pools, secret, rows, pass, stores: pools.map((pool) => ({ pool, secret })) }
}

/** What became of it: the value, or how long it has to wait in seconds. */
export async function outcome<Value>(work: () => Value | Promise<Value>): Promise<{ value: Value } | { wait: number }> {
  try {
    return { value: await work() }
  } catch (error) {
    if (!(error instanceof ApiError) || error.details.code !== 'RATE_LIMITED') throw error
    return { wait: (error.details.retryAfterMs ?? Number.NaN) / 1_000 }
  }
}
