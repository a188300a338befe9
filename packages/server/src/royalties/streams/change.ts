import type { z } from 'zod'
import type { CallerAuth } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { ListenerId, TrackId } from '../../ids.ts'
import { findListener } from '../listeners/store.ts'
import { lastDay, monthOf } from '../periods/month.ts'
import { isClosed, nextOpenPeriod } from '../periods/store.ts'
import { restate } from '../totals/restate.ts'
import { rulesIn } from '../totals/store.ts'
import { holdTrack } from '../tracks/store.ts'
import { maxChanges, streamFacts, streamKept } from './schema.ts'
import {
  changesOf,
  deleteStream,
  findStream,
  insertChange,
  insertStream,
  type StreamKeys,
  type StreamRow,
  updateStream,
} from './store.ts'

/** Who changes something, and why. */
interface Cause {
  auth: CallerAuth
  reason: string
}

interface NamedTrack {
  trackId?: TrackId | undefined
  trackExternalId?: string | undefined
}

export interface NewStream extends NamedTrack {
  playedOn: string
  listenerId: ListenerId
  seconds: number
  region: string
  late: boolean
}

/**
 * Enters a stream by hand.
 * @throws PERIOD_CLOSED, PERIOD_FROZEN, UNKNOWN_LISTENER, UNKNOWN_TRACK
 */
export async function enterStream(tx: Db, given: NewStream, cause: Cause): Promise<StreamRow> {
  const period = monthOf(given.playedOn)
  const booked = given.late && (await isClosed(tx, period)) ? await nextOpenPeriod(tx) : period
  const listener = await findListener(tx, { listenerId: given.listenerId })
  // Without one, only the period is looked at: that it is shut comes before anything else.
  return restate(tx, { periods: [booked], listeners: listener === undefined ? [] : [listener.key] }, async () => {
    if (listener === undefined) throw new ApiError('UNKNOWN_LISTENER', { field: 'listenerId' })
    const facts = await factsOf(tx, { ...given, period, trackKey: undefined })
    const id = await insertStream(tx, { ...facts, listenerKey: listener.key, period, booked })
    const made = found(await findStream(tx, id))
    await note(tx, cause, { kind: 'created', before: null, after: made })
    return made
  })
}

export interface StreamChange extends NamedTrack {
  playedOn?: string | undefined
  seconds?: number | undefined
  region?: string | undefined
}

/**
 * Changes a stream, within its month.
 * @throws NOT_FOUND, INVALID_INPUT, PERIOD_CLOSED, PERIOD_FROZEN, UNKNOWN_TRACK
 */
export function changeStream(tx: Db, id: bigint, change: StreamChange, cause: Cause): Promise<StreamRow> {
  return withStream(tx, id, async (before) => {
    const { playedOn = before.playedOn, seconds = before.seconds, region = before.region } = change
    if (monthOf(playedOn) !== before.period) {
      throw new ApiError('INVALID_INPUT', { field: 'playedOn', message: `is a day of ${before.period}` })
    }
    const facts = await factsOf(tx, { ...change, ...{ playedOn, seconds, region }, ...pick(before) })
    // A retry is no change.
    if (isSame(before, facts)) return before
    await updateStream(tx, before, { ...facts, listenerKey: before.listenerKey })
    const after = found(await findStream(tx, id))
    await note(tx, cause, { kind: 'updated', before, after })
    return after
  })
}

/** @throws NOT_FOUND, PERIOD_CLOSED, PERIOD_FROZEN */
export function removeStream(tx: Db, id: bigint, cause: Cause): Promise<void> {
  return withStream(tx, id, async (before) => {
    await deleteStream(tx, before)
    await note(tx, cause, { kind: 'removed', before, after: null })
  })
}

/** A stream and what became of it, also one that was removed; undefined where there never was one. */
export async function withChanges(db: Db, id: bigint) {
  const row = await findStream(db, id)
  const rows = await changesOf(db, id, maxChanges)
  const last = rows[0]
  const kept = row === undefined && last?.kind === 'removed' ? streamKept.parse(last.before) : undefined
  const stream = row === undefined ? kept && { id, ...kept } : shownStream(row)
  if (stream === undefined) return undefined
  const changes = rows.map(({ before, after, ...change }) => ({
    ...change,
    before: streamFacts.nullable().parse(before),
    after: streamFacts.nullable().parse(after),
  }))
  return { ...stream, removed: row === undefined, changes }
}

/** Without the names that it has within the database. */
export function shownStream({ listenerKey: _, trackKey: __, ...row }: StreamRow) {
  return row
}

async function withStream<Result>(tx: Db, id: bigint, work: (now: StreamRow) => Promise<Result>): Promise<Result> {
  const { booked, listenerKey } = found(await findStream(tx, id))
  const touched = { periods: [booked], listeners: [listenerKey] }
  // Another change may have come before this one had the period.
  return restate(tx, touched, async () => work(found(await findStream(tx, id))))
}

const isSame = (before: StreamRow, facts: Omit<StreamKeys, 'listenerKey'>): boolean =>
  (['trackKey', 'playedOn', 'seconds', 'region', 'flagged'] as const).every((name) => before[name] === facts[name])

const pick = ({ period, trackKey }: StreamRow) => ({ period, trackKey })

interface GivenFacts extends NamedTrack {
  period: string
  playedOn: string
  seconds: number
  region: string
  /** The track where none is named. */
  trackKey: number | undefined
}

async function factsOf(tx: Db, given: GivenFacts): Promise<Omit<StreamKeys, 'listenerKey'>> {
  const { playedOn, seconds, region } = given
  if (playedOn > lastDay(new Date()))
    throw new ApiError('INVALID_INPUT', { field: 'playedOn', message: 'is tomorrow at the latest' })
  const trackKey = await trackKeyOf(tx, given)
  const { suspiciousSeconds } = await rulesIn(tx, given.period)
  return { trackKey, playedOn, seconds, region, flagged: seconds > suspiciousSeconds }
}

async function trackKeyOf(tx: Db, { trackId, trackExternalId, trackKey }: GivenFacts): Promise<number> {
  if (trackId === undefined && trackExternalId === undefined && trackKey !== undefined) return trackKey
  if ((trackId === undefined) === (trackExternalId === undefined)) {
    throw new ApiError('INVALID_INPUT', { field: 'trackId', message: 'Give one of trackId and trackExternalId.' })
  }
  const track = await holdTrack(tx, trackId === undefined ? { externalId: trackExternalId ?? '' } : { trackId })
  if (track === undefined) {
    throw new ApiError('UNKNOWN_TRACK', { field: trackId === undefined ? 'trackExternalId' : 'trackId' })
  }
  return track.key
}

interface Noted {
  kind: 'created' | 'updated' | 'removed'
  before: StreamRow | null
  after: StreamRow | null
}

async function note(tx: Db, { auth, reason }: Cause, { kind, before, after }: Noted): Promise<void> {
  const streamId = (after ?? before)?.id
  if (streamId === undefined) return
  const changedBy = auth.kind === 'user' ? auth.userId : auth.key.name
  await insertChange(tx, { streamId, kind, before: keptOf(before), after: keptOf(after), reason, changedBy })
}

function keptOf(row: StreamRow | null): z.infer<typeof streamKept> | null {
  if (row === null) return null
  const { id: _, ...kept } = shownStream(row)
  return kept
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}
