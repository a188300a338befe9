import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { MeetingId, UserId } from '../../ids.ts'
import { blockedAmong } from '../../messages/visible/store.ts'
import { type GivenInvitee, toInvitees } from './invitees.ts'
import { tell } from './mails.ts'
import { maxInvitations } from './schema.ts'
import { countInvitations, type Invitee, insertInvitations } from './store.ts'

interface Invited {
  meetingId: MeetingId
  invitedBy: UserId
  given: readonly GivenInvitee[]
}

/**
 * Invites people to a meeting that is locked or new, all or none, and tells those who were not invited before. Who invites
 * holds it, and is passed over.
 * @throws NOT_FOUND, BLOCKED, TOO_MANY_INVITATIONS
 */
export async function invite(tx: Db, { meetingId, invitedBy, given }: Invited): Promise<Invitee[]> {
  const invitees = (await toInvitees(tx, given)).filter(({ userId }) => userId !== invitedBy)
  if (invitees.length === 0) return []
  const users = invitees.flatMap(({ userId }) => userId ?? [])
  if ((await blockedAmong(tx, invitedBy, users)).length > 0) throw new ApiError('BLOCKED', { field: 'invitees' })
  const fresh = await insertInvitations(tx, { meetingId, invitedBy, invitees })
  if ((await countInvitations(tx, meetingId)) > maxInvitations) throw new ApiError('TOO_MANY_INVITATIONS')
  await tell(
    tx,
    meetingId,
    { what: 'invited' },
    invitees.filter(({ invitee }) => fresh.includes(invitee)),
  )
  return invitees
}
