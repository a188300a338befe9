import type { Logger } from 'pino'
import type { Vault } from '../../auth/vault.ts'
import type { Db } from '../../db/connect.ts'
import { ask } from '../../providers/ask.ts'
import { type MeetingProvider, ProviderError } from '../../providers/provider.ts'
import { type Asked, applyListed, applyMissing, applyPeople, applyStatus } from '../model/listed.ts'
import { runningOf } from './store.ts'

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
  /** Whether all sessions are asked for, or just those that are known to run. */
  readonly isSweep: boolean
}

const sweepMs = 25_000
const statusMs = 8_000
const maxSessions = 2_000
/** How many rooms are asked after one by one, and how many lists of people are asked for, in one round. */
const most = { rooms: 200, lists: 5 }
const atOnce = 4

/**
 * Asks a provider what runs, and folds its answers. Whatever was answered before a failure counts, and nothing is concluded
 * from what was not.
 * @throws ProviderError
 */
export async function reconcile(means: Means, round: Round): Promise<void> {
  const { vault } = means
  const { source, provider } = round
  const asked: Asked = { source, provider: provider.id, vault, requestedAt: new Date() }
  if (round.isSweep && provider.snapshot !== undefined) await sweep(means, round, asked)
  else if (provider.status !== undefined) await askEach(means, round, asked)
  if (provider.capabilities.has('listParticipants')) await listPeople(means, round)
}

async function sweep({ db, signal }: Means, { source, provider }: Round, asked: Asked): Promise<void> {
  // Before the question: what begins meanwhile is not missing.
  const known = await runningOf(db, source, maxSessions)
  const listed = new Set<string>()
  const list = async (options: { signal: AbortSignal }) => {
    for await (const session of provider.snapshot?.(options) ?? []) {
      listed.add(session.sessionKey)
      await applyListed(db, asked, session)
      if (listed.size > maxSessions) throw new ProviderError({ kind: 'bug' }, 'The provider lists too many sessions.')
    }
  }
  await ask(list, { timeoutMs: sweepMs, signal })
  for (const { sessionKey } of known) if (!listed.has(sessionKey)) await applyMissing(db, asked, { source, sessionKey })
}

/** Each of the known ones, a few at a time. */
async function askEach({ db, vault, signal }: Means, { source, provider }: Round, asked: Asked): Promise<void> {
  const rooms = [...new Set((await runningOf(db, source, most.rooms)).map(({ externalId }) => externalId))]
  const failures: unknown[] = []
  const askNext = async () => {
    for (let room = rooms.shift(); room !== undefined && failures.length === 0; room = rooms.shift()) {
      const externalId = room
      const at = { ...asked, vault, requestedAt: new Date() }
      const work = async (options: { signal: AbortSignal }) => provider.status?.(externalId, options)
      try {
        const status = await ask(work, { timeoutMs: statusMs, signal }).catch(unlessMissing)
        if (status !== undefined) await applyStatus(db, at, { externalId, status })
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, askNext))
  if (failures.length > 0) throw failures[0]
}

/** A room that is not there is empty. */
function unlessMissing(error: unknown) {
  if (!(error instanceof ProviderError) || error.problem.kind !== 'notFound') throw error
  return { session: null, room: {}, observedAt: new Date() }
}

/** Who is in: such lists are dear, so that each round asks for a few, of those that were asked for longest ago. */
async function listPeople({ db, signal, log, turns }: Means, { source, provider }: Round): Promise<void> {
  const running = await runningOf(db, source, maxSessions)
  const turnOf = (sessionKey: string) => turns.get(`${source} ${sessionKey}`) ?? 0
  const next = running.toSorted((one, other) => turnOf(one.sessionKey) - turnOf(other.sessionKey))
  if (turns.size > 2 * maxSessions) turns.clear()
  for (const { sessionKey, externalId } of next.slice(0, most.lists)) {
    const observedAt = new Date()
    turns.set(`${source} ${sessionKey}`, observedAt.getTime())
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
