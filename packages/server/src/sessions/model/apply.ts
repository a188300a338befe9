import type { Db } from '../../db/connect.ts'
import { tellOfSessions } from '../../events/ephemera.ts'
import type { SessionId } from '../../ids.ts'
import { discoverSoon } from '../../meetings/recordings/copying/discover.ts'
import type { ProviderEvent } from '../../providers/provider.ts'
import { writeFact, writePerson, writeStays } from './people.ts'
import { type HeldRoom, holdRoom, isId, noteGone, noteUsed, type Origin } from './rooms.ts'
import { type HeldSession, holdSession, openSessionsOf, writeSession } from './sessions.ts'
import { settleRoom } from './settle.ts'
import { sane } from './times.ts'

export interface EventOrigin extends Origin {
  readonly by: 'webhook' | 'presence'
  readonly receivedAt: Date
}

/**
 * Folds what a provider told into what is known. The same events in any order, any number of times, come to the same.
 * Returns the sessions that they are about; their viewers are told.
 */
export async function applyEvents(tx: Db, origin: EventOrigin, events: readonly ProviderEvent[]): Promise<SessionId[]> {
  const touched = new Set<SessionId>()
  // In one order of rooms, so that two who fold at once wait for each other at most.
  const ordered = events.toSorted((one, other) => (one.externalId < other.externalId ? -1 : 1))
  for (const event of ordered) {
    if (!isId(event.externalId) || Number.isNaN(event.at.getTime())) continue
    const id = await applyEvent(tx, origin, { ...event, at: sane(event.at, origin.receivedAt) })
    if (id !== undefined) touched.add(id)
  }
  await tellOfSessions(tx, [...touched])
  return [...touched]
}

async function applyEvent(tx: Db, origin: EventOrigin, event: ProviderEvent): Promise<SessionId | undefined> {
  const room = await holdRoom(tx, origin, event)
  if (event.kind === 'room.changed') return undefined
  if (event.kind === 'room.gone') return void (await noteGone(tx, room.id, event.at))
  if (event.kind === 'recording.ready') {
    if (room.meetingId !== null) await discoverSoon(tx, room.meetingId)
    return undefined
  }
  const session = await sessionOf(tx, origin, room, event)
  if (session === undefined) return undefined
  const wasEndedAt = session.endedAt?.getTime()
  fold(session, event, origin)
  await noteUsed(tx, room.id, event.at)
  const key = await foldPerson(tx, session, event, origin)
  await writeSession(tx, session)
  const isCutAnew = session.endedAt?.getTime() !== wasEndedAt
  if (isCutAnew) await writeStays(tx, session)
  else if (key !== undefined) await writeStays(tx, session, [key])
  await settleRoom(tx, session)
  return session.id
}

type SessionEvent = Exclude<ProviderEvent, { kind: 'room.changed' | 'room.gone' | 'recording.ready' }>

function isAboutSession(event: ProviderEvent): event is SessionEvent & ProviderEvent {
  return event.kind.startsWith('session.') || event.kind.startsWith('participant.')
}

async function sessionOf(
  tx: Db,
  { source, by, receivedAt }: EventOrigin,
  room: HeldRoom,
  event: ProviderEvent,
): Promise<HeldSession | undefined> {
  if (!isAboutSession(event)) return undefined
  const { sessionKey, at, externalId } = event
  if (sessionKey !== null && !isId(sessionKey)) return undefined
  if (sessionKey === null) {
    const open = (await openSessionsOf(tx, room.id)).at(-1)
    if (open !== undefined || event.kind === 'session.ended' || event.kind === 'participant.left') return open
  }
  return holdSession(tx, {
    ...{ room, source, sessionKey: sessionKey ?? `${externalId} ${at.getTime()}` },
    ...{ startedAt: at, startedTold: event.kind === 'session.started' },
    ...{ observedAt: earlier(at, receivedAt), observedBy: by },
  })
}

/** What an event says of the session as a whole. */
function fold(session: HeldSession, { kind, at }: ProviderEvent, { by, receivedAt }: EventOrigin): void {
  if (kind === 'session.started') {
    session.startedAt = session.startedTold ? earlier(session.startedAt, at) : at
    session.startedTold = true
  } else if (!session.startedTold) session.startedAt = earlier(session.startedAt, at)
  if (kind === 'session.ended') {
    session.endedAt = session.endedTold && session.endedAt !== null ? earlier(session.endedAt, at) : at
    session.endedTold = true
  } else foldLife(session, { kind, at }, { by, receivedAt })
  if (session.endedAt !== null && session.endedAt < session.startedAt) session.endedAt = session.startedAt
}

/** What an event says of a session that runs. */
function foldLife(
  session: HeldSession,
  { kind, at }: Pick<ProviderEvent, 'kind' | 'at'>,
  { by, receivedAt }: Pick<EventOrigin, 'by' | 'receivedAt'>,
): void {
  // An end that was only concluded does not stand against somebody who came after it.
  const isBack = !session.endedTold && session.endedAt !== null && at > session.endedAt
  if (isBack && kind !== 'participant.left') session.endedAt = null
  if (kind !== 'participant.left') session.missingSince = null
  const proof = earlier(at, receivedAt)
  if (proof < session.observedAt) return
  session.observedAt = proof
  session.observedBy = by
}

/** What an event says of somebody; their key where that was news. */
async function foldPerson(
  tx: Db,
  session: HeldSession,
  event: ProviderEvent,
  { receivedAt }: EventOrigin,
): Promise<string | undefined> {
  if (event.kind !== 'participant.joined' && event.kind !== 'participant.left') return undefined
  const { participant, at } = event
  const { key } = participant
  if (!isId(key)) return undefined
  const isJoin = event.kind === 'participant.joined'
  await writePerson(tx, session.id, { ...participant, isThere: isJoin })
  const joinedAt = participant.joinedAt === null ? at : sane(participant.joinedAt, receivedAt)
  const fact = { kind: isJoin ? 'joined' : 'left', at: isJoin ? joinedAt : at, told: true } as const
  return (await writeFact(tx, session.id, key, fact)) ? key : undefined
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}
