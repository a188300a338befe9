import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import type { RoomId, UserId } from '../ids.ts'
import { findMember, lockRoom } from './members/store.ts'
import { hasBlockedPeer } from './store.ts'

/**
 * Locks a room for a change of its messages by a member: no other change comes between what is read and what is written.
 * @throws NOT_FOUND
 */
export async function enterRoom(tx: Db, roomId: RoomId, userId: UserId) {
  const room = await lockRoom(tx, roomId)
  const me = room && (await findMember(tx, roomId, userId))
  if (room === undefined || me === undefined) throw new ApiError('NOT_FOUND')
  return { room, me }
}

/**
 * The same for what others are to see.
 * @throws NOT_FOUND, ROOM_ARCHIVED, BLOCKED
 */
export async function enterForWriting(tx: Db, roomId: RoomId, userId: UserId): Promise<void> {
  const { room } = await enterRoom(tx, roomId, userId)
  if (room.archivedAt !== null) throw new ApiError('ROOM_ARCHIVED', { field: 'roomId' })
  if (room.kind === 'direct' && (await hasBlockedPeer(tx, roomId, userId))) {
    throw new ApiError('BLOCKED', { field: 'roomId' })
  }
}
