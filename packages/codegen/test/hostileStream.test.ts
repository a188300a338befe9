import type { ServerResponse } from 'node:http'
import superjson from 'superjson'
import { afterEach, expect, test } from 'vitest'
import {
  createClient,
  type EventStreamOptions,
  type EventStreamStatus,
  type FeedsLogEvent,
  type LibraryClient,
} from './generated/library/index.ts'
import { startServer, type TestServer } from './server.ts'

let server: TestServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

type Answer = (response: ServerResponse, lastEventId: string | undefined) => void

/** A server that answers the requests for a stream by these in turn, the last of them for ever. */
async function serve(...answers: Answer[]): Promise<LibraryClient> {
  server = await startServer((request, response, count) => {
    const id = request.headers['last-event-id']
    answers[Math.min(count, answers.length) - 1]?.(response, typeof id === 'string' ? id : undefined)
    return true
  })
  return createClient({ url: server.url })
}

const connected = 'event: connected\ndata: {}\n\n\n'
const event = (page: number, id: string | number = page) =>
  `data: ${JSON.stringify(superjson.serialize({ page, at: new Date(page) }))}\n${id === '' ? '' : `id: ${id}\n`}\n\n`
const finished = 'event: return\ndata: \n\n\n'
const refusal = (code: string, httpStatus: number, more = {}) => ({
  message: code,
  code: 1,
  data: { code, httpStatus, ...more },
})

const open = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' })
const sending =
  (...parts: string[]): Answer =>
  (response) => {
    open(response).end(connected + parts.join(''))
  }
const done = (...pages: number[]) => sending(...pages.map((page) => event(page)), finished)
const cutting =
  (...parts: string[]): Answer =>
  (response) => {
    open(response).write(connected + parts.join(''), () => setTimeout(() => response.destroy(), 20))
  }
const refusing =
  (status: number, headers: Record<string, string> = {}, body = '<p>no</p>'): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body)
  }

interface Outcome {
  readonly pages: number[]
  readonly events: FeedsLogEvent[]
  readonly statuses: EventStreamStatus[]
  readonly waits: EventStreamStatus[]
  readonly error: unknown
}

async function run(client: LibraryClient, options: EventStreamOptions = {}): Promise<Outcome> {
  const stream = client.feeds.log(undefined, options)
  const statuses: EventStreamStatus[] = []
  stream.onStatus((status) => statuses.push(status))
  const events: FeedsLogEvent[] = []
  let error: unknown
  try {
    for await (const found of stream) events.push(found)
  } catch (reason) {
    error = reason
  }
  const waits = statuses.filter(({ state }) => state === 'waiting')
  return { pages: events.map(({ page }) => page), events, statuses, waits, error }
}

const ids = () => server?.requests.map(({ headers }) => headers['last-event-id'])

test('a connection that is cut is made again, and goes on after the last event', async () => {
  const { pages, waits, statuses } = await run(await serve(cutting(event(1), event(2)), done(3)))
  expect(pages).toEqual([1, 2, 3])
  expect(ids()).toEqual([undefined, '2'])
  expect(waits).toMatchObject([{ reason: 'failed', error: { code: 'NETWORK', name: 'LibraryError' } }])
  expect(statuses.map(({ state }) => state)).toEqual(['open', 'waiting', 'connecting', 'open', 'closed'])
})

test('half an event is none', async () => {
  const half = event(2).slice(0, -20)
  const almost = event(2).trimEnd()
  for (const part of [half, almost, 'data: {"json":', 'id: 2']) {
    const { pages } = await run(await serve(cutting(event(1), part), done(2)))
    expect(pages, part).toEqual([1, 2])
    expect(ids(), part).toEqual([undefined, '1'])
    await server?.close()
  }
})

test('events come through whatever way the bytes are cut, and as CRLF', async () => {
  const text = `${connected}${event(1)}: a comment\n\nevent: of-tomorrow\ndata: {}\n\n${event(2)}${finished}`
  for (const bytes of [Buffer.from(text), Buffer.from(text.replaceAll('\n', '\r\n'))]) {
    const answer: Answer = async (response) => {
      open(response)
      for (let at = 0; at < bytes.length; at += 7) {
        response.write(bytes.subarray(at, at + 7))
        await new Promise((resolve) => setImmediate(resolve))
      }
      response.end()
    }
    expect((await run(await serve(answer))).pages).toEqual([1, 2])
    await server?.close()
  }
})

test('an event that comes again is dropped, one without an id never', async () => {
  const client = await serve(cutting(event(1), event(2), event(2), event(7, ''), event(7, '')), done(2, 3))
  expect((await run(client)).pages).toEqual([1, 2, 7, 7, 3])
  expect(ids()).toEqual([undefined, '2'])
})

test('an event without an id does not make the last one forgotten', async () => {
  const { pages } = await run(await serve(cutting(event(1), `id: \n${event(8, '')}`), done(2)))
  expect([pages, ids()]).toEqual([
    [1, 8, 2],
    [undefined, '1'],
  ])
  await server?.close()
  await run(await serve(cutting(event(1), 'event: restore-id\ndata: \nid: 5\n\n'), done(6)))
  expect(ids()).toEqual([undefined, '5'])
})

test('silence is the end of a connection; pings are none', async () => {
  const silent: Answer = (response) => void open(response).write(connected + event(1))
  const pinging: Answer = (response) => {
    open(response).write(connected)
    const timer = setInterval(() => response.write('event: ping\ndata: \n\n'), 40)
    setTimeout(() => response.end(event(2) + finished), 400)
    response.on('close', () => clearInterval(timer))
  }
  const { pages, waits } = await run(await serve(silent, pinging), { inactivityMs: 150 })
  expect(pages).toEqual([1, 2])
  expect(waits).toMatchObject([{ reason: 'inactive' }])
  expect(ids()).toEqual([undefined, '1'])
})

test('the server may announce how much silence is too much', async () => {
  const announcing: Answer = (response) =>
    void open(response).write('event: connected\ndata: {"reconnectAfterInactivityMs":100}\n\n')
  const start = Date.now()
  const { waits } = await run(await serve(announcing, done(1)))
  expect(waits).toMatchObject([{ reason: 'inactive' }])
  expect(Date.now() - start).toBeLessThan(2_000)
})

test('a server that takes the request and never answers', async () => {
  const { pages, waits } = await run(await serve(() => {}, done(1)), { inactivityMs: 100 })
  expect([pages, waits.length]).toEqual([[1], 1])
})

test('503, and what else is for now, is waited for', async () => {
  const json = { 'content-type': 'application/json' }
  const busy = JSON.stringify({ error: superjson.serialize(refusal('UNAVAILABLE', 503, { requestId: 'req_7' })) })
  const client = await serve(refusing(503), refusing(502), refusing(408), refusing(503, json, busy), done(1))
  const { pages, waits } = await run(client)
  expect(pages).toEqual([1])
  expect(waits).toMatchObject([
    { error: { code: 'BAD_RESPONSE', status: 0 } },
    { error: { code: 'BAD_RESPONSE' } },
    { error: { code: 'BAD_RESPONSE' } },
    { error: { code: 'UNAVAILABLE', status: 503, requestId: 'req_7' } },
  ])
  for (const wait of waits) expect(wait.state === 'waiting' && wait.retryAt).toBeInstanceOf(Date)
})

test('429 with Retry-After', async () => {
  const start = Date.now()
  const { pages } = await run(await serve(refusing(429, { 'retry-after': '1' }), done(1)))
  expect(pages).toEqual([1])
  expect(Date.now() - start).toBeGreaterThanOrEqual(1_000)
})

test('waits grow at random, and begin anew after something new came', async () => {
  const failing = Array.from({ length: 5 }, () => refusing(503))
  const { waits } = await run(await serve(...failing, cutting(event(1)), done(2)))
  expect(waits).toHaveLength(6)
  const last = waits.at(-1)
  expect(last?.state === 'waiting' && last.retryAt.getTime() - Date.now()).toBeLessThan(200)
})

test('an answer of another kind is waited out, a page for a missing procedure is not', async () => {
  const { pages, waits } = await run(await serve(refusing(200), done(1)))
  expect(pages).toEqual([1])
  expect(waits).toMatchObject([{ error: { code: 'BAD_RESPONSE', message: expect.stringContaining('text/html') } }])
  await server?.close()
  const { error, statuses } = await run(await serve(refusing(404)))
  expect(error).toMatchObject({ code: 'BAD_RESPONSE', message: expect.stringContaining('404') })
  expect(statuses.at(-1)).toMatchObject({ state: 'closed', reason: 'failed' })
  expect(server?.requests).toHaveLength(1)
})

test('204 is the end', async () => {
  const { statuses } = await run(await serve((response) => void response.writeHead(204).end()))
  expect(statuses.at(-1)).toEqual({ state: 'closed', reason: 'finished' })
})

test('an error inside the stream: a fault is outlived, a refusal ends it', async () => {
  const fail = (code: string, status: number) =>
    `event: serialized-error\ndata: ${JSON.stringify(superjson.serialize(refusal(code, status)))}\n\n`
  const client = await serve(
    sending(event(1), fail('INTERNAL_SERVER_ERROR', 500)),
    sending(event(2), fail('NOT_FOUND', 404)),
  )
  const { pages, error, waits } = await run(client)
  expect(pages).toEqual([1, 2])
  expect(waits).toMatchObject([{ reason: 'failed', error: { code: 'INTERNAL_SERVER_ERROR' } }])
  expect(error).toMatchObject({ code: 'NOT_FOUND', status: 404 })
})

test('an error or an event that cannot be read', async () => {
  const broken = 'data: {"json"\nid: 2\n\n'
  const nameless = 'event: serialized-error\ndata: null\n\n'
  const { pages, waits } = await run(await serve(sending(event(1), broken), sending(nameless), done(2)))
  expect(pages).toEqual([1, 2])
  expect(waits).toMatchObject([{ error: { code: 'BAD_RESPONSE' } }, { error: { code: 'BAD_RESPONSE' } }])
  expect(ids()).toEqual([undefined, '1', '1'])
})

test('the end of the answer is not the end of the stream; the end of the subscription is, unless it is endless', async () => {
  const { pages, waits } = await run(await serve(sending(event(1)), done(2)))
  expect([pages, waits.length]).toEqual([[1, 2], 1])
  expect(waits).toMatchObject([{ reason: 'ended' }])
  await server?.close()
  const client = await serve(done(1), done(2), refusing(403))
  const endless = await run(client, { endless: true })
  expect(endless.pages).toEqual([1, 2])
  expect(endless.waits).toMatchObject([{ reason: 'ended' }, { reason: 'ended' }])
  expect(endless.error).toMatchObject({ code: 'BAD_RESPONSE' })
})

test('an event without end is not kept', async () => {
  const endless: Answer = (response) => {
    open(response).write(`${connected}${event(1)}data: `)
    const more = () => response.destroyed || response.write('x'.repeat(1_000_000), more)
    more()
  }
  const { pages, waits } = await run(await serve(endless, done(2)))
  expect(pages).toEqual([1, 2])
  expect(waits).toMatchObject([{ error: { code: 'BAD_RESPONSE' } }])
})

test('no server at all is waited for until the caller gives up', async () => {
  const gone = await startServer()
  await gone.close()
  const controller = new AbortController()
  const stream = createClient({ url: gone.url }).feeds.log(undefined, { signal: controller.signal })
  const first = await new Promise<EventStreamStatus>((resolve) => stream.onStatus(resolve))
  expect(first).toMatchObject({ state: 'waiting', reason: 'failed', error: { code: 'NETWORK' } })
  controller.abort()
  expect(stream.status).toEqual({ state: 'closed', reason: 'aborted' })
})
