import { ApiError } from '../../errors.ts'
import type { UserId } from '../../ids.ts'
import { ask } from '../../providers/ask.ts'
import { ProviderError } from '../../providers/provider.ts'
import { laterRefusal } from '../../providers/refusal.ts'
import { peer } from '../../sessions/peer/schema.ts'
import { issueTicket } from '../../sessions/peer/ticket.ts'
import type { Services } from '../../trpc.ts'
import { findParticipant } from '../rooms/store.ts'
import type { HeldMeeting } from '../store.ts'
import { notReady } from './admit.ts'

const patienceMs = 10_000
const ttlSeconds = 300

/** How somebody who is let in gets into the room. */
interface Door {
  joinUrl: string | null
  ticket: string | null
}

interface Guest {
  userId: UserId
  originalAt: Date
  /** The mark of the passcode that they came by. */
  passcode: string | undefined
}

/** @throws ROOM_NOT_READY, RATE_LIMITED, UNAVAILABLE */
export async function doorOf(
  { db, providers, log, vault }: Pick<Services, 'db' | 'providers' | 'log' | 'vault'>,
  { id: meetingId, provider: id, connectionId, externalId, joinUrl, hostId }: HeldMeeting,
  { userId, originalAt, passcode }: Guest,
): Promise<Door> {
  if (id === peer) return { joinUrl: null, ticket: issueTicket(vault, { meetingId, originalAt, userId, passcode }) }
  const provider = await providers.find({ provider: id, connectionId })
  if (provider === undefined) throw notReady(`The server has no provider "${id}".`)
  if (externalId === null || !provider.capabilities.has('signedJoin')) return { joinUrl, ticket: null }
  const user = await findParticipant(db, userId)
  if (user === undefined) throw new ApiError('TOKEN_INVALID')
  const role = userId === hostId ? 'host' : 'guest'
  try {
    const url = await ask(async (options) => provider.joinLink?.(externalId, { user, role, ttlSeconds }, options), {
      timeoutMs: patienceMs,
    })
    return { joinUrl: url ?? joinUrl, ticket: null }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    log.warn({ provider: id, kind: error.problem.kind, err: error.cause }, error.message)
    throw laterRefusal(error) ?? notReady(error.message)
  }
}
