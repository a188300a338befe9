import { setTimeout as delay } from 'node:timers/promises'
import type { Vault } from '../../auth/vault.ts'
import type { Db } from '../../db/connect.ts'
import type { ConnectionId } from '../../ids.ts'
import { ProviderError } from '../../providers/provider.ts'
import type { Token, TokenStore } from '../../providers/zoom/api/tokens.ts'
import { type KeptToken, keptToken, openToken, sealToken } from './sealed.ts'
import { claimToken, findToken, releaseToken, saveToken } from './store.ts'

/** For so long one server is at it; another one waits for it, but not for ever. */
const [claimMs, patienceMs, lookMs] = [20_000, 14_000, 200]

/** Keeps the one token of a connection in its row, where all servers find it: one at a time asks for another. */
export function createRowTokens(db: Db, vault: Vault, id: ConnectionId): TokenStore {
  let kept: KeptToken | undefined
  let renewal: Promise<KeptToken> | undefined
  const read = async (refused: string | undefined) => {
    const row = await findToken(db, id)
    if (row === undefined) throw new ProviderError({ kind: 'unauthorized' }, 'The account is not connected any more.')
    const known = openToken(vault, id, row)
    return known?.token === refused ? undefined : known
  }
  /** No connection to the database is held meanwhile: the provider may take its time. */
  const renewOnce = async (renew: () => Promise<Token>, refused: string | undefined) => {
    try {
      const usable = await read(refused)
      if (usable !== undefined && isFresh(usable)) return usable
      const fresh = await renewed(renew, usable)
      if (fresh !== usable) await saveToken(db, id, sealToken(vault, id, fresh))
      return fresh
    } finally {
      await releaseToken(db, id)
    }
  }
  const replace = async (renew: () => Promise<Token>, refused: string | undefined): Promise<KeptToken> => {
    const until = Date.now() + patienceMs
    for (;;) {
      const usable = await read(refused)
      if (usable !== undefined && isFresh(usable)) return usable
      if (await claimToken(db, id, claimMs)) return renewOnce(renew, refused)
      // Another server renews it for its age alone.
      if (usable !== undefined && usable.expiresAt.getTime() > Date.now()) return usable
      if (Date.now() > until) {
        throw new ProviderError({ kind: 'transient' }, 'Another server asks the provider for a token.')
      }
      await delay(lookMs)
    }
  }
  const use: TokenStore['use'] = async (renew, refused) => {
    if (kept !== undefined && kept.token !== refused && isFresh(kept)) return kept.token
    const isFirst = renewal === undefined
    renewal ??= replace(renew, refused).finally(() => {
      renewal = undefined
    })
    kept = await renewal
    // Another call had it renewed for its age alone, and found the one that was refused here.
    return kept.token === refused && !isFirst ? use(renew, refused) : kept.token
  }
  return { use }
}

/** Another token, or the one that is there, where that holds for a while yet and no other is to be had. */
async function renewed(renew: () => Promise<Token>, usable: KeptToken | undefined): Promise<KeptToken> {
  const since = Date.now()
  try {
    return keptToken(await renew(), since)
  } catch (error) {
    if (usable === undefined || usable.expiresAt.getTime() <= Date.now()) throw error
    return usable
  }
}

function isFresh({ renewAt }: KeptToken): boolean {
  return renewAt.getTime() > Date.now()
}
