import { AntiphonError, type ClientOptions, type UserId } from '../generated/index.ts'
import { reasonOf } from '../generated/runtime/errors.ts'
import { sessionOf } from '../generated/runtime/session.ts'

export interface BytesRequest {
  readonly method: 'GET' | 'HEAD' | 'PATCH'
  /** Below the address of the server. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Blob | Uint8Array<ArrayBuffer>
  readonly signal?: AbortSignal | undefined
}

/** How bytes come and go: with the token and headers of a client. Rejects with an `AntiphonError` for all but good answers. */
export interface Bytes {
  send(request: BytesRequest): Promise<Response>
  as(id: UserId): Bytes
}

export function createBytes(options: ClientOptions, actAs?: UserId): Bytes {
  const { url, token } = options
  const fetch: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const base = String(url).replace(/\/+$/, '')
  const session = sessionOf('Antiphon-Session', options)
  const headersFor = async ({ method, path, headers: own }: BytesRequest) => {
    const headers = new Headers({ ...options.headers, ...own, ...session.headers })
    if (actAs !== undefined) headers.set('Antiphon-As', actAs)
    await options.onRequest?.({ paths: [`${method} ${path}`], headers })
    const given = typeof token === 'function' ? await token() : token
    if (given !== undefined) headers.set('authorization', `Bearer ${given}`)
    return headers
  }
  return {
    as: (id) => createBytes(options, id),
    async send(request) {
      const { method, path, body, signal } = request
      const init = { method, body: body ?? null, signal: signal ?? null, redirect: 'manual' as const, ...session.init }
      const response = await headersFor(request)
        .then((headers) => fetch(base + path, { ...init, headers }))
        .catch((cause: unknown) => {
          const code = signal?.aborted && signal.reason?.name !== 'TimeoutError' ? 'ABORTED' : 'NETWORK'
          throw new AntiphonError({ code, status: 0, message: reasonOf(cause), cause })
        })
      if (response.ok) return response
      const error = await errorOf(response)
      if (error.code === 'NOT_SIGNED_IN' || error.code === 'TOKEN_INVALID') options.onSignedOut?.(error)
      throw error
    },
  }
}

const codes: Readonly<Record<number, string>> = { 401: 'TOKEN_INVALID', 404: 'NOT_FOUND', 429: 'RATE_LIMITED' }

/** What the server says of a refusal; without its words what the status says, since HEAD has no more. */
async function errorOf(response: Response): Promise<AntiphonError> {
  const { status } = response
  const problem: unknown = await response.json().catch(() => undefined)
  if (problem !== null && typeof problem === 'object' && 'code' in problem && typeof problem.code === 'string') {
    const details = problem as { code: string; detail?: string; retryAfterMs?: number; requestId?: string }
    return new AntiphonError({ ...details, status, message: details.detail ?? details.code })
  }
  const code = codes[status] ?? (status >= 502 ? 'NETWORK' : 'BAD_RESPONSE')
  return new AntiphonError({ code, status, message: `The server answered ${status}.` })
}
