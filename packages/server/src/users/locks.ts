import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { UserId } from '../ids.ts'

/** What signing in rests on, kept as it is until the end of the transaction; undefined for removed users. */
export function lockCredentials(tx: Db, id: UserId) {
  return tx
    .selectFrom('users')
    .select(['password_hash as passwordHash', 'mfa'])
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/** Locks a user until the end of the transaction; false where the account is removed. */
export async function lockUser(tx: Db, id: UserId): Promise<boolean> {
  const row = await tx
    .selectFrom('users')
    .select('id')
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row !== undefined
}

/** Keeps users from being removed until the end of the transaction; which of these there are. */
export async function holdUsers(tx: Db, ids: readonly UserId[]): Promise<UserId[]> {
  const rows = await tx
    .selectFrom('users')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('removed_at', 'is', null)
    .orderBy('id')
    .forKeyShare()
    .execute()
  return rows.map(({ id }) => id)
}

/** Any number: who holds it changes who is an administrator. */
const adminsLock = 7_201_436_813

/**
 * The administrators, who stay as they are for everybody but the caller's transaction. Not by locks on their rows, for which
 * all that they do would wait. To be called before other locks are taken.
 */
export async function lockAdmins(db: Db): Promise<UserId[]> {
  await sql`select pg_advisory_xact_lock(${adminsLock})`.execute(db)
  const rows = await db.selectFrom('users').select('id').where(sql<boolean>`'admin' = any (roles)`).execute()
  return rows.map(({ id }) => id)
}

/**
 * Until the end of the transaction: who looks for the owner of an e-mail address, to leave something for them, and who proves
 * to own it, do so one after the other.
 */
export async function lockEmails(tx: Db, emailKeys: readonly string[]): Promise<void> {
  if (emailKeys.length === 0) return
  await sql`select pg_advisory_xact_lock(hashtextextended('email ' || key, 0))
    from (select key from unnest(${[...new Set(emailKeys)].sort()}::text[]) with ordinality as given (key, at) order by at) as keys`.execute(
    tx,
  )
}
