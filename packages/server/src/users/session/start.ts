import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { UserId } from '../../ids.ts'
import type { Context } from '../../trpc.ts'
import { audit } from '../audit/record.ts'
import { addDevice } from '../devices/tokens.ts'
import { lockCredentials } from '../locks.ts'

interface Start {
  userId: UserId
  /** What the audit log says of it. */
  action: string
  /** What to call the device. */
  name: string
  /** What the user's proof was for: where that has changed meanwhile, it does not count. */
  proven?: { passwordHash: string | null; mfa: boolean }
}

/**
 * Signs a user in on a new device.
 * @throws WRONG_CREDENTIALS where the proof was overtaken
 */
export async function startSession(
  tx: Db,
  { requestId, address, activity }: Context,
  { userId, action, name, proven }: Start,
): Promise<string> {
  const now = await lockCredentials(tx, userId)
  if (now === undefined || (proven && (now.passwordHash !== proven.passwordHash || now.mfa !== proven.mfa)))
    throw new ApiError('WRONG_CREDENTIALS')
  const token = await addDevice(tx, userId, { name, address })
  const auth = { kind: 'user', userId, roles: [], deviceId: null, key: null, acting: false } as const
  await audit(tx, { auth, requestId, address }, { action, target: userId })
  activity.sawUser(userId)
  return token
}
