import type { Db } from '../../db/connect.ts'
import type { UserId } from '../../ids.ts'
import type { Context } from '../../trpc.ts'
import { audit } from '../audit/record.ts'
import { addDevice } from '../devices/tokens.ts'

/** Signs a user in on a new device; `action` is what the audit log says of it. */
export async function startSession(
  tx: Db,
  { requestId, address, activity }: Context,
  { userId, action, name }: { userId: UserId; action: string; name: string },
): Promise<string> {
  const token = await addDevice(tx, userId, { name, address })
  const auth = { kind: 'user', userId, roles: [], deviceId: null, key: null, acting: false } as const
  await audit(tx, { auth, requestId, address }, { action, target: userId })
  activity.sawUser(userId)
  return token
}
