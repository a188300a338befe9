import { link } from './link.ts'
import type { Capability, MeetingProvider } from './provider.ts'

/** The providers of a server, by their ids. */
export type Providers = ReadonlyMap<string, MeetingProvider>

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

/**
 * Ours, and those of the program that embeds the server.
 * @throws Error where two have one id, or one lacks what it says it can do
 */
export function createProviders(more: readonly MeetingProvider[]): Providers {
  const providers = new Map<string, MeetingProvider>()
  for (const provider of [link, ...more]) {
    const { id, capabilities } = provider
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(id)) throw new Error(`"${id}" is no id of a provider: a-z, digits, hyphens.`)
    if (providers.has(id)) throw new Error(`There are two providers "${id}".`)
    const lacking = [...capabilities].flatMap((one) => methods[one]).filter((name) => provider[name] === undefined)
    if (lacking.length > 0) throw new Error(`The provider "${id}" lacks ${lacking.join(', ')}.`)
    providers.set(id, provider)
  }
  return providers
}
