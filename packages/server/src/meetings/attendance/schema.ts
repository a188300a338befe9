import { z } from 'zod'
import { meetingId, userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'

export const stay = z
  .object({
    userId: userId.describe('Who was there.'),
    occurrence: z.date().describe('At which time of the meeting, by its `originalAt`.'),
    joinedAt: z.date().describe('When they joined: from an hour before it began on.'),
    leftAt: z.date().nullable().describe('When they left; null where nobody can tell, or they are still there.'),
  })
  .meta({ id: 'Stay', description: 'That somebody was at a meeting.' })

export const listInput = z.object({
  meetingId,
  occurrence: z.date().optional().describe('Only this time, by its `originalAt`. Left out, all of them.'),
  ...pageInput,
})

export const stayPage = pageOf(stay)
