import { requireAccess } from '../access.ts'
import { ApiError } from '../errors.ts'
import { router, signedIn } from '../trpc.ts'
import { batchProcedures } from './batch/router.ts'
import { editProcedures } from './edits/router.ts'
import { listProcedures } from './lists/router.ts'
import { reactionProcedures } from './reactions/router.ts'
import { receiptProcedures } from './receipts/router.ts'
import { roomFor } from './recipients.ts'
import { reportProcedures } from './reports/router.ts'
import { roomsRouter } from './rooms/router.ts'
import { eventRange, sendInput, sentMessage, sinceInput } from './schema.ts'
import { searchProcedures } from './search/router.ts'
import { send } from './send.ts'
import { readSince } from './timeline/since.ts'
import { typingProcedures } from './typing.ts'

export const messagesRouter = router({
  rooms: roomsRouter,
  ...listProcedures,
  ...batchProcedures,
  ...editProcedures,
  ...reactionProcedures,
  ...searchProcedures,
  ...receiptProcedures,
  ...reportProcedures,
  ...typingProcedures,

  send: signedIn
    .meta({
      summary: 'Send a message to a room that you are in, or to a person.',
      description: 'To a person: into the one room of you two, which is made on first use.',
      errors: [
        ...(['NOT_FOUND', 'BODY_EMPTY', 'BODY_TOO_LONG', 'REPLY_UNKNOWN'] as const),
        ...(['BLOCKED', 'ROOM_ARCHIVED', 'CLIENT_ID_REUSED'] as const),
        ...(['UPLOAD_UNKNOWN', 'UPLOAD_INCOMPLETE', 'TOO_MANY_ATTACHMENTS'] as const),
      ],
    })
    .input(sendInput)
    .output(sentMessage)
    .mutation(async ({ ctx, input }) => {
      const roomId = await roomFor(ctx.db, ctx.auth, input)
      const { body, clientId, replyTo, clientSentAt, attachments } = input
      return send(ctx.db, { roomId, senderId: ctx.auth.userId, body, clientId, replyTo, clientSentAt, attachments })
    }),

  since: signedIn
    .meta({
      summary: 'Everything that happened in a room after a number, in order, as a range that is complete.',
      errors: ['NOT_FOUND', 'AHEAD_OF_ROOM'],
    })
    .input(sinceInput)
    .output(eventRange)
    .query(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.follow', [input.roomId])
      const range = await readSince(ctx.db, ctx.auth.userId, input)
      if (range === undefined) throw new ApiError('NOT_FOUND')
      if (input.after > range.lastSeq) throw new ApiError('AHEAD_OF_ROOM', { field: 'after' })
      return range
    }),
})
