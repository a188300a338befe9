import type { Db } from '../../db/connect.ts'
import type { MailTokenId, UserId } from '../../ids.ts'

export type MailPurpose = 'verification' | 'reset' | 'invitation'

export interface NewMailToken {
  id: MailTokenId
  userId: UserId
  purpose: MailPurpose
  emailKey: string
  secretHash: Buffer
  expiresAt: Date
}

/** Keeps a token that was sent, in the place of an earlier one for the same purpose. */
export async function replaceMailToken(db: Db, token: NewMailToken): Promise<void> {
  await db.deleteFrom('mail_tokens').where('user_id', '=', token.userId).where('purpose', '=', token.purpose).execute()
  await db
    .insertInto('mail_tokens')
    .values({
      id: token.id,
      user_id: token.userId,
      purpose: token.purpose,
      email_key: token.emailKey,
      secret_hash: token.secretHash,
      expires_at: token.expiresAt,
    })
    .execute()
}

/** A token that still counts: in time, and sent to the address that its user still has. */
export function findMailToken(db: Db, id: MailTokenId) {
  return db
    .selectFrom('mail_tokens as token')
    .innerJoin('users', (join) =>
      join.onRef('users.id', '=', 'token.user_id').onRef('users.email_key', '=', 'token.email_key'),
    )
    .select(['token.user_id as userId', 'token.purpose', 'token.secret_hash as secretHash'])
    .where('token.id', '=', id)
    .where('token.expires_at', '>', new Date())
    .executeTakeFirst()
}

/** Uses a token up; false where somebody else just did. */
export async function takeMailToken(db: Db, id: MailTokenId): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('mail_tokens').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Voids the links that were sent to a user, those for some purposes where given. */
export async function removeMailTokens(db: Db, userId: UserId, purposes?: readonly MailPurpose[]): Promise<void> {
  let query = db.deleteFrom('mail_tokens').where('user_id', '=', userId)
  if (purposes !== undefined) query = query.where((eb) => eb('purpose', '=', eb.fn.any(eb.val([...purposes]))))
  await query.execute()
}

export async function removeExpiredMailTokens(db: Db): Promise<void> {
  await db.deleteFrom('mail_tokens').where('expires_at', '<', new Date()).execute()
}
