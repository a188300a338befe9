import type { z } from 'zod'
import type { CallOptions, Capability, MeetingProvider } from './provider.ts'
import { zoomSecrets, zoomSettings } from './schema.ts'
import { limitOf } from './zoom/api/limits.ts'
import type { TokenStore } from './zoom/api/tokens.ts'
import { zoomUrls } from './zoom/api/urls.ts'
import { dashboardNeeds } from './zoom/scopes.ts'
import { createZoom, type ZoomProvider } from './zoom/zoom.ts'

/** What a look at an account finds. */
export interface Checked {
  /** What the provider calls it; null where it does not tell. */
  readonly accountName: string | null
  /** Scopes without which it cannot be used. */
  readonly lacking: readonly string[]
  /** What it can do without, and lacks: a sentence each, for administrators. */
  readonly notes: readonly string[]
  /** How many calls of a category it has a day; null where nobody tells. */
  readonly limits: Readonly<Record<string, number | null>>
}

/** A provider by one account. */
export interface ConnectedProvider extends MeetingProvider {
  /**
   * Whether the account can be used.
   * @throws ProviderError
   */
  check(options: CallOptions): Promise<Checked>
}

/** What every account is given. */
export interface Means {
  readonly tokens: TokenStore
  /** Told of every call that goes out, by the provider's own category. */
  readonly countCall: (category: string) => void
  /** Where the provider is, where that is not the real one. */
  readonly url: string | undefined
}

interface Entry<Settings extends z.ZodObject, Secrets extends z.ZodObject> {
  readonly id: string
  readonly capabilities: ReadonlySet<Capability>
  readonly settings: Settings
  readonly secrets: Secrets
  /** What tells one account from another. */
  readonly accountOf: (settings: z.output<Settings>) => string
  readonly make: (given: z.output<Settings> & z.output<Secrets>, means: Means) => ConnectedProvider
}

/** A kind of provider whose accounts can be connected. */
export interface Connectable {
  readonly id: string
  readonly capabilities: ReadonlySet<Capability>
  accountOf(settings: unknown): string
  /** @throws ZodError where settings and secrets are not those of this kind */
  make(settings: unknown, secrets: unknown, means: Means): ConnectedProvider
}

/** Every kind whose accounts can be connected: a further one is one more entry here, and its words in schema.ts. */
export const connectables: ReadonlyMap<string, Connectable> = new Map(
  [
    connectable({
      id: 'zoom',
      capabilities: new Set([
        ...(['create', 'end', 'listLive', 'roomStatus', 'listParticipants'] as const),
        ...(['recordings', 'deleteRecording', 'webhooks'] as const),
      ]),
      settings: zoomSettings,
      secrets: zoomSecrets,
      accountOf: ({ accountId }) => accountId,
      make(given, { url, ...means }) {
        const zoom = createZoom({ ...given, ...means, baseUrls: zoomUrls(url) })
        return { ...zoom, check: (options) => checkZoom(zoom, options) }
      },
    }),
  ].map((one) => [one.id, one]),
)

function connectable<Settings extends z.ZodObject, Secrets extends z.ZodObject>({
  settings,
  secrets,
  accountOf,
  make,
  ...kind
}: Entry<Settings, Secrets>): Connectable {
  return {
    ...kind,
    accountOf: (given) => accountOf(settings.parse(given)),
    make: (given, opening, means) => make({ ...settings.parse(given), ...secrets.parse(opening) }, means),
  }
}

const withoutDashboards =
  'Who is in a meeting is known by webhooks alone: asking Zoom takes the plan Business or above, and the scopes ' +
  `${dashboardNeeds.map(({ scope }) => scope).join(' and ')}.`

async function checkZoom(zoom: ZoomProvider, options: CallOptions): Promise<Checked> {
  const { accountName, missingScopes, hasDashboard, limits } = await zoom.check(options)
  const perDay = (category: 'light' | 'medium' | 'heavy') => {
    const limit = limitOf(limits, category).perDay
    return Number.isFinite(limit) ? limit : null
  }
  return {
    accountName,
    lacking: missingScopes,
    notes: hasDashboard ? [] : [withoutDashboards],
    limits: { light: perDay('light'), medium: perDay('medium'), heavy: perDay('heavy') },
  }
}
