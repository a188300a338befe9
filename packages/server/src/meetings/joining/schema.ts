import { z } from 'zod'
import { meetingId } from '../../ids.ts'
import { text } from '../../text.ts'

export const joinInput = z.object({
  meetingId,
  passcode: text({ min: 1, max: 32 }).optional().describe('For who is not invited, where the meeting has one.'),
})

const occurrence = z.date().describe('Which time of the meeting, by its `originalAt`.')

const title = text({ max: 200 }).describe('Title of that time.')

export const joinAnswer = z
  .discriminatedUnion('status', [
    z.object({ status: z.literal('waiting'), occurrence, title }).describe('The host was asked to let you in.'),
    z.object({
      status: z.literal('admitted'),
      occurrence,
      title,
      joinUrl: text({ max: 4_000 }).nullable().describe('Where to go; null for a room that is built in.'),
      ticket: text({ max: 4_000 }).nullable().describe('What opens a built-in room to you; null for others.'),
    }),
  ])
  .meta({ id: 'JoinAnswer', description: 'Whether somebody is in, or waits in the lobby.', open: true })
