import type { Db } from '../../db/connect.ts'
import type { ListenerId, UserId } from '../../ids.ts'

/** Which of these listeners there are. */
export async function existingListeners(db: Db, ids: readonly ListenerId[]): Promise<ListenerId[]> {
  const rows = await db
    .selectFrom('listeners')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these listeners a user is. */
export async function listenersOfUser(db: Db, userId: UserId, ids: readonly ListenerId[]): Promise<ListenerId[]> {
  const rows = await db
    .selectFrom('listeners')
    .select('id')
    .where('user_id', '=', userId)
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}
