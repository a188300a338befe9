import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { ApiKeyId, DeviceId, UserId } from '../../ids.ts'
import { messageColumns, messageReactions, toMessage } from '../../messages/store.ts'

/** How trusted issuers know the user. */
export function identitiesOf(db: Db, userId: UserId) {
  return db
    .selectFrom('identities')
    .select(['issuer', 'subject', 'created_at as createdAt'])
    .where('user_id', '=', userId)
    .orderBy('issuer')
    .orderBy('subject')
    .execute()
}

/** Everything below in the order of ids, so that an export that was cut off goes on where it was. */
export function devicesAfter(db: Db, userId: UserId, after: string, limit: number) {
  return db
    .selectFrom('devices')
    .select(['id', 'name', 'address', 'created_at as createdAt', 'last_seen_at as lastSeenAt'])
    .where('user_id', '=', userId)
    .where('id', '>', after as DeviceId)
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function apiKeysAfter(db: Db, userId: UserId, after: string, limit: number) {
  return db
    .selectFrom('api_keys')
    .select([
      ...(['id', 'kind', 'name', 'scopes', 'created_at as createdAt'] as const),
      ...(['expires_at as expiresAt', 'last_used_at as lastUsedAt'] as const),
    ])
    .where('owner_id', '=', userId)
    .where('id', '>', after as ApiKeyId)
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function friendshipsAfter(db: Db, userId: UserId, after: string, limit: number) {
  const other = sql<UserId>`case when user_low = ${userId} then user_high else user_low end`
  return db
    .selectFrom('friendships')
    .select([
      other.as('userId'),
      'requested_by as requestedBy',
      'created_at as requestedAt',
      'accepted_at as acceptedAt',
    ])
    .where((eb) => eb.or([eb('user_low', '=', userId), eb('user_high', '=', userId)]))
    .where(other, '>', after as UserId)
    .where(({ or, not, exists, selectFrom, ref, eb }) =>
      or([
        eb('accepted_at', 'is not', null),
        // Requests of people whom the user blocks are not shown.
        not(
          exists(
            selectFrom('blocks')
              .select('blocker_id')
              .where('blocker_id', '=', userId)
              .where('blocked_id', '=', ref('requested_by')),
          ),
        ),
      ]),
    )
    .orderBy(other)
    .limit(limit)
    .execute()
}

export function blocksAfter(db: Db, userId: UserId, after: string, limit: number) {
  return db
    .selectFrom('blocks')
    .select(['blocked_id as userId', 'created_at as createdAt'])
    .where('blocker_id', '=', userId)
    .where('blocked_id', '>', after as UserId)
    .orderBy('blocked_id')
    .limit(limit)
    .execute()
}

/** What the user sent, over all rooms, also those they have left. */
export async function sentAfter(db: Db, userId: UserId, [roomId, seq]: readonly [string, bigint], limit: number) {
  const rows = await db
    .selectFrom('messages')
    .select(messageColumns)
    .select(messageReactions)
    .where('sender_id', '=', userId)
    .where(sql<boolean>`(room_id, seq) > (${roomId}, ${seq})`)
    .orderBy('room_id')
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(toMessage)
}

/** What was done with the user's rights, oldest first. */
export function auditAfter(db: Db, userId: UserId, after: bigint, limit: number) {
  return db
    .selectFrom('audit_log')
    .select([
      ...(['id', 'at', 'action', 'user_id as userId', 'key_id as apiKeyId', 'service', 'target', 'address'] as const),
      ...(['request_id as requestId', 'details'] as const),
    ])
    .where('user_id', '=', userId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}
