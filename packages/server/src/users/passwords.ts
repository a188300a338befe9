import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import { ApiError } from '../errors.ts'

/** argon2id (the library's default) as OWASP advises: 19 MiB, 2 passes, 1 lane. */
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Hashing takes a thread and 19 MiB each: a few at once, a bounded queue, then RATE_LIMITED. */
const limit = pLimit(2)
const maxWaiting = 50

/** Compared against when there is no such account, so that both cases take the same time. */
const nobody = '$argon2id$v=19$m=19456,t=2,p=1$XEMS+nB2DWzIWUYoK6wt0Q$yXIdDiJFp2KAqzOqMOEnfKNz1HLn5uwPBRSXlPntbBw'

export function hashPassword(password: string): Promise<string> {
  return limited(() => hash(password.normalize('NFKC'), options))
}

/** Whether the password fits the hash; false, after the same time, where there is no hash. */
export async function verifyPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  const fits = await limited(() => verify(stored ?? nobody, password.normalize('NFKC')))
  return fits && typeof stored === 'string'
}

function limited<Result>(work: () => Promise<Result>): Promise<Result> {
  if (limit.pendingCount >= maxWaiting) throw new ApiError('RATE_LIMITED', { retryAfterMs: 2_000 })
  return limit(work)
}
