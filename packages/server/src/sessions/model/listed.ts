import type { Db } from '../../db/connect.ts'
import { tellOfSessions } from '../../events/ephemera.ts'
import type { LiveParticipant, LiveSession, RoomStatus } from '../../providers/provider.ts'
import { dropConcluded, noteMissing, presentBefore, writeFact, writePerson, writeStays } from './people.ts'
import { holdRoom, isId, lockRoomOf, noteUsed, type Origin } from './rooms.ts'
import { findSession, type HeldSession, holdSession, noteCount, openSessionsOf, writeSession } from './sessions.ts'
import { settleRoom } from './settle.ts'
import { isAhead, sane } from './times.ts'

/** What a provider answered, and when it was asked, by our clock. */
export interface Asked extends Origin {
  readonly requestedAt: Date
  /** The same by the provider's clock. */
  readonly askedAt: Date
}

/** Folds a session that the provider says runs. It overrides only what is older than the question. */
export async function applyListed(db: Db, asked: Asked, listed: LiveSession): Promise<void> {
  if (!isId(listed.externalId) || !isId(listed.sessionKey)) return
  const sound = soundOf(listed, asked.requestedAt)
  await db.transaction().execute(async (tx) => {
    const session = await holdListed(tx, asked, sound)
    const isTold = session !== undefined && (await foldListed(tx, asked, session, sound))
    if (isTold) await tellOfSessions(tx, [session.id])
  })
}

/** With times that can be. */
function soundOf(listed: LiveSession, heardAt: Date): LiveSession {
  const { startedAt, observedAt, participants } = listed
  return {
    ...listed,
    startedAt: startedAt && sane(startedAt, heardAt),
    observedAt: sane(observedAt, heardAt),
    ...(participants !== undefined && { participants: soundPeople(participants, heardAt) }),
  }
}

function soundPeople(participants: readonly LiveParticipant[], heardAt: Date): LiveParticipant[] {
  return participants.map((one) => ({ ...one, joinedAt: one.joinedAt && sane(one.joinedAt, heardAt) }))
}

async function holdListed(tx: Db, asked: Asked, listed: LiveSession): Promise<HeldSession | undefined> {
  const { externalId, sessionKey, startedAt, observedAt, room: facts } = listed
  const room = await holdRoom(tx, asked, { externalId, room: facts, at: observedAt })
  const session = await holdSession(tx, {
    ...{ room, source: asked.source, sessionKey, startedAt: startedAt ?? observedAt, startedTold: startedAt !== null },
    ...{ observedAt: asked.requestedAt, observedBy: 'snapshot' },
  })
  // An end that was told is final, however late a list still names the session.
  if (session.endedTold) return undefined
  await noteUsed(tx, room.id, observedAt)
  return session
}

/** Whether anything is to be told of it. */
async function foldListed(tx: Db, { requestedAt }: Asked, session: HeldSession, listed: LiveSession): Promise<boolean> {
  const { startedAt, observedAt, participants, participantCount } = listed
  const before = { ...session }
  if (startedAt !== null && (!session.startedTold || startedAt < session.startedAt)) {
    session.startedAt = startedAt
    session.startedTold = true
  }
  if (session.endedAt !== null && session.endedAt < observedAt) session.endedAt = null
  session.missingSince = null
  if (requestedAt > session.observedAt || isAhead(session.observedAt)) {
    session.observedAt = requestedAt
    session.observedBy = 'snapshot'
  }
  await writeSession(tx, session)
  const isOther = before.endedAt?.getTime() !== session.endedAt?.getTime()
  if (isOther) await writeStays(tx, session)
  const arePeopleOther = participants !== undefined && (await foldPeople(tx, session, { participants, observedAt }))
  await noteCount(tx, session.id, participants?.length ?? participantCount)
  await settleRoom(tx, session)
  return isOther || arePeopleOther || before.startedAt.getTime() !== session.startedAt.getTime() || isNews(before)
}

/** Just made, or not proven for a while. */
function isNews({ observedAt, observedBy }: HeldSession): boolean {
  return observedBy !== 'snapshot' || Date.now() - observedAt.getTime() > 20_000
}

interface Listed {
  readonly participants: readonly LiveParticipant[]
  /** By the provider's clock. */
  readonly observedAt: Date
}

/** Folds everybody who is in a session. Who is not listed, and came before that, has left once that was so twice. */
export async function foldPeople(tx: Db, session: HeldSession, { participants, observedAt }: Listed): Promise<boolean> {
  const changed = new Set<string>()
  const present = await presentBefore(tx, session.id, observedAt)
  const there = new Set(present.map(({ key }) => key))
  for (const participant of participants.filter(({ key }) => isId(key))) {
    const { key, joinedAt } = participant
    await writePerson(tx, session.id, { ...participant, isThere: true })
    const isBack = await dropConcluded(tx, session.id, key)
    // Where the provider does not tell when, the list is a proof that is needed once.
    const isNeeded = joinedAt !== null || !there.has(key)
    const fact = { kind: 'joined', at: joinedAt ?? observedAt, told: joinedAt !== null } as const
    if ((isNeeded && (await writeFact(tx, session.id, key, fact))) || isBack) changed.add(key)
  }
  const listed = new Set(participants.map(({ key }) => key))
  const missing = present.filter(({ key }) => !listed.has(key))
  for (const { key, missingSince } of missing) {
    if (missingSince === null || missingSince >= observedAt) continue
    const fact = { kind: 'left', at: missingSince, told: false } as const
    if (await writeFact(tx, session.id, key, fact)) changed.add(key)
  }
  const first = missing.filter(({ missingSince }) => missingSince === null).map(({ key }) => key)
  await noteMissing(tx, session.id, first, observedAt)
  if (changed.size > 0) await writeStays(tx, session, [...changed])
  return changed.size > 0
}

/** The same for a list of people that was asked for by itself. */
export async function applyPeople(db: Db, source: string, sessionKey: string, given: Listed): Promise<void> {
  const heardAt = new Date()
  const listed = {
    participants: soundPeople(given.participants, heardAt),
    observedAt: sane(given.observedAt, heardAt),
  }
  await db.transaction().execute(async (tx) => {
    await lockRoomOf(tx, { source, sessionKey })
    const session = await findSession(tx, source, sessionKey)
    if (session === undefined || session.endedAt !== null) return
    const isOther = await foldPeople(tx, session, listed)
    await noteCount(tx, session.id, listed.participants.length)
    if (!isOther) return
    await settleRoom(tx, session)
    await tellOfSessions(tx, [session.id])
  })
}

/**
 * Folds that a session was not there when its provider was asked: it has ended once that was so twice, or once after it was ended
 * from here.
 */
export async function applyMissing(
  db: Db,
  { requestedAt, askedAt }: Asked,
  key: { source: string; sessionKey: string },
) {
  await db.transaction().execute(async (tx) => {
    await lockRoomOf(tx, key)
    const session = await findSession(tx, key.source, key.sessionKey)
    if (session === undefined || session.endedAt !== null) return
    if (session.observedAt >= requestedAt && !isAhead(session.observedAt)) return
    const { missingSince, endAcceptedAt } = session
    if (missingSince !== null && missingSince >= askedAt) return
    const isExpected = endAcceptedAt !== null && endAcceptedAt < requestedAt
    if (missingSince === null && !isExpected) {
      session.missingSince = askedAt
      await writeSession(tx, session)
    } else await conclude(tx, session, missingSince ?? askedAt)
  })
}

/** The provider says that a session does not run, though it did not tell that it ended. */
export async function applyOver(db: Db, key: { source: string; sessionKey: string }, at: Date): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockRoomOf(tx, key)
    const session = await findSession(tx, key.source, key.sessionKey)
    if (session !== undefined && session.endedAt === null) await conclude(tx, session, at)
  })
}

async function conclude(tx: Db, session: HeldSession, at: Date): Promise<void> {
  session.endedAt = at < session.startedAt ? session.startedAt : at
  await writeSession(tx, session)
  await writeStays(tx, session)
  await settleRoom(tx, session)
  await tellOfSessions(tx, [session.id])
}

/** Folds what a provider says of one room. */
export async function applyStatus(
  db: Db,
  asked: Asked,
  { externalId, status }: { externalId: string; status: RoomStatus },
): Promise<void> {
  const { session, room, observedAt } = status
  const known = await db.transaction().execute(async (tx) => {
    const { id } = await holdRoom(tx, asked, { externalId, room, at: observedAt })
    return openSessionsOf(tx, id)
  })
  if (session !== null) await applyListed(db, asked, session)
  for (const { sessionKey } of known) {
    if (sessionKey !== session?.sessionKey) await applyMissing(db, asked, { source: asked.source, sessionKey })
  }
}
