import type { Logger } from 'pino'
import type { CallerAuth } from '../access.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import type { ApiKeyId, DeviceId, UserId } from '../ids.ts'
import { existingApiKeys } from '../users/apiKeys/store.ts'
import { signedInDevices } from '../users/devices/store.ts'
import { oldestAlive, type SessionTimes } from '../users/devices/tokens.ts'
import { roleNames } from '../users/schema.ts'
import { findStandings } from '../users/store.ts'

/** Ends streams whose token was revoked meanwhile: three queries for all streams of this instance, every two seconds. */
export interface LiveStreams {
  /**
   * The same stream, ending with TOKEN_INVALID once the caller's token does not count any more, and with UNAVAILABLE where
   * the caller is to connect anew. `signal` tells that nobody listens any more.
   */
  guard<Item>(auth: CallerAuth, stream: AsyncIterable<Item>, signal?: AbortSignal): AsyncIterable<Item>
  /** How many streams are watched now. */
  readonly size: number
  close(): void
}

interface LiveOptions {
  db: Db
  log: Logger
  sessions: SessionTimes
}

const checkEveryMs = 2_000

interface Watched {
  readonly auth: CallerAuth
  readonly end: (error?: Error) => void
}

export function createLiveStreams({ db, log, sessions }: LiveOptions): LiveStreams {
  const watched = new Set<Watched>()
  let isClosed = false
  let checking: Promise<void> | undefined
  const timer = setInterval(() => {
    if (watched.size === 0 || checking !== undefined) return
    checking = endRevoked(db, watched, sessions)
      .catch((error: unknown) => log.warn({ err: error }, 'streams could not be checked for revoked tokens'))
      .finally(() => {
        checking = undefined
      })
  }, checkEveryMs).unref()
  return {
    guard(auth, stream, signal) {
      if (isClosed) throw stopping()
      return guarded(watched, auth, stream, signal)
    },
    get size() {
      return watched.size
    },
    close() {
      isClosed = true
      clearInterval(timer)
      for (const { end } of watched) end(stopping())
    },
  }
}

function stopping(): ApiError {
  return new ApiError('UNAVAILABLE', { message: 'The server is stopping.', retryAfterMs: 1_000 })
}

async function* guarded<Item>(
  watched: Set<Watched>,
  auth: CallerAuth,
  stream: AsyncIterable<Item>,
  signal: AbortSignal | undefined,
) {
  const items = stream[Symbol.asyncIterator]()
  const state: { ended?: { error?: Error | undefined }; wake: () => void } = { wake: () => {} }
  const entry: Watched = {
    auth,
    end(error) {
      watched.delete(entry)
      state.ended ??= { error }
      state.wake()
    },
  }
  // Not Promise.race: on a promise that lasts as long as the stream it would keep something of every item.
  const next = () =>
    new Promise<IteratorResult<Item> | undefined>((resolve, reject) => {
      state.wake = () => resolve(undefined)
      items.next().then(resolve, reject)
    })
  const leave = () => entry.end()
  watched.add(entry)
  signal?.addEventListener('abort', leave, { once: true })
  if (signal?.aborted) leave()
  try {
    for (;;) {
      const result = state.ended === undefined ? await next() : undefined
      if (state.ended?.error !== undefined) throw state.ended.error
      if (state.ended !== undefined || result === undefined || result.done === true) return
      yield result.value
    }
  } finally {
    watched.delete(entry)
    signal?.removeEventListener('abort', leave)
    // Not awaited: the stream may be in the middle of waiting for its next item.
    items.return?.().then(undefined, () => {})
  }
}

/** What of the callers' standing there is now. */
interface Standing {
  /** With the hashes of their secrets. */
  devices: ReadonlyMap<DeviceId, Buffer>
  keys: ReadonlySet<ApiKeyId>
  roles: ReadonlyMap<UserId, string[]>
}

async function endRevoked(db: Db, watched: ReadonlySet<Watched>, sessions: SessionTimes): Promise<void> {
  const streams = [...watched]
  const ids = {
    devices: streams.flatMap(({ auth }) => (auth.kind === 'user' && auth.deviceId) || []),
    keys: streams.flatMap(({ auth }) => auth.key?.id ?? []),
    users: streams.flatMap(({ auth }) => (auth.kind === 'user' ? auth.userId : [])),
  }
  const [devices, keys, users] = await Promise.all([
    signedInDevices(db, ids.devices, oldestAlive(sessions)),
    existingApiKeys(db, ids.keys),
    findStandings(db, ids.users),
  ])
  const standing: Standing = {
    devices: new Map(devices.map(({ id, secretHash }) => [id, secretHash])),
    keys: new Set(keys),
    roles: new Map(users.map(({ id, roles }) => [id, roles])),
  }
  for (const { auth, end } of streams) {
    const error = reasonToEnd(auth, standing)
    if (error !== undefined) end(error)
  }
}

function reasonToEnd(auth: CallerAuth, { devices, keys, roles }: Standing): ApiError | undefined {
  const { key } = auth
  if (key?.id != null && !keys.has(key.id)) return new ApiError('TOKEN_INVALID')
  if (isPast(key?.expiresAt)) return new ApiError('TOKEN_INVALID')
  if (auth.kind === 'service') return undefined
  const rolesNow = roles.get(auth.userId)
  const secretNow = auth.deviceId === null ? undefined : devices.get(auth.deviceId)
  if (rolesNow === undefined || isPast(auth.until)) return new ApiError('TOKEN_INVALID')
  if (auth.deviceId !== null && secretNow === undefined) return new ApiError('TOKEN_INVALID')
  const isRenewed = secretNow !== undefined && auth.secretHash?.equals(secretNow) === false
  if (!isRenewed && roleNames.parse(rolesNow).join() === auth.roles.join()) return undefined
  // Whoever has the new token, also as a cookie, goes on where the stream was; others are refused then.
  return new ApiError('UNAVAILABLE', { message: 'Token or roles have changed: connect anew.', retryAfterMs: 0 })
}

function isPast(time: Date | null | undefined): boolean {
  return time != null && time.getTime() <= Date.now()
}
