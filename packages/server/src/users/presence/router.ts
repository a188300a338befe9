import { requireAccess, type UserAuth } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { addEphemeron } from '../../events/ephemera.ts'
import type { UserId } from '../../ids.ts'
import { router, signedIn } from '../../trpc.ts'
import { type PresenceRecord, shownPresence } from './presence.ts'
import { getInput, presence, presences, setInput } from './schema.ts'
import { readPresences, writePresence } from './store.ts'

export const presenceRouter = router({
  set: signedIn
    .meta({
      summary: 'Say whether you are there, until a time or for good.',
      description:
        'It counts while you are there: who has made no call for two and a half minutes is shown as offline.',
      idempotent: true,
    })
    .input(setInput)
    .output(presence)
    .mutation(async ({ ctx, input: { status, text = '', expiresAt = null } }) => {
      const { userId, key } = ctx.auth
      const now = new Date()
      const [before] = await readPresences(ctx.db, userId, [userId])
      await writePresence(ctx.db, userId, { status, text, expiresAt, inPerson: key === null })
      const wasHidden = before?.status === 'offline' && (before.expiresAt === null || before.expiresAt > now)
      if (!(wasHidden && status === 'offline')) await addEphemeron(ctx.db, { kind: 'presence', userId, detail: 'set' })
      return { userId, ...shownPresence({ status, text, expiresAt, seenAt: now }, now) }
    }),

  get: signedIn
    .meta({
      summary: 'Whether people are there, in the order asked: friends, people of your rooms, yourself.',
      errors: ['NOT_FOUND'],
    })
    .input(getInput)
    .output(presences)
    .query(async ({ ctx, input }) => {
      const userIds = [...new Set(input.userIds)]
      await requireAccess(ctx.db, ctx.auth, 'presence.read', userIds)
      return presencesOf(ctx.db, ctx.auth, userIds)
    }),
})

const nothing: PresenceRecord = { status: null, text: '', expiresAt: null, seenAt: null }

async function presencesOf(db: Db, { userId: viewerId, key }: UserAuth, userIds: readonly UserId[]) {
  const rows = await readPresences(db, viewerId, userIds)
  const now = rows[0]?.now ?? new Date()
  return userIds.map((userId) => {
    const record = rows.find((row) => row.userId === userId) ?? nothing
    const isHere = userId === viewerId && key === null
    return { userId, ...shownPresence(isHere ? { ...record, seenAt: now } : record, now) }
  })
}
