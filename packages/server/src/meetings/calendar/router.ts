import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import { newToken } from '../../auth/tokens.ts'
import { ApiError } from '../../errors.ts'
import { newId } from '../../ids.ts'
import { inPerson, router, signedIn } from '../../trpc.ts'
import { holdUsers } from '../../users/locks.ts'
import { addressAt } from './address.ts'
import { toIcs } from './ics.ts'
import { calendarFile, calendarInput, feed } from './schema.ts'
import { meetingsToShow } from './shown.ts'
import { deleteFeed, replaceFeed } from './store.ts'

export const calendarProcedures = {
  calendar: signedIn
    .meta({ summary: 'A meeting that you hold or are invited to, for your calendar.', errors: ['NOT_FOUND'] })
    .input(calendarInput)
    .output(calendarFile)
    .query(async ({ ctx, input: { meetingId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.see', [meetingId])
      const [meeting] = await meetingsToShow(ctx, [meetingId])
      if (meeting === undefined) throw new ApiError('NOT_FOUND')
      const text = toIcs([meeting], { method: 'publish', organizerEmail: ctx.senderEmail })
      return { fileName: `${meetingId}.ics`, text }
    }),

  feed: router({
    create: inPerson
      .meta({
        summary: 'Make a private address of your calendar, for programs to subscribe to; the one before stops working.',
      })
      .output(feed)
      .mutation(async ({ ctx }) => {
        const { userId } = ctx.auth
        const { id, token, secretHash } = newToken(newId('calendarFeed'))
        await ctx.db.transaction().execute(async (tx) => {
          if ((await holdUsers(tx, [userId])).length === 0) throw new ApiError('TOKEN_INVALID')
          await replaceFeed(tx, { id, userId, secretHash })
        })
        return { url: addressAt(ctx, `/calendars/${token}.ics`) }
      }),

    revoke: signedIn
      .meta({ summary: 'Make the private address of your calendar stop working.', idempotent: true })
      .output(z.void())
      .mutation(({ ctx }) => deleteFeed(ctx.db, ctx.auth.userId)),
  }),
}
