import type { UserAuth } from '../../access.ts'
import { newToken, parseToken, sameHash } from '../../auth/tokens.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { type DeviceId, newId, type UserId } from '../../ids.ts'
import { roleNames } from '../schema.ts'
import { deleteDevicesBeyond, deleteDevicesOf, findDevice, insertDevice, replaceSecret } from './store.ts'

/** How long a device stays signed in: without being used, and at all. */
export interface SessionTimes {
  readonly idleMs: number
  readonly maxMs: number
}

/** What is known of where a user signs in. */
export interface DeviceDetails {
  name: string
  address: string | null
}

/** Who signs in on more devices than this is signed out on the longest unused one. */
const maxDevices = 100

/** Registers a device of a user. The token is known to the caller alone; the hash of its secret stays. */
export async function addDevice(db: Db, userId: UserId, { name, address }: DeviceDetails): Promise<string> {
  const { id, token, secretHash } = newToken(newId('device'))
  await insertDevice(db, { id, userId, secretHash, name, address })
  await deleteDevicesBeyond(db, userId, maxDevices)
  return token
}

/** Gives a device another token: the one before stops working. */
export async function renewToken(db: Db, id: DeviceId): Promise<string> {
  const { token, secretHash } = newToken(id)
  if (!(await replaceSecret(db, id, secretHash))) throw new ApiError('TOKEN_INVALID')
  return token
}

/** Since when a device has to have been used, and been made, to be signed in still. */
export function oldestAlive({ idleMs, maxMs }: SessionTimes, now = Date.now()) {
  return { seenAfter: new Date(now - idleMs), createdAfter: new Date(now - maxMs) }
}

/**
 * Who a device's token stands for, and when the device was last seen.
 * @throws TOKEN_INVALID
 */
export async function authenticateDevice(
  db: Db,
  token: string,
  times: SessionTimes,
): Promise<{ auth: UserAuth & { deviceId: DeviceId }; lastSeenAt: Date }> {
  const parsed = parseToken(token)
  const device = parsed && (await findDevice(db, parsed.id as DeviceId))
  const { seenAfter, createdAfter } = oldestAlive(times)
  if (
    device === undefined ||
    !sameHash(device.secretHash, parsed?.secretHash ?? Buffer.alloc(0)) ||
    device.lastSeenAt < seenAfter ||
    device.createdAt < createdAfter
  )
    throw new ApiError('TOKEN_INVALID')
  const { id: deviceId, userId, lastSeenAt, secretHash } = device
  const roles = roleNames.parse(device.roles)
  return { auth: { kind: 'user', userId, roles, deviceId, key: null, acting: false, secretHash }, lastSeenAt }
}

/**
 * After a change of privileges: all other devices are signed out, and this one gets another token. Empty for callers without a
 * device, such as those of trusted issuers.
 */
export async function rotateToken(tx: Db, { userId, deviceId }: UserAuth): Promise<string> {
  await deleteDevicesOf(tx, userId, deviceId)
  return deviceId === null ? '' : renewToken(tx, deviceId)
}
