import { sql } from 'kysely'
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

const columns = ['id', 'kind', 'name', 'created_at as createdAt', 'modified_at as modifiedAt'] as const

export interface NewLabel {
  kind: 'label' | 'holder'
  name: string
  nameKey: string
}

interface LabelChange {
  kind: NewLabel['kind'] | undefined
  name: { name: string; nameKey: string } | undefined
}

export function insertLabel(tx: Db, id: LabelId, { kind, name, nameKey }: NewLabel) {
  return tx
    .insertInto('labels')
    .values({ id, kind, name, name_key: nameKey })
    .returning(columns)
    .executeTakeFirstOrThrow()
}

export function findLabel(db: Db, id: LabelId) {
  return db.selectFrom('labels').select(columns).where('id', '=', id).executeTakeFirst()
}

/** Keeps others from changing a label, and from giving it rights, until the end of the transaction. */
export function lockLabel(tx: Db, id: LabelId) {
  return tx.selectFrom('labels').select(columns).where('id', '=', id).forUpdate().executeTakeFirst()
}

/** What is left out stays as it is; undefined where there is no such label. */
export function updateLabel(tx: Db, id: LabelId, { kind, name }: LabelChange) {
  return tx
    .updateTable('labels')
    .set({
      modified_at: sql`now()`,
      ...(kind !== undefined && { kind }),
      ...(name !== undefined && { name: name.name, name_key: name.nameKey }),
    })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst()
}

/** Labels in the order of their names, also with their position in it; those of a member, where one is named. */
export function listLabels(
  db: Db,
  { memberId, after, limit }: { memberId: UserId | null; after: string | undefined; limit: number },
) {
  let query = db.selectFrom('labels').select([...columns, 'name_key as nameKey'])
  if (memberId !== null) {
    const own = db.selectFrom('label_members').select('label_id').where('user_id', '=', memberId)
    query = query.where('id', 'in', own)
  }
  if (after !== undefined) query = query.where('name_key', '>', after)
  return query.orderBy('name_key').limit(limit).execute()
}

/** What speaks of a label that cannot be without it. */
export async function usesOf(tx: Db, id: LabelId): Promise<{ rights: boolean; accounts: boolean }> {
  const { rows } = await sql<{ rights: boolean; accounts: boolean }>`select
    exists (select from track_rights where label_id = ${id}) as rights,
    exists (select from ledger_accounts where kind = 'payable' and label_id = ${id})
      or exists (select from royalty_statements where label_id = ${id})
      or exists (select from royalty_adjustments where payee = ${id})
      or exists (select from royalty_runs r join royalty_run_payees p on p.run_id = r.id and p.payee = ${id}) as accounts`.execute(
    tx,
  )
  return rows[0] ?? { rights: false, accounts: false }
}

/** Deletes a label that nothing speaks of, with who its members are. */
export async function deleteLabel(tx: Db, id: LabelId): Promise<void> {
  await tx.deleteFrom('label_members').where('label_id', '=', id).execute()
  await tx.deleteFrom('labels').where('id', '=', id).execute()
}

/** The members of a label, in the order in which they were added. */
export function membersOf(db: Db, id: LabelId, limit: number) {
  return db
    .selectFrom('label_members as m')
    .innerJoin('users', 'users.id', 'm.user_id')
    .select(['m.user_id as userId', 'users.user_name as userName', 'm.added_at as addedAt'])
    .where('m.label_id', '=', id)
    .orderBy('m.added_at')
    .orderBy('m.user_id')
    .limit(limit)
    .execute()
}

export async function countMembers(db: Db, id: LabelId): Promise<number> {
  const row = await db
    .selectFrom('label_members')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('label_id', '=', id)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** false where they are a member already. */
export async function insertMember(tx: Db, labelId: LabelId, userId: UserId): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('label_members')
    .values({ label_id: labelId, user_id: userId })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** false where they are no member. */
export async function deleteMember(tx: Db, labelId: LabelId, userId: UserId): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('label_members')
    .where('label_id', '=', labelId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** What somebody is a member of, in the order of ids, after one. */
export function membershipsAfter(db: Db, userId: UserId, after: string, limit: number) {
  return db
    .selectFrom('label_members as m')
    .innerJoin('labels', 'labels.id', 'm.label_id')
    .select(['m.label_id as labelId', 'labels.name as labelName', 'm.added_at as addedAt'])
    .where('m.user_id', '=', userId)
    .where('m.label_id', '>', after as LabelId)
    .orderBy('m.label_id')
    .limit(limit)
    .execute()
}

/** Somebody is a member of no label any more. */
export async function leaveLabels(tx: Db, userId: UserId): Promise<void> {
  await tx.deleteFrom('label_members').where('user_id', '=', userId).execute()
}
