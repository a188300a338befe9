import type { Db } from '../db/connect.ts'
import type { UserId } from '../ids.ts'

const columns = [
  'id',
  'user_name as userName',
  'email',
  'first_name as firstName',
  'last_name as lastName',
  'created_at as createdAt',
  'modified_at as modifiedAt',
] as const

export interface NewUser {
  id: UserId
  email: string
  emailKey: string
  userName: string
  userNameKey: string
  firstName: string
  lastName: string
  passwordHash: string | null
}

/** The new row, or undefined where e-mail address or user name are taken. */
export function insertUser(db: Db, user: NewUser) {
  return db
    .insertInto('users')
    .values({
      id: user.id,
      email: user.email,
      email_key: user.emailKey,
      user_name: user.userName,
      user_name_key: user.userNameKey,
      first_name: user.firstName,
      last_name: user.lastName,
      password_hash: user.passwordHash,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning(columns)
    .executeTakeFirst()
}

/** A user by one of its unique names; `userName` and `email` in normalised form. */
export function findUser(
  db: Db,
  by: { userId?: UserId | undefined; userName?: string | undefined; email?: string | undefined },
) {
  let query = db.selectFrom('users').select(columns)
  if (by.userId !== undefined) query = query.where('id', '=', by.userId)
  if (by.userName !== undefined) query = query.where('user_name_key', '=', by.userName)
  if (by.email !== undefined) query = query.where('email_key', '=', by.email)
  return query.executeTakeFirst()
}

export function findCredentials(db: Db, identifier: string) {
  const column = identifier.includes('@') ? 'email_key' : 'user_name_key'
  return db
    .selectFrom('users')
    .select([...columns, 'password_hash as passwordHash'])
    .where(column, '=', identifier)
    .executeTakeFirst()
}

/** Users in the order of their normalised user names, after one and within a prefix where given. */
export function listUsers(db: Db, page: { prefix?: string | undefined; after?: string | undefined; limit: number }) {
  let query = db
    .selectFrom('users')
    .select([...columns, 'user_name_key as userNameKey'])
    .orderBy('user_name_key')
    .limit(page.limit)
  if (page.after !== undefined) query = query.where('user_name_key', '>', page.after)
  if (page.prefix !== undefined) {
    query = query.where('user_name_key', '>=', page.prefix).where('user_name_key', '<', `${page.prefix}\u{10ffff}`)
  }
  return query.execute()
}

/** Which of these users exist. */
export async function existingUsers(db: Db, ids: readonly UserId[]): Promise<UserId[]> {
  const rows = await db
    .selectFrom('users')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return rows.map(({ id }) => id)
}
