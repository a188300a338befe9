import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { UserId } from '../../ids.ts'
import { inPerson, router } from '../../trpc.ts'
import { audit } from '../audit/record.ts'
import { rotateToken } from '../devices/tokens.ts'
import { newToken } from '../schema.ts'
import { requireProof } from '../session/proof.ts'
import { findUser, updateUser } from '../store.ts'
import { checkWaitingSecret, makeRecoveryCodes, makeSecret, requireCodeOfMfa, wrongCode } from './codes.ts'
import { codeInput, confirmedMfa, confirmInput, enrollInput, enrollment, newRecoveryCodes } from './schema.ts'
import { confirmSecret, lockMfa, putWaitingSecret, removeMfa, replaceRecoveryCodes } from './store.ts'

export const mfaRouter = router({
  enroll: inPerson
    .meta({
      summary: 'Begin to set up a second factor: a secret for an authenticator.',
      description: 'Nothing is asked for at sign-in until `users.mfa.confirm`. Called again, it gives another secret.',
      errors: ['MFA_ON', 'WRONG_PASSWORD'],
    })
    .input(enrollInput)
    .output(enrollment)
    .mutation(async ({ ctx, input }) => {
      const user = await findUser(ctx.db, { userId: ctx.auth.userId })
      if (user === undefined) throw new ApiError('TOKEN_INVALID')
      if (user.mfa) throw new ApiError('MFA_ON')
      await requireProof(ctx, ctx.auth, input, { passwordField: 'password' })
      const { secret, uri, sealed } = makeSecret(ctx.vault, user)
      await ctx.db.transaction().execute(async (tx) => {
        const isOff = (await lockMfa(tx, user.id)) === false
        if (!isOff || !(await putWaitingSecret(tx, user.id, sealed))) throw new ApiError('MFA_ON')
        await audit(tx, ctx, { action: 'users.mfa.enroll', target: user.id })
      })
      return { secret, uri }
    }),

  confirm: inPerson
    .meta({
      summary: 'Turn the second factor on, by a code of the authenticator.',
      description:
        'Signing in and sensitive acts ask for a code from then on. This device gets another token (an empty text without ' +
        'a device), and all others are signed out.',
      errors: ['MFA_OFF', 'WRONG_CODE'],
    })
    .input(confirmInput)
    .output(confirmedMfa)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      const { sealed, step } = await checkWaitingSecret(ctx, userId, input.code)
      const { codes, hashes } = makeRecoveryCodes()
      const token = await ctx.db.transaction().execute(async (tx) => {
        await lockMfa(tx, userId)
        if (!(await confirmSecret(tx, userId, sealed, step))) throw wrongCode()
        if ((await updateUser(tx, userId, { mfa: true })) === undefined) throw new ApiError('TOKEN_INVALID')
        await replaceRecoveryCodes(tx, userId, hashes)
        await audit(tx, ctx, { action: 'users.mfa.confirm', target: userId })
        return rotateToken(tx, ctx.auth)
      })
      return { recoveryCodes: codes, token: ctx.giveToken(token) }
    }),

  disable: inPerson
    .meta({
      summary: 'Turn the second factor off.',
      description:
        'The recovery codes stop working. This device gets another token (an empty text without a device), and all others ' +
        'are signed out.',
      errors: ['MFA_OFF', 'WRONG_CODE'],
    })
    .input(codeInput)
    .output(newToken)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      await requireCodeOfMfa(ctx, userId, input.code)
      const token = await ctx.db.transaction().execute(async (tx) => {
        await requireMfa(tx, userId)
        await removeMfa(tx, userId)
        await audit(tx, ctx, { action: 'users.mfa.disable', target: userId })
        return rotateToken(tx, ctx.auth)
      })
      return { token: ctx.giveToken(token) }
    }),

  recoveryCodes: inPerson
    .meta({
      summary: 'Make ten new recovery codes; those before stop working.',
      errors: ['MFA_OFF', 'WRONG_CODE'],
    })
    .input(codeInput)
    .output(newRecoveryCodes)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      await requireCodeOfMfa(ctx, userId, input.code)
      const { codes, hashes } = makeRecoveryCodes()
      await ctx.db.transaction().execute(async (tx) => {
        await requireMfa(tx, userId)
        await replaceRecoveryCodes(tx, userId, hashes)
        await audit(tx, ctx, { action: 'users.mfa.recoveryCodes', target: userId })
      })
      return { recoveryCodes: codes }
    }),
})

/** Locks, and makes sure again: between the code and the transaction somebody else may have turned it off. */
async function requireMfa(tx: Db, userId: UserId): Promise<void> {
  if ((await lockMfa(tx, userId)) !== true) throw new ApiError('MFA_OFF')
}
