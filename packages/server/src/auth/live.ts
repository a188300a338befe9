import type { Logger } from 'pino'
import type { CallerAuth } from '../access.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { existingApiKeys } from '../users/apiKeys/store.ts'
import { existingDevices } from '../users/devices/store.ts'
import { presentUsers } from '../users/store.ts'

/** Ends streams whose token was revoked meanwhile: one query for all streams of this instance, every two seconds. */
export interface LiveStreams {
  /** The same stream, ending with TOKEN_INVALID once the caller's token does not count any more. */
  guard<Item>(auth: CallerAuth, stream: AsyncIterable<Item>): AsyncIterable<Item>
  close(): void
}

const checkEveryMs = 2_000

interface Watched {
  readonly auth: CallerAuth
  readonly end: (error: Error) => void
}

export function createLiveStreams(db: Db, log: Logger): LiveStreams {
  const watched = new Set<Watched>()
  let checking: Promise<void> | undefined
  const timer = setInterval(() => {
    if (watched.size === 0 || checking !== undefined) return
    checking = endRevoked(db, watched)
      .catch((error: unknown) => log.warn({ err: error }, 'streams could not be checked for revoked tokens'))
      .finally(() => {
        checking = undefined
      })
  }, checkEveryMs).unref()
  return {
    guard: (auth, stream) => guarded(watched, auth, stream),
    close() {
      clearInterval(timer)
      for (const { end } of watched) end(new ApiError('UNAVAILABLE', { retryAfterMs: 1_000 }))
    },
  }
}

async function* guarded<Item>(watched: Set<Watched>, auth: CallerAuth, stream: AsyncIterable<Item>) {
  const items = stream[Symbol.asyncIterator]()
  let failed: Error | undefined
  const { promise: ended, reject } = Promise.withResolvers<never>()
  ended.catch(() => {})
  const entry: Watched = {
    auth,
    end: (error) => {
      failed = error
      reject(error)
    },
  }
  watched.add(entry)
  try {
    for (;;) {
      if (failed !== undefined) throw failed
      const result = await Promise.race([items.next(), ended])
      if (result.done === true) return
      yield result.value
    }
  } finally {
    watched.delete(entry)
    // Not awaited: the stream may be in the middle of waiting for its next item.
    items.return?.().then(undefined, () => {})
  }
}

async function endRevoked(db: Db, watched: ReadonlySet<Watched>): Promise<void> {
  const streams = [...watched]
  const ids = {
    devices: streams.flatMap(({ auth }) => (auth.kind === 'user' && auth.deviceId) || []),
    keys: streams.flatMap(({ auth }) => auth.key?.id ?? []),
    users: streams.flatMap(({ auth }) => (auth.kind === 'user' ? auth.userId : [])),
  }
  const [devices, keys, users] = await Promise.all([
    existingDevices(db, ids.devices).then((found) => new Set(found)),
    existingApiKeys(db, ids.keys).then((found) => new Set(found)),
    presentUsers(db, ids.users).then((found) => new Set(found)),
  ])
  for (const { auth, end } of streams) {
    const isAlive =
      (auth.kind !== 'user' || (users.has(auth.userId) && (auth.deviceId === null || devices.has(auth.deviceId)))) &&
      (auth.kind !== 'user' || auth.until === undefined || auth.until.getTime() > Date.now()) &&
      (auth.key?.id == null || keys.has(auth.key.id)) &&
      (auth.key?.expiresAt == null || auth.key.expiresAt.getTime() > Date.now())
    if (!isAlive) end(new ApiError('TOKEN_INVALID'))
  }
}
