import { z } from 'zod'
import { requireAccess, type UserAuth } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { tellOfPeer, tellOfSessions } from '../../events/ephemera.ts'
import type { SessionId } from '../../ids.ts'
import { type Context, router, signedIn } from '../../trpc.ts'
import { enterRoom } from './enter.ts'
import { beginRecording, endRecording } from './recording/record.ts'
import { findRoomFile, isRecording } from './recording/store.ts'
import { leaveRoom } from './rooms.ts'
import { heartbeatMs, joinedPeer, joinInput, leaveInput, peerRoom, recordInput, signalInput } from './schema.ts'
import { findSession, lockRoom, noteSeen, peopleIn, placesOf } from './store.ts'
import { readTicket } from './ticket.ts'

export const peerRouter = router({
  join: signedIn
    .meta({
      summary: 'Enter the built-in room of a meeting.',
      description:
        'With the ticket of `meetings.join`. Begins a session where none runs. From then on `signal` is called every `heartbeatMs`, ' +
        'or you are taken for gone; signals of others come by the stream as `peer.signal`. Up to six pages are in a room at once, ' +
        'two of each person, and one place is kept for the host.',
      errors: ['TICKET_INVALID', 'NOT_FOUND', 'MEETING_OVER', 'KICKED', 'ROOM_LOCKED', 'ROOM_FULL'],
      idempotent: true,
    })
    .input(joinInput)
    .output(joinedPeer)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      const ticket = readTicket(ctx.vault, input.ticket)
      if (ticket?.userId !== userId) throw new ApiError('TICKET_INVALID')
      return ctx.db.transaction().execute(async (tx) => {
        const { sessionId, key, isHost } = await enterRoom(tx, ticket, input.tab)
        return {
          ...(await roomOf(tx, sessionId)),
          ...{ participantKey: key, role: isHost ? ('host' as const) : ('guest' as const) },
          ...{ iceServers: ctx.peer.iceServers(userId), heartbeatMs },
        }
      })
    }),

  leave: signedIn
    .meta({ summary: 'Leave a built-in room.', errors: ['NOT_FOUND'], idempotent: true })
    .input(leaveInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { sessionId, participantKey } }) => {
      await requireAccess(ctx.db, ctx.auth, 'session.attend', [sessionId])
      const session = await sessionOf(ctx.db, sessionId)
      await ctx.db.transaction().execute(async (tx) => {
        await lockRoom(tx, session.meetingId)
        await requirePlace(tx, ctx.auth, sessionId, participantKey)
        await leaveRoom(tx, { ...session, sessionId }, [participantKey], 'left')
      })
    }),

  signal: signedIn
    .meta({
      summary: 'Say that you are there, and send what connects browsers to others in the room.',
      description:
        'What is sent to who is not there any more is dropped. `NOT_IN_ROOM`: you were taken for gone; join again. ' +
        '`SESSION_ENDED`: there is nothing to join.',
      errors: ['NOT_FOUND', 'NOT_IN_ROOM', 'SESSION_ENDED', 'KICKED'],
      idempotent: true,
    })
    .input(signalInput)
    .output(peerRoom)
    .mutation(async ({ ctx, input: { sessionId, participantKey, signals } }) => {
      await requireAccess(ctx.db, ctx.auth, 'session.attend', [sessionId])
      await requireIn(ctx, sessionId, participantKey)
      const waitMs = ctx.peer.pace.take(participantKey, signals)
      if (waitMs > 0) throw new ApiError('RATE_LIMITED', { retryAfterMs: waitMs })
      const room = await roomOf(ctx.db, sessionId)
      const userOf = new Map(room.participants.map(({ key, userId }) => [key, userId]))
      const frames = signals.flatMap(({ to, data }) => {
        const userId = userOf.get(to)
        return userId == null
          ? []
          : [{ userId, frame: { kind: 'peer.signal' as const, sessionId, to, from: participantKey, data } }]
      })
      await tellOfPeer(ctx.db, frames)
      return room
    }),

  record: signedIn
    .meta({
      summary: 'Record a built-in room that you hold, by an upload that grows.',
      description:
        'Begin an upload without a size, tell of it here, send its bytes as they come, and end it here: it becomes a file of the ' +
        "meeting's recording. Where your browser fails, what has come is completed after half a minute.",
      errors: [
        ...(['NOT_FOUND', 'NOT_IN_ROOM', 'SESSION_ENDED', 'KICKED', 'RECORDING_REMOVED'] as const),
        ...(['UPLOAD_UNKNOWN', 'UPLOAD_IN_USE', 'UPLOAD_BUSY', 'TOO_MANY_FILES'] as const),
      ],
      idempotent: true,
    })
    .input(recordInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { sessionId, participantKey, uploadId, state } }) => {
      await requireAccess(ctx.db, ctx.auth, 'session.attend', [sessionId])
      const { meetingId, hostId, title } = await sessionOf(ctx.db, sessionId)
      const { userId } = ctx.auth
      if (hostId !== userId) throw new ApiError('NOT_ALLOWED', { message: 'The host records.' })
      if (state === 'begin') {
        await requireIn(ctx, sessionId, participantKey)
        await ctx.db.transaction().execute(async (tx) => {
          await beginRecording(tx, { meetingId, hostId, title, uploadId })
          await tellOfSessions(tx, [sessionId])
        })
        return ctx.ring()
      }
      await requirePlace(ctx.db, ctx.auth, sessionId, participantKey)
      const file = await findRoomFile(ctx.db, uploadId)
      // What is gone meanwhile, or was completed, needs no end.
      if (file?.ownerId === userId) await endRecording(ctx, uploadId)
    }),
})

/** A room as everybody in it sees it. */
async function roomOf(db: Db, sessionId: SessionId) {
  const [session, participants] = [await sessionOf(db, sessionId), await peopleIn(db, sessionId)]
  const recording = (await isRecording(db, [sessionId])).has(sessionId)
  return { sessionId, participants, locked: session.locked, recording }
}

/** @throws NOT_FOUND */
async function sessionOf(db: Db, id: SessionId) {
  const session = await findSession(db, id)
  if (session === undefined) throw new ApiError('NOT_FOUND')
  return session
}

/** @throws NOT_FOUND where this is no place of theirs, now or before */
async function requirePlace(db: Db, { userId }: UserAuth, sessionId: SessionId, key: string) {
  const places = await placesOf(db, sessionId, userId)
  const place = places.find((one) => one.key === key)
  if (place === undefined) throw new ApiError('NOT_FOUND')
  return place
}

/** @throws NOT_FOUND, KICKED, SESSION_ENDED, NOT_IN_ROOM */
async function requireIn({ db, auth }: Context & { auth: UserAuth }, sessionId: SessionId, key: string): Promise<void> {
  if (await noteSeen(db, { sessionId, key }, auth.userId)) return
  const { wasKicked } = await requirePlace(db, auth, sessionId, key)
  const { endedAt } = await sessionOf(db, sessionId)
  if (endedAt !== null) throw new ApiError('SESSION_ENDED')
  throw new ApiError(wasKicked ? 'KICKED' : 'NOT_IN_ROOM')
}
