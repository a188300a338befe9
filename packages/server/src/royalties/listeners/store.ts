import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import { type ListenerId, newId, type UserId } from '../../ids.ts'

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

const columns = [
  ...(['key', 'id', 'external_id as externalId', 'user_id as userId'] as const),
  ...(['created_at as createdAt', 'modified_at as modifiedAt'] as const),
] as const

/** A listener; `key` is their name within the database. */
export type ListenerRow = NonNullable<Awaited<ReturnType<typeof findListener>>>

export type ListenerName = { listenerId: ListenerId } | { externalId: string }

export function insertListener(tx: Db, { externalId, userId }: { externalId: string; userId: UserId | null }) {
  return tx
    .insertInto('listeners')
    .values({ id: newId('listener'), external_id: externalId, user_id: userId })
    .returning(columns)
    .executeTakeFirstOrThrow()
}

export function findListener(db: Db, by: ListenerName) {
  const query = db.selectFrom('listeners').select(columns)
  const named =
    'listenerId' in by ? query.where('id', '=', by.listenerId) : query.where('external_id', '=', by.externalId)
  return named.executeTakeFirst()
}

/** Says which user a listener is; undefined where there is no such listener. */
export function linkListener(tx: Db, id: ListenerId, userId: UserId | null) {
  return tx
    .updateTable('listeners')
    .set({ modified_at: sql`now()`, user_id: userId })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst()
}

/** Somebody is no listener any more; what the listener heard and paid stays. */
export async function unlinkUser(tx: Db, userId: UserId): Promise<void> {
  await tx.updateTable('listeners').set({ user_id: null }).where('user_id', '=', userId).execute()
}

export interface ListenersPage {
  externalId?: string | undefined
  userId?: UserId | undefined
  after: number | undefined
  limit: number
}

/** Listeners in the order in which they came. */
export function listListeners(db: Db, { externalId, userId, after, limit }: ListenersPage) {
  let query = db.selectFrom('listeners').select(columns)
  if (externalId !== undefined) query = query.where('external_id', '=', externalId)
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  if (after !== undefined) query = query.where('key', '>', after)
  return query.orderBy('key').limit(limit).execute()
}

const fees = (db: Db) =>
  db
    .selectFrom('listener_fees as f')
    .innerJoin('royalty_periods as p', 'p.id', 'f.booked')
    .select(['f.period', 'f.booked', 'f.gross_minor as grossMinor', 'f.origin', 'f.plan'])
    .select(sql<string>`coalesce(p.currency, '')`.as('currency'))

/** What a listener paid, the latest period first. */
export function feesOfListener(db: Db, key: number, limit: number) {
  return fees(db).where('f.listener_key', '=', key).orderBy('f.period', 'desc').limit(limit).execute()
}

/** What the listener paid who a user is, in the order of periods, after one. */
export function feesOfUser(db: Db, userId: UserId, after: string, limit: number) {
  const key = sql<number>`(select key from listeners where user_id = ${userId})`
  return fees(db)
    .where('f.listener_key', '=', key)
    .where('f.period', '>', after)
    .orderBy('f.period')
    .limit(limit)
    .execute()
}

export interface NewFee {
  period: string
  grossMinor: bigint
  origin: string
  plan: string
}

/** What a listener paid for a period that is open, in place of what was known. */
export async function writeFee(tx: Db, key: number, { period, grossMinor, origin, plan }: NewFee): Promise<void> {
  await tx
    .insertInto('listener_fees')
    .values({ period, booked: period, listener_key: key, gross_minor: grossMinor, origin, plan })
    .onConflict((conflict) =>
      conflict
        .columns(['period', 'listener_key'])
        .doUpdateSet({ gross_minor: grossMinor, origin, plan, import_key: null, line: null }),
    )
    .execute()
}

/** Whether this fee is the only money in the accounts. */
export async function isOnlyFee(db: Db, period: string, key: number): Promise<boolean> {
  const { rows } = await sql<{ only: boolean }>`
    select not exists (select from listener_fees where (period, listener_key) <> (${period}, ${key}))
      and not exists (select from ledger_accounts) as only`.execute(db)
  return rows[0]?.only === true
}

export async function setCurrency(tx: Db, period: string, currency: string): Promise<void> {
  await tx.updateTable('royalty_periods').set({ currency }).where('id', '=', period).execute()
}
