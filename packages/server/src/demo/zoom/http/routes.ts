import type { ZoomAccount } from '../account.ts'
import { noMeeting, noRecording, Refusal } from '../refusal.ts'
import type { MeetingDetails } from '../state.ts'
import { dashboardMeeting, dashboardPerson, listedMeeting, recordingOf, timeOf, userOf, wholeMeeting } from '../wire.ts'
import { meetingBody, parseBody, statusBody } from './bodies.ts'
import type { Category, Plan } from './limits.ts'

export interface Request {
  /** Of the path, decoded as Zoom decodes it. */
  readonly params: readonly string[]
  readonly query: URLSearchParams
  readonly body: unknown
}

export interface Means {
  readonly account: ZoomAccount
  readonly plan: () => Plan
  readonly address: () => string
  /** Cuts a list into pages. */
  readonly page: (items: readonly unknown[], query: URLSearchParams, name: string) => object
  /** Lets files be fetched. */
  readonly downloadToken: () => string
}

export interface Route {
  readonly method: string
  readonly path: RegExp
  readonly category: Category
  /** One of them is needed. */
  readonly scopes: readonly string[]
  /** What is answered; undefined for nothing (204). */
  readonly serve: (request: Request, means: Means) => unknown
  readonly status?: number
}

const of = (name: string) =>
  name.includes(':read:') ? name.replace(/:.*/, ':read:admin') : name.replace(/:.*/, ':write:admin')
const classic: Readonly<Record<string, string>> = { cloud_recording: 'recording', dashboard: 'dashboard_meetings' }
const scope = (name: string) => [name, of(name.replace(/^\w+?(?=:)/, (kind) => classic[kind] ?? kind))]

const part = '([^/]+)'
const path = (text: string) => new RegExp(`^${text.replaceAll(':id', part)}$`)

export const routes: readonly Route[] = [
  {
    ...{ method: 'GET', path: path('/users'), category: 'Medium', scopes: scope('user:read:list_users:admin') },
    serve: ({ query }, { account, page }) => page([...account.state.users.values()].map(userOf), query, 'users'),
  },
  {
    ...{ method: 'GET', path: path('/users/:id'), category: 'Light', scopes: scope('user:read:user:admin') },
    serve: ({ params: [id = ''] }, { account }) => userOf(account.user(id)),
  },
  {
    ...{ method: 'GET', path: path('/users/:id/meetings'), category: 'Medium' },
    scopes: scope('meeting:read:list_meetings:admin'),
    serve({ params: [id = ''], query }, { account, address, page }) {
      const host = account.user(id)
      const theirs = [...account.state.meetings.values()].filter(({ hostId }) => hostId === host.id)
      const isLive = query.get('type') === 'live'
      // Meetings that were begun at once are in no list.
      const shown = theirs.filter(({ run, details }) => details.type !== 1 && (!isLive || run !== null))
      return page(
        shown.map((one) => listedMeeting(one, address())),
        query,
        'meetings',
      )
    },
  },
  {
    ...{ method: 'POST', path: path('/users/:id/meetings'), category: 'Light', status: 201 },
    scopes: scope('meeting:write:meeting:admin'),
    serve({ params: [id = ''], body }, { account, address }) {
      const host = account.user(id)
      const made = account.createMeeting({ host: host.id, ...known(parseBody(meetingBody, body)) })
      return wholeMeeting(made, host, address())
    },
  },
  {
    ...{ method: 'GET', path: path('/meetings/:id'), category: 'Light', scopes: scope('meeting:read:meeting:admin') },
    serve({ params: [id = ''] }, { account, address }) {
      const found = account.meeting(id)
      return wholeMeeting(found, account.user(found.hostId), address())
    },
  },
  {
    ...{ method: 'PATCH', path: path('/meetings/:id'), category: 'Light' },
    scopes: scope('meeting:update:meeting:admin'),
    serve({ params: [id = ''], body }, { account }) {
      account.updateMeeting(account.meeting(id).id, known(parseBody(meetingBody, body)))
    },
  },
  {
    ...{ method: 'DELETE', path: path('/meetings/:id'), category: 'Light' },
    scopes: scope('meeting:delete:meeting:admin'),
    serve({ params: [id = ''] }, { account }) {
      const found = account.meeting(id)
      if (found.run !== null)
        throw new Refusal(400, 3002, 'Sorry, you cannot delete this meeting since it is in progress.')
      account.deleteMeeting(found.id)
    },
  },
  {
    ...{ method: 'PUT', path: path('/meetings/:id/status'), category: 'Light' },
    scopes: scope('meeting:update:status:admin'),
    serve({ params: [id = ''], body }, { account }) {
      parseBody(statusBody, body)
      if (!account.end(account.meeting(id).id)) throw new Refusal(400, 3000, 'This meeting is not in progress.')
    },
  },
  {
    ...{ method: 'GET', path: path('/metrics/meetings'), category: 'Heavy' },
    scopes: scope('dashboard:read:list_meetings:admin'),
    serve({ query }, { account, plan, page }) {
      requireDashboard(plan())
      if (query.get('from') === null || query.get('to') === null)
        throw new Refusal(400, 300, 'Validation Failed.', [{ field: 'from', message: 'Required.' }])
      const live = [...account.state.meetings.values()].flatMap((meeting) =>
        meeting.run === null ? [] : [dashboardMeeting(meeting, meeting.run, account.user(meeting.hostId))],
      )
      return page(live, query, 'meetings')
    },
  },
  {
    ...{ method: 'GET', path: path('/metrics/meetings/:id/participants'), category: 'Heavy' },
    scopes: scope('dashboard:read:list_meeting_participants:admin'),
    serve({ params: [id = ''], query }, { account, plan, page }) {
      requireDashboard(plan())
      const { run } = account.meeting(id)
      if (run === null) throw noMeeting(id)
      return page(run.people.map(dashboardPerson), query, 'participants')
    },
  },
  {
    ...{ method: 'GET', path: path('/past_meetings/:id/instances'), category: 'Medium' },
    scopes: scope('meeting:read:list_past_instances:admin'),
    serve({ params: [id = ''] }, { account }) {
      const { past } = account.meeting(id)
      return { meetings: past.map(({ uuid, startedAt }) => ({ uuid, start_time: timeOf(startedAt) })) }
    },
  },
  {
    ...{ method: 'GET', path: path('/meetings/:id/recordings'), category: 'Light' },
    scopes: scope('cloud_recording:read:list_recording_files:admin'),
    serve({ params: [id = ''], query }, { account: { state }, address, downloadToken }) {
      const meetings = [...state.meetings.values()]
      const found = meetings.find((one) => String(one.id) === id) ?? meetings.find((one) => runsOf(one).includes(id))
      const last = state.files.findLast((file) => file.meetingId === found?.id && !file.isTrashed)
      const uuid = found !== undefined && String(found.id) === id ? last?.uuid : id
      if (found === undefined || !state.files.some((file) => file.uuid === uuid && !file.isTrashed)) throw noRecording()
      const asked = query.get('include_fields') === 'download_access_token'
      const told = recordingOf(state, found, uuid ?? '', address())
      return { ...told, ...(asked && { download_access_token: downloadToken() }) }
    },
  },
  {
    ...{ method: 'DELETE', path: path('/meetings/:id/recordings/:id'), category: 'Light' },
    scopes: scope('cloud_recording:delete:recording_file:admin'),
    serve({ params: [, id] }, { account: { state } }) {
      const file = state.files.find((one) => one.id === id && !one.isTrashed)
      if (file === undefined) throw noRecording()
      file.isTrashed = true
    },
  },
]

function runsOf({ run, past }: { run: { uuid: string } | null; past: readonly { uuid: string }[] }): string[] {
  return [...past, ...(run === null ? [] : [run])].map(({ uuid }) => uuid)
}

function requireDashboard(plan: Plan): void {
  if (plan !== 'business')
    throw new Refusal(400, 200, 'Dashboard feature is only available for Business or higher plans.')
}

/** What was given, without what was left out. */
function known(body: { [Name in keyof MeetingDetails]?: MeetingDetails[Name] | undefined }): Partial<MeetingDetails> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}
