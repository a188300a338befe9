import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { UserAuth } from '../access.ts'
import type { Db } from '../db/connect.ts'
import type { ApiKeyId, DeviceId, UserId } from '../ids.ts'
import { absentAfterMs } from '../users/presence/presence.ts'

/** Notes who was seen, without a query per call: written for all at once, each at most once a minute. */
export interface Activity {
  sawDevice(auth: UserAuth & { deviceId: DeviceId }, lastSeenAt: Date, address: string | null): void
  sawUser(userId: UserId): void
  sawKey(id: ApiKeyId, lastUsedAt: Date | null): void
  /** A user is there now, written at once; whether they were not so far. */
  came(userId: UserId): Promise<boolean>
  /** A user signed out: not there any more, until seen again. */
  left(userId: UserId): Promise<void>
  /** Writes what is noted now. */
  flush(): Promise<void>
  close(): Promise<void>
}

const exactToMs = 60_000
const flushEveryMs = 5_000
/** More than this many are not noted until the next flush. */
const maxNoted = 50_000

export function createActivity(db: Db, log: Logger): Activity {
  const devices = new Map<DeviceId, string | null>()
  const keys = new Set<ApiKeyId>()
  const users = new Set<UserId>()
  /** When people without a device of ours were last noted. */
  const noted = new Map<UserId, number>()
  const isDue = (at: Date | null) => at === null || Date.now() - at.getTime() > exactToMs
  const flush = async () => {
    const seen = { devices: [...devices], keys: [...keys], users: [...users] }
    devices.clear()
    keys.clear()
    users.clear()
    await write(db, seen)
  }
  let flushing: Promise<void> | undefined
  const timer = setInterval(() => {
    flushing ??= flush()
      .catch((error: unknown) => log.warn({ err: error }, 'who was seen could not be written'))
      .finally(() => {
        flushing = undefined
      })
  }, flushEveryMs).unref()
  const sawUser = (userId: UserId) => {
    if (noted.size >= maxNoted) noted.clear()
    if (Date.now() - (noted.get(userId) ?? 0) < exactToMs) return
    noted.set(userId, Date.now())
    users.add(userId)
  }
  return {
    sawDevice({ deviceId, userId }, lastSeenAt, address) {
      if (isDue(lastSeenAt) && devices.size < maxNoted) devices.set(deviceId, address)
      sawUser(userId)
    },
    sawUser,
    sawKey(id, lastUsedAt) {
      if (isDue(lastUsedAt) && keys.size < maxNoted) keys.add(id)
    },
    async came(userId) {
      noted.set(userId, Date.now())
      const { rows } = await sql`insert into presences (user_id, seen_at)
        select id, now() from users where id = ${userId} and removed_at is null for key share
        on conflict (user_id) do update set seen_at = excluded.seen_at
        where presences.seen_at is null or presences.seen_at < now() - make_interval(secs => ${absentAfterMs / 1_000})
        returning user_id`.execute(db)
      return rows.length > 0
    },
    async left(userId) {
      noted.delete(userId)
      users.delete(userId)
      await db.updateTable('presences').set({ seen_at: null }).where('user_id', '=', userId).execute()
    },
    flush,
    async close() {
      clearInterval(timer)
      await flushing
      await flush().catch(() => {})
    },
  }
}

interface Seen {
  devices: [DeviceId, string | null][]
  keys: ApiKeyId[]
  users: UserId[]
}

async function write(db: Db, { devices, keys, users }: Seen): Promise<void> {
  // Not what another instance has just written; by half the time, since clocks differ.
  const before = sql<Date>`now() - make_interval(secs => ${exactToMs / 2_000})`
  if (devices.length > 0) {
    const [ids, addresses] = [devices.map(([id]) => id), devices.map(([, address]) => address)]
    // Devices that are being signed out are left alone: to wait for them could be waiting for each other.
    await sql`with free as materialized (
        select id from devices where id = any (${ids}::text[]) and last_seen_at < ${before} for no key update skip locked
      )
      update devices set last_seen_at = now(), address = coalesce(seen.address, devices.address)
      from unnest(${ids}::text[], ${addresses}::text[]) as seen (id, address)
      where devices.id = seen.id and seen.id in (select id from free)`.execute(db)
  }
  if (keys.length > 0) {
    await db
      .updateTable('api_keys')
      .set({ last_used_at: sql`now()` })
      .where((eb) => eb('id', '=', eb.fn.any(eb.val(keys))))
      .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', before)]))
      .execute()
  }
  if (users.length > 0) {
    await sql`insert into presences (user_id, seen_at)
      select id, now() from users where id = any (${users}::text[]) and removed_at is null order by id
      for key share skip locked
      on conflict (user_id) do update set seen_at = excluded.seen_at
      where presences.seen_at is null or presences.seen_at < ${before}`.execute(db)
  }
}
