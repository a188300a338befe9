import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { DeviceId, UserId } from '../../ids.ts'

const columns = ['id', 'name', 'address', 'created_at as createdAt', 'last_seen_at as lastSeenAt'] as const

export interface NewDevice {
  id: DeviceId
  userId: UserId
  secretHash: Buffer
  name: string
  address: string | null
}

export async function insertDevice(db: Db, device: NewDevice): Promise<void> {
  await db
    .insertInto('devices')
    .values({
      id: device.id,
      user_id: device.userId,
      secret_hash: device.secretHash,
      name: device.name,
      address: device.address,
    })
    .execute()
}

/** A device as it is needed to check its token, with the roles of its user. */
export function findDevice(db: Db, id: DeviceId) {
  return db
    .selectFrom('devices')
    .innerJoin('users', 'users.id', 'devices.user_id')
    .select([
      'devices.id',
      'devices.user_id as userId',
      'devices.secret_hash as secretHash',
      'devices.created_at as createdAt',
      'devices.last_seen_at as lastSeenAt',
      'users.roles',
    ])
    .where('devices.id', '=', id)
    .executeTakeFirst()
}

/** The devices of a user that are not past their time, the last used first. */
export function listDevices(
  db: Db,
  userId: UserId,
  page: { seenAfter: Date; createdAfter: Date; position?: readonly [Date, DeviceId] | undefined; limit: number },
) {
  let query = db
    .selectFrom('devices')
    .select(columns)
    .where('user_id', '=', userId)
    .where('last_seen_at', '>', page.seenAfter)
    .where('created_at', '>', page.createdAfter)
    .orderBy('last_seen_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
  if (page.position !== undefined) {
    const [at, id] = page.position
    query = query.where(sql<boolean>`(last_seen_at, id) < (${at}, ${id})`)
  }
  return query.execute()
}

/** Whether a device is there, and stays until the end of the transaction. */
export async function lockDevice(tx: Db, id: DeviceId): Promise<boolean> {
  return (await tx.selectFrom('devices').select('id').where('id', '=', id).forShare().executeTakeFirst()) !== undefined
}

/** Signs out the longest unused devices of a user beyond a number. */
export async function deleteDevicesBeyond(tx: Db, userId: UserId, most: number): Promise<void> {
  await tx
    .deleteFrom('devices')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('devices as spare')
        .select('spare.id')
        .where('spare.user_id', '=', userId)
        .orderBy('spare.last_seen_at', 'desc')
        .orderBy('spare.id', 'desc')
        .offset(most),
    )
    .execute()
}

/** Which of these devices are the user's. */
export async function devicesOfUser(db: Db, userId: UserId, ids: readonly DeviceId[]): Promise<DeviceId[]> {
  const rows = await db
    .selectFrom('devices')
    .select('id')
    .where('user_id', '=', userId)
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

export async function replaceSecret(db: Db, id: DeviceId, secretHash: Buffer): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('devices')
    .set({ secret_hash: secretHash })
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function deleteDevice(db: Db, id: DeviceId): Promise<void> {
  await db.deleteFrom('devices').where('id', '=', id).execute()
}

/** Removes the devices of a user, but for one where given; returns how many. */
export async function deleteDevicesOf(db: Db, userId: UserId, except: DeviceId | null = null): Promise<number> {
  let query = db.deleteFrom('devices').where('user_id', '=', userId)
  if (except !== null) query = query.where('id', '<>', except)
  return Number((await query.executeTakeFirst()).numDeletedRows)
}

/** Where the devices of a user that are still signed in were seen. */
export async function addressesOf(db: Db, userId: UserId): Promise<string[]> {
  const rows = await db
    .selectFrom('devices')
    .select('address')
    .distinct()
    .where('user_id', '=', userId)
    .where('address', 'is not', null)
    .limit(100)
    .execute()
  return rows.flatMap(({ address }) => address ?? [])
}

/** Removes devices that are past their time. */
export async function deleteExpiredDevices(db: Db, seenBefore: Date, createdBefore: Date): Promise<void> {
  await db
    .deleteFrom('devices')
    .where((eb) => eb.or([eb('last_seen_at', '<', seenBefore), eb('created_at', '<', createdBefore)]))
    .execute()
}

/** Those of these devices that are still signed in, with the hashes of their secrets. */
export function signedInDevices(db: Db, ids: readonly DeviceId[], alive: { seenAfter: Date; createdAfter: Date }) {
  return db
    .selectFrom('devices')
    .select(['id', 'secret_hash as secretHash'])
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('last_seen_at', '>', alive.seenAfter)
    .where('created_at', '>', alive.createdAfter)
    .execute()
}
