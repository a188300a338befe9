import type { IssuedClaims } from '../auth/issuers.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { newId, type UserId } from '../ids.ts'
import { normalise } from './names.ts'
import { insertUser, type NewUser } from './store.ts'

/** The user that a trusted issuer speaks of, made at first sight. Never an account that has merely the same address. */
export async function userOfIdentity(db: Db, claims: IssuedClaims): Promise<{ id: UserId; roles: string[] }> {
  const known = await findIdentity(db, claims)
  if (known !== undefined) return known
  return db.transaction().execute(async (tx) => {
    const id = await insertFirstFree(tx, claims)
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('identities')
      .values({ issuer: claims.issuer, subject: claims.subject, user_id: id })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 0n) return { id, roles: [] }
    // Another call made the user at the same time: that one stays.
    await tx.deleteFrom('users').where('id', '=', id).execute()
    const made = await findIdentity(tx, claims)
    if (made === undefined) throw new ApiError('UNAVAILABLE', { retryAfterMs: 1_000 })
    return made
  })
}

function findIdentity(db: Db, { issuer, subject }: IssuedClaims) {
  return db
    .selectFrom('identities')
    .innerJoin('users', 'users.id', 'identities.user_id')
    .select(['users.id', 'users.roles'])
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
}

/** Under the name the issuer gives, with a number where that is taken; with the address only where it is free. */
async function insertFirstFree(db: Db, claims: IssuedClaims): Promise<UserId> {
  const base = nameOf(claims)
  const taken =
    claims.email === undefined ||
    (await db.selectFrom('users').select('id').where('email_key', '=', normalise(claims.email)).executeTakeFirst())
  const email = taken || claims.email === undefined ? null : claims.email
  for (const suffix of ['', `-${random(4)}`, `-${random(10)}`]) {
    const userName = `${base.slice(0, 32 - suffix.length)}${suffix}`
    const user: NewUser = {
      id: newId('user'),
      userName,
      userNameKey: normalise(userName),
      email,
      emailKey: email && normalise(email),
      emailVerifiedAt: email === null ? null : new Date(),
      firstName: [...(claims.givenName ?? '')].slice(0, 32).join(''),
      lastName: [...(claims.familyName ?? '')].slice(0, 32).join(''),
      passwordHash: null,
    }
    const made = await insertUser(db, user)
    if (made !== undefined) return made.id
  }
  throw new ApiError('UNAVAILABLE', { retryAfterMs: 1_000 })
}

function random(length: number): string {
  return newId('request').slice(-length)
}

function nameOf({ preferredUsername, email }: IssuedClaims): string {
  const wanted = (preferredUsername ?? email?.split('@', 1)[0] ?? '').normalize('NFKD')
  const name = wanted.replace(/[^A-Za-z0-9._-]/g, '').replace(/^[^A-Za-z0-9]+/, '')
  return name.length >= 3 ? name : `user${name}`.padEnd(4, '0')
}
