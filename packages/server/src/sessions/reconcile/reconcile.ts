import type { Logger } from 'pino'
import type { Vault } from '../../auth/vault.ts'
import type { Db } from '../../db/connect.ts'
import { ask } from '../../providers/ask.ts'
import { type MeetingProvider, ProviderError } from '../../providers/provider.ts'
import { type Asked, applyListed, applyMissing, applyPeople, applyStatus } from '../model/listed.ts'
import { runningOf, unknownRoomsOf } from './store.ts'

export interface Means {
  readonly db: Db
  readonly log: Logger
  readonly vault: Vault
  /** Aborts when the server stops. */
  readonly signal: AbortSignal
  /** When the people of which session were asked for last. */
  readonly turns: Map<string, number>
}

export interface Round {
  readonly source: string
  readonly provider: MeetingProvider
}

/** For a sweep that is quick; a long one has the time until the next one. */
const sweepMs = 25_000
const statusMs = 8_000
const maxSessions = 2_000
/** How many rooms are asked after one by one, and how many lists of people are asked for, in one round. */
const most = { rooms: 200, lists: 5, unknown: 20 }
const hourMs = 3_600_000
const atOnce = 4

/**
 * Asks a provider for all sessions that run, and folds its answer. What was answered before a failure counts; that a session is
 * missing counts only once all was answered.
 * @throws ProviderError
 */
export async function sweep({ db, log, vault, signal }: Means, { source, provider }: Round): Promise<void> {
  const asked = askedNow(provider, { source, vault })
  // Before the question: what begins meanwhile is not missing.
  const known = await runningOf(db, source, maxSessions)
  const listed = new Set<string>()
  const list = async (options: { signal: AbortSignal }) => {
    for await (const session of provider.snapshot?.(options) ?? []) {
      listed.add(session.sessionKey)
      // One that cannot be kept is no reason to lose sight of the others.
      await applyListed(db, asked, session).catch((error: unknown) =>
        log.warn({ source, err: error }, 'a session that is listed cannot be kept'),
      )
      if (listed.size > maxSessions) throw new ProviderError({ kind: 'bug' }, 'The provider lists too many sessions.')
    }
  }
  const timeoutMs = Math.max(sweepMs, provider.snapshotEveryMs?.() ?? 0)
  await ask(list, { timeoutMs, signal })
  for (const { sessionKey } of known) if (!listed.has(sessionKey)) await applyMissing(db, asked, { source, sessionKey })
}

/**
 * Asks after each session that is known to run.
 * @throws ProviderError
 */
export async function askEach(means: Means, round: Round): Promise<void> {
  const running = await runningOf(means.db, round.source, most.rooms)
  await askRooms(means, round, [...new Set(running.map(({ externalId }) => externalId))])
}

/**
 * Asks after rooms that became known by being used, until the provider has told where to join; each of them once an hour.
 * @throws ProviderError
 */
export async function describeRooms(means: Means, round: Round): Promise<void> {
  const { turns } = means
  const unknown = await unknownRoomsOf(means.db, round.source, most.rooms)
  const due = unknown.map(({ externalId }) => ({ externalId, name: `${round.source} room ${externalId}` }))
  const next = due.filter(({ name }) => Date.now() - (turns.get(name) ?? 0) > hourMs).slice(0, most.unknown)
  for (const { name } of next) turns.set(name, Date.now())
  await askRooms(
    means,
    round,
    next.map(({ externalId }) => externalId),
  )
}

/** A few at a time. */
async function askRooms({ db, vault, signal }: Means, { source, provider }: Round, rooms: string[]): Promise<void> {
  const failures: unknown[] = []
  const askNext = async () => {
    for (let room = rooms.shift(); room !== undefined && failures.length === 0; room = rooms.shift()) {
      const externalId = room
      const at = askedNow(provider, { source, vault })
      const work = async (options: { signal: AbortSignal }) => provider.status?.(externalId, options)
      try {
        const status = await ask(work, { timeoutMs: statusMs, signal }).catch(unlessMissing(at.askedAt))
        if (status !== undefined) await applyStatus(db, at, { externalId, status })
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, askNext))
  if (failures.length > 0) throw failures[0]
}

function askedNow(provider: MeetingProvider, of: { source: string; vault: Vault }): Asked {
  const requestedAt = new Date()
  return { ...of, provider: provider.id, requestedAt, askedAt: provider.now?.() ?? requestedAt }
}

/** A room that is not there is empty. */
function unlessMissing(observedAt: Date) {
  return (error: unknown) => {
    if (!(error instanceof ProviderError) || error.problem.kind !== 'notFound') throw error
    return { session: null, room: {}, observedAt }
  }
}

/**
 * Who is in: such lists are dear, so that each round asks for a few, of those that were asked for longest ago.
 * @throws ProviderError
 */
export async function listPeople({ db, signal, log, turns }: Means, { source, provider }: Round): Promise<void> {
  const running = await runningOf(db, source, maxSessions)
  const turnOf = (sessionKey: string) => turns.get(`${source} ${sessionKey}`) ?? 0
  const next = running.toSorted((one, other) => turnOf(one.sessionKey) - turnOf(other.sessionKey))
  if (turns.size > 2 * maxSessions) turns.clear()
  for (const { sessionKey, externalId } of next.slice(0, most.lists)) {
    const observedAt = provider.now?.() ?? new Date()
    turns.set(`${source} ${sessionKey}`, Date.now())
    const work = async (options: { signal: AbortSignal }) => provider.participants?.(externalId, options)
    try {
      const participants = await ask(work, { timeoutMs: statusMs, signal })
      if (participants !== undefined) await applyPeople(db, source, sessionKey, { participants, observedAt })
    } catch (error) {
      // Whoever may not ask for it, by plan or scope, does without: webhooks tell the same.
      if (!isRefused(error)) throw error
      log.debug({ source }, 'the provider does not tell who is in')
      return
    }
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof ProviderError && ['forbidden', 'unsupported', 'notFound'].includes(error.problem.kind)
}
