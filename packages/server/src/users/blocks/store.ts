import type { Db } from '../../db/connect.ts'
import type { UserId } from '../../ids.ts'

const columns = ['blocked_id as userId', 'created_at as createdAt'] as const

/** Whether a user blocks another. */
export async function isBlocking(db: Db, blockerId: UserId, blockedId: UserId): Promise<boolean> {
  const row = await db
    .selectFrom('blocks')
    .select('blocked_id')
    .where('blocker_id', '=', blockerId)
    .where('blocked_id', '=', blockedId)
    .executeTakeFirst()
  return row !== undefined
}

/** A user's block of another, written now where there was none. */
export function ensureBlock(db: Db, blockerId: UserId, blockedId: UserId) {
  return db
    .insertInto('blocks')
    .values({ blocker_id: blockerId, blocked_id: blockedId })
    .onConflict((conflict) =>
      conflict.columns(['blocker_id', 'blocked_id']).doUpdateSet({ created_at: (eb) => eb.ref('blocks.created_at') }),
    )
    .returning(columns)
    .executeTakeFirstOrThrow()
}

/** Removes a block; false where there is none. */
export async function deleteBlock(db: Db, blockerId: UserId, blockedId: UserId): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('blocks')
    .where('blocker_id', '=', blockerId)
    .where('blocked_id', '=', blockedId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Whom a user blocks, in the order of the ids, after one where given. */
export function listBlocks(db: Db, blockerId: UserId, page: { after?: UserId | undefined; limit: number }) {
  let query = db
    .selectFrom('blocks')
    .select(columns)
    .where('blocker_id', '=', blockerId)
    .orderBy('blocked_id')
    .limit(page.limit)
  if (page.after !== undefined) query = query.where('blocked_id', '>', page.after)
  return query.execute()
}

/** Says that what a user may see of others is about to be something else. To be called before the blocks are touched. */
export async function changeSight(tx: Db, userId: UserId): Promise<void> {
  await tx
    .updateTable('users')
    .set({ sight: (eb) => eb('sight', '+', 1) })
    .where('id', '=', userId)
    .execute()
}
