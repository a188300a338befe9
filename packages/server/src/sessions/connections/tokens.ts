import { sql } from 'kysely'
import type { Vault } from '../../auth/vault.ts'
import type { Db } from '../../db/connect.ts'
import type { ConnectionId } from '../../ids.ts'
import { ProviderError } from '../../providers/provider.ts'
import type { Token, TokenStore } from '../../providers/zoom/api/tokens.ts'
import { type KeptToken, keptToken, openToken, sealToken } from './sealed.ts'
import { lockToken, saveToken } from './store.ts'

/** For so long another server may be at it, and for so long the provider may take. */
const [lockTimeout, idleTimeout] = ['14s', '20s']

/** Keeps the one token of a connection in its row, where all servers find it: whoever has the row locked renews it. */
export function createRowTokens(db: Db, vault: Vault, id: ConnectionId): TokenStore {
  let kept: KeptToken | undefined
  let renewal: Promise<KeptToken> | undefined
  const replace = (renew: () => Promise<Token>, refused: string | undefined) =>
    db.transaction().execute(async (tx) => {
      await sql`select set_config('lock_timeout', ${lockTimeout}, true),
        set_config('idle_in_transaction_session_timeout', ${idleTimeout}, true)`.execute(tx)
      const row = await lockToken(tx, id).catch(busy)
      if (row === undefined) throw new ProviderError({ kind: 'unauthorized' }, 'The account is not connected any more.')
      const known = openToken(vault, id, row)
      const usable = known?.token === refused ? undefined : known
      if (usable !== undefined && isFresh(usable)) return usable
      const fresh = await renewed(renew, usable)
      if (fresh === usable) return fresh
      await saveToken(tx, id, sealToken(vault, id, fresh))
      return fresh
    })
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

/** Another server is at it, and slow. */
function busy(cause: unknown): never {
  const isLocked = cause instanceof Error && 'code' in cause && cause.code === '55P03'
  if (!isLocked) throw cause
  throw new ProviderError({ kind: 'transient' }, 'Another server asks the provider for a token.', { cause })
}
