import { z } from 'zod'
import { requireAccess, type UserAuth } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { tellOfLobby } from '../../events/ephemera.ts'
import { userId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { sendOutUnwelcome } from '../../sessions/peer/rooms.ts'
import { type Context, router, signedIn } from '../../trpc.ts'
import { currentOccurrence } from '../occurrences/store.ts'
import { lockMeeting } from '../store.ts'
import { decideInput, guestPage, listInput } from './schema.ts'
import { decideLobby, listLobby } from './store.ts'

const time = z.iso.datetime().transform((text) => new Date(text))

const about = 'Of the time of the meeting that is on, else the next, else the last.'

export const lobbyRouter = router({
  list: signedIn
    .meta({
      summary: 'Who waits to be let into a meeting that you hold, the first first.',
      description: `${about} The stream brings \`meeting.lobby\` when somebody comes.`,
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(listInput)
    .output(guestPage)
    .query(async ({ ctx, input: { meetingId, state, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.hold', [meetingId])
      const after = decodeCursor(cursor, z.tuple([time, userId]))
      const current = await currentOccurrence(ctx.db, meetingId)
      if (current === undefined) return { items: [], nextCursor: null }
      const { originalAt } = current
      const rows = await listLobby(ctx.db, { meetingId, originalAt, state, after, limit: limit + 1 })
      return toPage(rows, limit, (row) => [row.askedAt, row.userId])
    }),

  admit: signedIn
    .meta({
      summary: 'Let people into a meeting that you hold. They hear of it.',
      description: `${about} Also those who were denied before.`,
      errors: ['NOT_FOUND', 'MEETING_OVER'],
      idempotent: true,
    })
    .input(decideInput)
    .output(z.void())
    .mutation(({ ctx, input }) => decide(ctx, input, 'admitted')),

  deny: signedIn
    .meta({
      summary: 'Keep people out of a meeting that you hold. They hear of it.',
      description: `${about} Also those who were admitted before; they are sent out of a room that is built in.`,
      errors: ['NOT_FOUND', 'MEETING_OVER'],
      idempotent: true,
    })
    .input(decideInput)
    .output(z.void())
    .mutation(({ ctx, input }) => decide(ctx, input, 'denied')),
})

async function decide(
  { db, auth }: Context & { auth: UserAuth },
  { meetingId, userIds }: z.infer<typeof decideInput>,
  state: 'admitted' | 'denied',
): Promise<void> {
  await requireAccess(db, auth, 'meeting.hold', [meetingId])
  await db.transaction().execute(async (tx) => {
    const meeting = await lockMeeting(tx, meetingId)
    if (meeting === undefined) throw new ApiError('NOT_FOUND')
    const current = meeting.cancelledAt === null ? await currentOccurrence(tx, meetingId) : undefined
    if (current === undefined) throw new ApiError('MEETING_OVER')
    const { originalAt } = current
    const told = await decideLobby(tx, { meetingId, originalAt, userIds, state, decidedBy: auth.userId })
    await tellOfLobby(tx, meetingId, told)
    if (state === 'denied') await sendOutUnwelcome(tx, meetingId, told)
  })
}
