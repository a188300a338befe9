import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { failureOf, numberOf, property, refusalOf, unreadable } from './answers.ts'
import { type Api, deserialize, jsonText, type Procedure } from './api.ts'
import { inputOf } from './calls.ts'
import { cutOff, Failure } from './errors.ts'
import type { Requester } from './requests.ts'
import { EventStream, type EventStreamOptions, type Sink } from './stream.ts'
import { longestTimerMs, Watch } from './watch.ts'

/** The method of a subscription: opens a stream over server-sent events, as tRPC sends them. */
export function subscribe(api: Api, path: string, procedure: Procedure, requester: Requester): object {
  const open = (given: unknown, options: EventStreamOptions = {}) => {
    const input = jsonText(api, inputOf(given, procedure))
    const run = (sink: Sink) => {
      const connector = new Connector(api, path, input, requester, options, sink)
      return keepConnected(connector, options, sink, procedure)
    }
    return new EventStream(run, procedure.kind, options)
  }
  return procedure.noInput === true ? (options?: EventStreamOptions) => open(undefined, options) : open
}

const firstWaitMs = 200
const longestWaitMs = 15_000
/** A connection that lasted so long, or brought something new, was a good one: waits begin anew at the shortest. */
const healthyMs = 5_000
const defaultInactivityMs = 45_000
/** The most characters of one event. */
const maxEventSize = 16_000_000

/** How a connection ended. */
type End =
  | { readonly how: 'finished' | 'ended' | 'inactive'; readonly failure?: undefined }
  | { readonly how: 'failed'; readonly failure: Failure }

/** Connects again and again until the server is done, refuses for good, or nobody listens any more. */
async function keepConnected(
  connector: Connector,
  { endless }: EventStreamOptions,
  sink: Sink,
  { finite }: Procedure,
): Promise<void> {
  let attempt = 0
  let renewed: { readonly token: string | undefined } | undefined
  while (!sink.signal.aborted) {
    sink.setStatus({ state: 'connecting' })
    const wasRenewed = renewed !== undefined
    const { how, failure } = await connector.connect(renewed)
    renewed = undefined
    if (sink.signal.aborted || (how === 'finished' && endless !== true)) return
    // Begun anew, a download would give what it gave already.
    if (finite && connector.hasNoWayBack) throw connector.endOf(failure ?? cutOff('items without ids cannot go on'))
    if (connector.wasHealthy) attempt = 0
    if (failure !== undefined && !isPassing(failure)) {
      renewed = wasRenewed && !connector.wasHealthy ? undefined : await connector.renewToken(failure)
      if (renewed === undefined) throw connector.endOf(failure)
      continue
    }
    const wait = waitBefore(attempt++, failure)
    sink.setStatus({
      state: 'waiting',
      reason: how === 'finished' ? 'ended' : how,
      ...(failure === undefined ? {} : { error: connector.errorOf(failure) }),
      retryAt: new Date(Date.now() + wait),
    })
    await sleep(wait, sink.signal)
  }
}

/** Whether a refusal is one for now. */
function isPassing({ details, httpStatus }: Failure): boolean {
  const isRefusal = httpStatus >= 400 && httpStatus < 500
  return details.code === 'NETWORK' || !isRefusal || [408, 425, 429].includes(httpStatus)
}

/** A random time up to twice the one before, so that those who lost the same server do not come back together. */
function waitBefore(attempt: number, failure: Failure | undefined): number {
  const jitter = Math.random() * Math.min(longestWaitMs, firstWaitMs * 2 ** attempt)
  return Math.min(longestTimerMs, (failure?.details.retryAfterMs ?? 0) + jitter)
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}

/** Makes the connections of a stream, one after the other, each going on where the one before stopped. */
class Connector {
  /** Whether the last connection lasted or brought something new. */
  wasHealthy = false
  /** Whether there were events, and none of them had an id to go on after. */
  hasNoWayBack = false
  #lastEventId: string | undefined
  #token: string | undefined
  #announcedMs: number | undefined
  readonly #api: Api
  readonly #path: string
  readonly #input: string | undefined
  readonly #requester: Requester
  readonly #options: EventStreamOptions
  readonly #sink: Sink

  constructor(
    api: Api,
    path: string,
    input: string | undefined,
    requester: Requester,
    options: EventStreamOptions,
    sink: Sink,
  ) {
    this.#api = api
    this.#path = path
    this.#input = input
    this.#requester = requester
    this.#options = options
    this.#sink = sink
  }

  /** Another token, where the one that was refused can be renewed. */
  async renewToken({ httpStatus }: Failure): Promise<{ readonly token: string | undefined } | undefined> {
    if (httpStatus !== 401 || !this.#requester.renewsToken) return undefined
    const token = await this.#requester.token().catch(() => this.#token)
    return token === this.#token ? undefined : { token }
  }

  errorOf(failure: Failure) {
    return new this.#api.ErrorClass(failure.details)
  }

  /** The error that the stream ends with. */
  endOf(failure: Failure) {
    if (!this.#sink.signal.aborted) this.#requester.tellSignedOut([failure])
    return this.errorOf(failure)
  }

  /** One connection, until its end. */
  async connect(renewed: { readonly token: string | undefined } | undefined): Promise<End> {
    this.wasHealthy = false
    const watch = new Watch(this.#sink.signal, () => this.#inactivityMs())
    let openedAt = Number.POSITIVE_INFINITY
    try {
      return await watch.unlessOver(async () => {
        this.#token = renewed === undefined ? await this.#requester.token() : renewed.token
        const response = await this.#request(watch.signal)
        if (response.status === 204) return { how: 'finished' }
        if (!isEventStream(response)) return { how: 'failed', failure: await this.#notAStream(response) }
        openedAt = Date.now()
        this.#sink.setStatus({ state: 'open' })
        return await this.#read(response, watch)
      })
    } catch (cause) {
      return { how: 'failed', failure: cause instanceof Failure ? cause : cutOff(cause) }
    } finally {
      if (Date.now() - openedAt >= healthyMs) this.wasHealthy = true
      watch.stop()
    }
  }

  #inactivityMs(): number {
    return this.#options.inactivityMs ?? this.#announcedMs ?? defaultInactivityMs
  }

  #request(signal: AbortSignal): Promise<Response> {
    const post = this.#api.postQueries
    const input = this.#input
    return this.#requester.send({
      paths: [this.#path],
      query: post || input === undefined ? '' : `?input=${encodeURIComponent(input)}`,
      body: post ? (input ?? '') : undefined,
      post,
      headers: {
        accept: 'text/event-stream',
        ...(this.#lastEventId === undefined ? {} : { 'last-event-id': this.#lastEventId }),
      },
      token: this.#token,
      signal,
    })
  }

  async #notAStream(response: Response): Promise<Failure> {
    try {
      return failureOf(this.#api, JSON.parse(await response.text()), response)
    } catch (cause) {
      return unreadable(this.#api, response, cause)
    }
  }

  async #read(response: Response, watch: Watch): Promise<End> {
    const messages: EventSourceMessage[] = []
    let isTooLarge = false
    const parser = createParser({
      maxBufferSize: maxEventSize,
      onEvent: (message) => void messages.push(message),
      onError: ({ type }) => {
        isTooLarge ||= type === 'max-buffer-size-exceeded'
      },
    })
    const decoder = new TextDecoder()
    const reader = response.body?.getReader()
    if (reader === undefined) throw new Error('this fetch gives no body that can be read as it comes')
    watch.onOver(() => reader.cancel())
    for (;;) {
      watch.restart()
      const { done, value } = await reader.read()
      if (done) return { how: 'ended' }
      watch.pause()
      parser.feed(decoder.decode(value, { stream: true }))
      for (const message of messages.splice(0)) {
        const end = await this.#take(message, response)
        if (end !== undefined || this.#sink.signal.aborted) return end ?? { how: 'ended' }
      }
      if (isTooLarge) return { how: 'failed', failure: unreadable(this.#api, response) }
    }
  }

  /** Takes in what the server sent; gives the end of the connection where it was that. */
  async #take({ event = 'message', id, data }: EventSourceMessage, response: Response): Promise<End | undefined> {
    if (event === 'return') return { how: 'finished' }
    if (event === 'serialized-error') return { how: 'failed', failure: this.#parse(data, response, refusalOf) }
    if (event === 'connected') {
      const announced = this.#parse(data, response, (_api, json) => json)
      this.#announcedMs = numberOf(property(announced, 'reconnectAfterInactivityMs'))
    }
    // After an event without an id, tRPC tells the last one again.
    if (event === 'restore-id' && id) this.#lastEventId = id
    if (event !== 'message' || (id && id === this.#lastEventId)) return undefined
    const value = this.#parse(data, response, (api, json) => ({ event: deserialize(api, json) }))
    if (value instanceof Failure) return { how: 'failed', failure: value }
    this.wasHealthy = true
    const delivery = this.#sink.deliver(value.event, id || undefined)
    if (id) this.#lastEventId = id
    this.hasNoWayBack = this.#lastEventId === undefined
    if (delivery !== undefined) await delivery
    return undefined
  }

  #parse<T>(data: string, response: Response, read: (api: Api, json: unknown, response: Response) => T): T | Failure {
    try {
      return read(this.#api, JSON.parse(data), response)
    } catch (cause) {
      return unreadable(this.#api, response, cause)
    }
  }
}

function isEventStream({ ok, headers }: Response): boolean {
  return ok && (headers.get('content-type') ?? '').toLowerCase().startsWith('text/event-stream')
}
