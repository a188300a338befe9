import { z } from 'zod'
import { meetingId, userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'

/** Of one meeting. */
export const maxInvitations = 2_000

const email = z.email().max(320)
const answers = ['yes', 'no', 'maybe'] as const
export const responses = ['none', ...answers] as const

export const invitee = z.union(
  [
    z.strictObject({ userId }),
    z.strictObject({ email: email.describe('Of somebody with an account or without one: a mail tells them.') }),
  ],
  { error: 'Give { userId } or { email }.' },
)

const answer = {
  response: z.enum(responses).meta({ open: true }).describe('What they said: `none` for nothing so far.'),
  respondedAt: z.date().nullable().describe('When they said so.'),
  invitedAt: z.date(),
}

/** For the export of what is held of somebody. */
export const ownInvitation = z
  .object({ meetingId, title: z.string().describe('Of the meeting.'), ...answer })
  .meta({ id: 'OwnInvitation', description: 'That you are invited to a meeting, and what you said.' })

export const invitation = z
  .object({
    userId: userId.nullable().describe('Who is invited; null for who is invited by e-mail address alone.'),
    email: z.string().nullable().describe('The address, for who is invited by it alone; null for others.'),
    ...answer,
  })
  .meta({ id: 'Invitation', description: 'That somebody is invited to a meeting, and what they said.' })

export const inviteInput = z.object({
  meetingId,
  invitees: z
    .array(invitee)
    .min(1)
    .max(200)
    .describe('Whom to invite, each by `{ userId }` or `{ email }`, up to 200 at once and 2,000 to a meeting.'),
})

export const uninviteInput = z.object({
  meetingId,
  invitees: z
    .array(invitee)
    .min(1)
    .max(200)
    .describe('Whose invitations to take back, each by `{ userId }` or `{ email }`, up to 200 at once.'),
})

export const respondInput = z.object({
  meetingId,
  response: z.enum(answers).describe('Whether you come.'),
})

export const listInput = z.object({ meetingId, ...pageInput })

export const invitations = z.array(invitation).max(200)

export const invitationPage = pageOf(invitation)
