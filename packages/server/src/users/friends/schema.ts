import { z } from 'zod'
import { userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'

/** How one person stands to another, as that one sees it. */
export const friendStates = ['accepted', 'incoming', 'outgoing'] as const

export type FriendState = (typeof friendStates)[number]

const states = '`accepted`: you are friends. `incoming`: they asked you. `outgoing`: you asked them.'

export const friend = z
  .object({
    userId: userId.describe('The other person.'),
    state: z.enum(friendStates).meta({ description: states, open: true }),
    requestedAt: z.date().describe('When the first of the two asked.'),
    acceptedAt: z.date().nullable().describe('Since when you are friends; null while a request waits.'),
  })
  .meta({ id: 'Friend', description: 'A friendship, or a request for one that waits for an answer.' })

export const personInput = z.object({ userId: userId.describe('The other person.') })

export const listInput = z.object({
  state: z.enum(friendStates).default('accepted').describe(`Which to list. ${states}`),
  ...pageInput,
})

export const friendPage = pageOf(friend)
