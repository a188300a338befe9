import { DateTime } from 'luxon'
import { type CallOptions, type MeetingProvider, ProviderError, type ProviderRoom, type RoomPlan } from '../provider.ts'
import type { ApiCall, ZoomApi } from './api/client.ts'
import { pause } from './api/http.ts'
import { pathPart } from './api/urls.ts'
import { kindOf, unlessMissing } from './facts.ts'
import type { People } from './people.ts'
import { zoomRecurrence } from './recurrence.ts'
import { type Meeting, meeting, meetings, nothing } from './shapes.ts'

type Rooms = Required<Pick<MeetingProvider, 'ensureRoom' | 'updateRoom' | 'deleteRoom'>>

/** Meetings at Zoom that follow ours. */
export function createRooms(api: ZoomApi, people: People, end: Required<MeetingProvider>['end']): Rooms {
  const update = async (id: string, plan: RoomPlan, key: string, { signal }: CallOptions) => {
    const call = { category: 'light', path: `/meetings/${pathPart(id)}`, signal } as const
    await api.call(nothing, { ...call, method: 'PATCH', body: bodyOf(plan, key) })
    // The address holds the passcode in a form that only Zoom knows.
    return roomOf((await api.call(meeting, call)).data)
  }
  return {
    async ensureRoom(plan, key, options) {
      const host = await people.host(plan.host.email, options)
      if (host === undefined) throw new ProviderError({ kind: 'notFound' }, 'The account at Zoom has no users.')
      const path = `/users/${pathPart(host.id)}/meetings`
      const known = await findByKey(api, { path, signal: options.signal }, key)
      if (known !== undefined) return update(known.id, plan, key, options)
      const call = { category: 'light', method: 'POST', path, body: bodyOf(plan, key), ...options } as const
      return roomOf((await api.call(meeting, call)).data)
    },
    updateRoom: (id, plan, options) => update(id, plan, plan.meetingId, options),
    async deleteRoom(id, options) {
      for (const pauseMs of pausesMs) {
        try {
          const path = `/meetings/${pathPart(id)}`
          await unlessMissing(api.call(nothing, { category: 'light', method: 'DELETE', path, ...options }))
          return
        } catch (error) {
          if (kindOf(error) !== 'conflict' || pauseMs === undefined) throw error
        }
        await end(id, options)
        await pause(pauseMs, options.signal)
      }
    },
  }
}

/** A meeting that was ended runs for a moment yet. */
const pausesMs = [50, 500, 2_000, 5_000, undefined]

/** The meeting that was made under a key, by a try whose answer was lost. */
async function findByKey(
  api: ZoomApi,
  call: Pick<ApiCall, 'path' | 'signal'>,
  key: string,
): Promise<Meeting | undefined> {
  for await (const { data } of api.pages(meetings, { category: 'medium', query: { type: 'scheduled' }, ...call })) {
    const found = data.meetings.find(({ agenda }) => agenda?.includes(markOf(key)))
    if (found !== undefined) return found
  }
  return undefined
}

const markOf = (key: string) => `[${key}]`
/** Lists of Zoom show so much of what a meeting is about. */
const listedAgenda = 250
const maxAgenda = 2_000
const maxTopic = 200

/** What a meeting is about, with what we find it again by: below it, unless lists would cut it off. */
export function agendaOf(description: string, key: string): string {
  const mark = markOf(key)
  if (description === '') return mark
  const below = `${description}\n\n${mark}`
  return below.length <= listedAgenda ? below : `${mark}\n\n${description}`.slice(0, maxAgenda).toWellFormed()
}

function bodyOf(plan: RoomPlan, key: string) {
  const { passcode, lobby, timeZone } = plan
  const recurrence = plan.recurrence === null ? undefined : zoomRecurrence({ ...plan, recurrence: plan.recurrence })
  const start = DateTime.fromJSDate(plan.startsAt, { zone: timeZone }).toFormat("yyyy-MM-dd'T'HH:mm:ss")
  const times = { start_time: start, timezone: timeZone, duration: Math.max(1, Math.round(plan.durationMinutes)) }
  return {
    topic: [...plan.title].slice(0, maxTopic).join(''),
    agenda: agendaOf(plan.description, key),
    ...(recurrence === undefined && { type: 2, ...times }),
    // A series that Zoom cannot express is a meeting without times.
    ...(recurrence === null && { type: 3 }),
    ...(recurrence != null && { type: 8, ...times, recurrence }),
    // Without one of ours it has Zoom's own, which many accounts ask for: the address holds it.
    ...(passcode !== null && { password: zoomPasscode(passcode) }),
    settings: { waiting_room: lobby, join_before_host: !lobby },
  }
}

function zoomPasscode(passcode: string): string {
  if (/^[A-Za-z0-9@\-_*!]{1,10}$/.test(passcode)) return passcode
  const words = 'Zoom takes passcodes of up to 10 characters: letters from A to Z, digits, and @ - _ * !'
  throw new ProviderError({ kind: 'unsupported', capability: 'create' }, words)
}

function roomOf({ id, join_url }: Meeting): ProviderRoom {
  return { externalId: id, joinUrl: join_url ?? null }
}
