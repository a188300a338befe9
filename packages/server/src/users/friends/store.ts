import { type ExpressionBuilder, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { Tables } from '../../db/tables.gen.ts'
import type { UserId } from '../../ids.ts'
import type { FriendState } from './schema.ts'

const columns = ['requested_by as requestedBy', 'created_at as requestedAt', 'accepted_at as acceptedAt'] as const

interface FriendRow {
  requestedBy: UserId
  requestedAt: Date
  acceptedAt: Date | null
}

/** A friendship or a request as one of the two sees it. */
export interface FriendRecord {
  userId: UserId
  state: FriendState
  requestedAt: Date
  acceptedAt: Date | null
}

function toFriend({ requestedBy, requestedAt, acceptedAt }: FriendRow, userId: UserId): FriendRecord {
  const waiting = requestedBy === userId ? 'incoming' : 'outgoing'
  return { userId, state: acceptedAt === null ? waiting : 'accepted', requestedAt, acceptedAt }
}

/** The key of the one row of two people. */
function pairOf(one: UserId, other: UserId) {
  return one < other ? { user_low: one, user_high: other } : { user_low: other, user_high: one }
}

type Friendships = ExpressionBuilder<Tables, 'friendships'>

const isRequestOf = (requesterId: UserId) => (eb: Friendships) =>
  eb.and([eb('requested_by', '=', requesterId), eb('accepted_at', 'is', null)])

/** Requests of people whom the viewer blocks are not shown. */
const isShownTo =
  (viewerId: UserId) =>
  ({ not, exists, selectFrom, ref }: Friendships) =>
    not(
      exists(
        selectFrom('blocks')
          .select('blocker_id')
          .where('blocker_id', '=', viewerId)
          .where('blocked_id', '=', ref('requested_by')),
      ),
    )

/**
 * Locks two users until the end of the transaction, against removal too; false where one of them is removed. All that makes
 * friends or blocks of two people begins with it, and so happens one after the other.
 */
export async function lockPair(tx: Db, one: UserId, other: UserId): Promise<boolean> {
  const rows = await tx
    .selectFrom('users')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([one, other]))))
    .where('removed_at', 'is', null)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  return rows.length === 2
}

/** How another person stands to the viewer, hidden requests included. */
export async function findFriend(db: Db, viewerId: UserId, otherId: UserId): Promise<FriendRecord | undefined> {
  const row = await db
    .selectFrom('friendships')
    .select(columns)
    .where((eb) => eb.and(pairOf(viewerId, otherId)))
    .executeTakeFirst()
  return row && toFriend(row, otherId)
}

/** How many requests of a user wait for an answer, counted up to a bound. */
export async function countOutgoing(db: Db, userId: UserId, bound: number): Promise<number> {
  const rows = await db
    .selectFrom('friendships')
    .select('requested_by')
    .where((eb) => eb.or([eb('user_low', '=', userId), eb('user_high', '=', userId)]))
    .where(isRequestOf(userId))
    .limit(bound)
    .execute()
  return rows.length
}

/** Writes a request from one person to another, who have no row yet. */
export async function insertRequest(db: Db, requesterId: UserId, otherId: UserId): Promise<FriendRecord> {
  const row = await db
    .insertInto('friendships')
    .values({ ...pairOf(requesterId, otherId), requested_by: requesterId })
    .returning(columns)
    .executeTakeFirstOrThrow()
  return toFriend(row, otherId)
}

/** Makes friends of a request to the viewer; undefined where there is none that is shown. */
export async function acceptRequest(db: Db, viewerId: UserId, requesterId: UserId): Promise<FriendRecord | undefined> {
  const row = await db
    .updateTable('friendships')
    .set({ accepted_at: sql`now()` })
    .where((eb) => eb.and(pairOf(viewerId, requesterId)))
    .where(isRequestOf(requesterId))
    .where(isShownTo(viewerId))
    .returning(columns)
    .executeTakeFirst()
  return row && toFriend(row, requesterId)
}

/** Deletes a request to the viewer; false where there is none that is shown. */
export async function deleteRequest(db: Db, viewerId: UserId, requesterId: UserId): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('friendships')
    .where((eb) => eb.and(pairOf(viewerId, requesterId)))
    .where(isRequestOf(requesterId))
    .where(isShownTo(viewerId))
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Ends a friendship, or withdraws the user's own request; false where there is neither. */
export async function deleteFriend(db: Db, userId: UserId, otherId: UserId): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('friendships')
    .where((eb) => eb.and(pairOf(userId, otherId)))
    .where((eb) => eb.or([eb('requested_by', '=', userId), eb('accepted_at', 'is not', null)]))
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export interface FriendsPage {
  state: FriendState
  after?: UserId | undefined
  limit: number
}

/** A user's friends, or the requests to or from them that wait, in the order of the other people's ids. */
export async function listFriends(db: Db, viewerId: UserId, page: FriendsPage): Promise<FriendRecord[]> {
  const low = oneSide(db, viewerId, page, 'user_low', 'user_high')
  const high = oneSide(db, viewerId, page, 'user_high', 'user_low')
  const rows = await db
    .selectFrom(low.unionAll(high).as('friend'))
    .select(['userId', 'requestedBy', 'requestedAt', 'acceptedAt'])
    .orderBy('userId')
    .limit(page.limit)
    .execute()
  return rows.map((row) => toFriend(row, row.userId))
}

type Side = 'user_low' | 'user_high'

/** The rows in which the viewer is on one side: an index has them in the order of the other. */
function oneSide(db: Db, viewerId: UserId, { state, after, limit }: FriendsPage, mine: Side, theirs: Side) {
  let query = db
    .selectFrom('friendships')
    .select([`${theirs} as userId`, ...columns])
    .where(mine, '=', viewerId)
    .where('accepted_at', state === 'accepted' ? 'is not' : 'is', null)
    .orderBy(theirs)
    .limit(limit)
  if (state !== 'accepted') query = query.whereRef('requested_by', '=', state === 'incoming' ? theirs : mine)
  if (state === 'incoming') query = query.where(isShownTo(viewerId))
  if (after !== undefined) query = query.where(theirs, '>', after)
  // In brackets, as it is one half of a union.
  return db.selectFrom(query.as('side')).select(['userId', 'requestedBy', 'requestedAt', 'acceptedAt'])
}
