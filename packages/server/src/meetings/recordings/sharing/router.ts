import { z } from 'zod'
import { requireAccess, type UserAuth } from '../../../access.ts'
import type { Db } from '../../../db/connect.ts'
import { ApiError } from '../../../errors.ts'
import type { MeetingId, RecordingId } from '../../../ids.ts'
import { blockedAmong } from '../../../messages/visible/store.ts'
import { decodeCursor, toPage } from '../../../page.ts'
import { signedIn } from '../../../trpc.ts'
import { normalise } from '../../../users/names.ts'
import { usersOfEmails } from '../../../users/store.ts'
import { toInvitees } from '../../invitations/invitees.ts'
import { lockRecording, recordingOfMeeting } from '../store.ts'
import { tellOfShare } from './mails.ts'
import { listInput, maxViewers, sharedWith, shareInput, unshareInput, viewerPage } from './schema.ts'
import { countViewers, deleteViewers, findViewers, listViewers, shareWith } from './store.ts'

/** Part of the router of recordings. */
export const sharingProcedures = {
  share: signedIn
    .meta({
      summary: 'Share a recording of yours with people, by user id or e-mail address. A mail tells those who are new.',
      description:
        'An address that a user has proven to own stands for that user. With an address of nobody so far it is shared once ' +
        'somebody signs up and proves to own it. Sharing again changes `mayDownload`.',
      errors: ['NOT_FOUND', 'BLOCKED', 'TOO_MANY_VIEWERS'],
      idempotent: true,
    })
    .input(shareInput)
    .output(sharedWith)
    .mutation(async ({ ctx, input: { viewers: given, mayDownload, ...named } }) => {
      const recordingId = await ownRecording(ctx.db, ctx.auth, named)
      await ctx.limits.beforeInvitations({ userId: ctx.auth.userId, count: given.length })
      return ctx.db.transaction().execute(async (tx) => {
        const { ownerId } = found(await lockRecording(tx, recordingId))
        const viewers = (await toInvitees(tx, given, 'viewers')).filter(({ userId }) => userId !== ownerId)
        if (viewers.length === 0) return []
        const users = viewers.flatMap(({ userId }) => userId ?? [])
        if ((await blockedAmong(tx, ownerId, users)).length > 0) throw new ApiError('BLOCKED', { field: 'viewers' })
        const fresh = await shareWith(tx, { recordingId, sharedBy: ctx.auth.userId, viewers, mayDownload })
        if ((await countViewers(tx, recordingId)) > maxViewers) throw new ApiError('TOO_MANY_VIEWERS')
        const told = viewers.filter(({ invitee }) => fresh.includes(invitee))
        await tellOfShare(tx, recordingId, told)
        const names = viewers.map(({ invitee }) => invitee)
        return findViewers(tx, recordingId, names)
      })
    }),

  unshare: signedIn
    .meta({
      summary: 'Stop sharing a recording of yours with people. What they play stops within a minute.',
      errors: ['NOT_FOUND'],
      idempotent: true,
    })
    .input(unshareInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { viewers: given, ...named } }) => {
      const recordingId = await ownRecording(ctx.db, ctx.auth, named)
      await ctx.db.transaction().execute(async (tx) => {
        found(await lockRecording(tx, recordingId))
        const addresses = given.flatMap((one) => ('email' in one ? normalise(one.email) : []))
        const owners = await usersOfEmails(tx, addresses)
        const ids = given.flatMap((one) => ('userId' in one ? one.userId : []))
        await deleteViewers(tx, recordingId, [...ids, ...addresses, ...owners.map(({ id }) => id)])
      })
    }),

  viewers: signedIn
    .meta({ summary: 'Whom a recording of yours is shared with by name.', errors: ['NOT_FOUND', 'BAD_CURSOR'] })
    .input(listInput)
    .output(viewerPage)
    .query(async ({ ctx, input: { recordingId, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'recording.own', [recordingId])
      const [after] = decodeCursor(cursor, z.tuple([z.string().max(400)])) ?? []
      const rows = await listViewers(ctx.db, recordingId, { after, limit: limit + 1 })
      return toPage(rows, limit, ({ viewer }) => [viewer])
    }),
}

interface Named {
  recordingId?: RecordingId | undefined
  meetingId?: MeetingId | undefined
}

/**
 * The recording that is named, itself or by its meeting, as one's own.
 * @throws NOT_FOUND
 */
async function ownRecording(db: Db, auth: UserAuth, { recordingId, meetingId }: Named): Promise<RecordingId> {
  if (meetingId !== undefined) await requireAccess(db, auth, 'meeting.hold', [meetingId])
  const id = found(recordingId ?? (meetingId && (await recordingOfMeeting(db, meetingId))))
  await requireAccess(db, auth, 'recording.own', [id])
  return id
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}
