import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { tellOfSessions } from '../../events/ephemera.ts'
import { once, wasDone } from '../../idempotency.ts'
import { connectionId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { router, signedIn } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { lockUser } from '../../users/locks.ts'
import { runningOf } from '../reconcile/store.ts'
import { applyChange, candidateOf, checkAgain, keep, tryChange } from './connect.ts'
import { connectInput, connection, connectionInput, connectionPage, listInput, updateInput } from './schema.ts'
import { shownConnection, shownConnections } from './shown.ts'
import { listConnections, lockAccount, removeConnection } from './store.ts'

const maxTold = 1_000
const position = z.tuple([connectionId])
const refusals = ['PROVIDER_CREDENTIALS', 'PROVIDER_SCOPES', 'PROVIDER_FAILED'] as const

/** Part of the sessions router. */
export const connectionsRouter = router({
  connect: signedIn
    .meta({
      summary: 'Connect an account at a provider of meetings. For administrators.',
      description:
        'It is checked at once, and nothing is kept where the provider refuses it: the code says what is wrong, and `message` ' +
        'names the scopes that are missing. Then enter `webhookUrl` there, so that the provider tells what happens.',
      errors: [...refusals, 'UNKNOWN_PROVIDER', 'ACCOUNT_CONNECTED', 'TOO_MANY_CONNECTIONS', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(connectInput)
    .output(connection)
    .mutation(async ({ ctx, input }) => {
      const { auth, db, vault, accounts } = ctx
      await requireAccess(db, auth, 'connection.manage', [all])
      const call = { auth, procedure: 'sessions.providers.connect', input }
      const { provider, name, defaultPasscode, accountId, clientId, clientSecret, webhookSecret } = input
      const settings = { accountId, clientId }
      const secrets = { clientSecret, webhookSecret }
      const wanted = { provider, name, settings, secrets, defaultPasscode }
      const candidate = (await wasDone(db, call)) ? undefined : await candidateOf(accounts, wanted)
      return once(db, call, async (tx) => {
        if (candidate === undefined) throw new ApiError('UNAVAILABLE', { retryAfterMs: 1_000 })
        if (!(await lockUser(tx, auth.userId))) throw new ApiError('TOKEN_INVALID')
        const id = await keep(tx, vault, candidate, auth.userId)
        await audit(tx, ctx, { action: 'sessions.providers.connect', target: id, details: { provider } })
        return shownConnection({ ...ctx, db: tx }, id)
      })
    }),

  list: signedIn
    .meta({
      summary: 'The accounts at providers of meetings, and how they do. For administrators.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(connectionPage)
    .query(async ({ ctx, input: { limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'connection.manage', [all])
      const [after] = decodeCursor(cursor, position) ?? []
      const { items, nextCursor } = toPage(
        await listConnections(ctx.db, { after, limit: limit + 1 }),
        limit,
        ({ id }) => [id],
      )
      return { items: await shownConnections(ctx, items), nextCursor }
    }),

  update: signedIn
    .meta({
      summary: 'Change the name of a connected account, what opens it, or its default passcode. For administrators.',
      description: 'A field left out stays as it is. What opens the account is checked before it counts.',
      errors: ['NOT_FOUND', ...refusals],
      idempotent: true,
    })
    .input(updateInput)
    .output(connection)
    .mutation(async ({ ctx, input: { connectionId, ...input } }) => {
      await requireAccess(ctx.db, ctx.auth, 'connection.manage', [all])
      const tried = await tryChange(ctx, connectionId, input)
      return ctx.db.transaction().execute(async (tx) => {
        await applyChange(tx, connectionId, tried)
        const changed = Object.entries(input).flatMap(([field, value]) => (value === undefined ? [] : [field]))
        const details = { fields: changed.join(' ') }
        await audit(tx, ctx, { action: 'sessions.providers.update', target: connectionId, details })
        return shownConnection({ ...ctx, db: tx }, connectionId)
      })
    }),

  remove: signedIn
    .meta({
      summary: 'Disconnect an account: what opens it is deleted. For administrators.',
      description:
        'Its rooms are known no more, and meetings that use it say so in `roomProblem`. At the provider nothing is changed.',
      errors: ['NOT_FOUND'],
    })
    .input(connectionInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { connectionId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'connection.manage', [all])
      await ctx.db.transaction().execute(async (tx) => {
        const account = await lockAccount(tx, connectionId)
        if (account === undefined) throw new ApiError('NOT_FOUND')
        await removeConnection(tx, connectionId, `The account "${account.name}" is not connected any more.`)
        await audit(tx, ctx, { action: 'sessions.providers.remove', target: connectionId })
        // What ran there is not shown any more.
        const running = await runningOf(tx, connectionId, maxTold)
        await tellOfSessions(
          tx,
          running.map(({ id }) => id),
        )
      })
      ctx.ring()
    }),

  check: signedIn
    .meta({
      summary: 'Look now whether a connected account can be used. For administrators.',
      description: 'What is found is in `state`, `problem` and `notes`.',
      errors: ['NOT_FOUND', 'PROVIDER_FAILED'],
      idempotent: true,
    })
    .input(connectionInput)
    .output(connection)
    .mutation(async ({ ctx, input: { connectionId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'connection.manage', [all])
      await checkAgain(ctx, connectionId)
      await audit(ctx.db, ctx, { action: 'sessions.providers.check', target: connectionId })
      return shownConnection(ctx, connectionId)
    }),
})
