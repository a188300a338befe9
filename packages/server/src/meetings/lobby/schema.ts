import { z } from 'zod'
import { meetingId, userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'

const states = ['waiting', 'admitted', 'denied'] as const

const guest = z
  .object({
    userId: userId.describe('Who asked to be let in.'),
    state: z.enum(states).meta({ open: true }).describe('What became of it: `waiting` for nothing so far.'),
    askedAt: z.date().describe('When they asked first.'),
    decidedAt: z.date().nullable().describe('When the host decided last; null where they wait.'),
  })
  .meta({ id: 'LobbyGuest', description: 'Somebody who asked to be let into a meeting.' })

export const listInput = z.object({
  meetingId,
  state: z.enum(states).default('waiting').describe('Only those of this state.'),
  ...pageInput,
})

export const guestPage = pageOf(guest)

export const decideInput = z.object({
  meetingId,
  userIds: z.array(userId).min(1).max(200).describe('Of whom, up to 200 at once; who did not ask is passed over.'),
})
