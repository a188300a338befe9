import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { MeetingId, UserId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { signedIn } from '../../trpc.ts'
import { holdUsers } from '../../users/locks.ts'
import { normalise } from '../../users/names.ts'
import { usersOfEmails } from '../../users/store.ts'
import { lockMeeting } from '../store.ts'
import { tell } from './mails.ts'
import {
  invitation,
  invitationPage,
  invitations,
  inviteInput,
  listInput,
  maxInvitations,
  respondInput,
  uninviteInput,
} from './schema.ts'
import {
  answerInvitation,
  countInvitations,
  deleteInvitations,
  findInvitations,
  type Invitee,
  insertInvitations,
  listInvitations,
} from './store.ts'

/** Part of the meetings router. */
export const invitationProcedures = {
  invite: signedIn
    .meta({
      summary: 'Invite people to a meeting that you hold: all of them or none. A mail tells them.',
      description:
        'An address that a user has proven to own stands for that user. Whoever is invited already stays so, with what they said.',
      errors: ['NOT_FOUND', 'MEETING_OVER', 'TOO_MANY_INVITATIONS'],
      idempotent: true,
    })
    .input(inviteInput)
    .output(invitations)
    .mutation(async ({ ctx, input: { meetingId, invitees: given } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.hold', [meetingId])
      return ctx.db.transaction().execute(async (tx) => {
        const { cancelledAt } = found(await lockMeeting(tx, meetingId))
        if (cancelledAt !== null) throw new ApiError('MEETING_OVER')
        const invitees = await toInvitees(tx, given)
        const fresh = await invite(tx, { meetingId, invitedBy: ctx.auth.userId, invitees })
        const told = invitees.filter(({ invitee }) => fresh.includes(invitee))
        await tell(tx, meetingId, 'request', told)
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
        await tell(tx, meetingId, 'cancel', gone)
      })
    }),

  respond: signedIn
    .meta({
      summary: 'Say whether you come to a meeting that you are invited to.',
      errors: ['NOT_FOUND'],
      idempotent: true,
    })
    .input(respondInput)
    .output(invitation)
    .mutation(async ({ ctx, input: { meetingId, response } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.see', [meetingId])
      return found(await answerInvitation(ctx.db, meetingId, ctx.auth.userId, response))
    }),

  invitees: signedIn
    .meta({
      summary: 'Who is invited to a meeting that you hold or are invited to, and what they said.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(listInput)
    .output(invitationPage)
    .query(async ({ ctx, input: { meetingId, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.see', [meetingId])
      const [after] = decodeCursor(cursor, z.tuple([z.string().max(400)])) ?? []
      const rows = await listInvitations(ctx.db, meetingId, { after, limit: limit + 1 })
      return toPage(rows, limit, ({ invitee }) => [invitee])
    }),
}

/** @throws TOO_MANY_INVITATIONS */
async function invite(
  tx: Db,
  invited: { meetingId: MeetingId; invitedBy: UserId; invitees: readonly Invitee[] },
): Promise<string[]> {
  const fresh = await insertInvitations(tx, invited)
  if ((await countInvitations(tx, invited.meetingId)) > maxInvitations) throw new ApiError('TOO_MANY_INVITATIONS')
  return fresh
}

/** @throws NOT_FOUND where there is no user of one of the ids */
async function toInvitees(tx: Db, given: z.infer<typeof inviteInput>['invitees']): Promise<Invitee[]> {
  const addresses = new Map(
    given.flatMap((one) => ('email' in one ? [[normalise(one.email), one.email] as const] : [])),
  )
  const owners = await usersOfEmails(tx, [...addresses.keys()])
  for (const { emailKey } of owners) addresses.delete(emailKey)
  const named = new Set(given.flatMap((one) => ('userId' in one ? one.userId : [])))
  if ((await holdUsers(tx, [...named])).length < named.size) {
    throw new ApiError('NOT_FOUND', { field: 'invitees', message: 'There is no user of one of these ids.' })
  }
  const ids = new Set([...named, ...owners.map(({ id }) => id)])
  return [
    ...[...ids].map((userId) => ({ invitee: userId, userId, email: null })),
    ...[...addresses].map(([invitee, email]) => ({ invitee, userId: null, email })),
  ]
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}
