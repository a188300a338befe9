import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { accountId } from '../../ids.ts'
import { decodeCursor, int8, toPage } from '../../page.ts'
import { caller, router } from '../../trpc.ts'
import { accountPage, accountsInput, entriesInput, entryPage } from './schema.ts'
import { findAccount, listAccounts, listEntries, sideOf } from './store.ts'

/** Part of the royalties router. */
export const ledgerRouter = router({
  accounts: caller
    .meta({
      summary: 'The accounts of the ledger with their balances, now or at a time. For who keeps the accounts.',
      description:
        'Double entry: debits are above zero, credits below it, and each transaction comes to zero. Balances are told on the ' +
        'side of the account, so that what is owed is above zero.',
      errors: ['BAD_CURSOR'],
    })
    .input(accountsInput)
    .output(accountPage)
    .query(async ({ ctx, input: { at, kind, labelId, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const [after] = decodeCursor(cursor, z.tuple([accountId])) ?? []
      const rows = await listAccounts(ctx.db, { at, kind, labelId, after, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, ({ id }) => [id])
      const shown = items.map(({ total, entries, ...account }) => {
        const side = sideOf(account.kind)
        return { ...account, side, balanceMinor: side === 'debit' ? total : -total, entries: Number(entries) }
      })
      return { items: shown, nextCursor }
    }),

  entries: caller
    .meta({
      summary: 'The entries of an account, the newest first, with the balance after each. For who keeps the accounts.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(entriesInput)
    .output(entryPage)
    .query(async ({ ctx, input: { accountId, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const account = await findAccount(ctx.db, accountId)
      if (account === undefined) throw new ApiError('NOT_FOUND')
      const [before] = decodeCursor(cursor, z.tuple([int8])) ?? []
      const rows = await listEntries(ctx.db, accountId, { ...(before !== undefined && { before }), limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, ({ id }) => [String(id)])
      const side = sideOf(account.kind)
      const shown = items.map(({ total, ...entry }) => ({ ...entry, balanceMinor: side === 'debit' ? total : -total }))
      return { items: shown, nextCursor }
    }),
})
