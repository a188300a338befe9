import { sql } from 'kysely'
import type { z } from 'zod'
import type { Db } from '../db/connect.ts'
import type { MeetingId, RoomId, SessionId, UserId } from '../ids.ts'
import type { peerFrame } from './schema.ts'

/**
 * What is true for a moment: `typing` (detail `on` or `off`), `marks` of a member that moved, `presence` that changed,
 * `blocks` that changed, a `lobby` to look at (detail is the meeting), `peer` for a
 * frame that is handed on (detail); a `session` (detail) that changed is of nobody.
 */
export interface NewEphemeron {
  kind: 'typing' | 'marks' | 'presence' | 'blocks' | 'lobby'
  userId: UserId
  roomId?: RoomId
  detail?: string
}

/** Tells the streams of all instances; lost with the database's memory, and nobody's loss. */
export async function addEphemeron(db: Db, { kind, userId, roomId, detail }: NewEphemeron): Promise<void> {
  await db
    .insertInto('ephemera')
    .values({ kind, user_id: userId, room_id: roomId ?? null, detail: detail ?? null })
    .execute()
}

/** Tells these people that something changed in the lobby of a meeting, which concerns them. */
export async function tellOfLobby(db: Db, meetingId: MeetingId, userIds: readonly UserId[]): Promise<void> {
  if (userIds.length === 0) return
  const rows = userIds.map((userId) => ({ kind: 'lobby', user_id: userId, detail: meetingId }))
  await db.insertInto('ephemera').values(rows).execute()
}

/** Hands frames on to the streams of those whom they are for. */
export async function tellOfPeer(
  db: Db,
  frames: readonly { userId: UserId; frame: z.infer<typeof peerFrame> }[],
): Promise<void> {
  if (frames.length === 0) return
  const rows = frames.map(({ userId, frame }) => ({ kind: 'peer', user_id: userId, detail: JSON.stringify(frame) }))
  await db.insertInto('ephemera').values(rows).execute()
}

/** Tells those who may see these sessions, and who is in them, that something is another. */
export async function tellOfSessions(db: Db, sessionIds: readonly SessionId[]): Promise<void> {
  if (sessionIds.length === 0) return
  // Nobody in particular: who is told is found out by those who listen.
  await sql`insert into ephemera (kind, user_id, detail)
    select 'session', '', id from unnest(${[...new Set(sessionIds)]}::text[]) as id`.execute(db)
}

/**
 * Tells that somebody came or went; not of who says to be offline, for whom nothing is to show. `set` tells of what they say.
 */
export async function addPresence(db: Db, userId: UserId, detail: 'here' | 'gone'): Promise<void> {
  await sql`insert into ephemera (kind, user_id, detail) select 'presence', ${userId}, ${detail}
    where not exists (
      select from presences where user_id = ${userId} and status = 'offline' and (expires_at is null or expires_at > now())
    )`.execute(db)
}

export async function removeOldEphemera(db: Db): Promise<void> {
  await db.deleteFrom('ephemera').where('at', '<', sql<Date>`now() - interval '1 minute'`).execute()
}
