import { z } from 'zod'
import { userId } from '../../ids.ts'
import { text } from '../../text.ts'

const statuses = ['available', 'away', 'busy', 'offline'] as const

export type PresenceStatus = (typeof statuses)[number]

const maxDays = 365

const said = text({ max: 100 })

export const presence = z
  .object({
    userId,
    status: z.enum(statuses).meta({
      description:
        'What they say of themselves, where they are there; `offline` where they are not, or wish not to seem so.',
      open: true,
    }),
    text: said.describe('A few words of theirs, up to 100 characters; empty where there are none, and for `offline`.'),
    expiresAt: z.date().nullable().describe('Until when this holds; null where it has no end.'),
  })
  .meta({
    id: 'Presence',
    description: 'Whether somebody is there. Somebody is who made a call within the last two and a half minutes.',
  })

export const setInput = z.object({
  status: z
    .enum(statuses)
    .nullable()
    .describe(
      'What to say of yourself. `offline` looks as if you were not there. null says nothing: `available` while you are.',
    ),
  text: said.optional().describe('A few words to go with it, up to 100 characters; left out, none.'),
  expiresAt: z
    .date()
    .check(({ value, issues }) => {
      const aheadMs = value.getTime() - Date.now()
      const refuse = (message: string) => issues.push({ code: 'custom', input: value, message, continue: false })
      if (aheadMs <= 0) refuse('has to be in the future')
      else if (aheadMs > maxDays * 86_400_000) refuse('is at most a year ahead')
    })
    .optional()
    .describe(
      'Until when, up to a year ahead; then you say nothing of yourself. Left out, until you say something else.',
    ),
})

export const getInput = z.object({
  userIds: z.array(userId).min(1).max(100).describe('Whose presence to see: people of your rooms, friends, yourself.'),
})

export const presences = z.array(presence).max(100)
