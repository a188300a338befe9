import { createTRPCUntypedClient, httpBatchLink, TRPCClientError } from '@trpc/client'
import { Failure, type FieldProblem } from './errors.ts'

/** Turns values into JSON and back; superjson is one. */
export interface Transformer {
  serialize(value: unknown): unknown
  deserialize(value: never): unknown
}

export interface TransportOptions {
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  readonly headers: () => Promise<Record<string, string>>
  readonly transformer: Transformer | undefined
  /** Sends queries by POST too, which keeps their input out of addresses and logs. */
  readonly postQueries: boolean
}

/** Sends one call, in one request with the other calls of the same tick. Rejects with a `Failure`. */
export type Send = (type: 'query' | 'mutation', path: string, input: unknown, signal: AbortSignal) => Promise<unknown>

const maxBatch = 20
const maxUrlLength = 4_000

/** The way to the server: tRPC over HTTP. */
export function createTransport(options: TransportOptions): Send {
  const { url, headers, transformer, postQueries } = options
  const plain = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value }
  const link = httpBatchLink({
    url,
    headers,
    transformer: transformer ?? plain,
    maxItems: maxBatch,
    // The input of a query by GET is in the address, and a single one may need more room than a batch should.
    maxURLLength: postQueries ? maxUrlLength : 4 * maxUrlLength,
    ...(postQueries ? { methodOverride: 'POST' as const } : {}),
    fetch: (input, init) => fetchJson(options.fetch, String(input), init ?? {}),
  })
  const client = createTRPCUntypedClient({ links: [link] })
  return async (type, path, input, signal) => {
    try {
      return await client[type](path, input, { signal })
    } catch (error) {
      throw toFailure(error)
    }
  }
}

interface JsonResponse {
  readonly ok: boolean
  readonly body: null
  readonly status: number
  readonly headers: Headers
  json(): Promise<unknown>
}

async function fetchJson(fetch: typeof globalThis.fetch, url: string, init: object): Promise<JsonResponse> {
  let response: Response
  let text: string
  try {
    response = await fetch(url, init)
    text = await response.text()
  } catch (cause) {
    throw new Failure({
      code: 'NETWORK',
      status: 0,
      message: `${new URL(url).host} cannot be reached: ${reason(cause)}`,
      cause,
    })
  }
  const { status, headers } = response
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    const type = headers.get('content-type') ?? 'no content type'
    const message = `The server answered with status ${status} and ${type}, which is not an answer of this API.`
    const retryAfterMs = retryAfter(headers)
    throw new Failure({ code: 'BAD_RESPONSE', status: 0, message, retryAfterMs, cause }, status)
  }
  return { ok: response.ok, body: null, status, headers, json: async () => json }
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  // fetch says only "fetch failed"; what happened is in its cause.
  return cause.cause instanceof Error && cause.cause.message !== '' ? cause.cause.message : cause.message
}

function toFailure(error: unknown): Failure {
  if (!(error instanceof TRPCClientError)) return unsent(error)
  if (error.cause instanceof Failure) return error.cause
  const response = property(error.meta, 'response')
  const data: unknown = error.data
  const code = property(data, 'code')
  if (typeof code === 'string') return refusal(error, code, data, response)
  if (response === undefined) return unsent(error.cause ?? error)
  const message = 'The answer of the server cannot be read; the SDK and the server may be too far apart.'
  return new Failure(
    { code: 'BAD_RESPONSE', status: 0, message, cause: error },
    numberOf(property(response, 'status')) ?? 0,
  )
}

function unsent(cause: unknown): Failure {
  return new Failure({ code: 'NETWORK', status: 0, message: `The request could not be sent: ${reason(cause)}`, cause })
}

function refusal(error: Error, code: string, data: unknown, response: unknown): Failure {
  const headers = property(response, 'headers')
  const given = headers instanceof Headers ? headers : new Headers()
  const requestId = property(data, 'requestId')
  return new Failure({
    code,
    status: numberOf(property(data, 'httpStatus')) ?? numberOf(property(response, 'status')) ?? 500,
    message: error.message,
    fields: fieldProblems(property(data, 'fields')),
    requestId: typeof requestId === 'string' ? requestId : (given.get('x-request-id') ?? undefined),
    retryAfterMs: numberOf(property(data, 'retryAfterMs')) ?? retryAfter(given),
  })
}

function fieldProblems(fields: unknown): FieldProblem[] {
  if (!Array.isArray(fields)) return []
  return fields.map((field) => ({ path: textOf(property(field, 'path')), message: textOf(property(field, 'message')) }))
}

/** The wait that `Retry-After` asks for, given in seconds or as a date. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  if (value === null || value.trim() === '') return undefined
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

function property(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
