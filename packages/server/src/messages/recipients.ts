import { requireAccess, type UserAuth } from '../access.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import type { RoomId, UserId } from '../ids.ts'
import { isBlocking } from '../users/blocks/store.ts'
import { holdUsers } from '../users/locks.ts'
import { normalise } from '../users/names.ts'
import { findUser } from '../users/store.ts'
import { ensureDirectRoom, findDirectRoom } from './rooms/store.ts'

/** Where a message is to go: a room, or the direct room with somebody. */
export type Address = { roomId: RoomId } | { recipientId: UserId } | { recipientUserName: string }

/**
 * The room that a message goes to, for the sender to send to: made now where it is the first to somebody.
 * @throws NOT_FOUND; BLOCKED and REPLY_UNKNOWN instead of making a room
 */
export async function roomFor(
  db: Db,
  auth: UserAuth,
  message: Address & { replyTo?: number | undefined },
): Promise<RoomId> {
  if ('roomId' in message) {
    await requireAccess(db, auth, 'room.send', [message.roomId])
    return message.roomId
  }
  const field = 'recipientId' in message ? 'recipientId' : 'recipientUserName'
  const recipientId =
    'recipientId' in message
      ? message.recipientId
      : (await findUser(db, { userName: normalise(message.recipientUserName) }))?.id
  if (recipientId === undefined) throw new ApiError('NOT_FOUND')
  await requireAccess(db, auth, 'user.approach', [recipientId])
  const existing = await findDirectRoom(db, auth.userId, recipientId)
  if (existing !== undefined) {
    await requireAccess(db, auth, 'room.send', [existing])
    return existing
  }
  if (await isBlocking(db, auth.userId, recipientId)) throw new ApiError('BLOCKED', { field })
  if (message.replyTo !== undefined) throw new ApiError('REPLY_UNKNOWN', { field: 'replyTo' })
  return db.transaction().execute(async (tx) => {
    if ((await holdUsers(tx, [recipientId])).length === 0) throw new ApiError('NOT_FOUND')
    return ensureDirectRoom(tx, auth.userId, recipientId)
  })
}
