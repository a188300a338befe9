import { createHash } from 'node:crypto'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { tellOfPeer } from '../../events/ephemera.ts'
import { type MeetingId, newId, type SessionId, type UserId } from '../../ids.ts'
import { findParticipant } from '../../meetings/rooms/store.ts'
import type { ProviderEvent } from '../../providers/provider.ts'
import { applyEvents } from '../model/apply.ts'
import { maxPeople, peer } from './schema.ts'
import {
  ban,
  clockOf,
  findRunning,
  isOver,
  lockRoom,
  noteEntered,
  noteOccurrence,
  peopleIn,
  placesOf,
  takeOut,
} from './store.ts'
import type { Ticket } from './ticket.ts'

interface Person {
  key: string
  name: string
  userId: UserId | null
}

/** Why somebody is in a room no more. */
type Reason = 'ended' | 'kicked' | 'gone'

/**
 * Lets somebody with a ticket into the built-in room, and begins its session where none runs. Done again, it changes nothing.
 * @throws NOT_FOUND, MEETING_OVER, KICKED, ROOM_LOCKED, ROOM_FULL
 */
export async function enterRoom(tx: Db, { meetingId, originalAt, userId }: Ticket, tab: string) {
  const room = await lockRoom(tx, meetingId)
  if (room === undefined) throw new ApiError('NOT_FOUND')
  if (room.cancelledAt !== null) throw new ApiError('MEETING_OVER')
  const user = await findParticipant(tx, userId)
  if (user === undefined) throw new ApiError('TOKEN_INVALID')
  const isHost = userId === room.hostId
  const running = await findRunning(tx, meetingId)
  const sessionKey = running?.sessionKey ?? newId('session')
  const key = placeOf(sessionKey, userId, tab)
  if (running !== undefined && !(await mayEnter(tx, running, { userId, key, isHost }))) {
    return { sessionId: running.id, key, isHost }
  }
  const at = await clockOf(tx)
  const joined = { key, name: user.name, userId, email: null, joinedAt: at }
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
  isHost: boolean
}

/** Whether somebody is to be let in; false where they are in. */
async function mayEnter(
  tx: Db,
  session: { id: SessionId; locked: boolean },
  { userId, key, isHost }: Entering,
): Promise<boolean> {
  const places = await placesOf(tx, session.id, userId)
  if (places.some(({ banned }) => banned)) throw new ApiError('KICKED')
  if (places.some((place) => place.key === key && place.isIn)) return false
  // Who was in it may come back: networks fail.
  if (session.locked && !isHost && places.length === 0) throw new ApiError('ROOM_LOCKED')
  if ((await peopleIn(tx, session.id)).length >= maxPeople) throw new ApiError('ROOM_FULL')
  return true
}

/** The same for the same page: who joins again has the place that they had. */
function placeOf(sessionKey: string, userId: UserId, tab: string): string {
  const text = JSON.stringify([sessionKey, userId, tab])
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

/** Takes people out of the session that runs in a room, which is locked; how many were in it. */
export async function leaveRoom(
  tx: Db,
  room: { meetingId: MeetingId; sessionId: SessionId; sessionKey: string },
  keys: readonly string[],
  reason: 'left' | Reason,
): Promise<number> {
  const people = await takeOut(tx, room.sessionId, keys)
  if (people.length === 0) return 0
  const now = await clockOf(tx)
  for (const { lastAt, ...person } of people) {
    const at = reason === 'gone' ? lastAt : now
    const participant = { ...person, email: null, joinedAt: null }
    await tell(tx, { ...room, at }, [{ kind: 'participant.left', participant }])
  }
  if (reason !== 'left') await tellClosed(tx, room.sessionId, people, reason)
  return people.length
}

/** Ends what runs in the built-in room of a meeting, and tells everybody in it; false where nothing did. */
export async function endRoom(tx: Db, meetingId: MeetingId): Promise<boolean> {
  await lockRoom(tx, meetingId)
  const running = await findRunning(tx, meetingId)
  if (running === undefined) return false
  const people = await peopleIn(tx, running.id)
  const out = await takeOut(
    tx,
    running.id,
    people.map(({ key }) => key),
  )
  await endAt(tx, { meetingId, sessionKey: running.sessionKey, at: await clockOf(tx) })
  await tellClosed(tx, running.id, out, 'ended')
  return true
}

/** Sends everybody out of the built-in room of a meeting that was cancelled or removed. */
export async function endIfOver(tx: Db, meetingId: MeetingId): Promise<void> {
  if (await isOver(tx, meetingId)) await endRoom(tx, meetingId)
}

/** The session of a room, which is locked, has ended. */
export async function endAt(tx: Db, when: When): Promise<void> {
  await tell(tx, when, [{ kind: 'session.ended' }])
}

/** Sends somebody out with all their pages; with `banned` for the rest of the session. False where they are not in it. */
export async function sendOut(tx: Db, meetingId: MeetingId, key: string, banned: boolean): Promise<boolean> {
  await lockRoom(tx, meetingId)
  const running = await findRunning(tx, meetingId)
  if (running === undefined) return false
  const people = await peopleIn(tx, running.id)
  const person = people.find((one) => one.key === key)
  if (person === undefined) return false
  const { userId } = person
  const keys = userId === null ? [key] : people.filter((one) => one.userId === userId).map((one) => one.key)
  await leaveRoom(tx, { meetingId, sessionId: running.id, sessionKey: running.sessionKey }, keys, 'kicked')
  // A locked room lets in who was in it, but not who was sent out.
  if (userId !== null && (banned || running.locked)) await ban(tx, running.id, userId)
  return true
}

interface When {
  meetingId: MeetingId
  sessionKey: string
  at: Date
}

type Happening =
  | { kind: 'session.started' | 'session.ended' }
  | { kind: 'participant.joined' | 'participant.left'; participant: ProviderParticipant }

type ProviderParticipant = Extract<ProviderEvent, { kind: 'participant.left' }>['participant']

/** Has what happened in a room folded into its session, as what other providers tell is. */
function tell(tx: Db, { meetingId, sessionKey, at }: When, happenings: readonly Happening[]): Promise<SessionId[]> {
  const events = happenings.map((happening): ProviderEvent => {
    const who = 'participant' in happening ? happening.participant.key : ''
    const key = [sessionKey, happening.kind, who, at.toISOString()].join(' ')
    return { key, externalId: meetingId, sessionKey, at, ...happening }
  })
  return applyEvents(tx, { source: peer, provider: peer, by: 'presence', receivedAt: at }, events)
}

async function tellClosed(tx: Db, sessionId: SessionId, people: readonly Person[], reason: Reason): Promise<void> {
  const frames = people.flatMap(({ key, userId }) =>
    userId === null
      ? []
      : [{ userId, frame: { kind: 'peer.closed' as const, sessionId, participantKey: key, reason } }],
  )
  await tellOfPeer(tx, frames)
}
