import type { Db } from '../db/connect.ts'
import type { UserId } from '../ids.ts'
import { lockEmails } from '../users/locks.ts'
import { normalise } from '../users/names.ts'
import { claimInvitations } from './invitations/store.ts'
import { claimShares } from './recordings/sharing/store.ts'

/** What was sent to an e-mail address becomes that of the user who has just proven to own it. */
export async function claimByEmail(tx: Db, userId: UserId, email: string): Promise<void> {
  await lockEmails(tx, [normalise(email)])
  await claimInvitations(tx, userId, normalise(email))
  await claimShares(tx, userId, normalise(email))
}
