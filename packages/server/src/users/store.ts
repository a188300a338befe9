import type { Db } from '../db/connect.ts'
import type { UserId } from '../ids.ts'
import { avatarUrl } from '../uploads/avatars/store.ts'
import { type Role, roleNames } from './schema.ts'

const columns = [
  'id',
  'user_name as userName',
  'email',
  'email_verified_at as emailVerifiedAt',
  'first_name as firstName',
  'last_name as lastName',
  avatarUrl('users'),
  'mfa',
  'roles',
  'created_at as createdAt',
  'modified_at as modifiedAt',
  'removed_at as removedAt',
] as const

interface UserRow {
  id: UserId
  userName: string
  email: string | null
  emailVerifiedAt: Date | null
  firstName: string
  lastName: string
  avatarUrl: string | null
  mfa: boolean
  roles: string[]
  createdAt: Date
  modifiedAt: Date
  removedAt: Date | null
}

/** A user with all that is known of them. */
export interface UserRecord {
  id: UserId
  userName: string
  email?: string
  emailVerified?: boolean
  firstName: string
  lastName: string
  avatarUrl: string | null
  mfa: boolean
  roles: Role[]
  createdAt: Date
  modifiedAt: Date
  removedAt?: Date
}

function toUser(row: UserRow): UserRecord {
  const { id, email, emailVerifiedAt, removedAt, avatarUrl, mfa, createdAt, modifiedAt } = row
  const common = { id, avatarUrl, mfa, roles: roleNames.parse(row.roles), createdAt, modifiedAt }
  if (removedAt !== null) {
    return { ...common, userName: 'deleted-user', firstName: 'Deleted', lastName: 'user', removedAt }
  }
  const { userName, firstName, lastName } = row
  return {
    ...common,
    ...{ userName, firstName, lastName },
    ...(email !== null && { email, emailVerified: emailVerifiedAt !== null }),
  }
}

export interface NewUser {
  id: UserId
  email: string | null
  emailKey: string | null
  emailVerifiedAt?: Date | null
  userName: string
  userNameKey: string
  firstName: string
  lastName: string
  passwordHash: string | null
}

/** The new user, or undefined where e-mail address or user name are taken. */
export async function insertUser(db: Db, user: NewUser): Promise<UserRecord | undefined> {
  const row = await db
    .insertInto('users')
    .values({
      id: user.id,
      email: user.email,
      email_key: user.emailKey,
      email_verified_at: user.emailVerifiedAt ?? null,
      user_name: user.userName,
      user_name_key: user.userNameKey,
      first_name: user.firstName,
      last_name: user.lastName,
      password_hash: user.passwordHash,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning(columns)
    .executeTakeFirst()
  return row && toUser(row)
}

/** What of a user can be changed; what is undefined stays. */
export interface UserChange {
  userName?: string | undefined
  userNameKey?: string | undefined
  email?: string | undefined
  emailKey?: string | undefined
  emailVerifiedAt?: Date | null | undefined
  firstName?: string | undefined
  lastName?: string | undefined
  passwordHash?: string | undefined
  mfa?: boolean | undefined
  roles?: readonly Role[] | undefined
}

/** Changes a user; undefined where there is none. Fails on names that are taken (users_email_unique, users_user_name_unique). */
export async function updateUser(db: Db, id: UserId, change: UserChange): Promise<UserRecord | undefined> {
  const row = await db
    .updateTable('users')
    .set({
      user_name: change.userName,
      user_name_key: change.userNameKey,
      email: change.email,
      email_key: change.emailKey,
      email_verified_at: change.emailVerifiedAt,
      first_name: change.firstName,
      last_name: change.lastName,
      password_hash: change.passwordHash,
      mfa: change.mfa,
      roles: change.roles && [...change.roles],
      modified_at: new Date(),
    })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .returning(columns)
    .executeTakeFirst()
  return row && toUser(row)
}

/** A user by one of its unique names; `userName` and `email` in normalised form. By id also one who was removed. */
export async function findUser(
  db: Db,
  by: { userId?: UserId | undefined; userName?: string | undefined; email?: string | undefined },
): Promise<UserRecord | undefined> {
  let query = db.selectFrom('users').select(columns)
  if (by.userId !== undefined) query = query.where('id', '=', by.userId)
  if (by.userName !== undefined) query = query.where('user_name_key', '=', by.userName)
  if (by.email !== undefined) query = query.where('email_key', '=', by.email)
  const row = await query.executeTakeFirst()
  return row && toUser(row)
}

/** A user with the hash of the password, by user name or e-mail address in normalised form. */
export async function findCredentials(db: Db, identifier: string) {
  const column = identifier.includes('@') ? 'email_key' : 'user_name_key'
  const row = await db
    .selectFrom('users')
    .select([...columns, 'password_hash as passwordHash'])
    .where(column, '=', identifier)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  return row && { user: toUser(row), passwordHash: row.passwordHash }
}

/** The hash of a user's password; null where there is none. */
export async function findPasswordHash(db: Db, id: UserId): Promise<string | null> {
  const row = await db.selectFrom('users').select('password_hash as hash').where('id', '=', id).executeTakeFirst()
  return row?.hash ?? null
}

/** The same, kept as it is until the end of the transaction. */
export function lockStanding(tx: Db, id: UserId) {
  return tx
    .selectFrom('users')
    .select('roles')
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .forShare()
    .executeTakeFirst()
}

/** What a user may be, where the account is not removed. */
export function findStanding(db: Db, id: UserId) {
  return db
    .selectFrom('users')
    .select(['id', 'roles'])
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
}

/** The same of many users. */
export function findStandings(db: Db, ids: readonly UserId[]) {
  return db
    .selectFrom('users')
    .select(['id', 'roles'])
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('removed_at', 'is', null)
    .execute()
}

/**
 * Users in the order of their normalised user names, after one and within a prefix where given; without those who block
 * the viewer or are blocked by them.
 */
export async function listUsers(
  db: Db,
  viewerId: UserId | null,
  page: { prefix?: string | undefined; after?: string | undefined; limit: number },
) {
  let query = db
    .selectFrom('users')
    .select([...columns, 'user_name_key as userNameKey'])
    .where('removed_at', 'is', null)
    .orderBy('user_name_key')
    .limit(page.limit)
  if (page.after !== undefined) query = query.where('user_name_key', '>', page.after)
  if (page.prefix !== undefined) {
    query = query.where('user_name_key', '>=', page.prefix).where('user_name_key', '<', `${page.prefix}\u{10ffff}`)
  }
  if (viewerId !== null) {
    query = query.where(({ not, exists, selectFrom, ref }) =>
      not(
        exists(
          selectFrom('blocks')
            .select('blocker_id')
            .where('blocker_id', '=', viewerId)
            .where('blocked_id', '=', ref('users.id'))
            .unionAll(
              selectFrom('blocks')
                .select('blocker_id')
                .where('blocked_id', '=', viewerId)
                .where('blocker_id', '=', ref('users.id')),
            ),
        ),
      ),
    )
  }
  return (await query.execute()).map((row) => ({ user: toUser(row), userNameKey: row.userNameKey }))
}

/** Whether one of two users blocks the other. */
export async function isBlockedEitherWay(db: Db, one: UserId, other: UserId): Promise<boolean> {
  const row = await db
    .selectFrom('blocks')
    .select('blocker_id')
    .where((eb) =>
      eb.or([
        eb.and([eb('blocker_id', '=', one), eb('blocked_id', '=', other)]),
        eb.and([eb('blocker_id', '=', other), eb('blocked_id', '=', one)]),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Which of these users there are or were. */
export async function existingUsers(db: Db, ids: readonly UserId[]): Promise<UserId[]> {
  const rows = await db
    .selectFrom('users')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these users there are. */
export async function presentUsers(db: Db, ids: readonly UserId[]): Promise<UserId[]> {
  const rows = await db
    .selectFrom('users')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('removed_at', 'is', null)
    .execute()
  return rows.map(({ id }) => id)
}

/** The users who have proven to own these addresses, in normalised form. */
export async function usersOfEmails(db: Db, emailKeys: readonly string[]): Promise<{ id: UserId; emailKey: string }[]> {
  if (emailKeys.length === 0) return []
  const rows = await db
    .selectFrom('users')
    .select(['id', 'email_key as emailKey'])
    .where((eb) => eb('email_key', '=', eb.fn.any(eb.val([...emailKeys]))))
    .where('email_verified_at', 'is not', null)
    .where('removed_at', 'is', null)
    .execute()
  return rows.flatMap(({ id, emailKey }) => (emailKey === null ? [] : [{ id, emailKey }]))
}
