import type { Db } from '../db/connect.ts'
import type { RoomId, UserId } from '../ids.ts'

/** The rooms a user is in with their newest numbers, and when the user was in them. */
export async function roomsOfListener(db: Db, userId: UserId) {
  const rows = await db
    .selectFrom('room_members as me')
    .innerJoin('rooms', 'rooms.id', 'me.room_id')
    .innerJoin('memberships', (join) =>
      join.onRef('memberships.room_id', '=', 'me.room_id').onRef('memberships.user_id', '=', 'me.user_id'),
    )
    .select(['rooms.id', 'rooms.last_seq as lastSeq', 'memberships.from_seq as from', 'memberships.to_seq as to'])
    .where('me.user_id', '=', userId)
    .orderBy('rooms.id')
    .orderBy('memberships.from_seq')
    .execute()
  const byRoom = Map.groupBy(rows, ({ id }) => id)
  return [...byRoom].map(([roomId, intervals]) => ({
    roomId,
    lastSeq: Number(intervals[0]?.lastSeq ?? 0),
    intervals: intervals.map(({ from, to }) => ({ from, to })),
  }))
}

/** Everybody whom a user blocks. */
export async function blockedBy(db: Db, userId: UserId): Promise<UserId[]> {
  const rows = await db.selectFrom('blocks').select('blocked_id as id').where('blocker_id', '=', userId).execute()
  return rows.map(({ id }) => id)
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

/** Which of the listeners share a room with a user or are friends of theirs. */
export async function whoKnow(db: Db, userId: UserId, listeners: readonly UserId[]): Promise<UserId[]> {
  const rows = await db
    .selectFrom('room_members as theirs')
    .innerJoin('room_members as mine', 'mine.room_id', 'theirs.room_id')
    .select('theirs.user_id as id')
    .where('mine.user_id', '=', userId)
    .where((eb) => eb('theirs.user_id', '=', eb.fn.any(eb.val([...listeners]))))
    .union(
      db
        .selectFrom('friendships')
        .select('user_high as id')
        .where('user_low', '=', userId)
        .where('accepted_at', 'is not', null)
        .where((eb) => eb('user_high', '=', eb.fn.any(eb.val([...listeners])))),
    )
    .union(
      db
        .selectFrom('friendships')
        .select('user_low as id')
        .where('user_high', '=', userId)
        .where('accepted_at', 'is not', null)
        .where((eb) => eb('user_low', '=', eb.fn.any(eb.val([...listeners])))),
    )
    .execute()
  return rows.map(({ id }) => id)
}
