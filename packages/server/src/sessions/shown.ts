import type { UserAuth } from '../access.ts'
import { passcodeOf } from '../meetings/passcode.ts'
import type { Services } from '../trpc.ts'
import { defaultPasscodeOf } from './connections/sealed.ts'
import { freshnessOf, provenForPeriods } from './model/freshness.ts'
import { passcodePurpose } from './model/rooms.ts'
import { isRecording } from './peer/recording/store.ts'
import { peer } from './peer/schema.ts'
import { shownParticipants } from './schema.ts'
import { type AvailableRecord, firstPresent, type SessionRecord } from './store.ts'

/** Who looks, as far as it matters here. */
interface Viewer {
  readonly isAdmin: boolean
}

type Means = Pick<Services, 'db' | 'providers' | 'publicUrl' | 'sessionPeriodMs' | 'vault'>

export function viewerOf({ roles }: UserAuth): Viewer {
  return { isAdmin: roles.includes('admin') }
}

/** Sessions as somebody sees them, in the same order. */
export async function shownSessions(means: Means, viewer: Viewer, records: readonly SessionRecord[]) {
  const { db, providers, sessionPeriodMs } = means
  const ids = records.map(({ id }) => id)
  const present = Map.groupBy(await firstPresent(db, ids, shownParticipants), ({ sessionId }) => sessionId)
  const recorded = await isRecording(db, ids)
  const now = new Date()
  return records.map((record) => {
    const { id, roomId, meetingId, title, provider, connectionId, hostId, hostName, startedAt, endedAt, locked } =
      record
    const { endState, endRequestedAt, endRequestedBy, endProblem, observedAt, isHost } = record
    const capabilities = providers.kind(provider)?.capabilities
    const isHolder = (isHost || viewer.isAdmin) && endedAt === null && record.isHeard
    const participants = endedAt === null ? (present.get(id) ?? []) : []
    return {
      ...{ id, roomId, meetingId, title, provider, connectionId, hostId, hostName, startedAt, endedAt, locked },
      freshness: freshnessOf(record, now, sessionPeriodMs),
      observedAt,
      provenUntil: new Date(observedAt.getTime() + provenForPeriods * sessionPeriodMs),
      source: record.observedBy,
      participantCount: endedAt === null ? countOf(record) : null,
      participants: participants.map(({ sessionId: _, ...one }) => one),
      joinUrl: endedAt === null && !record.isRemoved ? joinUrlOf(means, viewer, record) : null,
      recording: recorded.has(id),
      ending:
        endState === null || endRequestedAt === null
          ? null
          : {
              state: endedAt === null ? endState : ('confirmed' as const),
              ...{ requestedAt: endRequestedAt, requestedBy: endRequestedBy },
              problem: endedAt === null ? endProblem : null,
            },
      can: {
        end: isHolder && (capabilities?.has('end') ?? false),
        kick: isHolder && (capabilities?.has('kick') ?? false),
        lock: isHolder && (capabilities?.has('lock') ?? false),
      },
    }
  })
}

/** Those who are known by name, and how many there are besides. */
function countOf({ present, unnamed, observedBy }: SessionRecord): number | null {
  const named = Number(present)
  return unnamed === null && observedBy !== 'presence' && named === 0 ? null : named + (unnamed ?? 0)
}

type Entrance = Pick<AvailableRecord, 'isHost' | 'mayEnter' | 'provider' | 'meetingId' | 'joinUrl'>

function joinUrlOf({ publicUrl }: Means, viewer: Viewer, { isHost, mayEnter, provider, meetingId, joinUrl }: Entrance) {
  if (!isHost && !mayEnter && !viewer.isAdmin) return null
  if (provider === peer && meetingId !== null) return `${publicUrl().replace(/\/+$/, '')}/meetings/${meetingId}/room`
  return joinUrl
}

/** Rooms come into use by webhooks; for those that are lost, the whole account is listed so often at least. */
const sweptForPeriods = 10

/** Rooms without anyone in them as somebody sees them, in the same order. */
export function shownRooms(means: Means, viewer: Viewer, records: readonly AvailableRecord[]) {
  const { vault, providers, sessionPeriodMs } = means
  const isWithin = (at: Date | null, ms: number) => at !== null && Date.now() - at.getTime() <= ms
  return records.map((record) => {
    const { roomId, meetingId, title, provider, connectionId, hostId, hostName, nextAt, lastUsedAt } = record
    const isOurs = provider === peer || providers.kind(provider)?.capabilities.has('listLive') === false
    const isLookedAt =
      isWithin(record.answeredAt, provenForPeriods * sessionPeriodMs) &&
      isWithin(record.sweptAt, sweptForPeriods * sessionPeriodMs)
    const mayEnter = record.isHost || record.mayEnter || viewer.isAdmin
    const own = () =>
      meetingId === null
        ? openPasscode(means, record)
        : passcodeOf(vault, { id: meetingId, passcode: record.meetingPasscode })
    // Of rooms that we made, and of links that hold it, there is nothing to guess.
    const byDefault = () =>
      connectionId === null || meetingId !== null || /[?&]pwd=./.test(record.joinUrl ?? '')
        ? null
        : defaultPasscodeOf(vault, { id: connectionId, defaultPasscode: record.defaultPasscode })
    return {
      ...{ roomId, meetingId, title, provider, connectionId, hostId, hostName, nextAt, lastUsedAt },
      freshness: record.isHeard && (isOurs || isLookedAt) ? ('empty' as const) : ('unknown' as const),
      joinUrl: joinUrlOf(means, viewer, record),
      passcode: mayEnter ? (own() ?? byDefault()) : null,
    }
  })
}

function openPasscode({ vault }: Means, { sourceId, externalId, roomPasscode }: AvailableRecord): string | null {
  if (roomPasscode === null) return null
  try {
    return vault.open(passcodePurpose(sourceId, externalId), roomPasscode)
  } catch {
    return null
  }
}
