import { createHash } from 'node:crypto'
import pg from 'pg'
import { z } from 'zod'
import { requireAccess } from '../access.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { countFitting, decodeCursor, toPage } from '../page.ts'
import { router, signedIn } from '../trpc.ts'
import { roomsRouter } from './rooms/router.ts'
import { seq } from './rooms/schema.ts'
import { eventRange, listInput, messagePage, sendInput, sentMessage, sinceInput } from './schema.ts'
import { findSent, insertMessage, listMessages, type NewMessage, readEvents } from './store.ts'

export const messagesRouter = router({
  rooms: roomsRouter,

  send: signedIn
    .meta({
      summary: 'Send a message to a room that you are in.',
      errors: ['NOT_FOUND', 'BODY_EMPTY', 'BODY_TOO_LONG', 'BLOCKED', 'CLIENT_ID_REUSED'],
    })
    .input(sendInput)
    .output(sentMessage)
    .mutation(async ({ ctx, input: { roomId, body, clientId = null } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.send', [roomId])
      const contentHash = createHash('sha256').update(body).digest()
      return send(ctx.db, { roomId, senderId: ctx.auth.userId, clientId, body, contentHash })
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
      const range = await readEvents(ctx.db, ctx.auth.userId, input)
      if (input.after > range.lastSeq) throw new ApiError('AHEAD_OF_ROOM', { field: 'after' })
      return range
    }),
})

/** One effect per client id: the first send wins, a retry gets its message back, also when a block came between. */
async function send(db: Db, message: NewMessage) {
  const inserted = await insertMessage(db, message).catch((error: unknown) => {
    if (error instanceof pg.DatabaseError && error.constraint === 'messages_client_id_unique') return 'in use' as const
    throw error
  })
  if (inserted !== undefined && inserted !== 'in use') return { ...inserted, duplicate: false }
  const sent = await findSent(db, message)
  if (sent === undefined && inserted === undefined) throw new ApiError('BLOCKED', { field: 'roomId' })
  if (sent === undefined || !sent.contentHash.equals(message.contentHash)) {
    throw new ApiError('CLIENT_ID_REUSED', { field: 'clientId' })
  }
  return { ...sent.message, duplicate: true }
}
