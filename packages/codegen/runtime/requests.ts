import type { Api } from './api.ts'
import { Failure, reasonOf, throwLater, unsent } from './errors.ts'

/** Where the server is, and how to talk to it; the generated `ClientOptions` add what this API has. */
export interface CoreOptions {
  /** The base address of the server, such as `https://api.example.org`. */
  readonly url: string | URL
  /** Sent as `Authorization: Bearer <token>`. A function is asked for every request. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined
  /** More headers for every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** How long a call may take with all its retries. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** How often a call that is safe to repeat is sent again after a failure on the way. Default 3. */
  readonly maxRetries?: number | undefined
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Sees every request before it is sent and may set headers, such as `traceparent`. Where it fails, so do the calls. */
  readonly onRequest?: ((request: OutgoingRequest) => void | Promise<void>) | undefined
  /** Sees the head of every answer. What it throws is reported as uncaught and does not touch the calls. */
  readonly onResponse?: ((response: IncomingResponse) => void) | undefined
}

/** The same with what the generated `ClientOptions` say more closely. */
export interface AllOptions extends CoreOptions {
  readonly onSignedOut?: ((error: never) => void) | undefined
}

/** A request about to be sent. Calls of one tick share one. */
export interface OutgoingRequest {
  /** The procedures called, such as `users.me`. */
  readonly paths: readonly string[]
  /** May be added to. The token is not among them. */
  readonly headers: Headers
}

/** The head of an answer. */
export interface IncomingResponse {
  /** The procedures called. */
  readonly paths: readonly string[]
  /** The HTTP status, or 0 where none came. */
  readonly status: number
  readonly requestId: string | undefined
  /** The time from the sending of the request until the head of the answer was there. */
  readonly durationMs: number
  /** Without cookies. */
  readonly headers: Headers
}

/** What a request says besides where it goes. */
export interface RequestInput {
  readonly paths: readonly string[]
  /** What follows the address of the endpoint. */
  readonly query: string
  /** Sent by POST where there is one. */
  readonly body?: string | undefined
  readonly post: boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly token: string | undefined
  readonly signal: AbortSignal
}

/** How requests go out: with token, headers and hooks. */
export interface Requester {
  /** The token of the moment. */
  token(): Promise<string | undefined>
  /** Whether asking for the token again may give another one. */
  readonly renewsToken: boolean
  /** Gives the answer, of whatever status; rejects with a `Failure`. */
  send(input: RequestInput): Promise<Response>
  /** Tells the client's owner where one of the failures that a request ended with says that nobody is signed in. */
  tellSignedOut(failures: readonly Failure[]): void
}

/** How the requests of a client go out, for the user `actAs` where there is one. */
export function createRequester(api: Api, options: AllOptions, actAs: string | undefined): Requester {
  const base = `${String(options.url).replace(/\/+$/, '')}${api.path}/`
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const { token } = options
  return {
    renewsToken: typeof token === 'function',
    async token() {
      try {
        const given = typeof token === 'function' ? await token() : token
        // fetch would quote the token in its own error.
        if (given !== undefined && !/^[\x21-\x7e]+$/.test(given))
          throw new TypeError('The token does not fit into a header.')
        return given
      } catch (cause) {
        throw unsent(cause)
      }
    },
    async send(input) {
      const { paths, body, post, signal } = input
      const url = base + paths.map(encodeURIComponent).join() + input.query
      const headers = await headersOf(input, api, options, actAs)
      const start = Date.now()
      const tell = (status: number, given: Headers) =>
        options.onResponse && tellResponse(options.onResponse, paths, status, given, Date.now() - start)
      try {
        // Not to be followed: input and headers are for this server alone.
        const init = { method: post ? 'POST' : 'GET', headers, signal, body: body ?? null, redirect: 'manual' as const }
        const response = await fetch(url, { ...init, ...api.session?.init })
        tell(response.status, response.headers)
        if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) throw redirected()
        return response
      } catch (cause) {
        if (cause instanceof Failure) throw cause
        tell(0, new Headers())
        throw unreachable(url, cause)
      }
    },
    tellSignedOut(failures) {
      const found = failures.find(({ details }) => api.signedOut?.includes(details.code))
      if (found === undefined || options.onSignedOut === undefined) return
      try {
        options.onSignedOut(new api.ErrorClass(found.details) as never)
      } catch (error) {
        throwLater(error)
      }
    },
  }
}

function redirected(): Failure {
  const message = 'The server redirects to another address; make the client with that address as its url.'
  return new Failure({ code: 'BAD_RESPONSE', status: 0, message })
}

/** A server that gave no answer. */
function unreachable(url: string, cause: unknown): Failure {
  const host = /^\w+:\/\/([^/]+)/.exec(url)?.[1] ?? url
  return new Failure({ code: 'NETWORK', status: 0, message: `${host} cannot be reached: ${reasonOf(cause)}`, cause })
}

async function headersOf(
  input: RequestInput,
  api: Api,
  options: AllOptions,
  actAs: string | undefined,
): Promise<Headers> {
  try {
    const headers = new Headers(options.headers)
    if (input.body !== undefined) headers.set('content-type', 'application/json')
    for (const [name, value] of Object.entries({ ...input.headers, ...api.session?.headers })) headers.set(name, value)
    if (actAs !== undefined && api.actAsHeader !== undefined) headers.set(api.actAsHeader, actAs)
    await options.onRequest?.({ paths: input.paths, headers })
    if (input.token !== undefined) headers.set('authorization', `Bearer ${input.token}`)
    return headers
  } catch (cause) {
    throw unsent(cause)
  }
}

function tellResponse(
  hook: (response: IncomingResponse) => void,
  paths: readonly string[],
  status: number,
  given: Headers,
  durationMs: number,
): void {
  const headers = new Headers(given)
  headers.delete('set-cookie')
  try {
    hook({ paths, status, requestId: headers.get('x-request-id') ?? undefined, durationMs, headers })
  } catch (error) {
    throwLater(error)
  }
}
