import { property, refusalOf, unreadable } from './answers.ts'
import { type Api, deserialize } from './api.ts'
import { cutOff, Failure, unsent } from './errors.ts'
import type { Requester } from './requests.ts'

/** Sends one call, in one request with the other calls of the same tick; the input is JSON. Rejects with a `Failure`. */
export type Send = (
  type: 'query' | 'mutation',
  path: string,
  input: string | undefined,
  signal: AbortSignal,
) => Promise<unknown>

interface Item {
  readonly path: string
  readonly input: string | undefined
  readonly signal: AbortSignal
  resolve(data: unknown): void
  reject(failure: Failure): void
}

const maxItems = 20
/** Of the address with its input, or of the body. A single call may be larger than a batch should be. */
const maxLength = { GET: 4_000, POST: 200_000 }

/** The way of calls to the server: batches of tRPC over HTTP. */
export function createSend(api: Api, requester: Requester): Send {
  const waiting: Record<'query' | 'mutation', Item[]> = { query: [], mutation: [] }
  return (type, path, input, signal) =>
    new Promise((resolve, reject) => {
      const items = waiting[type]
      const post = type === 'mutation' || api.postQueries
      items.push({ path, input, signal, resolve, reject })
      if (items.length > 1) return
      queueMicrotask(() => {
        waiting[type] = []
        const alive = items.filter((item) => !item.signal.aborted)
        const found = batches(alive, post)
        if (type === 'query') for (const batch of found) void sendBatch(api, requester, batch, post)
        else void inOrder(found, (batch) => sendBatch(api, requester, batch, post))
      })
    })
}

/** Mutations of one tick take effect in the order of their calls. */
async function inOrder<T>(things: readonly T[], work: (thing: T) => Promise<void>): Promise<void> {
  for (const thing of things) await work(thing)
}

function batches(items: readonly Item[], post: boolean): Item[][] {
  const found: Item[][] = []
  let length = 0
  for (const item of items) {
    const { path, input = '' } = item
    const own = path.length + (post ? input.length : encodeURIComponent(input).length) + 10
    const last = found.at(-1)
    if (last === undefined || last.length === maxItems || length + own > maxLength[post ? 'POST' : 'GET']) {
      found.push([item])
      length = own
    } else {
      last.push(item)
      length += own
    }
  }
  return found
}

async function sendBatch(api: Api, requester: Requester, items: readonly Item[], post: boolean): Promise<void> {
  try {
    const inputs = items.flatMap(({ input }, index) => (input === undefined ? [] : [`"${index}":${input}`]))
    const text = `{${inputs.join()}}`
    const response = await requester.send({
      paths: items.map((item) => item.path),
      query: `?batch=1${post || inputs.length === 0 ? '' : `&input=${encodeURIComponent(text)}`}`,
      body: post ? text : undefined,
      post,
      token: await requester.token(),
      signal: whenAllAbort(items.map((item) => item.signal)),
    })
    requester.tellSignedOut(settle(api, items, response, await readJson(api, response)))
  } catch (error) {
    for (const item of items) item.reject(error instanceof Failure ? error : unsent(error))
  }
}

async function readJson(api: Api, response: Response): Promise<unknown> {
  let text: string
  try {
    text = await response.text()
  } catch (cause) {
    throw cutOff(cause)
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable(api, response, cause)
  }
}

/** Gives each call its part of the answer, and what calls failed with. An error that is not in a list is one for all. */
function settle(api: Api, items: readonly Item[], response: Response, json: unknown): Failure[] {
  const failures: Failure[] = []
  const fail = (item: Item, failure: Failure) => {
    item.reject(failure)
    if (!item.signal.aborted) failures.push(failure)
  }
  for (const [index, item] of items.entries()) {
    const answer = Array.isArray(json) ? json[index] : json
    try {
      const error = property(answer, 'error')
      const result = property(answer, 'result')
      if (error !== undefined) fail(item, refusalOf(api, error, response, Array.isArray(json) && items.length > 1))
      else if (result === undefined || !Array.isArray(json)) fail(item, unreadable(api, response))
      else item.resolve(deserialize(api, property(result, 'data')))
    } catch (cause) {
      fail(item, unreadable(api, response, cause))
    }
  }
  return failures
}

/** A signal that ends a request once nobody waits for any part of it. */
function whenAllAbort(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController()
  let left = signals.length
  const count = () => {
    if (--left === 0) controller.abort()
  }
  for (const signal of signals) {
    if (signal.aborted) count()
    else signal.addEventListener('abort', count, { once: true })
  }
  return controller.signal
}
