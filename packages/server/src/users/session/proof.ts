import type { UserAuth } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import type { Context } from '../../trpc.ts'
import { requireCode } from '../mfa/codes.ts'
import { verifyPassword } from '../passwords.ts'
import { findPasswordHash, findUser } from '../store.ts'

interface Proof {
  password?: string | undefined
  code?: string | undefined
}

/**
 * Before what a stolen token must not do: a fresh code where a second factor is on, and before it the password where
 * that is asked for and the account has one.
 * @throws WRONG_PASSWORD, MFA_REQUIRED, WRONG_CODE, RATE_LIMITED
 */
export async function requireProof(
  ctx: Context,
  { userId }: UserAuth,
  { password, code }: Proof,
  { passwordField }: { passwordField?: string } = {},
): Promise<void> {
  if (passwordField !== undefined) await requirePassword(ctx, userId, password, passwordField)
  const user = await findUser(ctx.db, { userId })
  if (user?.mfa === true) await requireCode(ctx, userId, code)
}

async function requirePassword(
  { db, limits }: Context,
  userId: UserAuth['userId'],
  password: string | undefined,
  field: string,
): Promise<void> {
  const hash = await findPasswordHash(db, userId)
  if (hash === null) return
  if (password === undefined)
    throw new ApiError('WRONG_PASSWORD', { field, message: 'The password is needed for this.' })
  const attempt = await limits.beforeCode({ userId })
  const fits = await verifyPassword(hash, password).catch(async (error: unknown) => {
    await attempt.giveBack()
    throw error
  })
  if (!fits) throw new ApiError('WRONG_PASSWORD', { field })
  await attempt.succeeded()
}
