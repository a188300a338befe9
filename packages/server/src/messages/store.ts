import { expressionBuilder, type SqlBool, sql } from 'kysely'
import type { z } from 'zod'
import type { Db } from '../db/connect.ts'
import type { Tables } from '../db/tables.gen.ts'
import { withNextEvent } from '../events/log.ts'
import type { RoomId, UserId } from '../ids.ts'
import type { attachment } from './attachments/schema.ts'
import { isVisibleTo } from './visible/store.ts'

export type AttachmentRecord = z.infer<typeof attachment>

export interface ReactionRecord {
  emoji: string
  count: number
  userIds: UserId[]
}

const eb = expressionBuilder<Tables>()

/** What people reacted with, the first reaction first, as JSON. */
const reactions = sql<ReactionRecord[]>`coalesce((
  select jsonb_agg(jsonb_build_object('emoji', emoji, 'count', count, 'userIds', to_jsonb(user_ids[1:200])) order by first, emoji)
  from (
    select emoji, count(*) as count, min(at) as first, array_agg(user_id order by at, user_id) as user_ids
    from reactions where reactions.room_id = messages.room_id and reactions.seq = messages.seq group by emoji
  ) as by_emoji
), '[]')`

/** The columns of a message, of `messages` under that name. */
export const messageColumns = [
  ...([
    'messages.room_id as roomId',
    'messages.seq',
    'messages.sender_id as senderId',
    'messages.client_id as clientId',
  ] as const),
  ...(['messages.body', 'messages.sent_at as sentAt', 'messages.client_sent_at as clientSentAt'] as const),
  ...([
    'messages.version',
    'messages.edited_at as editedAt',
    'messages.deleted_at as deletedAt',
    'messages.reply_to as replyTo',
    'messages.mentions',
  ] as const),
  sql<AttachmentRecord[]>`messages.attachments`.as('attachments'),
] as const

export const messageReactions = reactions.as('reactions')

/** What these are called in the rows. */
export const messageFields = [
  ...(['roomId', 'seq', 'senderId', 'clientId', 'body', 'sentAt', 'clientSentAt', 'version'] as const),
  ...(['editedAt', 'deletedAt', 'replyTo', 'mentions', 'attachments', 'reactions'] as const),
] as const

interface MessageRow {
  roomId: RoomId
  seq: bigint
  senderId: UserId
  clientId: string | null
  body: string
  sentAt: Date
  clientSentAt: Date | null
  version: number
  editedAt: Date | null
  deletedAt: Date | null
  replyTo: bigint | null
  mentions: UserId[]
  attachments: AttachmentRecord[]
  reactions?: ReactionRecord[]
}

export interface MessageRecord extends Omit<MessageRow, 'seq' | 'replyTo' | 'reactions'> {
  seq: number
  replyTo: number | null
  reactions: ReactionRecord[]
}

export function toMessage({ seq, replyTo, reactions = [], ...row }: MessageRow): MessageRecord {
  return { ...row, seq: Number(seq), replyTo: replyTo === null ? null : Number(replyTo), reactions }
}

const idLength = 34

/** How much there is to a message, for pages that are to stay small. */
export function weightOf({ body, attachments, reactions }: Pick<MessageRecord, 'body' | 'attachments' | 'reactions'>) {
  const files = attachments.length === 0 ? 0 : JSON.stringify(attachments).length
  return reactions.reduce((sum, { userIds }) => sum + userIds.length * idLength, body.length + files)
}

/** A message as somebody sees it: the sender's key is for the sender alone. */
export function asSeenBy(viewerId: UserId | null, message: MessageRecord): MessageRecord {
  return message.senderId === viewerId ? message : { ...message, clientId: null }
}

export interface NewMessage {
  roomId: RoomId
  senderId: UserId
  clientId: string | null
  body: string
  contentHash: Buffer
  replyTo: number | null
  mentions: readonly UserId[]
  attachments: readonly AttachmentRecord[]
  clientSentAt: Date | null
}

/**
 * Writes a message as the next event of its room, in one statement; undefined where the sender may not (any more), or where
 * that is in doubt, since somebody left the room at the same moment. Where the sender is blocked it is hidden. Fails on a
 * client id that is in use.
 */
export async function insertMessage(db: Db, message: NewMessage): Promise<MessageRecord | undefined> {
  const { roomId, senderId } = message
  const unless = eb.or([isPeerBlocked(roomId, senderId), isClosed, isOutside(roomId, senderId)])
  const row = await withNextEvent(db, { roomId, kind: 'message.sent', actorId: senderId, unless })
    .insertInto('messages')
    .columns([
      ...(['room_id', 'seq', 'sender_id', 'sent_at', 'shared', 'client_id', 'content_hash', 'body'] as const),
      ...(['reply_to', 'mentions', 'attachments', 'client_sent_at', 'hidden'] as const),
    ])
    .expression((eb) =>
      eb
        .selectFrom('event')
        .select([
          ...(['room_id', 'seq', 'actor_id', 'at', 'shared'] as const),
          eb.val(message.clientId).as('client_id'),
          eb.val(message.contentHash).as('content_hash'),
          eb.val(message.body).as('body'),
          sql<bigint | null>`${message.replyTo}::bigint`.as('reply_to'),
          sql<UserId[]>`${[...message.mentions]}::text[]`.as('mentions'),
          sql<string>`${JSON.stringify(message.attachments)}::jsonb`.as('attachments'),
          sql<Date | null>`${message.clientSentAt}::timestamptz`.as('client_sent_at'),
          isBlockedByPeer(roomId, senderId).as('hidden'),
        ]),
    )
    .returning(messageColumns)
    .executeTakeFirst()
  return row && toMessage(row)
}

/** The other person of a direct room; null in groups, without a look at their members. */
function peerOf(roomId: RoomId, userId: UserId) {
  return eb
    .selectFrom('room_members as peer')
    .select('peer.user_id')
    .where('peer.room_id', '=', (room) =>
      room.selectFrom('rooms').select('rooms.id').where('rooms.id', '=', roomId).where('rooms.kind', '=', 'direct'),
    )
    .where('peer.user_id', '<>', userId)
    .limit(1)
}

/** Whether it is a direct room with somebody whom the user blocks. */
export async function hasBlockedPeer(db: Db, roomId: RoomId, userId: UserId): Promise<boolean> {
  const row = await db.selectNoFrom(isPeerBlocked(roomId, userId).as('blocked')).executeTakeFirstOrThrow()
  return row.blocked === true
}

const isPeerBlocked = (roomId: RoomId, userId: UserId) =>
  eb.exists(
    eb
      .selectFrom('blocks')
      .select('blocker_id')
      .where('blocker_id', '=', userId)
      .where('blocked_id', '=', peerOf(roomId, userId)),
  )

/** Whether it is a direct room with somebody who blocks the user. */
export const isBlockedByPeer = (roomId: RoomId, userId: UserId) =>
  eb.exists(
    eb
      .selectFrom('blocks')
      .select('blocker_id')
      .where('blocker_id', '=', peerOf(roomId, userId))
      .where('blocked_id', '=', userId),
  )

/** On the room's own row, which is looked at again once its lock is had: nothing gets in after the archiving. */
const isClosed = sql<SqlBool>`(rooms.archived_at is not null or rooms.removed_at is not null)`

/**
 * Whether a sender is not in the room. Who is in it is read as of the statement's beginning, which may have waited for a
 * change since: only the room's own row is looked at again then, and says whether anybody has gone.
 */
const isOutside = (roomId: RoomId, senderId: UserId) => sql<SqlBool>`(
  not exists (select from room_members as mine where mine.room_id = ${roomId} and mine.user_id = ${senderId})
  or rooms.departed_seq > (select before.last_seq from rooms as before where before.id = ${roomId})
)`

/**
 * The message that a sender sent to a room under a client id: by a range of one, in its order, since for an equality any
 * index that leads to sender and room looks as good to the planner, and reads all that they sent there.
 */
export async function findSent(
  db: Db,
  { roomId, senderId, clientId }: Pick<NewMessage, 'roomId' | 'senderId' | 'clientId'>,
) {
  const row = await db
    .selectFrom('messages')
    .select(messageColumns)
    .select([messageReactions, 'messages.content_hash as contentHash'])
    .where('room_id', '=', roomId)
    .where('sender_id', '=', senderId)
    .where('client_id', '>=', clientId)
    .where('client_id', '<=', clientId)
    .orderBy('client_id')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { contentHash, ...message } = row
  return { message: toMessage(message), contentHash }
}

/** A message that the viewer may see. */
export async function findMessage(db: Db, viewerId: UserId, { roomId, seq }: { roomId: RoomId; seq: number }) {
  const row = await db
    .selectFrom('messages')
    .select(messageColumns)
    .select(messageReactions)
    .where('room_id', '=', roomId)
    .where('seq', '=', BigInt(seq))
    .where(isVisibleTo(viewerId))
    .executeTakeFirst()
  return row && asSeenBy(viewerId, toMessage(row))
}
