import type { Db } from '../../../db/connect.ts'
import { appendEvent } from '../../../events/log.ts'
import type { RoomId } from '../../../ids.ts'
import { setAvatar } from '../../../uploads/avatars/store.ts'
import { removeSoon } from '../../../uploads/remove.ts'
import { isAny, isUpTo, unlinkUploads } from '../../attachments/store.ts'
import { lockRoom } from '../../members/store.ts'
import { deleteRemains, findExpired, findOwner, listDueRooms, purgeUpTo, settle } from './store.ts'

const roomsAtATime = 100

/**
 * Deletes what is past the retention of its room, and what is left of removed rooms. In small steps, each of which leaves
 * everything in order; what fails in one room is tried again the next time, and keeps no other waiting.
 */
export async function purgeRooms(db: Db): Promise<void> {
  const failures: unknown[] = []
  let after: RoomId | undefined
  do {
    const rooms = await listDueRooms(db, after, roomsAtATime)
    for (const { id, removedAt } of rooms) {
      const purge = removedAt === null ? purgeExpired : purgeRemoved
      await purge(db, id).catch((error: unknown) => failures.push(error))
    }
    after = rooms.length < roomsAtATime ? undefined : rooms.at(-1)?.id
  } while (after !== undefined)
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} rooms could not be purged.`)
}

async function purgeExpired(db: Db, roomId: RoomId): Promise<void> {
  while (await db.transaction().execute((tx) => purgeStep(tx, roomId))) {}
}

/** False where nothing is past its time. */
async function purgeStep(tx: Db, roomId: RoomId): Promise<boolean> {
  const days = (await lockRoom(tx, roomId))?.retentionDays ?? null
  const upTo = days === null ? undefined : await findExpired(tx, roomId, days)
  if (upTo === undefined) return false
  if (await unlinkUploads(tx, roomId, isUpTo(upTo))) await removeSoon(tx)
  await purgeUpTo(tx, roomId, upTo)
  await appendEvent(tx, { roomId, kind: 'room.purged', actorId: await findOwner(tx, roomId), detail: String(upTo) })
  return true
}

/** Deletes all that a removed room held. */
export async function purgeRemoved(db: Db, roomId: RoomId): Promise<void> {
  const isReleased = [await unlinkUploads(db, roomId, isAny), await setAvatar(db, { table: 'rooms', id: roomId }, null)]
  if (isReleased.includes(true)) await removeSoon(db)
  while (await deleteRemains(db, roomId)) {}
  await settle(db, roomId)
}
