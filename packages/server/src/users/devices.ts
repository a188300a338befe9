import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Auth } from '../access.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { type DeviceId, newId, type UserId } from '../ids.ts'

const tokenPattern = /^(dev_[0-9a-z]{26})\.([\w-]{43})$/

/** Registers a device of a user. The token, `id.secret`, is known to the caller alone; the hash of its secret stays. */
export async function addDevice(db: Db, userId: UserId): Promise<string> {
  const id = newId('device')
  const secret = randomBytes(32).toString('base64url')
  await db
    .insertInto('devices')
    .values({ id, user_id: userId, secret_hash: digest(secret) })
    .execute()
  return `${id}.${secret}`
}

export async function removeDevice(db: Db, id: DeviceId): Promise<void> {
  await db.deleteFrom('devices').where('id', '=', id).execute()
}

/**
 * Who a bearer token stands for.
 * @throws TOKEN_INVALID
 */
export async function authenticateToken(db: Db, token: string): Promise<Auth> {
  const [, id, secret] = tokenPattern.exec(token) ?? []
  if (id === undefined || secret === undefined) throw new ApiError('TOKEN_INVALID')
  const device = await db
    .selectFrom('devices')
    .select(['id', 'user_id as userId', 'secret_hash as secretHash'])
    .where('id', '=', id as DeviceId)
    .executeTakeFirst()
  if (device === undefined || !timingSafeEqual(device.secretHash, digest(secret))) throw new ApiError('TOKEN_INVALID')
  return { kind: 'user', userId: device.userId, deviceId: device.id }
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
