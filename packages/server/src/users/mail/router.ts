import { z } from 'zod'
import { parseToken, sameHash } from '../../auth/tokens.ts'
import { deviceNameOf } from '../../auth/userAgent.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { MailTokenId, UserId } from '../../ids.ts'
import { enqueue } from '../../jobs/enqueue.ts'
import { claimByEmail } from '../../meetings/claim.ts'
import { anyone, signedIn } from '../../trpc.ts'
import { deleteKeysOfOwner } from '../apiKeys/store.ts'
import { deleteDevicesOf } from '../devices/store.ts'
import { deleteIdentitiesOf } from '../identities.ts'
import { lockUser } from '../locks.ts'
import { requireCode } from '../mfa/codes.ts'
import { removeMfa } from '../mfa/store.ts'
import { normalise } from '../names.ts'
import { hashPassword } from '../passwords.ts'
import { signedInUser } from '../schema.ts'
import { startSession } from '../session/start.ts'
import { findUser, updateUser } from '../store.ts'
import { requestPasswordResetInput, resetPasswordInput, verifyEmailInput } from './schema.ts'
import { findMailToken, type MailPurpose, removeMailTokens, takeMailToken } from './store.ts'

/** What goes by mail: part of the users router. */
export const mailProcedures = {
  requestPasswordReset: anyone
    .meta({
      summary: 'Ask for a mail with a link to set a new password, good for 30 minutes.',
      description: 'The answer is the same whether an account has this address or not.',
      idempotent: true,
    })
    .input(requestPasswordResetInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      const emailKey = normalise(input.email)
      if (!(await ctx.limits.beforeMail({ emailKey, address: ctx.address ?? undefined }))) return
      const user = await findUser(ctx.db, { email: emailKey })
      // A job in any case, so that both take the same time.
      await enqueue(ctx.db, 'users.mailPasswordReset', { userId: user?.id ?? null })
    }),

  resetPassword: anyone
    .meta({
      summary: 'Set a new password with the token of a mailed link, and sign in on this device.',
      description:
        'All other devices are signed out. The second factor is asked for where one is on. Where the address had not been ' +
        'verified before, second factor, API keys and ties to other issuers are removed: whoever set them up had not proven to own the account.',
      errors: ['LINK_INVALID', 'MFA_REQUIRED', 'WRONG_CODE'],
    })
    .input(resetPasswordInput)
    .output(signedInUser)
    .mutation(async ({ ctx, input }) => {
      const { id, userId } = await requireMailToken(ctx.db, input.token, ['reset', 'invitation'])
      const before = await findUser(ctx.db, { userId })
      const isProven = before?.emailVerified === true
      if (isProven) await requireCode(ctx, userId, input.code)
      const passwordHash = await hashPassword(input.password, ctx.address)
      const answer = await ctx.db.transaction().execute(async (tx) => {
        await takeLink(tx, { id, userId })
        // Other links to a password are void, too.
        await removeMailTokens(tx, userId)
        await deleteDevicesOf(tx, userId)
        if (!isProven) {
          await removeMfa(tx, userId)
          await deleteKeysOfOwner(tx, userId)
          await deleteIdentitiesOf(tx, userId)
        }
        const user = await updateUser(tx, userId, {
          passwordHash,
          ...(!isProven && { emailVerifiedAt: new Date(), mfa: false }),
        })
        if (user === undefined) throw new ApiError('LINK_INVALID', { field: 'token' })
        if (!isProven && user.email !== undefined) await claimByEmail(tx, userId, user.email)
        await enqueue(tx, 'users.mailPasswordChanged', { userId }, { key: `password changed ${userId}` })
        const name = input.deviceName ?? deviceNameOf(ctx.userAgent)
        return { user, token: await startSession(tx, ctx, { userId, action: 'users.resetPassword', name }) }
      })
      return { user: answer.user, token: ctx.giveToken(answer.token) }
    }),

  requestEmailVerification: signedIn
    .meta({
      summary: 'Ask for another mail to verify your e-mail address, good for 30 minutes.',
      errors: ['NO_EMAIL'],
      idempotent: true,
    })
    .output(z.void())
    .mutation(async ({ ctx }) => {
      const { userId } = ctx.auth
      const user = await findUser(ctx.db, { userId })
      if (user?.email === undefined) throw new ApiError('NO_EMAIL')
      if (user.emailVerified === true) return
      const emailKey = normalise(user.email)
      if (await ctx.limits.beforeMail({ emailKey, address: ctx.address ?? undefined }))
        await enqueue(ctx.db, 'users.mailVerification', { userId })
    }),

  verifyEmail: anyone
    .meta({
      summary: 'Prove an e-mail address by the token of the link that was mailed to it.',
      errors: ['LINK_INVALID'],
    })
    .input(verifyEmailInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      const { id, userId } = await requireMailToken(ctx.db, input.token, ['verification'])
      await ctx.db.transaction().execute(async (tx) => {
        await takeLink(tx, { id, userId })
        const proven = await updateUser(tx, userId, { emailVerifiedAt: new Date() })
        if (proven?.email !== undefined) await claimByEmail(tx, userId, proven.email)
      })
    }),
}

/** Uses a link up. The user first, and then what is theirs: so does all else that locks both. */
async function takeLink(tx: Db, { id, userId }: { id: MailTokenId; userId: UserId }): Promise<void> {
  if (!(await lockUser(tx, userId)) || !(await takeMailToken(tx, id)))
    throw new ApiError('LINK_INVALID', { field: 'token' })
}

/** @throws LINK_INVALID */
async function requireMailToken(db: Db, token: string, purposes: readonly MailPurpose[]) {
  const parsed = parseToken(token)
  const id = parsed?.id as MailTokenId
  const found = parsed && (await findMailToken(db, id))
  if (
    found === undefined ||
    !purposes.includes(found.purpose) ||
    !sameHash(found.secretHash, parsed?.secretHash ?? Buffer.alloc(0))
  ) {
    throw new ApiError('LINK_INVALID', { field: 'token' })
  }
  return { id, userId: found.userId }
}
