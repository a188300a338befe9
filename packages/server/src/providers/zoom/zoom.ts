import type { CallOptions, MeetingProvider } from '../provider.ts'
import { type ApiOptions, createApi, type ZoomApi } from './api/client.ts'
import type { Limits } from './api/limits.ts'
import { createDashboard, type Dashboard } from './dashboard.ts'
import { nameOf, unlessMissing } from './facts.ts'
import { createLive } from './live.ts'
import { createPeople } from './people.ts'
import { createRecordings } from './recordings.ts'
import { createRooms } from './rooms.ts'
import { dashboardNeeds, lacking } from './scopes.ts'
import { user } from './shapes.ts'
import { parseWebhook, verifyWebhook } from './webhooks.ts'

export interface ZoomOptions extends ApiOptions {
  /** The Secret Token of the app, which its webhooks are signed with. */
  readonly webhookSecret: string
}

/** What an account is found to be. */
export interface AccountCheck {
  /** Null where Zoom does not tell. */
  readonly accountName: string | null
  /** What the app may do. */
  readonly scopes: readonly string[]
  /** What it lacks of what is needed. */
  readonly missingScopes: readonly string[]
  /** Whether all that runs, and who is in it, can be asked for: that takes the plan Business or above, and its scopes. */
  readonly hasDashboard: boolean
  /** As far as the answers told. */
  readonly limits: Limits
}

export interface ZoomProvider extends MeetingProvider {
  /**
   * Looks whether the credentials count, and what for.
   * @throws ProviderError `unauthorized` where they do not
   */
  check(options: CallOptions): Promise<AccountCheck>
}

/** Meetings in one account at Zoom, through its Server-to-Server OAuth app. */
export function createZoom({ webhookSecret, ...options }: ZoomOptions): ZoomProvider {
  const api = createApi(options)
  const people = createPeople(api)
  const dashboard = createDashboard(api)
  const live = createLive(api, people, dashboard)
  return {
    id: 'zoom',
    capabilities: new Set([
      ...(['create', 'end', 'listLive', 'roomStatus', 'listParticipants'] as const),
      ...(['recordings', 'deleteRecording', 'webhooks'] as const),
    ]),
    ...live,
    ...createRooms(api, people, live.end),
    ...createRecordings(api, options.baseUrls),
    now: () => api.clock.toZoom(Date.now()),
    verifyWebhook: (request, now) => verifyWebhook(request, webhookSecret, now),
    parseWebhook,
    check: (options) => check(api, dashboard, options),
  }
}

async function check(api: ZoomApi, dashboard: Dashboard, options: CallOptions): Promise<AccountCheck> {
  const scopes = await api.scopes()
  const missingScopes = lacking(scopes)
  const me = missingScopes.includes('user:read:user:admin')
    ? undefined
    : (await unlessMissing(api.call(user, { category: 'light', path: '/users/me', ...options })))?.data
  const mayAsk = lacking(scopes, dashboardNeeds).length === 0
  return {
    accountName: me?.company ?? (me === undefined ? null : (nameOf(me) ?? me.email ?? null)),
    scopes,
    missingScopes,
    hasDashboard: mayAsk && (await dashboard.probe(options)),
    limits: api.limits(),
  }
}
