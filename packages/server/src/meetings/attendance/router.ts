import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import { userId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { signedIn } from '../../trpc.ts'
import { listInput, stayPage } from './schema.ts'
import { listAttendance } from './store.ts'

const time = z.iso.datetime().transform((text) => new Date(text))
const position = z.tuple([time, userId, time])

/** Part of the meetings router. */
export const attendanceProcedures = {
  attendance: signedIn
    .meta({
      summary: 'Who joined a meeting that you hold, and when; also when it is over.',
      description:
        'By its times, and within one by person. Who joined more than an hour before it began is not among them.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(listInput)
    .output(stayPage)
    .query(async ({ ctx, input: { meetingId, occurrence, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.hold', [meetingId])
      const after = decodeCursor(cursor, position)
      const rows = await listAttendance(ctx.db, meetingId, { originalAt: occurrence, after, limit: limit + 1 })
      return toPage(rows, limit, (row) => [row.occurrence, row.userId, row.joinedAt])
    }),
}
