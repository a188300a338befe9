import type { Context } from '../../trpc.ts'
import { findUser } from '../store.ts'

/**
 * Whether a mail may go to an address that somebody names as theirs, which is counted: anybody can name any address. That of
 * an account gets none.
 * @throws RATE_LIMITED where there is an address to count for, and its network has asked too often
 */
export async function mayVerify({ db, limits }: Context, emailKey: string, address: string | null): Promise<boolean> {
  const isTaken = (await findUser(db, { email: emailKey })) !== undefined
  return !isTaken && limits.beforeMail({ emailKey, address: address ?? undefined })
}
