import pg from 'pg'
import { z } from 'zod'
import { all, isAllowed, requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import type { UserId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { holdUsers } from '../../users/locks.ts'
import { setFee } from './fees.ts'
import { report } from './report.ts'
import { createInput, getInput, listener, listenerPage, listInput, shownFees, updateInput } from './schema.ts'
import { feesOfListener, findListener, insertListener, type ListenerRow, linkListener, listListeners } from './store.ts'

const feeErrors = ['PERIOD_CLOSED', 'PERIOD_FROZEN', 'CURRENCY_MIXED', 'UNKNOWN_ORIGIN'] as const

/** Part of the royalties router. */
export const listenersRouter = router({
  create: caller
    .meta({
      summary: 'Make a listener. For who keeps the accounts.',
      errors: ['EXTERNAL_ID_TAKEN', 'NOT_FOUND', 'LISTENER_LINKED', ...feeErrors, 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(listener)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const call = { auth: ctx.auth, procedure: 'royalties.listeners.create', input }
      const made = once(ctx.db, call, async (tx) => {
        const { externalId, userId = null, fee } = input
        await holdUser(tx, userId)
        const row = await insertListener(tx, { externalId, userId })
        if (fee !== undefined) await setFee(tx, row.key, fee)
        await audit(tx, ctx, { action: 'royalties.listeners.create', target: row.id })
        return withFees(tx, row)
      })
      return made.catch(throwTaken)
    }),

  get: caller
    .meta({
      summary: 'A listener with what they paid: any for who keeps the accounts, else who you are yourself.',
      errors: ['NOT_FOUND'],
    })
    .input(getInput)
    .output(listener)
    .query(async ({ ctx, input }) => {
      const row = await findListener(ctx.db, input)
      if (row === undefined) throw new ApiError('NOT_FOUND')
      await requireAccess(ctx.db, ctx.auth, 'listener.see', [row.id])
      return withFees(ctx.db, row)
    }),

  list: caller
    .meta({
      summary: 'Listeners in the order in which they came: all for who keeps the accounts, else who you are yourself.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(listenerPage)
    .query(async ({ ctx, input: { limit, cursor, externalId, userId } }) => {
      const { db, auth } = ctx
      const own = (await isAllowed(db, auth, 'royalties.keep', [all])) || auth.kind === 'service' ? null : auth.userId
      if (own !== null && userId !== undefined && userId !== own) return { items: [], nextCursor: null }
      const [after] = decodeCursor(cursor, z.tuple([z.int32()])) ?? []
      const rows = await listListeners(db, { externalId, userId: own ?? userId, after, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, ({ key }) => [key])
      return { items: items.map(({ key: _, ...row }) => row), nextCursor }
    }),

  update: caller
    .meta({
      summary: 'Say which user a listener is, or what they paid for a period. For who keeps the accounts.',
      description: 'A field left out stays as it is.',
      errors: ['NOT_FOUND', 'LISTENER_LINKED', ...feeErrors],
      idempotent: true,
    })
    .input(updateInput)
    .output(listener)
    .mutation(async ({ ctx, input: { listenerId, userId, fee } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const changed = ctx.db.transaction().execute(async (tx) => {
        const known = await findListener(tx, { listenerId })
        if (known === undefined) throw new ApiError('NOT_FOUND')
        if (fee !== undefined) await setFee(tx, known.key, fee)
        if (userId !== undefined) {
          await holdUser(tx, userId)
          await linkListener(tx, listenerId, userId)
        }
        const what = [...(userId === undefined ? [] : ['userId']), ...(fee === undefined ? [] : ['fee'])].join(' ')
        await audit(tx, ctx, { action: 'royalties.listeners.update', target: listenerId, details: { fields: what } })
        return withFees(tx, await findListener(tx, { listenerId }))
      })
      return changed.catch(throwTaken)
    }),

  report,
})

async function withFees(db: Db, row: ListenerRow | undefined) {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  const { key, ...shown } = row
  return { ...shown, fees: await feesOfListener(db, key, shownFees) }
}

/** @throws NOT_FOUND where there is no such user */
async function holdUser(tx: Db, userId: UserId | null): Promise<void> {
  if (userId !== null && (await holdUsers(tx, [userId])).length === 0)
    throw new ApiError('NOT_FOUND', { field: 'userId' })
}

function throwTaken(error: unknown): never {
  if (error instanceof pg.DatabaseError) {
    if (error.constraint === 'listeners_external_id_key')
      throw new ApiError('EXTERNAL_ID_TAKEN', { field: 'externalId' })
    if (error.constraint === 'listeners_user_id_key') throw new ApiError('LISTENER_LINKED', { field: 'userId' })
  }
  throw error
}
