import { createHash } from 'node:crypto'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { newId, type SessionId, type UserId } from '../../ids.ts'
import { findParticipant } from '../../meetings/rooms/store.ts'
import { tell } from './rooms.ts'
import { maxPeople } from './schema.ts'
import { continueStay, countEntries, isBanned, isStillWelcome } from './standing.ts'
import { clockOf, findRunning, lockRoom, noteEntered, noteOccurrence, peopleIn, placesOf } from './store.ts'
import type { Ticket } from './ticket.ts'

/** Of one person at once. */
const maxPages = 2

/** So often one person comes into one session. */
const maxEntries = 100

/**
 * Lets somebody with a ticket into the built-in room, and begins its session where none runs. Done again, it changes nothing.
 * @throws NOT_FOUND, MEETING_OVER, TICKET_INVALID, KICKED, ROOM_LOCKED, ROOM_FULL, RATE_LIMITED
 */
export async function enterRoom(tx: Db, ticket: Ticket, tab: string) {
  const { meetingId, originalAt, userId } = ticket
  const room = await lockRoom(tx, meetingId)
  if (room === undefined) throw new ApiError('NOT_FOUND')
  if (room.cancelledAt !== null) throw new ApiError('MEETING_OVER')
  const user = await findParticipant(tx, userId)
  if (user === undefined) throw new ApiError('TOKEN_INVALID')
  if (!(await isStillWelcome(tx, room, ticket))) throw new ApiError('TICKET_INVALID')
  const { hostId } = room
  const isHost = userId === hostId
  const running = await findRunning(tx, meetingId)
  const times = [originalAt, ...(running?.originalAt ? [running.originalAt] : [])]
  if (await isBanned(tx, room.roomId, { userId, times })) throw new ApiError('KICKED')
  const sessionKey = running?.sessionKey ?? newId('session')
  const key = placeOf(sessionKey, userId, tab)
  if (running !== undefined && !(await mayEnter(tx, running, { userId, key, hostId }))) {
    return { sessionId: running.id, key, isHost }
  }
  const at = await clockOf(tx)
  const since = running && (await entryOf(tx, running.id, { userId, key }))
  const joined = { key, name: user.name, userId, email: null, joinedAt: since ?? at }
  const [sessionId = running?.id] = await tell(tx, { meetingId, sessionKey, at }, [
    ...(running === undefined ? [{ kind: 'session.started' as const }] : []),
    { kind: 'participant.joined', participant: joined },
  ])
  if (sessionId === undefined) throw new Error('A session was not begun.')
  await noteOccurrence(tx, sessionId, originalAt)
  await noteEntered(tx, { sessionId, key }, userId)
  return { sessionId, key, isHost }
}

interface Entering {
  userId: UserId
  key: string
}

/** Whether somebody is to be let in; false where they are in. */
async function mayEnter(
  tx: Db,
  session: { id: SessionId; locked: boolean },
  { userId, key, hostId }: Entering & { hostId: UserId },
): Promise<boolean> {
  const places = await placesOf(tx, session.id, userId)
  if (places.some((place) => place.key === key && place.isIn)) return false
  // Who was in it may come back, since networks fail, but not who was sent out.
  const wasIn = places.some(({ wasKicked }) => !wasKicked)
  if (session.locked && userId !== hostId && !wasIn) throw new ApiError('ROOM_LOCKED')
  if (places.filter(({ isIn }) => isIn).length >= maxPages) {
    throw new ApiError('ROOM_FULL', {
      message: 'You are in the room with two pages already: leave it with one of them.',
    })
  }
  const people = await peopleIn(tx, session.id)
  // One place is kept for the host.
  const isHostThere = userId === hostId || people.some((person) => person.userId === hostId)
  if (people.length >= (isHostThere ? maxPeople : maxPeople - 1)) throw new ApiError('ROOM_FULL')
  return true
}

/** Since when somebody is there who goes on with their stay; undefined where it is another. */
async function entryOf(tx: Db, id: SessionId, { userId, key }: Entering): Promise<Date | undefined> {
  const since = await continueStay(tx, id, key)
  if (since === undefined && (await countEntries(tx, id, userId)) >= maxEntries) {
    throw new ApiError('RATE_LIMITED', {
      message: 'You have come into this session a hundred times, which is enough.',
      retryAfterMs: 60_000,
    })
  }
  return since
}

/** The same for the same page: who joins again has the place that they had. */
function placeOf(sessionKey: string, userId: UserId, tab: string): string {
  const text = JSON.stringify([sessionKey, userId, tab])
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
