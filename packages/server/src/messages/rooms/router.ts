import { z } from 'zod'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import { roomId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { router, signedIn } from '../../trpc.ts'
import { existingUsers } from '../../users/store.ts'
import { createInput, directInput, listInput, room, roomPage } from './schema.ts'
import { ensureDirectRoom, findDirectRoom, findRoom, insertRoom, listRooms } from './store.ts'

const position = z.tuple([z.iso.datetime().pipe(z.coerce.date()), roomId])

export const roomsRouter = router({
  create: signedIn
    .meta({ summary: 'Make a group room; you own it.', errors: ['NOT_FOUND', 'IDEMPOTENCY_KEY_REUSED'] })
    .input(createInput)
    .output(room)
    .mutation(({ ctx, input }) =>
      once(ctx.db, { auth: ctx.auth, procedure: 'messages.rooms.create', input }, async (tx) => {
        const { userId } = ctx.auth
        const memberIds = [...new Set(input.memberIds)]
        if ((await existingUsers(tx, memberIds)).length < memberIds.length) {
          throw new ApiError('NOT_FOUND', { field: 'memberIds', message: 'There is no user of one of these ids.' })
        }
        const id = await insertRoom(tx, { kind: 'group', name: input.name, ownerId: userId, memberIds })
        return found(await findRoom(tx, userId, id))
      }),
    ),

  direct: signedIn
    .meta({
      summary: 'The one room of you and another person, made on first use.',
      errors: ['NOT_FOUND'],
      idempotent: true,
    })
    .input(directInput)
    .output(room)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      const existing = await findDirectRoom(ctx.db, userId, input.userId)
      if (existing !== undefined) return found(await findRoom(ctx.db, userId, existing))
      if ((await existingUsers(ctx.db, [input.userId])).length === 0)
        throw new ApiError('NOT_FOUND', { field: 'userId' })
      return ctx.db.transaction().execute(async (tx) => {
        const id = await ensureDirectRoom(tx, userId, input.userId)
        return found(await findRoom(tx, userId, id))
      })
    }),

  list: signedIn
    .meta({ summary: 'Your rooms, the most recently active first.', errors: ['BAD_CURSOR'] })
    .input(listInput)
    .output(roomPage)
    .query(async ({ ctx, input }) => {
      const below = decodeCursor(input.cursor, position)
      const rows = await listRooms(ctx.db, ctx.auth.userId, { below, limit: input.limit + 1 })
      return toPage(rows, input.limit, ({ lastEventAt, id }) => [lastEventAt, id])
    }),
})

function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}
