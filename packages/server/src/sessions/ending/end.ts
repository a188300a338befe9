import type { Auth } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { tellOfSessions } from '../../events/ephemera.ts'
import type { SessionId } from '../../ids.ts'
import { ask } from '../../providers/ask.ts'
import { type CallOptions, type Capability, ProviderError } from '../../providers/provider.ts'
import { laterRefusal } from '../../providers/refusal.ts'
import type { Context } from '../../trpc.ts'
import { audit } from '../../users/audit/record.ts'
import { applyOver } from '../model/listed.ts'
import { acceptEnd, findTarget, refuseEnd, requestEnd, setLocked } from './store.ts'

const patienceMs = 10_000

type Means = Pick<Context, 'db' | 'log' | 'providers' | 'ring' | 'requestId' | 'address'> & { readonly auth: Auth }

/**
 * Has the provider end a session; that it has is confirmed by what it tells or is asked afterwards. One that has ended stays so.
 * @throws NOT_FOUND, UNSUPPORTED, PROVIDER_FAILED, RATE_LIMITED, UNAVAILABLE
 */
export async function endSession(means: Means, id: SessionId): Promise<void> {
  const { db, ring, auth } = means
  const { provider, ...target } = await targetOf(means, id, 'end')
  const userId = auth.kind === 'user' ? auth.userId : null
  const isOn = await db.transaction().execute(async (tx) => {
    const isRequested = await requestEnd(tx, id, userId)
    await audit(tx, means, { action: 'sessions.end', target: id, details: { room: target.externalId.slice(0, 100) } })
    await tellOfSessions(tx, [id])
    return isRequested
  })
  if (!isOn) return
  ring()
  try {
    const outcome = await askFor(means, (options) => provider.end?.(target.externalId, options), 'end')
    if (outcome === 'alreadyEnded') await applyOver(db, target, provider.now?.() ?? new Date())
    else await acceptEnd(db, id)
  } catch (error) {
    await refuseEnd(db, id, error instanceof ApiError ? error.message : 'The provider did not end it.')
    throw error
  } finally {
    await tellOfSessions(db, [id])
    ring()
  }
}

/** @throws NOT_FOUND, UNSUPPORTED, PROVIDER_FAILED, RATE_LIMITED, UNAVAILABLE */
export async function kick(means: Means, id: SessionId, { key, ban }: { key: string; ban: boolean }): Promise<void> {
  const { provider, externalId, endedAt } = await targetOf(means, id, 'kick')
  if (endedAt !== null) throw new ApiError('SESSION_ENDED')
  await askFor(means, (options) => provider.kick?.(externalId, key, { ...options, ban }), 'kick')
  await audit(means.db, means, { action: 'sessions.kick', target: id, details: { ban: String(ban) } })
  await tellOfSessions(means.db, [id])
  means.ring()
}

/** @throws NOT_FOUND, UNSUPPORTED, PROVIDER_FAILED, RATE_LIMITED, UNAVAILABLE */
export async function lock(means: Means, id: SessionId, locked: boolean): Promise<void> {
  const { provider, externalId, endedAt } = await targetOf(means, id, 'lock')
  if (endedAt !== null) throw new ApiError('SESSION_ENDED')
  await askFor(means, (options) => provider.lock?.(externalId, locked, options), 'lock')
  await setLocked(means.db, id, locked)
  await audit(
    means.db,
    means,
    locked ? { action: 'sessions.lock', target: id } : { action: 'sessions.unlock', target: id },
  )
  await tellOfSessions(means.db, [id])
  means.ring()
}

const reasons: Partial<Record<Capability, string>> = {
  end: 'does not let a session be ended from here.',
  kick: 'lets nobody be sent out from here: the host does that in its own client.',
  lock: 'does not let a session be locked from here: the host does that in its own client.',
}

/** The session, with a provider that can do what is wanted. */
async function targetOf({ db, providers }: Means, id: SessionId, capability: 'end' | 'kick' | 'lock') {
  const target = await findTarget(db, id)
  if (target === undefined) throw new ApiError('NOT_FOUND')
  const provider = await providers.ofSource(target.source)
  if (provider === undefined) {
    throw new ApiError('UNSUPPORTED', { message: 'Its account is not connected any more.' })
  }
  if (!provider.capabilities.has(capability)) {
    throw new ApiError('UNSUPPORTED', {
      message: `The provider "${provider.id}" ${reasons[capability] ?? 'cannot do this.'}`,
    })
  }
  return { ...target, provider }
}

type Work<Answer> = (options: CallOptions) => Promise<Answer> | undefined

async function askFor<Answer>({ log }: Means, work: Work<Answer>, what: string): Promise<Answer | undefined> {
  try {
    return await ask(async (options) => work(options), { timeoutMs: patienceMs })
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    log.warn({ kind: error.problem.kind, what, err: error.cause }, error.message)
    throw refusalOf(error)
  }
}

function refusalOf(error: ProviderError): ApiError {
  const { problem, message } = error
  if (problem.kind === 'notFound') return new ApiError('NOT_FOUND', { message })
  if (problem.kind === 'unsupported') return new ApiError('UNSUPPORTED', { message })
  return laterRefusal(error) ?? new ApiError('PROVIDER_FAILED', { message })
}
