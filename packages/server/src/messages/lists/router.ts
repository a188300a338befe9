import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { roomId } from '../../ids.ts'
import { countFitting, decodeCursor, encodeCursor } from '../../page.ts'
import { signedIn } from '../../trpc.ts'
import { shownTo } from '../departed/store.ts'
import { seq } from '../rooms/schema.ts'
import { listInput, message, messageInput, messagePage, recentInput } from '../schema.ts'
import { findMessage, type MessageRecord, weightOf } from '../store.ts'
import { type Bounds, boundsOf, boundsPosition, carry } from '../window.ts'
import { listMessages, mentionsOf, recentMessages } from './store.ts'

const time = z.iso.datetime().transform((text) => new Date(text))
const listPosition = z.tuple([seq, boundsPosition])
const recentPosition = z.tuple([z.tuple([time, roomId, seq]), boundsPosition])

/** Part of the messages router. */
export const listProcedures = {
  get: signedIn
    .meta({ summary: 'One message, by its room and number.', errors: ['NOT_FOUND'] })
    .input(messageInput)
    .output(message)
    .query(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.read', [input.roomId])
      const found = await findMessage(ctx.db, ctx.auth.userId, input)
      const [shown] = await shownTo(ctx.db, ctx.auth.userId, found === undefined ? [] : [found])
      if (shown === undefined) throw new ApiError('NOT_FOUND')
      return shown
    }),

  list: signedIn
    .meta({
      summary: 'Messages of a room that you are in or were in, newest first.',
      description: 'Deleted messages are among them, without their text.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(listInput)
    .output(messagePage)
    .query(async ({ ctx, input: { roomId, senderId, window, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.read', [roomId])
      const [below, carried] = decodeCursor(cursor, listPosition) ?? []
      const bounds = boundsOf(window, { days: ctx.messagesWindowDays, carried })
      const page = { roomId, senderId, ...bounds, below, limit: limit + 1 }
      const rows = await listMessages(ctx.db, ctx.auth.userId, page)
      return toBoundedPage(rows, limit, bounds, ({ seq }) => seq)
    }),

  recent: signedIn
    .meta({
      summary: 'What others sent to you in all your rooms, newest first.',
      description: 'Your own messages are not among them. Deleted ones are, without their text.',
      errors: ['BAD_CURSOR'],
    })
    .input(recentInput)
    .output(messagePage)
    .query(async ({ ctx, input: { senderId, mentioned, window, limit, cursor } }) => {
      const [after, carried] = decodeCursor(cursor, recentPosition) ?? []
      const bounds = boundsOf(window, { days: ctx.messagesWindowDays, carried })
      const page = { senderId, ...bounds, after, limit: limit + 1 }
      const read = mentioned ? mentionsOf : recentMessages
      const { userId } = ctx.auth
      const rows = await ctx.slowly(userId, () => read(ctx.db, userId, page))
      return toBoundedPage(rows, limit, bounds, ({ sentAt, roomId, seq }) => [sentAt, roomId, seq])
    }),
}

/** Cuts rows that were read with one more than `limit` into a page that keeps to the bounds. */
function toBoundedPage(
  rows: MessageRecord[],
  limit: number,
  bounds: Bounds,
  position: (row: MessageRecord) => unknown,
) {
  const count = countFitting(rows.slice(0, Math.min(limit, bounds.left ?? limit)), weightOf)
  const items = rows.slice(0, count)
  const [last, carried] = [items.at(-1), carry(bounds, count)]
  const isEnd = rows.length <= count || last === undefined || carried === null
  return { items, nextCursor: isEnd ? null : encodeCursor([position(last), carried]) }
}
