import { isAllowed, requireAccess, type UserAuth } from '../../access.ts'
import { digest, sameHash } from '../../auth/tokens.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { MeetingId } from '../../ids.ts'
import { markOf } from '../../sessions/peer/ticket.ts'
import { type Context, signedIn } from '../../trpc.ts'
import { lockUser } from '../../users/locks.ts'
import { noteJoined, type Stay } from '../attendance/store.ts'
import { passcodeOf } from '../passcode.ts'
import { findMeeting } from '../store.ts'
import { admit } from './admit.ts'
import { doorOf } from './door.ts'
import { joinAnswer, joinInput } from './schema.ts'

/** Part of the meetings router. */
export const joiningProcedures = {
  join: signedIn
    .meta({
      summary: 'Join a meeting that you hold, are invited to, or have the passcode of.',
      description:
        'It is about the time of the meeting that is on, else the next, else the last one, for a day. Where the host lets in one ' +
        'by one, `waiting` says that they were asked: join again when the stream brings `meeting.lobby`. Who joins more than an ' +
        'hour before it begins is told where it will be, and not noted as having been there.',
      errors: ['NOT_FOUND', 'WRONG_PASSCODE', 'MEETING_OVER', 'ROOM_NOT_READY', 'LOBBY_DENIED'],
      idempotent: true,
    })
    .input(joinInput)
    .output(joinAnswer)
    .mutation(async ({ ctx, input }) => {
      const { meetingId } = input
      const passcode = await requireEntry(ctx, meetingId, input.passcode)
      const { userId } = ctx.auth
      const { occurrence, title, meeting, isIn, isOn } = await ctx.db.transaction().execute(async (tx) => {
        const admitted = await admit(tx, { meetingId, userId })
        // Invitations are taken back under the lock of the meeting.
        if (passcode === undefined) await requireAccess(tx, ctx.auth, 'meeting.see', [meetingId])
        return admitted
      })
      if (!isIn) return { status: 'waiting' as const, occurrence, title }
      const door = await doorOf(ctx, meeting, { userId, originalAt: occurrence, passcode })
      if (isOn) await noteThere(ctx.db, { meetingId, originalAt: occurrence, userId })
      return { status: 'admitted' as const, occurrence, title, ...door }
    }),
}

async function noteThere(db: Db, stay: Stay): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // Of two joins of one person at once, the second sees what the first has noted.
    if (await lockUser(tx, stay.userId)) await noteJoined(tx, stay)
  })
}

/**
 * Whoever is not invited needs the passcode; whether there is such a meeting, a wrong one does not tell. Its mark, where it was needed.
 * @throws NOT_FOUND, WRONG_PASSCODE, RATE_LIMITED
 */
async function requireEntry(
  { db, auth, limits, vault }: Context & { auth: UserAuth },
  meetingId: MeetingId,
  passcode: string | undefined,
): Promise<string | undefined> {
  if (await isAllowed(db, auth, 'meeting.see', [meetingId])) return undefined
  if (passcode === undefined) throw new ApiError('NOT_FOUND')
  const attempt = await limits.beforePasscode({ meetingId, userId: auth.userId })
  const meeting = await findMeeting(db, meetingId, auth.userId)
  const sealed = meeting?.passcode ?? null
  const known = (meeting && passcodeOf(vault, meeting)) ?? ''
  if (sealed === null || !sameHash(digest(passcode), digest(known)))
    throw new ApiError('WRONG_PASSCODE', { field: 'passcode' })
  await attempt.succeeded()
  return markOf(sealed)
}
