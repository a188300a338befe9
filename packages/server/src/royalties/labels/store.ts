import type { Db } from '../../db/connect.ts'
import type { LabelId, UserId } from '../../ids.ts'

/** Which of these labels there are. */
export async function existingLabels(db: Db, ids: readonly LabelId[]): Promise<LabelId[]> {
  const rows = await db
    .selectFrom('labels')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these labels somebody is a member of. */
export async function labelsOfMember(db: Db, userId: UserId, ids: readonly LabelId[]): Promise<LabelId[]> {
  const rows = await db
    .selectFrom('label_members')
    .select('label_id as id')
    .where('user_id', '=', userId)
    .where((eb) => eb('label_id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}
