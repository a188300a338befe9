import type { Db } from '../../db/connect.ts'
import type { UserId } from '../../ids.ts'
import { setAvatar } from '../../uploads/avatars/store.ts'
import { removeSoon } from '../../uploads/remove.ts'
import { releaseUnused } from '../../uploads/uses/store.ts'

/** What a user uploaded and nothing shows is gone from now on, and removed after the commit. */
export async function deleteUploads(tx: Db, id: UserId): Promise<void> {
  await setAvatar(tx, { table: 'users', id }, null)
  if (await releaseUnused(tx, id)) await removeSoon(tx)
}
