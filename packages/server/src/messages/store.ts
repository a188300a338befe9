import type { Db } from '../db/connect.ts'
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

/** Writes a message as the next event of its room, in one statement. Fails on a client id that is in use. */
export async function insertMessage(db: Db, message: NewMessage) {
  const { roomId, senderId, clientId, contentHash, body } = message
  const row = await withNextEvent(db, { roomId, kind: 'message.sent', actorId: senderId })
    .insertInto('messages')
    .columns(['room_id', 'seq', 'sender_id', 'sent_at', 'client_id', 'content_hash', 'body'])
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
        ]),
    )
    .returning(columns)
    .executeTakeFirstOrThrow()
  return toMessage(row, senderId)
}

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

/** Messages of a room, newest first, below a number where given. */
export async function listMessages(
  db: Db,
  viewerId: UserId,
  { roomId, below, limit }: { roomId: RoomId; below?: number | undefined; limit: number },
) {
  let query = db
    .selectFrom('messages')
    .select(columns)
    .where('room_id', '=', roomId)
    .orderBy('seq', 'desc')
    .limit(limit)
  if (below !== undefined) query = query.where('seq', '<', BigInt(below))
  return (await query.execute()).map((row) => toMessage(row, viewerId))
}

/** The events of a room after a number, in order, and the number up to which they are complete. */
export async function readEvents(
  db: Db,
  viewerId: UserId,
  { roomId, after, limit }: { roomId: RoomId; after: number; limit: number },
) {
  const room = await db.selectFrom('rooms').select('last_seq').where('id', '=', roomId).executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom('room_events as event')
    .leftJoin('messages as message', (join) =>
      join.onRef('message.room_id', '=', 'event.room_id').onRef('message.seq', '=', 'event.seq'),
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
  const events = fitting.map(({ kind, seq, at, actorId, senderId, clientId, body, sentAt }) => {
    const event = { seq: Number(seq), at, actorId }
    if (senderId === null || body === null || sentAt === null) return { kind: kind as 'room.created', ...event }
    const message = toMessage({ roomId, seq, senderId, clientId, body, sentAt }, viewerId)
    return { kind: 'message.sent' satisfies EventKind as 'message.sent', ...event, message }
  })
  const to = events.at(-1)?.seq ?? after
  return { roomId, from: after, to, lastSeq: Math.max(Number(room.last_seq), events.at(-1)?.seq ?? 0), events }
}
