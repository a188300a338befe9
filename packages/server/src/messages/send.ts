import { createHash } from 'node:crypto'
import pg from 'pg'
import type { Db } from '../db/connect.ts'
import { ApiError, type ErrorCode } from '../errors.ts'
import type { RoomId, UploadId, UserId } from '../ids.ts'
import { findUploads } from '../uploads/store.ts'
import { holdUploads, linkUploads } from '../uploads/uses/store.ts'
import { resolveAttachments, uploadsAmong } from './attachments/resolve.ts'
import type { NewAttachment } from './attachments/schema.ts'
import { lockRoom } from './members/store.ts'
import { mentionedIn } from './mentions.ts'
import { findMentionable, findStandingIn } from './rooms/store.ts'
import {
  asSeenBy,
  findMessage,
  findSent,
  hasBlockedPeer,
  insertMessage,
  type MessageRecord,
  type NewMessage,
} from './store.ts'

export interface Outgoing {
  roomId: RoomId
  senderId: UserId
  body: string
  clientId?: string | undefined
  replyTo?: number | undefined
  clientSentAt?: Date | undefined
  attachments?: readonly NewAttachment[] | undefined
}

/** One effect per client id: the first send wins, a retry gets its message back, whatever came between. */
export async function send(db: Db, message: Outgoing): Promise<MessageRecord & { duplicate: boolean }> {
  const { roomId, senderId, body, clientId = null, replyTo = null, clientSentAt = null } = message
  const { attachments: given = [] } = message
  const contentHash = hashOf(message)
  const retryOf = async () => {
    const sent = clientId === null ? undefined : await findSent(db, { roomId, senderId, clientId })
    if (sent !== undefined && !sent.contentHash.equals(contentHash)) refuse('CLIENT_ID_REUSED', 'clientId')
    return sent && { ...asSeenBy(senderId, sent.message), duplicate: true }
  }
  if (replyTo !== null && (await findMessage(db, senderId, { roomId, seq: replyTo })) === undefined) {
    return (await retryOf()) ?? refuse('REPLY_UNKNOWN', 'replyTo')
  }
  const uploadIds = uploadsAmong(given)
  const attachments = resolveAttachments(senderId, given, await findUploads(db, uploadIds))
  if (typeof attachments === 'string') return (await retryOf()) ?? refuse(attachments, 'attachments')
  const mentions = await mentionsOf(db, roomId, body)
  const row = { roomId, senderId, clientId, body, contentHash, replyTo, mentions, clientSentAt, attachments }
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const inserted = await write(db, row, { uploadIds, isLocking: attempt > 0 }).catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError && error.constraint === 'messages_client_id_unique')) throw error
    })
    if (inserted !== undefined) return { ...asSeenBy(senderId, inserted), duplicate: false }
    const sent = await retryOf()
    if (sent !== undefined) return sent
    await requireWritable(db, roomId, senderId)
  }
  throw new ApiError('UNAVAILABLE', { retryAfterMs: 1_000 })
}

/** @throws UPLOAD_UNKNOWN for an upload that is gone since it was looked at */
async function write(
  db: Db,
  row: NewMessage,
  { uploadIds, isLocking }: { uploadIds: readonly UploadId[]; isLocking: boolean },
): Promise<MessageRecord | undefined> {
  if (uploadIds.length === 0 && !isLocking) return insertMessage(db, row)
  return db.transaction().execute(async (tx) => {
    // With the lock before the statement nobody leaves during it.
    if (isLocking) await lockRoom(tx, row.roomId)
    const message = await insertMessage(tx, row)
    if (message === undefined) return undefined
    const { roomId, seq } = message
    const held = await holdUploads(tx, uploadIds)
    if (!uploadIds.every((id) => held.has(id))) refuse('UPLOAD_UNKNOWN', 'attachments')
    await linkUploads(
      tx,
      uploadIds.map((uploadId) => ({ roomId, seq: BigInt(seq), uploadId })),
    )
    return message
  })
}

/** A send is tried again, under the room's lock, where somebody else left at the same moment. */
const maxAttempts = 3

/** @throws NOT_FOUND, ROOM_ARCHIVED, BLOCKED */
async function requireWritable(db: Db, roomId: RoomId, senderId: UserId): Promise<void> {
  const { isMember, isArchived } = await findStandingIn(db, roomId, senderId)
  if (!isMember) throw new ApiError('NOT_FOUND')
  if (isArchived) refuse('ROOM_ARCHIVED', 'roomId')
  if (await hasBlockedPeer(db, roomId, senderId)) refuse('BLOCKED', 'roomId')
}

function refuse(code: ErrorCode, field: string): never {
  throw new ApiError(code, { field })
}

const nothing = Buffer.alloc(0)

/** What a retry has to repeat; without a key there are none, and nothing is kept. The time of the sender's clock may differ. */
export function hashOf({
  body,
  replyTo,
  clientId,
  attachments = [],
}: Pick<Outgoing, 'body' | 'replyTo' | 'clientId' | 'attachments'>): Buffer {
  if (clientId === undefined) return nothing
  const hash = createHash('sha256').update(body)
  if (replyTo !== undefined) hash.update(`\0${replyTo}`)
  if (attachments.length > 0) hash.update(`\0${JSON.stringify(attachments.map(inOrder))}`)
  return hash.digest()
}

/** The same fields in whatever order they came. */
function inOrder(attachment: NewAttachment): [string, unknown][] {
  return Object.entries(attachment)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Who of the room is mentioned in a text. */
export async function mentionsOf(db: Db, roomId: RoomId, body: string): Promise<UserId[]> {
  const names = mentionedIn(body)
  return names.length === 0 ? [] : findMentionable(db, roomId, names)
}
