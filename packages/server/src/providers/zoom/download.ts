import { type FetchedFile, ProviderError } from '../provider.ts'
import { unreachable } from './api/http.ts'
import { problemOf } from './api/problems.ts'
import { isZoom, type ZoomUrls } from './api/urls.ts'

const notOurs = () => new ProviderError({ kind: 'forbidden' }, 'Zoom does not let us have the file.')

interface Download {
  readonly urls: ZoomUrls
  readonly token: string
  readonly offset: number
  readonly signal: AbortSignal
}

const maxRedirects = 5
/** How long it may take to begin. */
const timeoutMs = 20_000

export const gone = () => new ProviderError({ kind: 'notFound' }, 'Zoom does not have the file any more.')

/** The bytes of a file, or why there are none. Zoom sends us on to other hosts, which are not told who we are. */
export async function download(address: string, given: Download): Promise<FetchedFile | ProviderError> {
  let [url, base]: [string, string | undefined] = [address, undefined]
  for (let turn = 0; turn <= maxRedirects; turn++) {
    if (!URL.canParse(url, base)) return new ProviderError({ kind: 'bug' }, 'Zoom names an address that is none.')
    const here = new URL(url, base)
    const response = await open(here, given)
    const next = response.headers.get('location')
    if (response.status < 300 || response.status > 399 || next === null) return fileOf(response, given.offset)
    await response.body?.cancel()
    ;[url, base] = [next, here.href]
  }
  return new ProviderError({ kind: 'bug' }, 'Zoom sends us from one address to the next.')
}

async function open(url: URL, { urls, token, offset, signal: given }: Download): Promise<Response> {
  const isOwn = isZoom(url, urls)
  if (!isOwn && url.protocol !== 'https:' && new URL(urls.api).protocol === 'https:')
    throw new ProviderError({ kind: 'bug' }, 'Zoom names an address that is not safe.')
  const headers = {
    ...(isOwn && { authorization: `Bearer ${token}` }),
    ...(offset > 0 && { range: `bytes=${offset}-` }),
    // As it is: packed, it would have another length.
    'accept-encoding': 'identity',
  }
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeoutMs)
  try {
    return await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.any([late.signal, given]) })
  } catch (cause) {
    throw unreachable(cause)
  } finally {
    clearTimeout(timer)
  }
}

async function fileOf(response: Response, wanted: number): Promise<FetchedFile | ProviderError> {
  const { status, headers, body } = response
  const isPage = headers.get('content-type')?.startsWith('text/html') === true
  if ((status !== 200 && status !== 206) || body === null || isPage) {
    await body?.cancel()
    // Who may not have the file is shown a page to sign in.
    return isPage && status < 300 ? notOurs() : problemOf({ status, headers, json: undefined })
  }
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? []
  const length = headers.get('content-length')
  if (status === 200) return { offset: 0, sizeBytes: length === null ? null : Number(length), body: bytes(body) }
  const sizeBytes = total === undefined || total === '*' ? null : Number(total)
  return { offset: from === undefined ? wanted : Number(from), sizeBytes, body: bytes(body) }
}

async function* bytes(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (cause) {
    throw unreachable(cause)
  }
}
