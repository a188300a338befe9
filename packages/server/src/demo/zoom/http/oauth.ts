import { timingSafeEqual } from 'node:crypto'
import { Refusal } from '../refusal.ts'

export interface App {
  readonly accountId: string
  readonly clientId: string
  readonly clientSecret: string
}

interface Issued {
  readonly expiresAt: number
  readonly scopes: readonly string[]
}

interface Options {
  readonly app: () => App
  readonly scopes: () => readonly string[]
  readonly now: () => Date
  readonly lifeSeconds: number
  /** A new token ends the one before. */
  readonly revokesOlder: boolean
  readonly makeToken: () => string
}

/** The tokens of an app. */
export function createOauth({ app, scopes, now, lifeSeconds, revokesOlder, makeToken }: Options) {
  const issued = new Map<string, Issued>()
  return {
    /** Answers a request for a token: its headers, and its form or query. */
    issue(authorization: string | undefined, form: URLSearchParams): { status: number; body: unknown } {
      const { accountId, clientId, clientSecret } = app()
      const wanted = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
      if (!isSame(authorization ?? '', wanted))
        return { status: 401, body: { reason: 'Invalid client_id or client_secret', error: 'invalid_client' } }
      if (form.get('grant_type') !== 'account_credentials')
        return { status: 400, body: { reason: 'unsupported grant type', error: 'unsupported_grant_type' } }
      if (form.get('account_id') !== accountId)
        return { status: 400, body: { reason: 'Bad Request', error: 'invalid_request' } }
      if (revokesOlder || issued.size > 1_000) issued.clear()
      const token = makeToken()
      issued.set(token, { expiresAt: now().getTime() + lifeSeconds * 1_000, scopes: scopes() })
      const body = { access_token: token, token_type: 'bearer', expires_in: lifeSeconds, scope: scopes().join(' ') }
      return { status: 200, body }
    },
    holds: (token: string) => (issued.get(token)?.expiresAt ?? 0) > now().getTime(),
    /** @throws Refusal unless the token holds, and has one of the scopes */
    require(authorization: string | undefined, anyOf: readonly string[]): void {
      const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1]
      const known = token === undefined ? undefined : issued.get(token)
      if (known === undefined) throw new Refusal(401, 124, 'Invalid access token.')
      if (known.expiresAt <= now().getTime()) throw new Refusal(401, 124, 'Access token is expired.')
      if (known.scopes.some((scope) => anyOf.includes(scope))) return
      throw new Refusal(400, 4711, `Invalid access token, does not contain scopes:[${anyOf.join(', ')}].`)
    },
    expire: () => issued.clear(),
  }
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}
