import type { Logger } from 'pino'
import { z } from 'zod'
import type { Vault } from '../../auth/vault.ts'
import type { Db } from '../../db/connect.ts'
import type { ConnectionId } from '../../ids.ts'
import { ask } from '../../providers/ask.ts'
import { type Checked, type Connectable, type ConnectedProvider, connectables } from '../../providers/connectable.ts'
import { type Accounts, requireMethods } from '../../providers/registry.ts'
import { watched } from '../../providers/watched.ts'
import type { Token } from '../../providers/zoom/api/tokens.ts'
import { createHealth, type Health } from './health.ts'
import { type KeptToken, keptToken, openSecrets } from './sealed.ts'
import { type Account, breakConnection, countCalls, findAccount, listAccounts } from './store.ts'
import { createRowTokens } from './tokens.ts'

/** More accounts than this are not connected to one server. */
export const maxConnections = 200
const checkPatienceMs = 30_000

/** What an account was tried with, before it is kept. */
export interface Trial {
  readonly checked: Checked
  /** The access token that it was given. */
  readonly token: KeptToken | undefined
  /** How many calls the trial took, by category. */
  readonly calls: ReadonlyMap<string, number>
}

export interface ConnectedAccounts extends Accounts {
  readonly find: (id: ConnectionId) => Promise<ConnectedProvider | undefined>
  /**
   * Looks whether an account can be used, without keeping anything.
   * @throws ProviderError
   */
  try(kind: Connectable, settings: unknown, secrets: unknown): Promise<Trial>
}

interface Dependencies {
  readonly db: Db
  readonly log: Logger
  readonly vault: Vault
  /** Where Zoom is, where that is not the real one. */
  readonly zoomUrl: string | undefined
}

interface Instance {
  readonly provider: ConnectedProvider
  readonly modifiedAt: number
  readonly health: Health
}

/** The accounts that are connected: kept as instances for as long as their rows stay as they are. */
export function createAccounts({ db, log, vault, zoomUrl }: Dependencies): ConnectedAccounts {
  const instances = new Map<ConnectionId, Instance>()
  const countCall = (id: ConnectionId) => (category: string) => {
    countCalls(db, id, category, 1).catch((err: unknown) => log.warn({ err }, 'a call to a provider was not counted'))
  }
  const make = (account: Account): Instance | undefined => {
    const { id, provider, settings, modifiedAt } = account
    const kind = connectables.get(provider)
    const secrets = openSecrets(vault, account)
    if (kind === undefined || secrets === undefined) return undefined
    const means = { tokens: createRowTokens(db, vault, id), countCall: countCall(id), url: urlOf(settings) ?? zoomUrl }
    const made = kind.make(settings, secrets, means)
    requireMethods(made)
    const health = createHealth({ db, log, id, provider })
    return { provider: watched(made, health), modifiedAt: modifiedAt.getTime(), health }
  }
  const find: ConnectedAccounts['find'] = async (id) => {
    const account = await findAccount(db, id)
    if (account === undefined) return void instances.delete(id)
    const known = instances.get(id)
    const instance = known?.modifiedAt === account.modifiedAt.getTime() ? known : make(account)
    if (instance === undefined) {
      await breakConnection(db, id, { problem: 'Its secrets cannot be read: give them anew.', cause: 'check' })
      return undefined
    }
    instances.set(id, instance)
    instance.health.learn(account)
    return instance.provider
  }
  return {
    kinds: [...connectables.values()],
    find,
    async list() {
      return (await listAccounts(db, maxConnections)).map(({ id, provider }) => ({ source: id, provider }))
    },
    async try(kind, settings, secrets) {
      const calls = new Map<string, number>()
      let token: KeptToken | undefined
      const use = async (renew: () => Promise<Token>, refused?: string) => {
        const since = Date.now()
        if (token === undefined || token.token === refused) token = keptToken(await renew(), since)
        return token.token
      }
      const provider = kind.make(settings, secrets, {
        tokens: { use },
        countCall: (category) => void calls.set(category, (calls.get(category) ?? 0) + 1),
        url: urlOf(settings) ?? zoomUrl,
      })
      const checked = await ask((options) => provider.check(options), { timeoutMs: checkPatienceMs })
      return { checked, token, calls }
    },
  }
}

const own = z.object({ url: z.url() })

/** The demo's accounts say themselves where their provider is: each of several servers finds the same one. */
function urlOf(settings: unknown): string | undefined {
  return own.safeParse(settings).data?.url
}
