import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Vault } from '../../auth/vault.ts'
import type { Db } from '../../db/connect.ts'
import { tellOfSessions } from '../../events/ephemera.ts'
import { ProviderError } from '../../providers/provider.ts'
import type { Providers } from '../../providers/registry.ts'
import { provenForPeriods } from '../model/freshness.ts'
import { askEach, describeRooms, listPeople, sweep } from './reconcile.ts'
import {
  type HeldSource,
  holdSources,
  noteAnswered,
  noteAsked,
  noteFailed,
  noteSources,
  releaseSources,
  timeOutEnds,
  turnedUnknown,
} from './store.ts'

export interface ReconcilerOptions {
  db: Db
  log: Logger
  vault: Vault
  providers: Providers
  /** Tells all instances that something happened. */
  ring: () => void
  /** How often each source is asked. */
  periodMs: number
}

export interface Reconciler {
  close(): Promise<void>
}

/** How long an end may take to be confirmed. */
const endsWithinMs = 60_000
const longestStopMs = 5_000

/**
 * Keeps what is known of sessions true: each source is asked once a period, by one instance at a time. Whoever holds a source
 * and dies is followed within a period.
 */
export function createReconciler({ db, log, vault, providers, ring, periodMs }: ReconcilerOptions): Reconciler {
  const holder = randomUUID()
  const stopping = new AbortController()
  const means = { db, log, vault, signal: stopping.signal, turns: new Map<string, number>() }
  const asking = new Map<string, Promise<void>>()
  const tickMs = periodMs / 6
  let lookedAt = new Date()

  /** Does one thing with a source, unless it is being done still. */
  const begin = (what: string, { source, problem }: HeldSource, work: () => Promise<void>) => {
    const name = nameOf(what, source)
    if (asking.has(name)) return
    const run = async () => {
      const at = new Date()
      try {
        await work()
        await noteAnswered(db, source, { at, isSweep: what === 'sweep' })
        ring()
        if (problem !== null) log.info({ source }, 'the provider answers again')
      } catch (error) {
        if (stopping.signal.aborted) return
        if (!(error instanceof ProviderError)) throw error
        await noteFailed(db, source, error.message)
        // Once for each outage: what is wrong is on the connection.
        if (problem === null) log.warn({ source, kind: error.problem.kind, err: error.cause }, error.message)
      }
    }
    const done = run()
      .catch((error: unknown) => log.warn({ source, err: error }, 'sessions are not reconciled'))
      .finally(() => asking.delete(name))
    asking.set(name, done)
  }

  const askSource = async (held: HeldSource) => {
    const { source } = held
    const provider = await providers.ofSource(source)
    if (provider === undefined) return
    const round = { source, provider }
    const everyMs = Math.max(periodMs, provider.snapshotEveryMs?.() ?? periodMs)
    const isSweepDue =
      provider.snapshot !== undefined && (provider.status === undefined || isPast(held.sweptAt, everyMs))
    await noteAsked(db, source, holder, new Date())
    if (isSweepDue) begin('sweep', held, () => sweep(means, round))
    // At the very first, nothing is known to ask after; later, a long sweep does not keep those waiting that run.
    const first = held.sweptAt === null ? asking.get(nameOf('sweep', source)) : undefined
    if (provider.status !== undefined) {
      const isEach = first === undefined && !(isSweepDue && everyMs <= periodMs)
      begin('each', held, async () => {
        await first
        if (isEach) await askEach(means, round)
        await describeRooms(means, round)
      })
    }
    if (provider.capabilities.has('listParticipants')) {
      begin('people', held, async () => {
        await first
        await listPeople(means, round)
      })
    }
  }

  const look = async () => {
    const sources = await providers.sources()
    await noteSources(db, sources)
    const ids = sources.map(({ source }) => source)
    const held = await holdSources(db, ids, { holder, forMs: periodMs / 2 })
    for (const one of held) if (isDue(one)) await askSource(one)
    const now = new Date()
    const unknown = await turnedUnknown(db, { since: lookedAt, now, afterMs: provenForPeriods * periodMs })
    const changed = [...(await timeOutEnds(db, endsWithinMs)), ...unknown]
    lookedAt = now
    await tellOfSessions(db, changed)
    if (changed.length > 0) ring()
  }

  const isDue = ({ askedAt, pausedUntil }: HeldSource) =>
    isPast(askedAt, periodMs) && (pausedUntil === null || pausedUntil.getTime() <= Date.now())

  let running = Promise.resolve()
  let isLooking = false
  const tick = () => {
    if (isLooking || stopping.signal.aborted) return
    isLooking = true
    running = look()
      .catch((error: unknown) => {
        log.debug({ reason: error instanceof Error ? error.message : String(error) }, 'sessions are looked at later')
      })
      .finally(() => {
        isLooking = false
      })
  }
  const timer = setInterval(tick, tickMs).unref()
  tick()
  return {
    async close() {
      stopping.abort()
      clearInterval(timer)
      const all = Promise.allSettled([running, ...asking.values()])
      const tooLong = new Promise((resolve) => setTimeout(resolve, longestStopMs).unref())
      await Promise.race([all, tooLong])
      await releaseSources(db, holder).catch(() => {})
    },
  }
}

const nameOf = (what: string, source: string) => `${what} ${source}`

/** A little early rather than late: it is looked at in steps. */
function isPast(at: Date | null, everyMs: number): boolean {
  // What lies ahead was noted by a clock that was wrong.
  return at === null || Math.abs(Date.now() - at.getTime()) >= everyMs * 0.9
}
