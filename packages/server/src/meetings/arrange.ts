import type { z } from 'zod'
import type { Vault } from '../auth/vault.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { type ConnectionId, type MeetingId, newId, type UserId } from '../ids.ts'
import type { ProviderKind, Providers } from '../providers/registry.ts'
import { chooseConnection } from '../sessions/connections/store.ts'
import { holdUsers } from '../users/locks.ts'
import { linkUnwanted } from './change.ts'
import { invite } from './invitations/invite.ts'
import { planOf } from './occurrences/plan.ts'
import { insertOccurrences } from './occurrences/store.ts'
import { roomFollows } from './rooms/follow.ts'
import { noteRoomOf } from './rooms/store.ts'
import type { createInput } from './schema.ts'
import { insertMeeting } from './store.ts'

type Wanted = z.infer<typeof createInput> & { hostId: UserId }

/**
 * Arranges a meeting: writes out its times, invites people, and has its room made.
 * @throws UNKNOWN_PROVIDER, LINK_NEEDED, INVALID_INPUT, RECURRENCE_EMPTY, RECURRENCE_TOO_LONG, NOT_FOUND, TOKEN_INVALID
 */
export async function arrange(
  tx: Db,
  { vault, providers }: { readonly vault: Vault; readonly providers: Providers },
  { hostId, invitees = [], passcode, ...input }: Wanted,
): Promise<MeetingId> {
  const { title, description = '', durationMinutes, timeZone, recurrence = null, link = null, lobby } = input
  const provider = providers.kind(input.provider ?? (link === null ? builtIn : 'link'))
  if (provider === undefined) throw new ApiError('UNKNOWN_PROVIDER', { field: 'provider' })
  if (provider.id === 'link' && link === null) throw new ApiError('LINK_NEEDED', { field: 'link' })
  if (provider.id !== 'link' && link !== null) throw linkUnwanted()
  const connectionId = await accountFor(tx, provider, input.connectionId)
  const { first, times, expandedTo, isTooLong } = planOf(
    { startsAt: input.startsAt, timeZone, recurrence },
    input.startsAt,
  )
  if (isTooLong) throw new ApiError('RECURRENCE_TOO_LONG', { field: 'recurrence' })
  if (first === undefined) throw new ApiError('RECURRENCE_EMPTY', { field: 'recurrence' })
  if ((await holdUsers(tx, [hostId])).length === 0) throw new ApiError('TOKEN_INVALID')
  const id = newId('meeting')
  await insertMeeting(tx, {
    ...{ id, hostId, createdBy: hostId, title, description, startsAt: first, durationMinutes, timeZone },
    ...{ recurrence, expandedTo, provider: provider.id, connectionId, link, lobby },
    needsRoom: provider.capabilities.has('create'),
    passcode: passcode === undefined ? null : vault.seal(`meeting:${id}`, passcode),
  })
  await insertOccurrences(tx, { meetingId: id, durationMinutes, times })
  if (invitees.length > 0) await invite(tx, { meetingId: id, invitedBy: hostId, given: invitees })
  await roomFollows(tx, id)
  if (provider.id === builtIn) await noteRoomOf(tx, { meetingId: id, externalId: id, joinUrl: null })
  return id
}

/** Its rooms are there at once, by the names of their meetings. */
const builtIn = 'peer'

/** @throws UNKNOWN_PROVIDER where no account is connected, or not this one; INVALID_INPUT where it takes none */
async function accountFor(
  tx: Db,
  { id, needsAccount }: ProviderKind,
  wanted: ConnectionId | undefined,
): Promise<ConnectionId | null> {
  if (!needsAccount && wanted === undefined) return null
  if (!needsAccount) throw new ApiError('INVALID_INPUT', { field: 'connectionId', message: `is not for \`${id}\`` })
  const chosen = await chooseConnection(tx, id, wanted)
  if (chosen !== undefined) return chosen
  const field = wanted === undefined ? 'provider' : 'connectionId'
  throw new ApiError('UNKNOWN_PROVIDER', { field, message: 'No such account is connected at this provider.' })
}
