import type { CallerAuth } from '../access.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { lockApiKey } from '../users/apiKeys/store.ts'
import { lockDevice } from '../users/devices/store.ts'
import { roleNames } from '../users/schema.ts'
import { lockStanding } from '../users/store.ts'

/**
 * For what changes privileges: sees to it that the caller's token and roles still are what they were found to be, and keeps
 * them so until the end of the transaction. A revocation that came first wins, one that comes later finds the outcome.
 * @throws TOKEN_INVALID
 */
export async function requireStanding(tx: Db, auth: CallerAuth): Promise<void> {
  const key = auth.key?.id ?? null
  // The user first, and then what is theirs: so does all else that locks both.
  const holds =
    (auth.kind !== 'user' ||
      ((await hasRolesOf(tx, auth)) && (auth.deviceId === null || (await lockDevice(tx, auth.deviceId))))) &&
    (key === null || (await lockApiKey(tx, key)))
  if (!holds) throw new ApiError('TOKEN_INVALID')
}

async function hasRolesOf(tx: Db, { userId, roles }: CallerAuth & { kind: 'user' }): Promise<boolean> {
  const now = await lockStanding(tx, userId)
  const current = roleNames.parse(now?.roles ?? [])
  return now !== undefined && roles.every((role) => current.includes(role))
}
