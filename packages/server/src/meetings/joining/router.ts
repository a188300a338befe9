import { isAllowed, requireAccess, type UserAuth } from '../../access.ts'
import { digest, sameHash } from '../../auth/tokens.ts'
import { ApiError } from '../../errors.ts'
import type { MeetingId } from '../../ids.ts'
import { type Context, signedIn } from '../../trpc.ts'
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
        'by one, `waiting` says that they were asked: join again when the stream brings `meeting.lobby`.',
      errors: ['NOT_FOUND', 'WRONG_PASSCODE', 'MEETING_OVER', 'ROOM_NOT_READY', 'LOBBY_DENIED'],
      idempotent: true,
    })
    .input(joinInput)
    .output(joinAnswer)
    .mutation(async ({ ctx, input: { meetingId, passcode } }) => {
      const byPasscode = await requireEntry(ctx, meetingId, passcode)
      const { userId } = ctx.auth
      const { occurrence, meeting, isIn } = await ctx.db.transaction().execute(async (tx) => {
        const admitted = await admit(tx, { meetingId, userId })
        // Invitations are taken back under the lock of the meeting.
        if (!byPasscode) await requireAccess(tx, ctx.auth, 'meeting.see', [meetingId])
        return admitted
      })
      if (!isIn) return { status: 'waiting' as const, occurrence }
      return { status: 'admitted' as const, occurrence, ...(await doorOf(ctx, meeting, userId)) }
    }),
}

/**
 * Whoever is not invited needs the passcode; whether there is such a meeting, a wrong one does not tell. Whether it was needed.
 * @throws NOT_FOUND, WRONG_PASSCODE, RATE_LIMITED
 */
async function requireEntry(
  { db, auth, limits, vault }: Context & { auth: UserAuth },
  meetingId: MeetingId,
  passcode: string | undefined,
): Promise<boolean> {
  if (await isAllowed(db, auth, 'meeting.see', [meetingId])) return false
  if (passcode === undefined) throw new ApiError('NOT_FOUND')
  const attempt = await limits.beforePasscode({ meetingId, userId: auth.userId })
  const meeting = await findMeeting(db, meetingId)
  const known = meeting?.passcode == null ? '' : vault.open(`meeting:${meetingId}`, meeting.passcode)
  if (!sameHash(digest(passcode), digest(known))) throw new ApiError('WRONG_PASSCODE', { field: 'passcode' })
  await attempt.succeeded()
  return true
}
