import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { once } from '../../idempotency.ts'
import { newId, recordingId } from '../../ids.ts'
import { countFitting, decodeCursor, toPage } from '../../page.ts'
import { router, signedIn } from '../../trpc.ts'
import { holdUsers } from '../../users/locks.ts'
import { hashForOnce, hashPassword } from '../../users/passwords.ts'
import { addUploads, removeFiles } from './files/change.ts'
import { linkProcedures } from './links/router.ts'
import { playingProcedures } from './playing/router.ts'
import {
  createInput,
  listInput,
  recording,
  recordingInput,
  recordingPage,
  setVisibilityInput,
  updateInput,
} from './schema.ts'
import { sharingProcedures } from './sharing/router.ts'
import { shown, shownAll } from './shown.ts'
import {
  insertRecording,
  listRecordings,
  lockRecording,
  removeRecording,
  restoreRecording,
  updateRecording,
} from './store.ts'
import { viewProcedures } from './views/router.ts'

export const recordingsRouter = router({
  ...sharingProcedures,
  ...linkProcedures,
  ...playingProcedures,
  ...viewProcedures,

  create: signedIn
    .meta({
      summary: 'Make a recording of your own, private and without files.',
      description: 'A meeting has one from the beginning; this is for recordings by themselves.',
      errors: ['NOT_FOUND', 'RECORDING_EXISTS', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(recording)
    .mutation(async ({ ctx, input }) => {
      const { title, meetingId = null, password } = input
      const { userId } = ctx.auth
      if (meetingId !== null) await requireAccess(ctx.db, ctx.auth, 'meeting.hold', [meetingId])
      const call = { auth: ctx.auth, procedure: 'meetings.recordings.create', input }
      const passwordHash = await hashForOnce(ctx, call, password)
      return once(ctx.db, call, async (tx) => {
        if ((await holdUsers(tx, [userId])).length === 0) throw new ApiError('TOKEN_INVALID')
        const id = newId('recording')
        if (!(await insertRecording(tx, { id, meetingId, ownerId: userId, title, passwordHash }))) {
          throw new ApiError('RECORDING_EXISTS', { field: 'meetingId' })
        }
        return found(await shown(tx, id, userId))
      })
    }),

  get: signedIn
    .meta({ summary: 'A recording of yours, or one that you may see.', errors: ['NOT_FOUND'] })
    .input(recordingInput)
    .output(recording)
    .query(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'recording.see', [input.recordingId])
      return found(await shown(ctx.db, input.recordingId, ctx.auth.userId))
    }),

  list: signedIn
    .meta({ summary: 'Recordings that you may see, the newest first.', errors: ['BAD_CURSOR'] })
    .input(listInput)
    .output(recordingPage)
    .query(async ({ ctx, input: { limit, cursor, ...filter } }) => {
      const [before] = decodeCursor(cursor, z.tuple([recordingId])) ?? []
      const rows = await listRecordings(ctx.db, ctx.auth.userId, { ...filter, before, limit: limit + 1 })
      const fitting = Math.min(limit, countFitting(rows, weightOf))
      const { items, nextCursor } = toPage(rows, fitting, ({ id }) => [id])
      return {
        items: await shownAll(
          ctx.db,
          items.map(({ fileCount: _, ...record }) => record),
        ),
        nextCursor,
      }
    }),

  update: signedIn
    .meta({
      summary: 'Change the title of a recording of yours, add files to it, or remove some.',
      description: 'A field left out stays as it is. All of it is done, or nothing.',
      errors: [
        ...(['NOT_FOUND', 'UPLOAD_UNKNOWN', 'UPLOAD_INCOMPLETE', 'UPLOAD_IN_USE'] as const),
        ...(['NOT_MEDIA', 'TOO_MANY_FILES'] as const),
      ],
    })
    .input(updateInput)
    .output(recording)
    .mutation(async ({ ctx, input: { recordingId: id, title, addUploads: added = [], removeFiles: gone = [] } }) => {
      await requireAccess(ctx.db, ctx.auth, 'recording.own', [id])
      const { userId } = ctx.auth
      return ctx.db.transaction().execute(async (tx) => {
        const { ownerId } = found(await lockRecording(tx, id))
        await updateRecording(tx, id, { title })
        await removeFiles(tx, id, gone)
        await addUploads(tx, { recordingId: id, ownerId }, added)
        return found(await shown(tx, id, userId))
      })
    }),

  setVisibility: signedIn
    .meta({
      summary: 'Say who may see a recording of yours, and by which password.',
      description: 'Whoever may see it no more, or has to give another password, is stopped within a minute.',
      errors: ['NOT_FOUND'],
      idempotent: true,
    })
    .input(setVisibilityInput)
    .output(recording)
    .mutation(async ({ ctx, input: { recordingId: id, visibility, membersMayDownload, password } }) => {
      await requireAccess(ctx.db, ctx.auth, 'recording.own', [id])
      const passwordHash = typeof password === 'string' ? await hashPassword(password, ctx.address) : password
      return ctx.db.transaction().execute(async (tx) => {
        found(await lockRecording(tx, id))
        await updateRecording(tx, id, { visibility, membersMayDownload, passwordHash })
        return found(await shown(tx, id, ctx.auth.userId))
      })
    }),

  remove: signedIn
    .meta({
      summary: 'Remove a recording of yours. It can be restored for 30 days, then it is erased.',
      errors: ['NOT_FOUND'],
    })
    .input(recordingInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'recording.own', [input.recordingId])
      await removeRecording(ctx.db, input.recordingId)
    }),

  restore: signedIn
    .meta({
      summary: 'Undo the removal of a recording of yours, also of one that went with its meeting.',
      errors: ['NOT_FOUND'],
      idempotent: true,
    })
    .input(recordingInput)
    .output(recording)
    .mutation(async ({ ctx, input: { recordingId: id } }) => {
      await requireAccess(ctx.db, ctx.auth, 'recording.restore', [id])
      await restoreRecording(ctx.db, id)
      const restored = found(await shown(ctx.db, id, ctx.auth.userId))
      // Erased or removed again meanwhile.
      if (restored.removedAt !== null) throw new ApiError('NOT_FOUND')
      return restored
    }),
})

/** About how many characters a recording takes in an answer. */
function weightOf({ fileCount }: { fileCount: bigint }): number {
  return 600 + 400 * Number(fileCount)
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}
