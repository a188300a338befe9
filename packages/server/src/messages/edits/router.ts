import { z } from 'zod'
import { requireAccess, type UserAuth } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { countFitting, decodeCursor, toPage } from '../../page.ts'
import { signedIn } from '../../trpc.ts'
import { removeSoon } from '../../uploads/remove.ts'
import { audit } from '../../users/audit/record.ts'
import { isNumber, unlinkUploads } from '../attachments/store.ts'
import { message, messageInput, newBody } from '../schema.ts'
import { mentionsOf } from '../send.ts'
import { asSeenBy, findMessage, type MessageRecord } from '../store.ts'
import { enterForWriting, enterRoom } from '../writing.ts'
import { editInput, versionPage, versionsInput } from './schema.ts'
import { blankMessage, listVersions, updateBody } from './store.ts'

/** Part of the messages router. */
export const editProcedures = {
  edit: signedIn
    .meta({
      summary: 'Give a message of yours another text.',
      description:
        'What it said before stays to be seen, by `versions`; attachments stay as they are. The same text again changes nothing.',
      errors: [
        ...(['NOT_FOUND', 'BODY_EMPTY', 'BODY_TOO_LONG', 'NOT_YOURS', 'STALE_VERSION'] as const),
        ...(['MESSAGE_DELETED', 'ROOM_ARCHIVED', 'BLOCKED'] as const),
      ],
      idempotent: true,
    })
    .input(editInput)
    .output(message)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.send', [input.roomId])
      return ctx.db.transaction().execute((tx) => edit(tx, ctx.auth, input))
    }),

  remove: signedIn
    .meta({
      summary: 'Delete a message of yours, or of anybody as an administrator of the room.',
      description: 'Its place stays, without text, attachments, earlier versions and reactions.',
      errors: ['NOT_FOUND', 'ROLE_TOO_LOW'],
      idempotent: true,
    })
    .input(messageInput)
    .output(message)
    .mutation(async ({ ctx, input: { roomId, seq } }) => {
      const { userId } = ctx.auth
      await requireAccess(ctx.db, ctx.auth, 'room.send', [roomId])
      return ctx.db.transaction().execute(async (tx) => {
        const { me } = await enterRoom(tx, roomId, userId)
        const before = found(await findMessage(tx, userId, { roomId, seq }))
        const isOwn = before.senderId === userId
        if (!isOwn && me.role === 'member') throw new ApiError('ROLE_TOO_LOW')
        if (before.deletedAt !== null) return before
        if (!isOwn) {
          const details = { seq: String(seq), senderId: before.senderId }
          await audit(tx, ctx, { action: 'messages.remove', target: roomId, details })
        }
        const blank = await blankMessage(tx, { roomId, seq, actorId: userId })
        if (await unlinkUploads(tx, roomId, isNumber(seq))) await removeSoon(tx)
        return asSeenBy(userId, blank)
      })
    }),

  versions: signedIn
    .meta({
      summary: 'What a message of a room that you are in said before its edits, oldest first.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(versionsInput)
    .output(versionPage)
    .query(async ({ ctx, input: { roomId, seq, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      const [after] = decodeCursor(cursor, z.tuple([z.int().min(1).max(2_147_483_647)])) ?? []
      found(await findMessage(ctx.db, ctx.auth.userId, { roomId, seq }))
      const rows = await listVersions(ctx.db, { roomId, seq, after, limit: limit + 1 })
      const fitting = countFitting(rows.slice(0, limit), ({ body }) => body.length)
      return toPage(rows, fitting, ({ version }) => [version])
    }),
}

/** @throws what the procedure declares */
async function edit(tx: Db, { userId }: UserAuth, input: z.infer<typeof editInput>): Promise<MessageRecord> {
  const { roomId, seq, body, expectedVersion } = input
  await enterForWriting(tx, roomId, userId)
  const before = found(await findMessage(tx, userId, { roomId, seq }))
  if (before.senderId !== userId) throw new ApiError('NOT_YOURS')
  if (before.deletedAt !== null) throw new ApiError('MESSAGE_DELETED')
  // Also for a retry of an edit that is done.
  if (before.body === body) return before
  if (expectedVersion !== undefined && expectedVersion !== before.version) {
    throw new ApiError('STALE_VERSION', { field: 'expectedVersion' })
  }
  if (before.attachments.length === 0 && !newBody.safeParse(body).success) {
    throw new ApiError('BODY_EMPTY', { field: 'body' })
  }
  const mentions = await mentionsOf(tx, roomId, body)
  return updateBody(tx, { roomId, seq, actorId: userId, body, mentions })
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}
