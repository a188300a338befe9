import type { Db } from '../../db/connect.ts'
import type { ApiKeyId, UserId } from '../../ids.ts'

const columns = [
  'id',
  'kind',
  'name',
  'scopes',
  'created_at as createdAt',
  'expires_at as expiresAt',
  'last_used_at as lastUsedAt',
] as const

export interface NewApiKey {
  id: ApiKeyId
  kind: 'personal' | 'service'
  ownerId: UserId | null
  createdBy: UserId | null
  name: string
  scopes: readonly string[]
  secretHash: Buffer
  expiresAt: Date | null
}

export function insertApiKey(db: Db, key: NewApiKey) {
  return db
    .insertInto('api_keys')
    .values({
      id: key.id,
      kind: key.kind,
      owner_id: key.ownerId,
      created_by: key.createdBy,
      name: key.name,
      scopes: [...key.scopes],
      secret_hash: key.secretHash,
      expires_at: key.expiresAt,
    })
    .returning(columns)
    .executeTakeFirstOrThrow()
}

/** A key as it is needed to check it, with the roles of its owner. */
export function findApiKey(db: Db, id: ApiKeyId) {
  return db
    .selectFrom('api_keys as key')
    .leftJoin('users as owner', 'owner.id', 'key.owner_id')
    .select([
      'key.id',
      'key.kind',
      'key.owner_id as ownerId',
      'key.name',
      'key.scopes',
      'key.secret_hash as secretHash',
      'key.expires_at as expiresAt',
      'key.last_used_at as lastUsedAt',
      'owner.roles',
    ])
    .where('key.id', '=', id)
    .executeTakeFirst()
}

/** Keys of one owner, or of services, newest first. */
export function listApiKeys(db: Db, of: { ownerId: UserId | null; after?: ApiKeyId | undefined; limit: number }) {
  let query = db.selectFrom('api_keys').select(columns).orderBy('id', 'desc').limit(of.limit)
  query = of.ownerId === null ? query.where('owner_id', 'is', null) : query.where('owner_id', '=', of.ownerId)
  if (of.after !== undefined) query = query.where('id', '<', of.after)
  return query.execute()
}

export async function deleteApiKey(db: Db, id: ApiKeyId): Promise<void> {
  await db.deleteFrom('api_keys').where('id', '=', id).execute()
}

export async function deleteKeysOfOwner(db: Db, ownerId: UserId): Promise<void> {
  await db.deleteFrom('api_keys').where('owner_id', '=', ownerId).execute()
}

/** Whether a key is there, and stays until the end of the transaction. */
export async function lockApiKey(tx: Db, id: ApiKeyId): Promise<boolean> {
  return (await tx.selectFrom('api_keys').select('id').where('id', '=', id).forShare().executeTakeFirst()) !== undefined
}

/** Which of these keys belong to a user. */
export async function keysOfOwner(db: Db, ownerId: UserId, ids: readonly ApiKeyId[]): Promise<ApiKeyId[]> {
  const rows = await db
    .selectFrom('api_keys')
    .select('id')
    .where('owner_id', '=', ownerId)
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these keys are of services. */
export async function serviceKeys(db: Db, ids: readonly ApiKeyId[]): Promise<ApiKeyId[]> {
  const rows = await db
    .selectFrom('api_keys')
    .select('id')
    .where('kind', '=', 'service')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these keys there are. */
export async function existingApiKeys(db: Db, ids: readonly ApiKeyId[]): Promise<ApiKeyId[]> {
  const rows = await db
    .selectFrom('api_keys')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}
