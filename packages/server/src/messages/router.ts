import { z } from 'zod'
import { requireAccess } from '../access.ts'
import { ApiError } from '../errors.ts'
import { countFitting, decodeCursor, toPage } from '../page.ts'
import { router, signedIn } from '../trpc.ts'
import { roomsRouter } from './rooms/router.ts'
import { seq } from './rooms/schema.ts'
import { eventRange, listInput, messagePage, sendInput, sentMessage, sinceInput } from './schema.ts'
import { send } from './send.ts'
import { listMessages } from './store.ts'
import { readSince } from './timeline/since.ts'
import { typingProcedures } from './typing.ts'

export const messagesRouter = router({
  rooms: roomsRouter,
  ...typingProcedures,

  send: signedIn
    .meta({
      summary: 'Send a message to a room that you are in.',
      errors: ['NOT_FOUND', 'BODY_EMPTY', 'BODY_TOO_LONG', 'BLOCKED', 'CLIENT_ID_REUSED'],
    })
    .input(sendInput)
    .output(sentMessage)
    .mutation(async ({ ctx, input }) => {
      if (!('roomId' in input)) throw new ApiError('NOT_FOUND')
      await requireAccess(ctx.db, ctx.auth, 'room.send', [input.roomId])
      return send(ctx.db, { ...input, senderId: ctx.auth.userId })
    }),

  list: signedIn
    .meta({ summary: 'Messages of a room that you are in, newest first.', errors: ['NOT_FOUND', 'BAD_CURSOR'] })
    .input(listInput)
    .output(messagePage)
    .query(async ({ ctx, input: { roomId, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.read', [roomId])
      const [below] = decodeCursor(cursor, z.tuple([seq])) ?? []
      const rows = await listMessages(ctx.db, ctx.auth.userId, { roomId, below, limit: limit + 1 })
      const fitting = countFitting(rows.slice(0, limit), ({ body }) => body)
      return toPage(rows, fitting, ({ seq }) => [seq])
    }),

  since: signedIn
    .meta({
      summary: 'Everything that happened in a room after a number, in order, as a range that is complete.',
      errors: ['NOT_FOUND', 'AHEAD_OF_ROOM'],
    })
    .input(sinceInput)
    .output(eventRange)
    .query(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.read', [input.roomId])
      const range = await readSince(ctx.db, ctx.auth.userId, input)
      if (range === undefined) throw new ApiError('NOT_FOUND')
      if (input.after > range.lastSeq) throw new ApiError('AHEAD_OF_ROOM', { field: 'after' })
      return range
    }),
})
