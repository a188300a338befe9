import type { UserAuth } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import type { Context } from '../../trpc.ts'
import { requireCode } from '../mfa/codes.ts'
import { verifyPassword } from '../passwords.ts'
import { findPasswordHash } from '../store.ts'

interface Proof {
  password?: string | undefined
  code?: string | undefined
}

/**
 * Before what a stolen token must not do: a fresh code where a second factor is on, and before it the password where
 * that is asked for and the account has one (`setUp`: has to have one).
 * @throws WRONG_PASSWORD, MFA_REQUIRED, WRONG_CODE, RATE_LIMITED
 */
export async function requireProof(
  ctx: Context,
  { userId }: UserAuth,
  { password, code }: Proof,
  { passwordField, setUp = false }: { passwordField?: string; setUp?: boolean } = {},
): Promise<void> {
  if (passwordField !== undefined) await requirePassword(ctx, userId, password, { field: passwordField, setUp })
  await requireCode(ctx, userId, code)
}

async function requirePassword(
  { db, limits, address }: Context,
  userId: UserAuth['userId'],
  password: string | undefined,
  { field, setUp }: { field: string; setUp: boolean },
): Promise<void> {
  const hash = await findPasswordHash(db, userId)
  if (hash === null && !setUp) return
  if (password === undefined)
    throw new ApiError('WRONG_PASSWORD', { field, message: 'The password is needed for this.' })
  const attempt = await limits.beforePassword({ userId })
  const fits = await verifyPassword(hash, password, address).catch(async (error: unknown) => {
    await attempt.giveBack()
    throw error
  })
  if (!fits) throw new ApiError('WRONG_PASSWORD', { field })
  await attempt.succeeded()
}
