import type { Db } from '../../db/connect.ts'
import type { UserId } from '../../ids.ts'
import { deleteMember, updateRole } from '../../messages/members/store.ts'
import { purgeRemoved } from '../../messages/rooms/retention/purge.ts'
import { endRoom } from '../../messages/rooms/retention/store.ts'
import { deleteDirectRoom, findHeir, roomsToLeave } from './store.ts'

/** A user leaves all groups, which pass on; rooms of whom nobody is left are removed. */
export async function leaveRooms(tx: Db, id: UserId): Promise<void> {
  for (const { id: roomId, kind, role, hasOthers } of await roomsToLeave(tx, id)) {
    if (!hasOthers) {
      if (kind === 'direct') await deleteDirectRoom(tx, id, roomId)
      await endRoom(tx, roomId, id)
      await purgeRemoved(tx, roomId)
    } else if (kind === 'group') {
      const heir = role === 'owner' ? await findHeir(tx, roomId, id) : undefined
      if (heir !== undefined) await updateRole(tx, { roomId, userId: heir, actorId: id, role: 'owner' })
      await deleteMember(tx, { roomId, userId: id, actorId: id, kind: 'member.left' })
    }
  }
}
