import { z } from 'zod'
import { all, requireAccess, type UserAuth } from '../access.ts'
import { ApiError } from '../errors.ts'
import { type MeetingId, type MeetingRoomId, meetingRoomId, type SessionId, sessionId } from '../ids.ts'
import { decodeCursor, toPage } from '../page.ts'
import { type Context, router, signedIn } from '../trpc.ts'
import { connectionsRouter } from './connections/router.ts'
import { endSession, kick, lock } from './ending/end.ts'
import { toCsv } from './export.ts'
import { peerRouter } from './peer/router.ts'
import {
  exported,
  exportInput,
  historyInput,
  kickInput,
  listInput,
  participantPage,
  participantsInput,
  roomPage,
  session,
  sessionInput,
  sessionPage,
} from './schema.ts'
import { shownRooms, shownSessions, viewerOf } from './shown.ts'
import { findSession, listAvailable, listHistory, listLive, listStays, roomsOfMeeting, staysInRooms } from './store.ts'

const time = z.iso.datetime().transform((text) => new Date(text))
const providerErrors = ['NOT_FOUND', 'UNSUPPORTED', 'PROVIDER_FAILED'] as const
const maxExported = 20_000

export const sessionsRouter = router({
  live: signedIn
    .meta({
      summary: 'Sessions with people in them now, the newest first.',
      description:
        'Each says how far that is to be trusted: `freshness`, and until when it is proven. The stream brings `session.changed` ' +
        'when to ask again; without a stream ask every 30 seconds.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(sessionPage)
    .query(async ({ ctx, input: { scope, limit, cursor } }) => {
      const listing = await listingOf(ctx, scope)
      const after = decodeCursor(cursor, z.tuple([sessionId]))?.[0]
      const page = toPage(await listLive(ctx.db, { ...listing, after, limit: limit + 1 }), limit, ({ id }) => [id])
      return { ...page, items: await shownSessions(ctx, viewerOf(ctx.auth), page.items) }
    }),

  available: signedIn
    .meta({
      summary: 'Rooms without anyone in them, with a quick link for those who may use them.',
      description:
        'Rooms of meetings, and those of connected accounts that became known by being used. The newest known first.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(roomPage)
    .query(async ({ ctx, input: { scope, limit, cursor } }) => {
      const listing = await listingOf(ctx, scope)
      const after = decodeCursor(cursor, z.tuple([meetingRoomId]))?.[0]
      const rows = await listAvailable(ctx.db, { ...listing, after, limit: limit + 1 })
      const page = toPage(rows, limit, ({ roomId }) => [roomId])
      return { ...page, items: shownRooms(ctx, viewerOf(ctx.auth), page.items) }
    }),

  get: signedIn
    .meta({ summary: 'A session, running or over.', errors: ['NOT_FOUND'] })
    .input(sessionInput)
    .output(session)
    .query(async ({ ctx, input: { sessionId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'session.see', [sessionId])
      return one(ctx, sessionId)
    }),

  participants: signedIn
    .meta({
      summary: 'Who is in a session, or was, in the order in which they came.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(participantsInput)
    .output(participantPage)
    .query(async ({ ctx, input: { sessionId, present, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, present ? 'session.see' : 'session.review', [sessionId])
      const after = decodeCursor(cursor, z.tuple([time, z.string().max(500)]))
      const rows = await listStays(ctx.db, sessionId, { present, after, limit: limit + 1 })
      return toPage(rows, limit, ({ joinedAt, key }) => [joinedAt, key])
    }),

  history: signedIn
    .meta({
      summary: 'The sessions of a meeting, or of a room, the newest first.',
      description:
        'For who holds it, administrators and support. Who was in one, from when to when: `participants` with `present: false`.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(historyInput)
    .output(sessionPage)
    .query(async ({ ctx, input: { limit, cursor, ...of } }) => {
      const roomIds = await requireRooms(ctx, of)
      const after = decodeCursor(cursor, z.tuple([time, sessionId]))
      const rows = await listHistory(ctx.db, roomIds, { viewerId: ctx.auth.userId, after, limit: limit + 1 })
      const page = toPage(rows, limit, ({ startedAt, id }) => [startedAt, id])
      return { ...page, items: await shownSessions(ctx, viewerOf(ctx.auth), page.items) }
    }),

  export: signedIn
    .meta({
      summary: 'The same as a file for spreadsheets (CSV): who was there from when to when.',
      description: `The newest sessions first, ${maxExported.toLocaleString('en')} lines at most.`,
      errors: ['NOT_FOUND'],
    })
    .input(exportInput)
    .output(exported)
    .query(async ({ ctx, input }) => {
      const roomIds = await requireRooms(ctx, input)
      const id = input.meetingId ?? input.roomId ?? ''
      return { fileName: `sessions-${id}.csv`, text: toCsv(await staysInRooms(ctx.db, roomIds, maxExported)) }
    }),

  end: signedIn
    .meta({
      summary: 'End a session: everybody in it is sent out, and told that the host ended it.',
      description:
        'For who holds it, and administrators. One that has ended stays so, and that is no error. `ending` of the answer says how ' +
        'far it is: `confirmed` comes with `session.changed`, within a minute or not at all.',
      errors: [...providerErrors],
      idempotent: true,
    })
    .input(sessionInput)
    .output(session)
    .mutation(async ({ ctx, input: { sessionId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'session.manage', [sessionId])
      await endSession(ctx, sessionId)
      return one(ctx, sessionId)
    }),

  kick: signedIn
    .meta({
      summary: 'Send somebody out of a session, where the provider can do that.',
      errors: [...providerErrors, 'SESSION_ENDED'],
      idempotent: true,
    })
    .input(kickInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { sessionId, participantKey: key, ban } }) => {
      await requireAccess(ctx.db, ctx.auth, 'session.manage', [sessionId])
      await kick(ctx, sessionId, { key, ban })
    }),

  lock: signedIn
    .meta({
      summary: 'Close a session to those who are not in it, where the provider can do that.',
      errors: [...providerErrors, 'SESSION_ENDED'],
      idempotent: true,
    })
    .input(sessionInput)
    .output(session)
    .mutation(({ ctx, input }) => setLock(ctx, input.sessionId, true)),

  unlock: signedIn
    .meta({
      summary: 'Open a session again that was locked.',
      errors: [...providerErrors, 'SESSION_ENDED'],
      idempotent: true,
    })
    .input(sessionInput)
    .output(session)
    .mutation(({ ctx, input }) => setLock(ctx, input.sessionId, false)),

  providers: connectionsRouter,
  peer: peerRouter,
})

type Ctx = Context & { auth: UserAuth }

async function listingOf({ db, auth }: Ctx, scope: 'mine' | 'all') {
  if (scope === 'all') await requireAccess(db, auth, 'session.listAll', [all])
  return { viewerId: auth.userId, isForAll: scope === 'all' }
}

async function one(ctx: Ctx, id: SessionId) {
  const record = await findSession(ctx.db, id, ctx.auth.userId)
  const [shown] = record === undefined ? [] : await shownSessions(ctx, viewerOf(ctx.auth), [record])
  if (shown === undefined) throw new ApiError('NOT_FOUND')
  return shown
}

/** The rooms whose history is asked for. */
async function requireRooms(
  { db, auth }: Ctx,
  { meetingId, roomId }: { meetingId?: MeetingId | undefined; roomId?: MeetingRoomId | undefined },
): Promise<MeetingRoomId[]> {
  if (meetingId !== undefined) {
    await requireAccess(db, auth, 'meeting.review', [meetingId])
    return roomsOfMeeting(db, meetingId)
  }
  const ids = roomId === undefined ? [] : [roomId]
  await requireAccess(db, auth, 'meetingRoom.review', ids)
  return ids
}

async function setLock(ctx: Ctx, id: SessionId, locked: boolean) {
  await requireAccess(ctx.db, ctx.auth, 'session.manage', [id])
  await lock(ctx, id, locked)
  return one(ctx, id)
}
