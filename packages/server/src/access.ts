import type { Db } from './db/connect.ts'
import { ApiError } from './errors.ts'
import type { DeviceId, RoomId, UserId } from './ids.ts'
import { roomsOfMember } from './messages/rooms/store.ts'

/** Who makes a call. */
export type Auth =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'user'; readonly userId: UserId; readonly deviceId: DeviceId | null }

/** Which of the ids a caller may act on. What is not returned is denied, whether it exists or not. */
type Rule<Id> = (db: Db, userId: UserId, ids: readonly Id[]) => Promise<readonly Id[]>

const rules = {
  'room.read': roomsOfMember,
  'room.send': roomsOfMember,
} satisfies Record<string, Rule<RoomId>>

export type Action = keyof typeof rules

/**
 * The one place that grants: passes when every id asked for is allowed.
 * @throws NOT_SIGNED_IN; NOT_FOUND, for a foreign id as for a missing one
 */
export async function requireAccess(db: Db, auth: Auth, action: Action, ids: readonly RoomId[]): Promise<void> {
  if (auth.kind === 'anyone') throw new ApiError('NOT_SIGNED_IN')
  const asked = new Set(ids)
  const allowed = new Set(await rules[action](db, auth.userId, [...asked]))
  if ([...asked].some((id) => !allowed.has(id))) throw new ApiError('NOT_FOUND')
}
