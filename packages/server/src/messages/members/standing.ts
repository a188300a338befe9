import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { RoomId, UserId } from '../../ids.ts'
import { findMember, lockRoom, type Role } from './store.ts'

const ranks: Record<Role, number> = { member: 0, admin: 1, owner: 2 }

/**
 * Locks a group for a change by one of its members, who is at least what is said: decided under the lock, so that nobody
 * does what they might a moment ago.
 * @throws NOT_FOUND, NOT_A_GROUP, ROLE_TOO_LOW
 */
export async function enterGroup(tx: Db, roomId: RoomId, userId: UserId, least: Role) {
  const room = await lockRoom(tx, roomId)
  const me = await findMember(tx, roomId, userId)
  if (room === undefined || me === undefined) throw new ApiError('NOT_FOUND')
  if (room.kind !== 'group') throw new ApiError('NOT_A_GROUP')
  if (ranks[me.role] < ranks[least]) throw new ApiError('ROLE_TOO_LOW')
  return { room, me }
}

/** Refuses to do something to somebody who is as much as oneself, or more. */
export function requireBelow(role: Role, mine: Role): void {
  if (ranks[role] >= ranks[mine]) throw new ApiError('ROLE_TOO_LOW')
}
