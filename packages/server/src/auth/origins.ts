/** What a request tells about the page it comes from. */
export interface OriginCheck {
  /** The header `Origin`. */
  readonly origin: string | undefined
  readonly method: string
  /** The header `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined
  /** The origins of this server itself. */
  readonly ownOrigins: readonly string[]
  /** Other origins whose pages may act for their users. */
  readonly allowed: readonly string[]
}

/** Whether a cookie of this request may be believed: it comes from a page of ours, or of an allowed origin. */
export function isTrustedOrigin({ origin, method, fetchSite, ownOrigins, allowed }: OriginCheck): boolean {
  if (origin === undefined) {
    const isRead = method === 'GET' || method === 'HEAD'
    return isRead && (fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none')
  }
  const given = normalise(origin)
  return given !== undefined && [...ownOrigins, ...allowed].some((known) => normalise(known) === given)
}

/** The origin of this server: that of its public address where one is set, else what the request was sent to. */
export function ownOrigin(from: {
  publicUrl?: string | undefined
  host: string | undefined
  protocol: string
}): string | undefined {
  if (from.publicUrl === undefined)
    return from.host === undefined ? undefined : normalise(`${from.protocol}://${from.host}`)
  return URL.canParse(from.publicUrl) ? normalise(new URL(from.publicUrl).origin) : undefined
}

/**
 * Origins from a text, separated by commas; in the form in which browsers send them, each once.
 * Throws a message for people.
 */
export function parseOrigins(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim())
  return [...new Set(parts.filter((part) => part !== '').map(parseOrigin))]
}

function parseOrigin(part: string): string {
  const origin = normalise(part)
  if (origin !== undefined) return origin
  throw new Error(`"${part.slice(0, 100)}" is not an origin such as https://app.example.com: ${problemOf(part)}`)
}

function problemOf(part: string): string {
  if (part.includes('*')) return 'there are no wildcards, list each origin'
  if (!/^https?:\/\//i.test(part)) return 'it begins with https:// or http://'
  if (/\s/.test(part)) return 'it has no blanks, commas separate origins'
  if (/^https?:\/\/[^/?#]+[/?#]/i.test(part)) return 'it has no path, not even a slash at the end'
  return 'it has a scheme, a host and perhaps a port, and nothing else'
}

/** Scheme, host and port in the form of browsers; undefined for whatever is not just these. */
function normalise(origin: string): string | undefined {
  const isBare = origin.length <= 300 && /^https?:\/\/[^\s/?#@\\*,]+$/i.test(origin)
  return isBare && URL.canParse(origin) ? new URL(origin).origin : undefined
}
