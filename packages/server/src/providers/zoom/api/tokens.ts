import { z } from 'zod'
import { ProviderError } from '../../provider.ts'
import { request } from './http.ts'
import { problemOf } from './problems.ts'
import type { ZoomUrls } from './urls.ts'

export interface Token {
  readonly token: string
  readonly expiresAt: Date
}

/**
 * Keeps the one token of an account: another one may end it. All who use an account share its store.
 * `use` gives a token that holds for a while yet. It renews at about nine tenths of its life, and where the one that it has was
 * refused; whoever asks meanwhile waits for the same renewal.
 */
export interface TokenStore {
  use(renew: () => Promise<Token>, refused?: string): Promise<string>
}

/** In the memory of this process. */
export function createMemoryTokens(now = () => Date.now()): TokenStore {
  let kept: (Token & { renewAt: number }) | undefined
  let renewal: Promise<string> | undefined
  const replace = async (renew: () => Promise<Token>) => {
    const since = now()
    const next = await renew()
    kept = { ...next, renewAt: since + 0.9 * (next.expiresAt.getTime() - since) }
    return next.token
  }
  return {
    async use(renew, refused) {
      const known = kept?.token === refused ? undefined : kept
      if (known !== undefined && now() < known.renewAt) return known.token
      renewal ??= replace(renew).finally(() => {
        renewal = undefined
      })
      return renewal.catch((error: unknown) => {
        if (known !== undefined && now() < known.expiresAt.getTime()) return known.token
        throw error
      })
    },
  }
}

export interface Credentials {
  readonly accountId: string
  readonly clientId: string
  readonly clientSecret: string
}

const answer = z.object({
  // It becomes a header, and an error about one would show it.
  access_token: z.string().regex(/^[\x21-\x7e]{1,8000}$/),
  expires_in: z.number().int().min(1).max(86_400),
  scope: z.string().default(''),
})

/** Asks Zoom for a token. It answers to nobody's signal: several may wait for it. */
export async function renewToken(
  { accountId, clientId, clientSecret }: Credentials,
  urls: ZoomUrls,
): Promise<Token & { scopes: string[] }> {
  const since = Date.now()
  const { status, headers, json } = await request(`${urls.oauth}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'account_credentials', account_id: accountId }),
  })
  if (status === 400 || status === 401) {
    const words = 'Zoom does not accept the account id, the client id or the client secret.'
    throw new ProviderError({ kind: 'unauthorized' }, words)
  }
  if (status !== 200) throw problemOf({ status, headers, json })
  const parsed = answer.safeParse(json)
  if (!parsed.success) throw new ProviderError({ kind: 'bug' }, 'Zoom gave no token that can be read.')
  const { access_token: token, expires_in, scope } = parsed.data
  return { token, expiresAt: new Date(since + expires_in * 1_000), scopes: scope.split(/[\s,]+/).filter(Boolean) }
}
