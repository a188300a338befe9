import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { UserId } from '../../ids.ts'
import type { PresenceStatus } from './schema.ts'

/** Which of these people show a user their presence: friends, people in a common room, and oneself. */
export async function whoShowPresence(db: Db, viewerId: UserId, ids: readonly UserId[]): Promise<UserId[]> {
  const friend = (mine: 'user_low' | 'user_high', theirs: 'user_low' | 'user_high') =>
    db
      .selectFrom('friendships')
      .select(`${theirs} as id`)
      .where(mine, '=', viewerId)
      .where((eb) => eb(theirs, '=', eb.fn.any(eb.val([...ids]))))
      .where('accepted_at', 'is not', null)
  const rows = await friend('user_low', 'user_high')
    .union(friend('user_high', 'user_low'))
    .union(
      db
        .selectFrom('room_members as theirs')
        .innerJoin('room_members as mine', 'mine.room_id', 'theirs.room_id')
        .select('theirs.user_id as id')
        .where('mine.user_id', '=', viewerId)
        .where((eb) => eb('theirs.user_id', '=', eb.fn.any(eb.val([...ids])))),
    )
    .execute()
  return ids.filter((id) => id === viewerId || rows.some((row) => row.id === id))
}

/** What is known of the presence of people, and the time it is: nothing of who blocks the viewer or is blocked. */
export async function readPresences(db: Db, viewerId: UserId, ids: readonly UserId[]) {
  return db
    .selectFrom('presences')
    .select([
      'user_id as userId',
      'status',
      'text',
      'expires_at as expiresAt',
      'seen_at as seenAt',
      sql<Date>`now()`.as('now'),
    ])
    .where((eb) => eb('user_id', '=', eb.fn.any(eb.val([...ids]))))
    .where(({ not, exists, selectFrom, ref }) =>
      not(
        exists(
          selectFrom('blocks')
            .select('blocker_id')
            .where('blocker_id', '=', viewerId)
            .where('blocked_id', '=', ref('user_id'))
            .unionAll(
              selectFrom('blocks')
                .select('blocker_id')
                .where('blocked_id', '=', viewerId)
                .where('blocker_id', '=', ref('user_id')),
            ),
        ),
      ),
    )
    .execute()
}

export interface Said {
  status: PresenceStatus | null
  text: string
  expiresAt: Date | null
}

/** Writes what a user says of themselves, and that they are there now where they said it in person. */
export async function writePresence(
  db: Db,
  userId: UserId,
  { status, text, expiresAt, inPerson }: Said & { inPerson: boolean },
): Promise<void> {
  await db
    .insertInto('presences')
    .columns(['user_id', 'status', 'text', 'expires_at', 'seen_at'])
    .expression((eb) =>
      eb
        .selectFrom('users')
        .select([
          'id',
          sql`${status}::text`.as('status'),
          sql`${text}::text`.as('text'),
          sql`${expiresAt}::timestamptz`.as('expires_at'),
          sql`case when ${inPerson}::boolean then now() end`.as('seen_at'),
        ])
        .where('id', '=', userId)
        .where('removed_at', 'is', null)
        // Waits for a removal under way, and then finds nobody.
        .forKeyShare(),
    )
    .onConflict((conflict) =>
      conflict.column('user_id').doUpdateSet((eb) => ({
        status: eb.ref('excluded.status'),
        text: eb.ref('excluded.text'),
        expires_at: eb.ref('excluded.expires_at'),
        modified_at: sql`now()`,
        seen_at: eb.fn.coalesce('excluded.seen_at', 'presences.seen_at'),
      })),
    )
    .execute()
}
