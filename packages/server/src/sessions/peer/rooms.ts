import type { Db } from '../../db/connect.ts'
import { tellOfPeer } from '../../events/ephemera.ts'
import type { MeetingId, SessionId, UserId } from '../../ids.ts'
import type { ProviderEvent } from '../../providers/provider.ts'
import { applyEvents } from '../model/apply.ts'
import { peer } from './schema.ts'
import { attendedAmong, findPlace, noteSentOut } from './standing.ts'
import { clockOf, findRunning, isOver, lockRoom, peopleIn, placesOf, takeOut } from './store.ts'

interface Person {
  key: string
  name: string
  userId: UserId | null
}

/** Why somebody is in a room no more. */
type Reason = 'ended' | 'kicked' | 'gone'

/** Takes people out of the session that runs in a room, which is locked; how many were in it. */
export async function leaveRoom(
  tx: Db,
  room: RunningRoom,
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

interface RunningRoom {
  meetingId: MeetingId
  sessionId: SessionId
  sessionKey: string
}

/** Sends somebody out with all their pages; with `banned` for this time of the meeting. False where nobody ever had the key. */
export async function sendOut(tx: Db, meetingId: MeetingId, key: string, banned: boolean): Promise<boolean> {
  await lockRoom(tx, meetingId)
  const running = await findRunning(tx, meetingId)
  const place = running && (await findPlace(tx, running.id, key))
  if (running === undefined || place === undefined) return false
  const room = { meetingId, sessionId: running.id, sessionKey: running.sessionKey }
  if (place.userId === null) await leaveRoom(tx, room, [key], 'kicked')
  else await sendUserOut(tx, room, place.userId, banned)
  return true
}

/** Sends people out of the built-in room of a meeting who are not welcome there any more; its host stays. */
export async function sendOutUnwelcome(tx: Db, meetingId: MeetingId, userIds: readonly UserId[]): Promise<void> {
  if (userIds.length === 0) return
  const meeting = await lockRoom(tx, meetingId)
  const running = await findRunning(tx, meetingId)
  if (meeting === undefined || running === undefined) return
  const room = { meetingId, sessionId: running.id, sessionKey: running.sessionKey }
  for (const userId of await attendedAmong(tx, running.id, userIds)) {
    if (userId !== meeting.hostId) await sendUserOut(tx, room, userId, false)
  }
}

async function sendUserOut(tx: Db, room: RunningRoom, userId: UserId, banned: boolean): Promise<void> {
  const places = await placesOf(tx, room.sessionId, userId)
  await leaveRoom(
    tx,
    room,
    places.map(({ key }) => key),
    'kicked',
  )
  await noteSentOut(tx, room.sessionId, userId, banned)
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
export function tell(
  tx: Db,
  { meetingId, sessionKey, at }: When,
  happenings: readonly Happening[],
): Promise<SessionId[]> {
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
