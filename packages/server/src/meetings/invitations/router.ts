import { z } from 'zod'
import { isAllowed, requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { sendOutUnwelcome } from '../../sessions/peer/rooms.ts'
import { signedIn } from '../../trpc.ts'
import { normalise } from '../../users/names.ts'
import { usersOfEmails } from '../../users/store.ts'
import { lockMeeting, meetingsOfHost } from '../store.ts'
import { invite } from './invite.ts'
import { tell } from './mails.ts'
import {
  invitation,
  invitationPage,
  invitations,
  inviteInput,
  listInput,
  respondInput,
  uninviteInput,
} from './schema.ts'
import { addressesOfInvited, answerInvitation, deleteInvitations, findInvitations, listInvitations } from './store.ts'

/** Part of the meetings router. */
export const invitationProcedures = {
  invite: signedIn
    .meta({
      summary: 'Invite people to a meeting that you hold: all of them or none. A mail tells them.',
      description:
        'An address that a user has proven to own stands for that user. Whoever is invited already stays so, with what they said.',
      errors: ['NOT_FOUND', 'BLOCKED', 'MEETING_OVER', 'TOO_MANY_INVITATIONS'],
      idempotent: true,
    })
    .input(inviteInput)
    .output(invitations)
    .mutation(async ({ ctx, input: { meetingId, invitees: given } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.hold', [meetingId])
      await ctx.limits.beforeInvitations({ userId: ctx.auth.userId, count: given.length })
      return ctx.db.transaction().execute(async (tx) => {
        const { cancelledAt } = found(await lockMeeting(tx, meetingId))
        if (cancelledAt !== null) throw new ApiError('MEETING_OVER')
        const invitees = await invite(tx, { meetingId, invitedBy: ctx.auth.userId, given })
        return findInvitations(
          tx,
          meetingId,
          invitees.map(({ invitee }) => invitee),
        )
      })
    }),

  uninvite: signedIn
    .meta({
      summary: 'Take back invitations to a meeting that you hold. A mail tells those who were invited.',
      description: 'They are sent out of a room that is built in.',
      errors: ['NOT_FOUND'],
      idempotent: true,
    })
    .input(uninviteInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { meetingId, invitees: given } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.hold', [meetingId])
      await ctx.db.transaction().execute(async (tx) => {
        found(await lockMeeting(tx, meetingId))
        const addresses = given.flatMap((one) => ('email' in one ? normalise(one.email) : []))
        const owners = await usersOfEmails(tx, addresses)
        const ids = given.flatMap((one) => ('userId' in one ? one.userId : []))
        const gone = await deleteInvitations(tx, meetingId, [...ids, ...addresses, ...owners.map(({ id }) => id)])
        const stillThere = await addressesOfInvited(
          tx,
          meetingId,
          gone.flatMap(({ invitee, email }) => (email === null ? [] : invitee)),
        )
        await tell(
          tx,
          meetingId,
          { what: 'uninvited' },
          gone.filter(({ invitee }) => !stillThere.has(invitee)),
        )
        await sendOutUnwelcome(
          tx,
          meetingId,
          gone.flatMap(({ userId }) => userId ?? []),
        )
      })
    }),

  respond: signedIn
    .meta({
      summary: 'Say whether you come to a meeting that you are invited to.',
      errors: ['NOT_FOUND', 'NOT_YOURSELF'],
      idempotent: true,
    })
    .input(respondInput)
    .output(invitation)
    .mutation(async ({ ctx, input: { meetingId, response } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.see', [meetingId])
      const { userId } = ctx.auth
      const answered = await answerInvitation(ctx.db, meetingId, userId, response)
      if (answered === undefined && (await meetingsOfHost(ctx.db, userId, [meetingId])).length > 0)
        throw new ApiError('NOT_YOURSELF', { message: 'You hold this meeting: whether they come, those invited say.' })
      return found(answered)
    }),

  invitees: signedIn
    .meta({
      summary: 'Who is invited to a meeting that you hold or are invited to, and what they said.',
      description: 'Those invited by an e-mail address alone are shown to the host, nobody else.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(listInput)
    .output(invitationPage)
    .query(async ({ ctx, input: { meetingId, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.see', [meetingId])
      const [after] = decodeCursor(cursor, z.tuple([z.string().max(400)])) ?? []
      const isHost = await isAllowed(ctx.db, ctx.auth, 'meeting.hold', [meetingId])
      const rows = await listInvitations(ctx.db, meetingId, { withAddresses: isHost, after, limit: limit + 1 })
      return toPage(rows, limit, ({ invitee }) => [invitee])
    }),
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}
