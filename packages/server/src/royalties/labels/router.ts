import pg from 'pg'
import { z } from 'zod'
import { all, isAllowed, requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import { type LabelId, newId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { text } from '../../text.ts'
import { caller, router } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { holdUsers } from '../../users/locks.ts'
import { labelNameKey } from './names.ts'
import { createInput, label, labelInput, labelPage, listInput, maxMembers, memberInput, updateInput } from './schema.ts'
import {
  countMembers,
  deleteLabel,
  deleteMember,
  findLabel,
  insertLabel,
  insertMember,
  listLabels,
  lockLabel,
  membersOf,
  updateLabel,
  usesOf,
} from './store.ts'

/** Part of the royalties router. */
export const labelsRouter = router({
  create: caller
    .meta({
      summary: 'Make a label, or another holder of rights. For who keeps the accounts.',
      errors: ['LABEL_NAME_TAKEN', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(label)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const call = { auth: ctx.auth, procedure: 'royalties.labels.create', input }
      const made = once(ctx.db, call, async (tx) => {
        const id = newId('label')
        const { name, kind } = input
        await insertLabel(tx, id, { name, kind, nameKey: labelNameKey(name) })
        await audit(tx, ctx, { action: 'royalties.labels.create', target: id })
        return withMembers(tx, id)
      })
      return made.catch(throwTaken)
    }),

  get: caller
    .meta({
      summary: 'A label: any for who keeps the accounts, else one that you are a member of.',
      errors: ['NOT_FOUND'],
    })
    .input(labelInput)
    .output(label)
    .query(async ({ ctx, input: { labelId } }) => {
      const { db, auth } = ctx
      await requireAccess(db, auth, 'label.see', [labelId])
      return (await isAllowed(db, auth, 'royalties.keep', [all]))
        ? withMembers(db, labelId)
        : found(await findLabel(db, labelId))
    }),

  list: caller
    .meta({
      summary: 'Labels by name: all for who keeps the accounts, else those that you are a member of.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(labelPage)
    .query(async ({ ctx, input: { limit, cursor } }) => {
      const { db, auth } = ctx
      const sees = await isAllowed(db, auth, 'royalties.keep', [all])
      const memberId = sees || auth.kind === 'service' ? null : auth.userId
      const [after] = decodeCursor(cursor, z.tuple([text({ max: 1_000 })])) ?? []
      const rows = await listLabels(db, { memberId, after, limit: limit + 1 })
      const { items, nextCursor } = toPage(rows, limit, ({ nameKey }) => [nameKey])
      return { items: items.map(({ nameKey: _, ...row }) => row), nextCursor }
    }),

  update: caller
    .meta({
      summary: 'Change the name or the kind of a label. For who keeps the accounts.',
      description: 'A field left out stays as it is.',
      errors: ['NOT_FOUND', 'LABEL_NAME_TAKEN'],
      idempotent: true,
    })
    .input(updateInput)
    .output(label)
    .mutation(async ({ ctx, input: { labelId, name, kind } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      const changed = ctx.db.transaction().execute(async (tx) => {
        found(
          await updateLabel(tx, labelId, {
            kind,
            name: name === undefined ? undefined : { name, nameKey: labelNameKey(name) },
          }),
        )
        await audit(tx, ctx, { action: 'royalties.labels.update', target: labelId })
        return withMembers(tx, labelId)
      })
      return changed.catch(throwTaken)
    }),

  remove: caller
    .meta({
      summary: 'Remove a label that has no rights and was never paid. For who keeps the accounts.',
      errors: ['NOT_FOUND', 'IN_USE'],
    })
    .input(labelInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { labelId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      await ctx.db.transaction().execute(async (tx) => {
        found(await lockLabel(tx, labelId))
        const uses = await usesOf(tx, labelId)
        if (uses.rights) throw new ApiError('IN_USE', { message: 'It has rights to tracks, now or at some time.' })
        if (uses.accounts)
          throw new ApiError('IN_USE', { message: 'It is in the accounts: in runs, statements or the ledger.' })
        await deleteLabel(tx, labelId)
        await audit(tx, ctx, { action: 'royalties.labels.remove', target: labelId })
      })
    }),

  addMember: caller
    .meta({
      summary: 'Let a user see the reports and statements of a label. For who keeps the accounts.',
      errors: ['NOT_FOUND', 'TOO_MANY_MEMBERS'],
      idempotent: true,
    })
    .input(memberInput)
    .output(label)
    .mutation(async ({ ctx, input: { labelId, userId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return ctx.db.transaction().execute(async (tx) => {
        found(await lockLabel(tx, labelId))
        if ((await holdUsers(tx, [userId])).length === 0) throw new ApiError('NOT_FOUND', { field: 'userId' })
        if (await insertMember(tx, labelId, userId)) {
          if ((await countMembers(tx, labelId)) > maxMembers) throw new ApiError('TOO_MANY_MEMBERS')
          await audit(tx, ctx, { action: 'royalties.labels.addMember', target: labelId, details: { userId } })
        }
        return withMembers(tx, labelId)
      })
    }),

  removeMember: caller
    .meta({
      summary: 'Let a user no longer see the reports and statements of a label. For who keeps the accounts.',
      errors: ['NOT_FOUND'],
    })
    .input(memberInput)
    .output(label)
    .mutation(async ({ ctx, input: { labelId, userId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'royalties.keep', [all])
      return ctx.db.transaction().execute(async (tx) => {
        found(await lockLabel(tx, labelId))
        if (!(await deleteMember(tx, labelId, userId))) throw new ApiError('NOT_FOUND', { field: 'userId' })
        await audit(tx, ctx, { action: 'royalties.labels.removeMember', target: labelId, details: { userId } })
        return withMembers(tx, labelId)
      })
    }),
})

async function withMembers(db: Db, id: LabelId) {
  return { ...found(await findLabel(db, id)), members: await membersOf(db, id, maxMembers) }
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}

function throwTaken(error: unknown): never {
  if (error instanceof pg.DatabaseError && error.constraint === 'labels_name_key_key') {
    throw new ApiError('LABEL_NAME_TAKEN', { field: 'name' })
  }
  throw error
}
