import { z } from 'zod'
import { all, type CallerAuth, requireAccess, type UserAuth } from '../../access.ts'
import { requireStanding } from '../../auth/standing.ts'
import { newToken } from '../../auth/tokens.ts'
import { ApiError } from '../../errors.ts'
import { once, wasDone } from '../../idempotency.ts'
import { apiKeyId, newId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { type Context, caller, router } from '../../trpc.ts'
import { audit } from '../audit/record.ts'
import { requireProof } from '../session/proof.ts'
import { limitsOfNewKey } from './rules.ts'
import { apiKeyPage, createdApiKey, createInput, listInput, revokeInput, scopeNames } from './schema.ts'
import { deleteApiKey, insertApiKey, listApiKeys } from './store.ts'

export const apiKeysRouter = router({
  create: caller
    .meta({
      summary: 'Make an API key. Its secret is shown this once.',
      description:
        'Personal keys have the rights of their owner, within their scopes. Administrators make keys for services, and the only ' +
        'ones with the scope `act-as`. A key makes keys within its own scopes and time.',
      errors: ['SCOPE_TOO_WIDE', 'MFA_REQUIRED', 'WRONG_CODE', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(createdApiKey)
    .mutation(async ({ ctx, input }) => {
      const { auth } = ctx
      if (input.kind === 'service') await requireAccess(ctx.db, auth, 'key.manageServices', [all])
      const { expiresAt, owner } = limitsOfNewKey(auth, input, new Date())
      // A code works once: a retry is the same call without it, or with another.
      const call = { auth, procedure: 'users.apiKeys.create', input: { ...input, code: undefined } }
      const isRetry = await wasDone(ctx.db, call)
      const refusal = isRetry || auth.kind !== 'user' || auth.key !== null ? undefined : await proofOf(ctx, auth, input)
      return once(ctx.db, call, async (tx) => {
        // Told only now: a retry may have come in while the call it repeats, which used the code up, was under way.
        if (refusal !== undefined) throw refusal
        await requireStanding(tx, auth)
        const { id, token, secretHash } = newToken(newId('apiKey'))
        const apiKey = await insertApiKey(tx, {
          id,
          kind: input.kind,
          ownerId: owner,
          createdBy: auth.kind === 'user' ? auth.userId : null,
          name: input.name,
          scopes: [...new Set(input.scopes)],
          secretHash,
          expiresAt,
        })
        const details = { kind: input.kind, scopes: input.scopes.join(' ') }
        await audit(tx, ctx, { action: 'users.apiKeys.create', target: id, details })
        return { apiKey: asShown(apiKey), secret: token }
      })
    }),

  list: caller
    .meta({ summary: 'Your API keys, or those of services, the newest first.', errors: ['BAD_CURSOR'] })
    .input(listInput)
    .output(apiKeyPage)
    .query(async ({ ctx, input: { kind, limit, cursor } }) => {
      if (kind === 'service') await requireAccess(ctx.db, ctx.auth, 'key.manageServices', [all])
      const ownerId = kind === 'service' ? null : ownerOf(ctx.auth)
      const [after] = decodeCursor(cursor, z.tuple([apiKeyId])) ?? []
      const rows = await listApiKeys(ctx.db, { ownerId, after, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, ({ id }) => [id])
      return { items: items.map(asShown), nextCursor }
    }),

  revoke: caller
    .meta({
      summary: 'Revoke an API key of yours, or of a service for administrators: it stops working at once.',
      errors: ['NOT_FOUND'],
    })
    .input(revokeInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'key.revoke', [input.apiKeyId])
      await ctx.db.transaction().execute(async (tx) => {
        await deleteApiKey(tx, input.apiKeyId)
        await audit(tx, ctx, { action: 'users.apiKeys.revoke', target: input.apiKeyId })
      })
    }),
})

function asShown<Row extends { scopes: string[] }>(row: Row) {
  return { ...row, scopes: scopeNames.parse(row.scopes) }
}

/** Why the proof of who calls does not count; undefined where it does. */
async function proofOf(ctx: Context, auth: UserAuth, input: { code?: string | undefined }): Promise<unknown> {
  try {
    await requireProof(ctx, auth, input)
    return undefined
  } catch (error) {
    return error
  }
}

function ownerOf(auth: CallerAuth) {
  if (auth.kind === 'user') return auth.userId
  throw new ApiError('NOT_ALLOWED', { message: 'A service has no personal keys.' })
}
