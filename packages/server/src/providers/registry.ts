import type { ConnectionId } from '../ids.ts'
import { link } from './link.ts'
import type { Capability, MeetingProvider } from './provider.ts'

/** A provider that the server knows by name, before any of its accounts is looked at. */
export interface ProviderKind {
  readonly id: string
  readonly capabilities: ReadonlySet<Capability>
  /** Whether it takes an account that is connected. */
  readonly needsAccount: boolean
}

/** Which provider, and by which account where it takes one. */
export interface ProviderName {
  readonly provider: string
  readonly connectionId: ConnectionId | null
}

/** The providers of a server. */
export interface Providers {
  /** Undefined for a name that the server does not know. */
  kind(id: string): ProviderKind | undefined
  /** The names of those that can do something. */
  able(capability: Capability): readonly string[]
  /** Undefined where there is none, or its account is not connected any more. */
  find(name: ProviderName): Promise<MeetingProvider | undefined>
  /** By the id of a connection, or of a provider that takes none. */
  ofSource(source: string): Promise<MeetingProvider | undefined>
  /** Where sessions are heard of: all accounts, and the providers without accounts that tell of sessions. */
  sources(): Promise<readonly { source: string; provider: string }[]>
}

/** The accounts that are connected, and the providers that take them. */
export interface Accounts {
  readonly kinds: readonly Omit<ProviderKind, 'needsAccount'>[]
  find(id: ConnectionId): Promise<MeetingProvider | undefined>
  list(): Promise<readonly { source: string; provider: string }[]>
}

type Method = Exclude<keyof MeetingProvider, 'id' | 'capabilities'>

const methods: Readonly<Record<Capability, readonly Method[]>> = {
  create: ['ensureRoom', 'updateRoom', 'deleteRoom'],
  signedJoin: ['joinLink'],
  end: ['end'],
  listLive: ['snapshot'],
  roomStatus: ['status'],
  listParticipants: ['participants'],
  kick: ['kick'],
  lock: ['lock'],
  recordings: ['recordings', 'fetchRecording'],
  recordingControl: ['record'],
  deleteRecording: ['deleteRecording'],
  webhooks: ['verifyWebhook', 'parseWebhook'],
}

const none: Accounts = { kinds: [], find: async () => undefined, list: async () => [] }

/**
 * Ours, those of the program that embeds the server, and those that take accounts.
 * @throws Error where two have one id, or one lacks what it says it can do
 */
export function createProviders(more: readonly MeetingProvider[], accounts: Accounts = none): Providers {
  const plain = new Map<string, MeetingProvider>()
  const kinds = new Map<string, ProviderKind>(accounts.kinds.map((one) => [one.id, { ...one, needsAccount: true }]))
  for (const provider of [link, ...more]) {
    const { id, capabilities } = provider
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(id)) throw new Error(`"${id}" is no id of a provider: a-z, digits, hyphens.`)
    if (kinds.has(id)) throw new Error(`There are two providers "${id}".`)
    requireMethods(provider)
    plain.set(id, provider)
    kinds.set(id, { id, capabilities, needsAccount: false })
  }
  const account = (id: string) => (isConnection(id) ? accounts.find(id) : Promise.resolve(undefined))
  return {
    kind: (id) => kinds.get(id),
    able: (capability) =>
      [...kinds.values()].filter(({ capabilities }) => capabilities.has(capability)).map(({ id }) => id),
    async find({ provider, connectionId }) {
      if (connectionId === null) return plain.get(provider)
      const found = await account(connectionId)
      return found?.id === provider ? found : undefined
    },
    ofSource: async (source) => plain.get(source) ?? account(source),
    async sources() {
      const telling = [...plain.values()].filter(({ capabilities }) => capabilities.has('listLive'))
      return [...telling.map(({ id }) => ({ source: id, provider: id })), ...(await accounts.list())]
    },
  }
}

/** Whether a source is an account: no provider has an id like this. */
export function isConnection(id: string): id is ConnectionId {
  return id.startsWith('con_')
}

/** @throws Error where a provider lacks what it says it can do */
export function requireMethods(provider: MeetingProvider): void {
  const wanted = [...provider.capabilities].flatMap((one) => methods[one])
  const lacking = wanted.filter((name) => provider[name] === undefined)
  if (lacking.length > 0) throw new Error(`The provider "${provider.id}" lacks ${lacking.join(', ')}.`)
}
