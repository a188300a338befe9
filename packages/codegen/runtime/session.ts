import type { Api } from './api.ts'

interface SessionOptions {
  readonly session?: 'cookie' | undefined
  readonly token?: unknown
}

/** What the requests of a client say of cookies, where its API can keep sessions in them. */
export function sessionOf(header: string, { session, token }: SessionOptions): NonNullable<Api['session']> {
  if (session === undefined) return { headers: {}, init: knowsCookies() ? { credentials: 'omit' } : {} }
  if (token !== undefined) throw new TypeError('A client takes a token or the session of a cookie, not both.')
  return { headers: { [header]: session }, init: { credentials: 'include' } }
}

/** Runtimes without cookies, such as Cloudflare's, throw where credentials are mentioned. */
function knowsCookies(): boolean {
  return typeof Request === 'function' && 'credentials' in Request.prototype
}
