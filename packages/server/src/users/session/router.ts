import { z } from 'zod'
import { deviceNameOf } from '../../auth/userAgent.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import { newId, type UserId } from '../../ids.ts'
import { enqueue } from '../../jobs/enqueue.ts'
import { networkOf } from '../../limits/address.ts'
import { anyone, type Context, inPerson, signedIn } from '../../trpc.ts'
import { audit } from '../audit/record.ts'
import { addressesOf, deleteDevice } from '../devices/store.ts'
import { rotateToken } from '../devices/tokens.ts'
import { lockCredentials } from '../locks.ts'
import { removeMailTokens } from '../mail/store.ts'
import { mayVerify } from '../mail/verification.ts'
import { requireCode } from '../mfa/codes.ts'
import { isReserved, normalise } from '../names.ts'
import { hashPassword, verifyPassword } from '../passwords.ts'
import { changePasswordInput, newToken, signedInUser, signInInput, signUpInput } from '../schema.ts'
import { findCredentials, findPasswordHash, findUser, insertUser, updateUser } from '../store.ts'
import { requireProof } from './proof.ts'
import { startSession } from './start.ts'

/** Coming and going: part of the users router. */
export const sessionProcedures = {
  signUp: anyone
    .meta({
      summary: 'Make an account and sign in on this device.',
      description: 'A mail asks to verify the address.',
      errors: ['EMAIL_TAKEN', 'USER_NAME_TAKEN', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(signUpInput)
    .output(signedInUser)
    .mutation(async ({ ctx, input }) => {
      await ctx.limits.beforeSignUp({ address: ctx.address ?? undefined })
      const emailKey = normalise(input.email)
      const userNameKey = normalise(input.userName)
      const passwordHash = await hashPassword(input.password, ctx.address)
      // Counted before the transaction, which would wait for a second connection; not where it would come to nothing.
      const isNameFree = !isReserved(userNameKey) && !(await findUser(ctx.db, { userName: userNameKey }))
      const mayMail = isNameFree && (await mayVerify(ctx, emailKey, null))
      const { firstName = '', lastName = '' } = input
      const account = { id: newId('user'), ...input, firstName, lastName, emailKey, userNameKey, passwordHash }
      const answer = await once(ctx.db, { auth: ctx.auth, procedure: 'users.signUp', input }, async (tx) => {
        const user = isReserved(userNameKey) ? undefined : await insertUser(tx, account)
        if (user === undefined) {
          const emailTaken = (await findUser(tx, { email: emailKey })) !== undefined
          throw emailTaken
            ? new ApiError('EMAIL_TAKEN', { field: 'email' })
            : new ApiError('USER_NAME_TAKEN', { field: 'userName' })
        }
        if (mayMail) await enqueue(tx, 'users.mailVerification', { userId: user.id })
        return {
          user,
          token: await startSession(tx, ctx, { userId: user.id, action: 'users.signUp', name: nameOf(ctx, input) }),
        }
      })
      return { user: answer.user, token: ctx.giveToken(answer.token) }
    }),

  signIn: anyone
    .meta({
      summary: 'Sign in on this device by e-mail address or user name.',
      description:
        'Where a second factor is on, the answer to the right password alone is MFA_REQUIRED: ask for the code and call again ' +
        'with it. Failures slow down further ones from the same place.',
      errors: ['WRONG_CREDENTIALS', 'MFA_REQUIRED', 'WRONG_CODE'],
    })
    .input(signInInput)
    .output(signedInUser)
    .mutation(async ({ ctx, input }) => {
      const identifier = normalise(input.identifier)
      const found = await findCredentials(ctx.db, identifier)
      const attempt = await ctx.limits.beforeSignIn({
        account: found?.user.id ?? identifier,
        address: ctx.address ?? undefined,
        known: found !== undefined && (await isKnownPlace(ctx, found.user.id)),
      })
      const fits = await verifyPassword(found?.passwordHash, input.password, ctx.address).catch(
        async (error: unknown) => {
          await attempt.giveBack()
          throw error
        },
      )
      if (!fits || found === undefined) {
        await audit(ctx.db, ctx, { action: 'users.signIn.refused', target: found?.user.id ?? null })
        throw new ApiError('WRONG_CREDENTIALS')
      }
      const { user } = found
      await attempt.succeeded()
      await requireCode(ctx, user.id, input.code, 'sign-in').catch(async (error: unknown) => {
        // Whoever guesses codes knows the password.
        if (error instanceof ApiError && error.details.code === 'WRONG_CODE')
          await audit(ctx.db, ctx, { action: 'users.signIn.refused', target: user.id, details: { why: 'code' } })
        throw error
      })
      const proven = { passwordHash: found.passwordHash, mfa: user.mfa }
      const token = await ctx.db
        .transaction()
        .execute((tx) =>
          startSession(tx, ctx, { userId: user.id, action: 'users.signIn', name: nameOf(ctx, input), proven }),
        )
      return { user, token: ctx.giveToken(token) }
    }),

  signOut: signedIn
    .meta({ summary: 'Sign out: the token of this call stops working.' })
    .output(z.void())
    .mutation(async ({ ctx }) => {
      const { deviceId, userId } = ctx.auth
      ctx.dropToken()
      if (deviceId === null) return
      await ctx.db.transaction().execute(async (tx) => {
        await deleteDevice(tx, deviceId)
        await audit(tx, ctx, { action: 'users.signOut', target: deviceId })
      })
      await ctx.activity.left(userId)
    }),

  changePassword: inPerson
    .meta({
      summary: 'Change your password; all other devices are signed out, and this one gets a new token.',
      errors: ['WRONG_PASSWORD', 'MFA_REQUIRED', 'WRONG_CODE'],
    })
    .input(changePasswordInput)
    .output(newToken)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      const proof = { password: input.currentPassword, code: input.code }
      const proven = await findPasswordHash(ctx.db, userId)
      await requireProof(ctx, ctx.auth, proof, { passwordField: 'currentPassword', setUp: true })
      const passwordHash = await hashPassword(input.password, ctx.address)
      const token = await ctx.db.transaction().execute(async (tx) => {
        // Of two at once the later one has proven a password that is not the one any more.
        if ((await lockCredentials(tx, userId))?.passwordHash !== proven)
          throw new ApiError('WRONG_PASSWORD', { field: 'currentPassword' })
        await updateUser(tx, userId, { passwordHash })
        await removeMailTokens(tx, userId, ['reset', 'invitation'])
        await audit(tx, ctx, { action: 'users.changePassword', target: userId })
        await enqueue(tx, 'users.mailPasswordChanged', { userId }, { key: `password changed ${userId}` })
        return rotateToken(tx, ctx.auth)
      })
      return { token: ctx.giveToken(token) }
    }),
}

function nameOf({ userAgent }: Context, { deviceName }: { deviceName?: string | undefined }): string {
  return deviceName ?? deviceNameOf(userAgent)
}

/** Whether the user is signed in from the same network on some device: strangers cannot make that one wait. */
async function isKnownPlace({ db, address }: Context, userId: UserId): Promise<boolean> {
  if (address === null) return true
  const network = networkOf(address)
  return (await addressesOf(db, userId)).some((known) => networkOf(known) === network)
}
