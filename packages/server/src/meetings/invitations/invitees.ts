import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { UserId } from '../../ids.ts'
import { holdUsers, lockEmails } from '../../users/locks.ts'
import { normalise } from '../../users/names.ts'
import { usersOfEmails } from '../../users/store.ts'
import type { Invitee } from './store.ts'

export type GivenInvitee = { userId: UserId } | { email: string }

/**
 * Who is meant: an address that a user has proven to own stands for that user. Keeps them from being removed.
 * @throws NOT_FOUND where there is no user of one of the ids; `field` is where they were given
 */
export async function toInvitees(tx: Db, given: readonly GivenInvitee[], field = 'invitees'): Promise<Invitee[]> {
  const addresses = new Map(
    given.flatMap((one) => ('email' in one ? [[normalise(one.email), one.email] as const] : [])),
  )
  await lockEmails(tx, [...addresses.keys()])
  const owners = await usersOfEmails(tx, [...addresses.keys()])
  for (const { emailKey } of owners) addresses.delete(emailKey)
  const named = new Set(given.flatMap((one) => ('userId' in one ? one.userId : [])))
  if ((await holdUsers(tx, [...named])).length < named.size) {
    throw new ApiError('NOT_FOUND', { field, message: 'There is no user of one of these ids.' })
  }
  const ids = new Set([...named, ...owners.map(({ id }) => id)])
  return [
    ...[...ids].map((userId) => ({ invitee: userId, userId, email: null })),
    ...[...addresses].map(([invitee, email]) => ({ invitee, userId: null, email })),
  ]
}
