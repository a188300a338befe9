import { z } from 'zod'
import { requireAccess, type UserAuth } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { type RoomId, userId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { signedIn } from '../../trpc.ts'
import { findMessage } from '../store.ts'
import {
  deliveredInput,
  maxUnread,
  ownMarks,
  readInput,
  receiptPage,
  receiptsInput,
  unreadInput,
  unreadRooms,
} from './schema.ts'
import { advanceMark, listMarks, listReceipts, listUnread } from './store.ts'

const maxRooms = 1_000

/** Part of the messages router. */
export const receiptProcedures = {
  markDelivered: signedIn
    .meta({
      summary: 'Say that all messages of a room up to a number have reached you.',
      errors: ['NOT_FOUND', 'MARK_BEYOND_END'],
      idempotent: true,
    })
    .input(deliveredInput)
    .output(ownMarks)
    .mutation(({ ctx, input }) => advance(ctx, { ...input, kind: 'delivered' })),

  markRead: signedIn
    .meta({
      summary: 'Say that you have read all messages of a room up to a number.',
      description: 'They count as delivered then, too. Marks only go up.',
      errors: ['NOT_FOUND', 'MARK_BEYOND_END'],
      idempotent: true,
    })
    .input(readInput)
    .output(ownMarks)
    .mutation(({ ctx, input: { private: alone, ...input } }) =>
      advance(ctx, { ...input, kind: alone ? 'privateRead' : 'read' }),
    ),

  receipts: signedIn
    .meta({
      summary: 'How far the members of a room have got, in the order of their ids.',
      description:
        'With `seq` also when each of them got and read that message: of all who can see it but its sender. What somebody read ' +
        'privately does not show.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(receiptsInput)
    .output(receiptPage)
    .query(async ({ ctx, input: { roomId, seq, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      const [after] = decodeCursor(cursor, z.tuple([userId])) ?? []
      const page = { roomId, after, limit: limit + 1 }
      if (seq !== undefined && (await findMessage(ctx.db, ctx.auth.userId, { roomId, seq })) === undefined) {
        throw new ApiError('NOT_FOUND')
      }
      const rows = await (seq === undefined ? listMarks(ctx.db, page) : listReceipts(ctx.db, { ...page, seq }))
      return toPage(rows, limit, (row) => [row.userId])
    }),

  unread: signedIn
    .meta({
      summary: 'Your rooms with messages of others that you have not read, the most recently active first.',
      description: 'Counted afresh with each call; rooms without such messages are left out. Up to 1,000 rooms.',
      errors: ['NOT_FOUND'],
    })
    .input(unreadInput)
    .output(unreadRooms)
    .query(async ({ ctx, input }) => {
      const roomIds = input?.roomIds
      if (roomIds !== undefined) await requireAccess(ctx.db, ctx.auth, 'room.member', roomIds)
      const { userId } = ctx.auth
      const bounds = { roomIds, most: maxUnread, limit: maxRooms }
      return ctx.slowly(userId, () => listUnread(ctx.db, userId, bounds))
    }),
}

interface Mark {
  roomId: RoomId
  seq: number
  kind: 'delivered' | 'read' | 'privateRead'
}

/** @throws NOT_FOUND, MARK_BEYOND_END */
async function advance({ db, auth }: { db: Db; auth: UserAuth }, mark: Mark) {
  await requireAccess(db, auth, 'room.member', [mark.roomId])
  const result = await advanceMark(db, { ...mark, userId: auth.userId })
  if (result === undefined) throw new ApiError('NOT_FOUND')
  const { lastSeq, ...marks } = result
  if (mark.seq > lastSeq) throw new ApiError('MARK_BEYOND_END', { field: 'seq' })
  return marks
}
