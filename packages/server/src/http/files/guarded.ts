import { pipeline, type Readable, Transform } from 'node:stream'
import { ApiError } from '../../errors.ts'

export interface Guard {
  /** How often to ask anew; running downloads do every 30 seconds. */
  everyMs: number
  /** Whether the bytes may go on. Where it throws it is asked once more; then they end. */
  check: () => Promise<boolean>
  /** Is told of bytes as they go out. */
  onSent?: (bytes: number) => void
  /** Is told once that no more bytes go out, for whatever reason. */
  onEnd?: () => void
}

/** The same bytes, cut as soon as they may not go on, also while nobody reads them. */
export function guarded(bytes: Readable, { everyMs, check, onSent, onEnd }: Guard): Readable {
  const out = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      onSent?.(chunk.length)
      done(null, chunk)
    },
  })
  let [allowedAt, isAsking] = [performance.now(), false]
  const cut = () => out.destroy(new Error('The bytes may not go on.'))
  const ask = async () => {
    // As it was when it was asked.
    const askedAt = performance.now()
    isAsking = true
    try {
      if (await check()) allowedAt = askedAt
      else cut()
    } catch {
      if (performance.now() - allowedAt >= 2 * everyMs - 1) cut()
    } finally {
      isAsking = false
    }
  }
  const timer = setInterval(() => {
    if (!isAsking) void ask()
    else if (performance.now() - allowedAt >= 2 * everyMs - 1) cut()
  }, everyMs).unref()
  out.once('close', () => {
    clearInterval(timer)
    onEnd?.()
  })
  return pipeline(bytes, out, () => {})
}

/** Whether something is allowed that throws a refusal where it is not; faults are thrown on. */
export async function stillAllowed(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof ApiError && error.details.status < 500) return false
    throw error
  }
}
