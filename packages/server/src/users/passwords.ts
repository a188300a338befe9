import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { type KeyedCall, wasDone } from '../idempotency.ts'
import { networkOf } from '../limits/address.ts'

/** argon2id (the library's default) as OWASP advises: 19 MiB, 2 passes, 1 lane. */
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Hashing takes a thread and 19 MiB each: a few at once, a bounded queue, then RATE_LIMITED. */
const limit = pLimit(2)
const maxWaiting = 50

/** Compared against when there is no such account, so that both cases take the same time. */
const nobody = '$argon2id$v=19$m=19456,t=2,p=1$XEMS+nB2DWzIWUYoK6wt0Q$yXIdDiJFp2KAqzOqMOEnfKNz1HLn5uwPBRSXlPntbBw'

export function hashPassword(password: string, address: string | null): Promise<string> {
  return limited(address, () => hash(password.normalize('NFKC'), options))
}

/** The hash for a call that has an effect once; null without a password, and for a retry, which does not need it. */
export async function hashForOnce(
  { db, address }: { db: Db; address: string | null },
  call: KeyedCall<unknown>,
  password: string | undefined,
): Promise<string | null> {
  if (password === undefined || (await wasDone(db, call))) return null
  return hashPassword(password, address)
}

/** Whether the password fits the hash; false, after the same time, where there is no hash. */
export async function verifyPassword(
  stored: string | null | undefined,
  password: string,
  address: string | null,
): Promise<boolean> {
  const fits = await limited(address, () => verify(stored ?? nobody, password.normalize('NFKC')))
  return fits && typeof stored === 'string'
}

/** One network takes a part of the queue at most, so that it cannot keep all others waiting. */
const maxOfNetwork = 20
const perNetwork = new Map<string, number>()

async function limited<Result>(address: string | null, work: () => Promise<Result>): Promise<Result> {
  const network = address === null ? '' : networkOf(address)
  const own = perNetwork.get(network) ?? 0
  if (limit.pendingCount >= maxWaiting || (address !== null && own >= maxOfNetwork))
    throw new ApiError('RATE_LIMITED', { retryAfterMs: 2_000 })
  perNetwork.set(network, own + 1)
  try {
    return await limit(work)
  } finally {
    const left = (perNetwork.get(network) ?? 1) - 1
    if (left === 0) perNetwork.delete(network)
    else perNetwork.set(network, left)
  }
}
