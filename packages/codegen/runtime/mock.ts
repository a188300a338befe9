import { property } from './answers.ts'
import type { Api } from './api.ts'
import { type CallOptions, inputOf, startLimit } from './calls.ts'
import type { ErrorClass } from './errors.ts'
import { buildTree, createMethod } from './methods.ts'
import { EventStream, type EventStreamOptions, type Sink } from './stream.ts'

/** What a handler of a mock client is told of the call. */
export interface MockCall extends CallOptions {
  /** The user for whom the call is made, where the client acts for one. */
  readonly actAs?: string | undefined
}

type MockApi = Pick<Api, 'procedures' | 'ErrorClass' | 'actAsHeader'>

/** Builds a client that calls handlers instead of a server. They are looked up at each call. */
export function buildMockClient(api: MockApi, handlers: unknown, actAs?: string): object {
  const tree = buildTree(api.procedures, (path, procedure) => {
    const handle = (given: unknown, options: CallOptions = {}): unknown => {
      const handler = path.split('.').reduce(property, handlers)
      if (typeof handler !== 'function') throw new Error(`createMockClient was given no handler for ${path}.`)
      const call: MockCall = { ...options, actAs }
      return procedure.noInput === true ? handler(call) : handler(inputOf(given, procedure), call)
    }
    if (procedure.type !== 'subscription') {
      const call = (given: unknown, options: CallOptions = {}) =>
        withinLimit(options, api.ErrorClass, async () => handle(given, options))
      return createMethod(procedure, call, api.ErrorClass)
    }
    const open = (given: unknown, options: EventStreamOptions = {}) => {
      const { signal } = options
      const events = handle(given, { signal })
      return new EventStream((sink) => play(events as AsyncIterable<unknown>, sink), procedure.kind, options)
    }
    return procedure.noInput === true ? (options?: EventStreamOptions) => open(undefined, options) : open
  })
  if (api.actAsHeader === undefined) return tree
  return Object.assign(tree, { as: (id: string) => buildMockClient(api, handlers, id) })
}

/** Does the work of a call, until the caller's signal or time limit ends it. */
async function withinLimit(options: CallOptions, ErrorClass: ErrorClass, work: () => Promise<unknown>) {
  const limit = startLimit(options.signal, options.timeoutMs ?? Number.POSITIVE_INFINITY)
  try {
    const done = limit.signal.aborted ? [] : [work().then((data) => ({ ok: true as const, data }))]
    const outcome = await Promise.race([limit.reached, ...done])
    if (outcome.ok) return outcome.data
    throw new ErrorClass(outcome.failure.details)
  } finally {
    limit.clear()
  }
}

async function play(events: AsyncIterable<unknown>, sink: Sink): Promise<void> {
  const iterator = events[Symbol.asyncIterator]()
  sink.signal.addEventListener('abort', () => void iterator.return?.())
  sink.setStatus({ state: 'open' })
  for (;;) {
    const { done, value } = await iterator.next()
    if (done || sink.signal.aborted) return
    await sink.deliver(value)
  }
}
