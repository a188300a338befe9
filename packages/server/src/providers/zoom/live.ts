import type { CallOptions, LiveParticipant, LiveSession, MeetingProvider, RoomStatus } from '../provider.ts'
import type { ZoomApi } from './api/client.ts'
import { pause } from './api/http.ts'
import { pathPart } from './api/urls.ts'
import { type Dashboard, missingDashboard } from './dashboard.ts'
import { factsOf, kindOf, nameOf, unlessMissing } from './facts.ts'
import type { People } from './people.ts'
import { type Cost, pace, snapshotPeriodMs } from './period.ts'
import { meeting, meetings, nothing, type User } from './shapes.ts'

type Live = Required<Pick<MeetingProvider, 'end' | 'snapshot' | 'snapshotEveryMs' | 'status' | 'participants'>>

/** What runs, who is in it, and its end. */
export function createLive(api: ZoomApi, people: People, dashboard: Dashboard): Live {
  let cost: Cost = {}
  const isRunning = async (id: string, options: CallOptions) =>
    (await unlessMissing(statusOf(api, id, options)))?.session != null
  return {
    async *snapshot(options) {
      if (dashboard.isLikely()) {
        const first = await dashboard.begin(options)
        if (first !== undefined) {
          cost = { heavy: 1 }
          yield* first
          return
        }
      }
      const hosts = await people.all(options)
      cost = { medium: hosts.length + 1 }
      yield* sessionsOfHosts(api, { hosts, people }, options)
    },
    snapshotEveryMs: () => snapshotPeriodMs(api.limits(), cost),
    status: (id, options) => statusOf(api, id, options),
    async participants(id, options): Promise<readonly LiveParticipant[]> {
      if (!dashboard.isLikely()) throw missingDashboard()
      return dashboard.participants(id, options)
    },
    async end(id, options) {
      const path = `/meetings/${pathPart(id)}/status`
      const call = { category: 'light', method: 'PUT', path, body: { action: 'end' }, ...options } as const
      try {
        await api.call(nothing, call)
        return 'ended'
      } catch (error) {
        const kind = kindOf(error)
        if (kind === 'notFound') return 'alreadyEnded'
        // Zoom has more than one code for a meeting that does not run.
        if ((kind === 'bug' || kind === 'conflict') && !(await isRunning(id, options))) return 'alreadyEnded'
        throw error
      }
    },
  }
}

async function statusOf(api: ZoomApi, id: string, options: CallOptions): Promise<RoomStatus> {
  const call = { category: 'light', path: `/meetings/${pathPart(id)}`, ...options } as const
  const { data, observedAt } = await api.call(meeting, call)
  const room = factsOf(data)
  const session = { externalId: data.id, startedAt: null, participantCount: null, room, observedAt }
  const isLive = data.status === 'started' && data.uuid !== undefined
  return { session: isLive ? { ...session, sessionKey: data.uuid ?? '' } : null, room, observedAt }
}

interface Hosts {
  readonly hosts: readonly User[]
  readonly people: People
}

/** Asks for each host, some at a time: accounts without Dashboards have no list of all. */
async function* sessionsOfHosts(api: ZoomApi, { hosts, people }: Hosts, { signal }: CallOptions) {
  const atOnce = pace(api.limits(), 'medium')
  for (let at = 0; at < hosts.length; at += atOnce) {
    const since = performance.now()
    const told = await Promise.all(hosts.slice(at, at + atOnce).map((host) => sessionsOf(api, host, signal)))
    if (told.includes(undefined)) people.forget()
    yield* told.flatMap((sessions) => sessions ?? [])
    const restMs = 1_000 - (performance.now() - since)
    if (at + atOnce < hosts.length && restMs > 0) await pause(restMs, signal)
  }
}

/** What one host holds now; undefined where the account does not have them any more. */
async function sessionsOf(api: ZoomApi, host: User, signal: AbortSignal): Promise<LiveSession[] | undefined> {
  const path = `/users/${pathPart(host.id)}/meetings`
  const sessions: LiveSession[] = []
  try {
    const call = { category: 'medium', path, query: { type: 'live' }, signal } as const
    for await (const { data, observedAt } of api.pages(meetings, call)) {
      for (const told of data.meetings) {
        if (told.uuid === undefined) continue
        const room = factsOf({ ...told, host: nameOf(host), host_email: host.email })
        // The time that Zoom tells here is the planned one.
        const unknown = { startedAt: null, participantCount: null }
        sessions.push({ externalId: told.id, sessionKey: told.uuid, ...unknown, room, observedAt })
      }
    }
  } catch (error) {
    if (kindOf(error) === 'notFound') return undefined
    throw error
  }
  return sessions
}
