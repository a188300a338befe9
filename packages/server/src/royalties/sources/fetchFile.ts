import { lookup } from 'node:dns/promises'
import { createWriteStream } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { rootCertificates } from 'node:tls'
import { hostOf, isPublic, type OwnHosts, refusalOf } from './address.ts'

export interface FetchLimits {
  maxBytes: number
  /** How long all of it may take; ten minutes unless given. */
  totalMs?: number
  /** How long nothing may come; half a minute unless given. */
  idleMs?: number
}

export interface FetchMeans {
  readonly ownHosts: OwnHosts
  /** Certificates in PEM that count besides the usual ones. */
  readonly ca?: string | undefined
  readonly limits: FetchLimits
}

export interface Wanted {
  readonly url: string
  /** Of the version that is known. */
  readonly etag: string | null
  /** The file to write. */
  readonly path: string
  readonly signal: AbortSignal
}

export type FetchCode = 'ADDRESS_REFUSED' | 'UNREACHABLE' | 'TIMED_OUT' | 'BAD_ANSWER' | 'TOO_LARGE'

/** Why a file was not fetched, in words that tell nothing of networks inside. */
export class FetchFailure extends Error {
  override readonly name = 'FetchFailure'
  readonly code: FetchCode

  constructor(code: FetchCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

const maxRedirects = 3
const longestTag = 1_000

/**
 * Fetches a file by https from a public address, or from one's own hosts: names are resolved once, and the connection goes to
 * the addresses that were looked at. Undefined where it is the version that is known.
 * @throws FetchFailure; what the signal was aborted with; ENOSPC where the disk is full
 */
export async function fetchFile(means: FetchMeans, wanted: Wanted): Promise<{ etag: string | null } | undefined> {
  const { totalMs = 600_000, maxBytes } = means.limits
  const late = AbortSignal.timeout(totalMs)
  const signal = AbortSignal.any([wanted.signal, late])
  try {
    const answer = await follow(means, { ...wanted, signal })
    try {
      if (answer.statusCode === 304 && wanted.etag !== null) return undefined
      checkAnswer(answer, maxBytes)
      await pipeline(bounded(answer, maxBytes), createWriteStream(wanted.path), { signal })
      const { etag } = answer.headers
      return { etag: etag !== undefined && etag.length <= longestTag ? etag : null }
    } finally {
      answer.destroy()
    }
  } catch (error) {
    wanted.signal.throwIfAborted()
    if (late.aborted) throw timedOut('The file does not come to its end in time.')
    throw error instanceof FetchFailure ? error : failureOf(error)
  }
}

async function follow(means: FetchMeans, wanted: Wanted): Promise<IncomingMessage> {
  let url = new URL(wanted.url)
  for (let turn = 0; turn <= maxRedirects; turn++) {
    const answer = await ask(url, means, wanted)
    const { statusCode = 0, headers } = answer
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return answer
    answer.destroy()
    if (!URL.canParse(headers.location, url.href)) throw badAnswer('The server sends us to an address that is none.')
    url = new URL(headers.location, url.href)
  }
  throw badAnswer('The server sends us from one address to the next.')
}

async function ask(url: URL, { ownHosts, ca, limits }: FetchMeans, { etag, signal }: Wanted): Promise<IncomingMessage> {
  const refusal = refusalOf(url, ownHosts)
  if (refusal !== undefined) throw new FetchFailure('ADDRESS_REFUSED', refusal)
  const addresses = await resolve(url, ownHosts, signal)
  const pinned: LookupFunction = (_host, { all }, callback) => {
    const [first] = addresses
    if (all === true) callback(null, addresses)
    else callback(null, first?.address ?? '', first?.family)
  }
  const headers = {
    'user-agent': 'antiphon',
    accept: '*/*',
    'accept-encoding': 'identity',
    ...(etag !== null && { 'if-none-match': etag }),
  }
  const { idleMs: timeout = 30_000 } = limits
  const trusted = ca !== undefined && { ca: [...rootCertificates, ca] }
  const answered = Promise.withResolvers<IncomingMessage>()
  // An agent of its own: no connection is shared, and no proxy is asked.
  const sent = request(url, { agent: false, headers, lookup: pinned, signal, timeout, ...trusted })
  let answer: IncomingMessage | undefined
  sent.on('timeout', () => (answer ?? sent).destroy(timedOut('The server sends nothing.')))
  sent.on('error', answered.reject)
  sent.on('response', (came) => {
    answer = came
    answered.resolve(came)
  })
  sent.end()
  return answered.promise
}

/** The addresses of a host, all of which have to be public unless it is one's own. */
async function resolve(url: URL, ownHosts: OwnHosts, signal: AbortSignal) {
  const host = hostOf(url)
  const family = isIP(host)
  if (family !== 0) return [{ address: host, family }]
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    const addresses = await Promise.race([lookup(host, { all: true }), aborted.promise])
    if (!ownHosts.has(url.host) && !addresses.every(({ address }) => isPublic(address))) {
      throw new FetchFailure('ADDRESS_REFUSED', 'The address leads to a network that is not public.')
    }
    return addresses
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function checkAnswer({ statusCode, headers }: IncomingMessage, maxBytes: number): void {
  if (statusCode !== 200) throw badAnswer(`The server answers with status ${statusCode}.`)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw badAnswer('The server sends the file packed, which it was not asked for.')
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
}

async function* bounded(answer: AsyncIterable<Buffer>, maxBytes: number) {
  let bytes = 0
  for await (const chunk of answer) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge()
    yield chunk
  }
}

const tooLarge = () => new FetchFailure('TOO_LARGE', 'The file is larger than the server takes.')
const timedOut = (message: string) => new FetchFailure('TIMED_OUT', message)
const badAnswer = (message: string) => new FetchFailure('BAD_ANSWER', message)

function failureOf(cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  if (code === 'ENOSPC') return cause
  const isName = ['ENOTFOUND', 'EAI_AGAIN'].includes(code)
  const message = isName ? 'The name of the host is not known.' : `The host cannot be reached, or breaks off (${code}).`
  return new FetchFailure('UNREACHABLE', message, cause)
}
