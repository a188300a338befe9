import type { Db } from '../../db/connect.ts'
import type { UserId } from '../../ids.ts'

/** Whether a user's second factor is on, and the sealed secret of it. */
export function findMfa(db: Db, userId: UserId) {
  return db
    .selectFrom('users')
    .leftJoin('mfa_secrets', (join) =>
      join.onRef('mfa_secrets.user_id', '=', 'users.id').on('mfa_secrets.confirmed_at', 'is not', null),
    )
    .select(['users.mfa as on', 'mfa_secrets.secret'])
    .where('users.id', '=', userId)
    .executeTakeFirst()
}

/** Whether a user's second factor is on; until the end of the transaction nobody else changes that. */
export async function lockMfa(db: Db, userId: UserId): Promise<boolean | undefined> {
  const row = await db
    .selectFrom('users')
    .select('mfa')
    .where('id', '=', userId)
    .where('removed_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row?.mfa
}

/** The sealed secret that waits to be confirmed. */
export async function findWaitingSecret(db: Db, userId: UserId): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('mfa_secrets')
    .select('secret')
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is', null)
    .executeTakeFirst()
  return row?.secret
}

/** Keeps a sealed secret that waits to be confirmed, in place of another such; false where a confirmed one is. */
export async function putWaitingSecret(db: Db, userId: UserId, secret: Buffer): Promise<boolean> {
  const row = await db
    .insertInto('mfa_secrets')
    .values({ user_id: userId, secret })
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        .doUpdateSet({ secret, created_at: new Date() })
        .where('mfa_secrets.confirmed_at', 'is', null),
    )
    .returning('user_id')
    .executeTakeFirst()
  return row !== undefined
}

/** Confirms the secret that waits, using up the code of a step; false where it was confirmed or replaced meanwhile. */
export async function confirmSecret(db: Db, userId: UserId, secret: Buffer, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('mfa_secrets')
    .set({ confirmed_at: new Date(), last_step: step })
    .where('user_id', '=', userId)
    .where('secret', '=', secret)
    .where('confirmed_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Uses up the codes of a secret up to a step; false where that step was used up before. */
export async function useStep(db: Db, userId: UserId, secret: Buffer, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('mfa_secrets')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where('secret', '=', secret)
    .where('last_step', '<', BigInt(step))
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Gives a user other recovery codes. */
export async function replaceRecoveryCodes(db: Db, userId: UserId, hashes: readonly Buffer[]): Promise<void> {
  await db.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
  await db
    .insertInto('recovery_codes')
    .values(hashes.map((code_hash) => ({ user_id: userId, code_hash })))
    .execute()
}

/** Uses up a recovery code; false where the user has none of this hash. */
export async function useRecoveryCode(db: Db, userId: UserId, hash: Buffer): Promise<boolean> {
  const row = await db
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('code_hash', '=', hash)
    .returning('user_id')
    .executeTakeFirst()
  return row !== undefined
}

/** Takes a user's second factor away, on or waiting, with its recovery codes. */
export async function removeMfa(db: Db, userId: UserId): Promise<void> {
  await lockMfa(db, userId)
  await db
    .updateTable('users')
    .set({ mfa: false, modified_at: new Date() })
    .where('id', '=', userId)
    .where('mfa', '=', true)
    .execute()
  await db.deleteFrom('mfa_secrets').where('user_id', '=', userId).execute()
  await db.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
}
