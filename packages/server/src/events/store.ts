import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { RoomId, UserId } from '../ids.ts'
import type { Interval } from '../messages/visible/store.ts'

/** Of each user the rooms they are in with their newest numbers, and when they were in them. */
export async function roomsOfListeners(db: Db, userIds: readonly UserId[]) {
  const rows = await db
    .selectFrom('room_members as me')
    .innerJoin('rooms', 'rooms.id', 'me.room_id')
    .innerJoin('memberships', (join) =>
      join.onRef('memberships.room_id', '=', 'me.room_id').onRef('memberships.user_id', '=', 'me.user_id'),
    )
    .select(['me.user_id as userId', 'rooms.id as roomId', 'rooms.last_seq as lastSeq'])
    .select(['memberships.from_seq as from', 'memberships.to_seq as to'])
    .where((eb) => eb('me.user_id', '=', eb.fn.any(eb.val([...userIds]))))
    .orderBy('me.user_id')
    .orderBy('rooms.id')
    .orderBy('memberships.from_seq')
    .execute()
  const found = new Map<UserId, { roomId: RoomId; lastSeq: number; intervals: Interval[] }[]>()
  for (const { userId, roomId, lastSeq, ...interval } of rows) {
    const own = found.get(userId) ?? []
    found.set(userId, own)
    if (own.at(-1)?.roomId === roomId) own.at(-1)?.intervals.push(interval)
    else own.push({ roomId, lastSeq: Number(lastSeq), intervals: [interval] })
  }
  return found
}

/** Of each user everybody whom they block. */
export async function blocksOf(db: Db, userIds: readonly UserId[]): Promise<Map<UserId, UserId[]>> {
  const rows = await db
    .selectFrom('blocks')
    .select(['blocker_id as userId', 'blocked_id as id'])
    .where((eb) => eb('blocker_id', '=', eb.fn.any(eb.val([...userIds]))))
    .execute()
  const byUser = Map.groupBy(rows, ({ userId }) => userId)
  return new Map([...byUser].map(([userId, blocks]) => [userId, blocks.map(({ id }) => id)]))
}

/** When these users were in these rooms. */
export function intervalsOf(db: Db, roomIds: readonly RoomId[], userIds: readonly UserId[]) {
  return db
    .selectFrom('memberships')
    .select(['room_id as roomId', 'user_id as userId', 'from_seq as from', 'to_seq as to'])
    .where((eb) => eb('room_id', '=', eb.fn.any(eb.val([...roomIds]))))
    .where((eb) => eb('user_id', '=', eb.fn.any(eb.val([...userIds]))))
    .orderBy('from_seq')
    .execute()
}

/** The marks of members of rooms. */
export function marksOf(db: Db, roomIds: readonly RoomId[], userIds: readonly UserId[]) {
  return db
    .selectFrom('room_members')
    .select(['room_id as roomId', 'user_id as userId', 'delivered_seq as deliveredSeq', 'read_seq as readSeq'])
    .where((eb) => eb('room_id', '=', eb.fn.any(eb.val([...roomIds]))))
    .where((eb) => eb('user_id', '=', eb.fn.any(eb.val([...userIds]))))
    .execute()
}

/** Who of the viewers may see the presence of which of these people: themselves, friends, who shares a room; not across blocks. */
export async function whoSeePresence(db: Db, userIds: readonly UserId[], viewerIds: readonly UserId[]) {
  const { rows } = await sql<{ userId: UserId; viewerId: UserId }>`
    with pair as (
      select mine.user_id, theirs.user_id as viewer_id from room_members mine
        join room_members theirs on theirs.room_id = mine.room_id and theirs.user_id = any (${viewerIds}::text[])
        where mine.user_id = any (${userIds}::text[])
      union
      select user_low, user_high from friendships where accepted_at is not null
        and user_low = any (${userIds}::text[]) and user_high = any (${viewerIds}::text[])
      union
      select user_high, user_low from friendships where accepted_at is not null
        and user_high = any (${userIds}::text[]) and user_low = any (${viewerIds}::text[])
      union
      select own, own from unnest(${userIds}::text[]) own where own = any (${viewerIds}::text[])
    )
    select user_id as "userId", viewer_id as "viewerId" from pair
    where not exists (
      select from blocks where (blocker_id, blocked_id) in ((user_id, viewer_id), (viewer_id, user_id))
    )`.execute(db)
  return rows
}
