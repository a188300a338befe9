import { sql } from 'kysely'
import type { IssuedClaims } from '../auth/issuers.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { newId, type UserId } from '../ids.ts'
import { claimByEmail } from '../meetings/claim.ts'
import { isReserved, normalise } from './names.ts'
import { insertUser, type NewUser } from './store.ts'

/** The user that a trusted issuer speaks of, made at first sight. Never an account that has merely the same address. */
export async function userOfIdentity(db: Db, claims: IssuedClaims): Promise<{ id: UserId; roles: string[] }> {
  const known = await findIdentity(db, claims)
  if (known !== undefined) return known
  return db.transaction().execute(async (tx) => {
    await lockIdentity(tx, claims)
    const made = await findIdentity(tx, claims)
    if (made !== undefined) return made
    const id = await insertFirstFree(tx, claims)
    await tx.insertInto('identities').values({ issuer: claims.issuer, subject: claims.subject, user_id: id }).execute()
    return { id, roles: [] }
  })
}

/** Until the end of the transaction: of calls that see a person first at the same time, one makes the user. */
async function lockIdentity(tx: Db, { issuer, subject }: IssuedClaims): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${JSON.stringify([issuer, subject])}, 0))`.execute(tx)
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
  const suffixes = ['', `-${random(4)}`, `-${random(10)}`].filter((suffix) => !isReserved(normalise(base + suffix)))
  for (const suffix of suffixes) {
    const userName = `${base.slice(0, 32 - suffix.length)}${suffix}`
    // Asked anew each time: another account may have taken it meanwhile.
    const email = await freeEmail(db, claims)
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
    if (made !== undefined) {
      if (email !== null) await claimByEmail(db, made.id, email)
      return made.id
    }
  }
  throw new ApiError('UNAVAILABLE', { retryAfterMs: 1_000 })
}

async function freeEmail(db: Db, { email }: IssuedClaims): Promise<string | null> {
  if (email === undefined) return null
  const query = db.selectFrom('users').select('id').where('email_key', '=', normalise(email))
  return (await query.executeTakeFirst()) === undefined ? email : null
}

function random(length: number): string {
  return newId('request').slice(-length)
}

function nameOf({ preferredUsername, email }: IssuedClaims): string {
  const wanted = (preferredUsername ?? email?.split('@', 1)[0] ?? '').normalize('NFKD')
  const name = wanted.replace(/[^A-Za-z0-9._-]/g, '').replace(/^[^A-Za-z0-9]+/, '')
  return name.length >= 3 ? name : `user${name}`.padEnd(4, '0')
}

/** Unties a user from all trusted issuers. */
export async function deleteIdentitiesOf(db: Db, userId: UserId): Promise<void> {
  await db.deleteFrom('identities').where('user_id', '=', userId).execute()
}
