import { type Expression, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UserId } from '../../ids.ts'
import { type MessageRecord, messageColumns, messageReactions, type NewMessage, toMessage } from '../store.ts'
import { isVisibleTo } from '../visible/store.ts'

/** The present users of these names, in normalised form. */
export async function findByUserNames(db: Db, names: readonly string[]): Promise<Map<string, UserId>> {
  if (names.length === 0) return new Map()
  const rows = await db
    .selectFrom('users')
    .select(['id', 'user_name_key as name'])
    .where((eb) => eb('user_name_key', '=', eb.fn.any(eb.val([...names]))))
    .where('removed_at', 'is', null)
    .execute()
  return new Map(rows.map(({ name, id }) => [name, id]))
}

/** The direct rooms of a user with others, as far as there are any, and whether the user blocks them. */
export async function findPairs(db: Db, userId: UserId, peerIds: readonly UserId[]) {
  if (peerIds.length === 0) return []
  const peer = sql<{ id: UserId }>`unnest(${[...peerIds]}::text[])`.as<'peer'>(sql`peer (id)`)
  return db
    .selectFrom(peer)
    .select('peer.id as peerId')
    .select((eb) => [
      eb
        .selectFrom('direct_rooms')
        .select('room_id')
        .where('user_low', '=', (of) => of.fn<UserId>('least', ['peer.id', of.val(userId)]))
        .where('user_high', '=', (of) => of.fn<UserId>('greatest', ['peer.id', of.val(userId)]))
        .as('roomId'),
      eb
        .exists(
          eb
            .selectFrom('blocks')
            .select('blocker_id')
            .where('blocker_id', '=', userId)
            .whereRef('blocked_id', '=', 'peer.id'),
        )
        .as('isBlocking'),
    ])
    .execute()
}

export interface Place {
  roomId: RoomId
  seq: number
}

/** Which of these messages a viewer may see. */
export async function visibleAmong(db: Db, viewerId: UserId, places: readonly Place[]): Promise<Place[]> {
  const wanted = sql<{ room_id: RoomId; seq: bigint }>`unnest(
    ${places.map(({ roomId }) => roomId)}::text[], ${places.map(({ seq }) => seq)}::bigint[]
  )`.as<'wanted'>(sql`wanted (room_id, seq)`)
  const rows = await db
    .selectFrom(wanted)
    .innerJoin('messages', (join) =>
      join.onRef('messages.room_id', '=', 'wanted.room_id').onRef('messages.seq', '=', 'wanted.seq'),
    )
    .select(['messages.room_id as roomId', 'messages.seq'])
    .where(isVisibleTo(viewerId))
    .execute()
  return rows.map(({ roomId, seq }) => ({ roomId, seq: Number(seq) }))
}

/** The members of rooms with these user names, in normalised form. */
export async function findMentioned(db: Db, roomIds: readonly RoomId[], names: readonly string[]) {
  if (names.length === 0) return []
  return db
    .selectFrom('users')
    .innerJoin('room_members', 'room_members.user_id', 'users.id')
    .select(['room_id as roomId', 'users.id as userId', 'user_name_key as name'])
    .where((eb) => eb('user_name_key', '=', eb.fn.any(eb.val([...names]))))
    .where((eb) => eb('room_id', '=', eb.fn.any(eb.val([...roomIds]))))
    .orderBy('users.id')
    .execute()
}

/** Locks rooms in the order of their ids, as everybody does. */
export async function lockRooms(tx: Db, ids: readonly RoomId[]) {
  const rows = await tx
    .selectFrom('rooms')
    .select(['id', 'kind', 'history', 'last_seq as lastSeq', 'archived_at as archivedAt'])
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('removed_at', 'is', null)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/** What tells sends apart. */
export interface SendKey {
  roomId: RoomId
  senderId: UserId
  clientId: string
}

/** The messages that were sent under these keys. */
export async function findSentAmong(db: Db, keys: readonly SendKey[]) {
  if (keys.length === 0) return []
  const wanted = sql<{ room_id: RoomId; sender_id: UserId; client_id: string }>`unnest(
    ${keys.map(({ roomId }) => roomId)}::text[], ${keys.map(({ senderId }) => senderId)}::text[],
    ${keys.map(({ clientId }) => clientId)}::text[]
  )`.as<'wanted'>(sql`wanted (room_id, sender_id, client_id)`)
  // As in findSent, one by one.
  const rows = await db
    .selectFrom(wanted)
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('messages as known')
          .select(['known.room_id', 'known.seq'])
          .whereRef('known.room_id', '=', 'wanted.room_id')
          .whereRef('known.sender_id', '=', 'wanted.sender_id')
          .whereRef('known.client_id', '>=', 'wanted.client_id')
          .whereRef('known.client_id', '<=', 'wanted.client_id')
          .orderBy('known.client_id')
          .limit(1)
          .as('sent'),
      (join) => join.onTrue(),
    )
    .innerJoin('messages', (join) =>
      join.onRef('messages.room_id', '=', 'sent.room_id').onRef('messages.seq', '=', 'sent.seq'),
    )
    .select(messageColumns)
    .select([messageReactions, 'messages.content_hash as contentHash'])
    .execute()
  return rows.map(({ contentHash, ...row }) => ({ message: toMessage(row), contentHash }))
}

/** Which of these senders are in their rooms; to be asked under the locks of the rooms. */
export async function membersAmong(db: Db, senders: readonly { roomId: RoomId; senderId: UserId }[]) {
  if (senders.length === 0) return []
  const wanted = sql<{ room_id: RoomId; sender_id: UserId }>`unnest(
    ${senders.map(({ roomId }) => roomId)}::text[], ${senders.map(({ senderId }) => senderId)}::text[]
  )`.as<'wanted'>(sql`wanted (room_id, sender_id)`)
  return db
    .selectFrom(wanted)
    .innerJoin('room_members as me', (join) =>
      join.onRef('me.room_id', '=', 'wanted.room_id').onRef('me.user_id', '=', 'wanted.sender_id'),
    )
    .select(['wanted.room_id as roomId', 'wanted.sender_id as senderId'])
    .execute()
}

/** For senders in direct rooms: whether they block the other person, and whether that one blocks them. */
export async function blocksOfPeers(db: Db, senders: readonly { roomId: RoomId; senderId: UserId }[]) {
  if (senders.length === 0) return []
  const wanted = sql<{ room_id: RoomId; sender_id: UserId }>`unnest(
    ${senders.map(({ roomId }) => roomId)}::text[], ${senders.map(({ senderId }) => senderId)}::text[]
  )`.as<'wanted'>(sql`wanted (room_id, sender_id)`)
  const blocks = (blocker: Expression<UserId>, blocked: Expression<UserId>) =>
    sql<boolean>`exists (select from blocks where blocker_id = ${blocker} and blocked_id = ${blocked})`
  return db
    .selectFrom(wanted)
    .innerJoin('room_members as peer', (join) =>
      join.onRef('peer.room_id', '=', 'wanted.room_id').onRef('peer.user_id', '<>', 'wanted.sender_id'),
    )
    .select(['wanted.room_id as roomId', 'wanted.sender_id as senderId'])
    .select((eb) => [
      blocks(eb.ref('wanted.sender_id'), eb.ref('peer.user_id')).as('isBlocking'),
      blocks(eb.ref('peer.user_id'), eb.ref('wanted.sender_id')).as('isBlocked'),
    ])
    .execute()
}

export type NumberedMessage = Omit<NewMessage, 'clientId'> & SendKey & { seq: bigint; hidden: boolean; shared: boolean }

/**
 * Writes messages as the next events of their rooms, which have to be locked: they have the numbers that follow the rooms'
 * newest ones. In one statement, and what is in a room at the same time.
 */
export async function insertMessages(tx: Db, messages: readonly NumberedMessage[]): Promise<MessageRecord[]> {
  const ends = new Map<RoomId, bigint>()
  for (const { roomId, seq } of messages) ends.set(roomId, seq)
  const column = <Value>(value: (message: NumberedMessage) => Value) => sql`${messages.map(value)}`
  const { rows } = await sql<Parameters<typeof toMessage>[0]>`
    with item as (
      select room_id, seq, sender_id, client_id, content_hash, body, reply_to, mentions, attachments, client_sent_at, hidden,
        shared from unnest(
        ${column(({ roomId }) => roomId)}::text[], ${column(({ seq }) => seq)}::bigint[],
        ${column(({ senderId }) => senderId)}::text[], ${column(({ clientId }) => clientId)}::text[],
        ${column(({ contentHash }) => contentHash)}::bytea[], ${column(({ body }) => body)}::text[],
        ${column(({ replyTo }) => replyTo)}::bigint[], ${column(({ mentions }) => `{${mentions.join()}}`)}::text[],
        ${column(({ attachments }) => JSON.stringify(attachments))}::jsonb[],
        ${column(({ clientSentAt }) => clientSentAt)}::timestamptz[], ${column(({ hidden }) => hidden)}::boolean[],
        ${column(({ shared }) => shared)}::boolean[]
      ) as item (
        room_id, seq, sender_id, client_id, content_hash, body, reply_to, mentions, attachments, client_sent_at, hidden, shared
      )
    ), room as (
      update rooms set last_seq = newest.seq,
        shared_until = case when history = 'shared' then newest.seq else shared_until end,
        last_event_at = greatest(last_event_at, clock_timestamp())
      from unnest(${[...ends.keys()]}::text[], ${[...ends.values()]}::bigint[]) as newest (id, seq)
      where rooms.id = newest.id returning rooms.id, rooms.last_event_at as at
    ), event as (
      insert into room_events (room_id, seq, kind, actor_id, at, shared)
      select item.room_id, item.seq, 'message.sent', item.sender_id, room.at, item.shared
      from item join room on room.id = item.room_id
    )
    insert into messages (room_id, seq, sender_id, sent_at, shared, client_id, content_hash, body, reply_to, mentions,
      attachments, client_sent_at, hidden)
    select item.room_id, item.seq, item.sender_id, room.at, item.shared, item.client_id, item.content_hash, item.body,
      item.reply_to, item.mentions::text[], item.attachments, item.client_sent_at, item.hidden
    from item join room on room.id = item.room_id
    returning room_id as "roomId", seq, sender_id as "senderId", client_id as "clientId", body, sent_at as "sentAt",
      client_sent_at as "clientSentAt", version, edited_at as "editedAt", deleted_at as "deletedAt",
      reply_to as "replyTo", mentions, attachments`.execute(tx)
  return rows.map(toMessage)
}
