import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import { roomId } from '../../ids.ts'
import { decodeCursor, encodeCursor, toPage } from '../../page.ts'
import { router, signedIn } from '../../trpc.ts'
import { isBlocking } from '../../users/blocks/store.ts'
import { holdUsers } from '../../users/locks.ts'
import { createInput, directInput, listInput, room, roomPage } from './schema.ts'
import { ensureDirectRoom, findDirectRoom, findRoom, insertRoom, listRooms, type RoomsPosition } from './store.ts'

const time = z.iso.datetime().transform((text) => new Date(text))
const position = z.union([z.tuple([z.literal('down'), time, time, roomId]), z.tuple([z.literal('up'), time, roomId])])

/** Sorts before every room's id. */
const lowestRoomId = `rom_${'0'.repeat(26)}`

export const roomsRouter = router({
  create: signedIn
    .meta({ summary: 'Make a group room; you own it.', errors: ['NOT_FOUND', 'IDEMPOTENCY_KEY_REUSED'] })
    .input(createInput)
    .output(room)
    .mutation(({ ctx, input }) =>
      once(ctx.db, { auth: ctx.auth, procedure: 'messages.rooms.create', input }, async (tx) => {
        const { userId } = ctx.auth
        const memberIds = [...new Set(input.memberIds)]
        const people = [...new Set([userId, ...memberIds])]
        if ((await holdUsers(tx, people)).length < people.length) {
          throw new ApiError('NOT_FOUND', { field: 'memberIds', message: 'There is no user of one of these ids.' })
        }
        const id = await insertRoom(tx, { kind: 'group', name: input.name, ownerId: userId, memberIds })
        return found(await findRoom(tx, userId, id))
      }),
    ),

  direct: signedIn
    .meta({
      summary: 'The one room of you and another person, made on first use.',
      errors: ['NOT_FOUND', 'BLOCKED'],
      idempotent: true,
    })
    .input(directInput)
    .output(room)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      const existing = await findDirectRoom(ctx.db, userId, input.userId)
      if (existing !== undefined) return found(await findRoom(ctx.db, userId, existing))
      await requireAccess(ctx.db, ctx.auth, 'user.approach', [input.userId])
      if (await isBlocking(ctx.db, userId, input.userId)) throw new ApiError('BLOCKED', { field: 'userId' })
      return ctx.db.transaction().execute(async (tx) => {
        const people = [...new Set([userId, input.userId])]
        if ((await holdUsers(tx, people)).length < people.length) throw new ApiError('NOT_FOUND')
        const id = await ensureDirectRoom(tx, userId, input.userId)
        return found(await findRoom(tx, userId, id))
      })
    }),

  list: signedIn
    .meta({
      summary: 'Your rooms, the most recently active first.',
      description:
        'No room is missing at the end of the list, also where rooms were active meanwhile: those come once more, last and as they are then.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(roomPage)
    .query(async ({ ctx, input }) => {
      const from = decodeCursor(input.cursor, position)
      const rows = await listRooms(ctx.db, ctx.auth.userId, from, input.limit + 1)
      return toRoomPage(rows, input.limit, from)
    }),
})

type Row = Awaited<ReturnType<typeof listRooms>>[number]

/** Below the last room of the way down come those that moved up meanwhile: what was active at the start or later. */
function toRoomPage(rows: Row[], limit: number, from: RoomsPosition | undefined) {
  const started = from?.[0] === 'down' ? from[1] : (rows[0]?.lastEventAt ?? new Date(0))
  const page = toPage(rows, limit, ({ lastEventAt, id }) =>
    from?.[0] === 'up' ? ['up', lastEventAt, id] : ['down', started, lastEventAt, id],
  )
  const isBottom = page.nextCursor === null && from?.[0] === 'down'
  return isBottom ? { ...page, nextCursor: encodeCursor(['up', started, lowestRoomId]) } : page
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}
