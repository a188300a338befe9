import { expressionBuilder } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { Tables } from '../db/tables.gen.ts'
import { type EventKind, withNextEvent } from '../events/log.ts'
import type { RoomId, UserId } from '../ids.ts'
import { countFitting } from '../page.ts'

const columns = [
  'room_id as roomId',
  'seq',
  'sender_id as senderId',
  'client_id as clientId',
  'body',
  'sent_at as sentAt',
] as const

interface MessageRow {
  roomId: RoomId
  seq: bigint
  senderId: UserId
  clientId: string | null
  body: string
  sentAt: Date
}

function toMessage({ roomId, seq, senderId, clientId, body, sentAt }: MessageRow, viewerId: UserId) {
  return { roomId, seq: Number(seq), senderId, clientId: senderId === viewerId ? clientId : null, body, sentAt }
}

export interface NewMessage {
  roomId: RoomId
  senderId: UserId
  clientId: string | null
  body: string
  contentHash: Buffer
}

/**
 * Writes a message as the next event of its room, in one statement; undefined in a direct room with somebody whom the sender
 * blocks. Where the sender is blocked it is hidden. Fails on a client id that is in use.
 */
export async function insertMessage(db: Db, message: NewMessage) {
  const { roomId, senderId, clientId, contentHash, body } = message
  const unless = isPeerBlocked(roomId, senderId)
  const row = await withNextEvent(db, { roomId, kind: 'message.sent', actorId: senderId, unless })
    .insertInto('messages')
    .columns(['room_id', 'seq', 'sender_id', 'sent_at', 'client_id', 'content_hash', 'body', 'hidden'])
    .expression((eb) =>
      eb
        .selectFrom('event')
        .select([
          'room_id',
          'seq',
          'actor_id',
          'at',
          eb.val(clientId).as('client_id'),
          eb.val(contentHash).as('content_hash'),
          eb.val(body).as('body'),
          isBlockedByPeer(roomId, senderId).as('hidden'),
        ]),
    )
    .returning(columns)
    .executeTakeFirst()
  return row && toMessage(row, senderId)
}

const eb = expressionBuilder<Tables>()

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

const isPeerBlocked = (roomId: RoomId, userId: UserId) =>
  eb.exists(
    eb
      .selectFrom('blocks')
      .select('blocker_id')
      .where('blocker_id', '=', userId)
      .where('blocked_id', '=', peerOf(roomId, userId)),
  )

const isBlockedByPeer = (roomId: RoomId, userId: UserId) =>
  eb.exists(
    eb
      .selectFrom('blocks')
      .select('blocker_id')
      .where('blocker_id', '=', peerOf(roomId, userId))
      .where('blocked_id', '=', userId),
  )

/** The message that a sender sent to a room under a client id. */
export async function findSent(
  db: Db,
  { roomId, senderId, clientId }: Pick<NewMessage, 'roomId' | 'senderId' | 'clientId'>,
) {
  const row = await db
    .selectFrom('messages')
    .select([...columns, 'content_hash as contentHash'])
    .where('room_id', '=', roomId)
    .where('sender_id', '=', senderId)
    .where('client_id', '=', clientId)
    .executeTakeFirst()
  return row && { message: toMessage(row, senderId), contentHash: row.contentHash }
}

/** Messages of a room that the viewer may see, newest first, below a number where given. */
export async function listMessages(
  db: Db,
  viewerId: UserId,
  { roomId, below, limit }: { roomId: RoomId; below?: number | undefined; limit: number },
) {
  let query = db
    .selectFrom('messages')
    .select(columns)
    .where('room_id', '=', roomId)
    .where((eb) => eb.or([eb('hidden', '=', false), eb('sender_id', '=', viewerId)]))
    .orderBy('seq', 'desc')
    .limit(limit)
  if (below !== undefined) query = query.where('seq', '<', BigInt(below))
  return (await query.execute()).map((row) => toMessage(row, viewerId))
}

/** The events of a room after a number that the viewer may see, in order, and the number up to which they are complete. */
export async function readEvents(
  db: Db,
  viewerId: UserId,
  { roomId, after, limit }: { roomId: RoomId; after: number; limit: number },
) {
  const room = await db.selectFrom('rooms').select('last_seq').where('id', '=', roomId).executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom('room_events as event')
    .leftJoin('messages as message', (join) =>
      join
        .onRef('message.room_id', '=', 'event.room_id')
        .onRef('message.seq', '=', 'event.seq')
        .on('message.seq', '>', BigInt(after))
        .on((eb) => eb.or([eb('message.hidden', '=', false), eb('message.sender_id', '=', viewerId)])),
    )
    .select(['event.seq', 'event.kind', 'event.at', 'event.actor_id as actorId'])
    .select([
      'message.sender_id as senderId',
      'message.client_id as clientId',
      'message.body',
      'message.sent_at as sentAt',
    ])
    .where('event.room_id', '=', roomId)
    .where('event.seq', '>', BigInt(after))
    .orderBy('event.seq')
    .limit(limit)
    .execute()
  const fitting = rows.slice(
    0,
    countFitting(rows, ({ body }) => body ?? ''),
  )
  const events = fitting.flatMap((row) => toEvent({ roomId, ...row }, viewerId))
  const last = fitting.at(-1)?.seq
  const lastSeq = Math.max(Number(room.last_seq), Number(last ?? 0))
  return { roomId, from: after, to: Number(last ?? after), lastSeq, events }
}

interface EventRow extends Pick<MessageRow, 'roomId' | 'seq' | 'clientId'> {
  kind: string
  at: Date
  actorId: UserId
  senderId: UserId | null
  body: string | null
  sentAt: Date | null
}

type EventRecord = { seq: number; at: Date; actorId: UserId } & (
  | { kind: Exclude<EventKind, 'message.sent'> }
  | { kind: 'message.sent'; message: ReturnType<typeof toMessage> }
)

/** An event with its message; nothing where the message is not for the viewer to see. */
function toEvent({ kind, at, actorId, senderId, body, sentAt, ...row }: EventRow, viewerId: UserId): EventRecord[] {
  const event = { seq: Number(row.seq), at, actorId }
  if (kind !== 'message.sent') return [{ kind: kind as Exclude<EventKind, 'message.sent'>, ...event }]
  if (senderId === null || body === null || sentAt === null) return []
  return [{ kind, ...event, message: toMessage({ ...row, senderId, body, sentAt }, viewerId) }]
}
