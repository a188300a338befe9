import { setTimeout as delay } from 'node:timers/promises'
import { ProviderError } from '../../provider.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** What its body says; undefined where it is empty. */
  readonly json: unknown
  readonly sentAt: number
  readonly receivedAt: number
}

const timeoutMs = 15_000
const maxBytes = 8 * 1024 * 1024

/**
 * Asks over HTTP, for so long and so much at most. Redirects are not followed.
 * @throws ProviderError where there is no answer, or one that is no JSON
 */
export async function request(url: string, init: RequestInit, given?: AbortSignal): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = given === undefined ? timeout : AbortSignal.any([timeout, given])
  const sentAt = Date.now()
  const { response, text } = await exchange(url, { ...init, redirect: 'manual', signal })
  const { status, headers } = response
  return { status, headers, json: parse(text, status), sentAt, receivedAt: Date.now() }
}

async function exchange(url: string, init: RequestInit): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(url, init)
    return { response, text: await textOf(response) }
  } catch (cause) {
    throw cause instanceof ProviderError ? cause : unreachable(cause)
  }
}

export function unreachable(cause: unknown): ProviderError {
  return new ProviderError({ kind: 'transient' }, 'Zoom cannot be reached, or does not answer in time.', { cause })
}

/** Waits, unless nobody waits for what comes after. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return delay(ms, undefined, { signal }).catch((cause: unknown) => {
    throw unreachable(cause)
  })
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new ProviderError({ kind: 'bug' }, 'Zoom answered with more than 8 MB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What is no JSON comes from something before Zoom, whatever its status says. */
function parse(text: string, status: number): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    if (status === 429) return undefined
    const what = text.trimStart().startsWith('<') ? 'a page instead of data' : 'data that cannot be read'
    throw new ProviderError({ kind: 'transient' }, `Zoom answered with ${what} (HTTP ${status}).`)
  }
}
