import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { createClient, LibraryError } from './generated/library/index.ts'
import { startServer, type TestServer } from './server.ts'

let server: TestServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function failing(times: number, answer: (response: ServerResponse) => void, options = {}) {
  server = await startServer((_request, response, count) => {
    if (count > times) return false
    answer(response)
    return true
  })
  return createClient({ url: server.url, ...options })
}

const count = () => server?.requests.length
const unavailable = (response: ServerResponse) =>
  response.writeHead(503, { 'content-type': 'text/html' }).end('<p>busy</p>')
const cut = (response: ServerResponse) => response.destroy()
const cutInside = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
  response.write('[{"resu', () => response.destroy())
}
const book = { bookId: 'bok_1', memberId: 'mem_1', dueAt: new Date(1) } as const

async function errorOf(call: Promise<unknown>): Promise<LibraryError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof LibraryError) return error
  throw new Error(`expected a LibraryError, got ${String(error)}`)
}

test.each([
  ['503', unavailable],
  ['a connection that is cut', cut],
  ['a connection that is cut inside the answer', cutInside],
])('a query outlives %s', async (_name, answer) => {
  const client = await failing(2, answer)
  expect(await client.books.count()).toBe(7n)
  expect(count()).toBe(3)
})

test('a mutation is sent again only with a key or where it says that it is idempotent', async () => {
  const client = await failing(1, unavailable)
  const error = await errorOf(client.loans.extend({ bookId: 'bok_1', days: 1 }))
  expect([error.code, error.status, count()]).toEqual(['BAD_RESPONSE', 0, 1])
  expect(error.message).toContain('503')
})

test('a mutation with a key is repeated with the same key', async () => {
  const client = await failing(1, cut)
  expect((await client.loans.lend(book)).clientId).toHaveLength(36)
  expect(count()).toBe(2)
})

test('a retry sends what the call was given, also where that was changed meanwhile', async () => {
  const client = await failing(1, cut)
  const input = { limit: 2 }
  const page = client.books.list(input)
  input.limit = 1
  expect((await page).items).toHaveLength(2)
  expect(count()).toBe(2)
})

test('an input that cannot be sent is told at once', async () => {
  const client = await failing(0, cut)
  const circular: Record<string, unknown> = {
    get q() {
      throw new Error('no input')
    },
  }
  const error = await errorOf(client.misc.untyped(circular as never))
  expect([error.code, error.message]).toEqual(['NETWORK', 'The request could not be sent: no input'])
  expect(count()).toBe(0)
})

test('an idempotent mutation is repeated', async () => {
  const client = await failing(1, cut)
  await client.loans.giveBack({ bookId: 'bok_1' })
  expect(count()).toBe(2)
})

test('retries end after maxRetries', async () => {
  const client = await failing(10, unavailable, { maxRetries: 1 })
  expect((await errorOf(client.books.count())).code).toBe('BAD_RESPONSE')
  expect(count()).toBe(2)
})

test('Retry-After is honoured', async () => {
  const client = await failing(1, (response) => {
    response.writeHead(429, { 'content-type': 'text/plain', 'retry-after': '1' }).end('slow down')
  })
  const start = Date.now()
  await client.books.count()
  expect(Date.now() - start).toBeGreaterThanOrEqual(1000)
})

test("the server's own refusal for now: its code, and its retryAfterMs honoured", async () => {
  const data = { code: 'RATE_LIMITED', httpStatus: 429, requestId: 'req_9', retryAfterMs: 300 }
  const refuse = (response: ServerResponse) => {
    response.writeHead(429, { 'content-type': 'application/json' })
    response.end(JSON.stringify([{ error: { json: { message: 'Slow down.', code: -32029, data } } }]))
  }
  const client = await failing(1, refuse)
  const start = Date.now()
  expect(await client.books.count()).toBe(7n)
  expect(Date.now() - start).toBeGreaterThanOrEqual(300)
  await server?.close()
  const impatient = await failing(1, refuse, { maxRetries: 0 })
  const { code, status, message, requestId, retryAfterMs } = await errorOf(impatient.books.count())
  expect([code, status, message, requestId, retryAfterMs]).toEqual(['RATE_LIMITED', 429, 'Slow down.', 'req_9', 300])
})

test('a Retry-After beyond the time limit ends the call at once', async () => {
  const client = await failing(1, (response) => {
    response.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '120' }).end('later')
  })
  const start = Date.now()
  const error = await errorOf(client.books.count())
  expect([error.code, error.retryAfterMs]).toEqual(['BAD_RESPONSE', 120_000])
  expect(Date.now() - start).toBeLessThan(1000)
})

test('a server that never answers: TIMEOUT', async () => {
  const client = await failing(9, () => {}, { timeoutMs: 150 })
  const error = await errorOf(client.books.count())
  expect([error.code, error.status]).toEqual(['TIMEOUT', 0])
  expect((await errorOf(client.books.count({ timeoutMs: 50 }))).message).toContain('50 ms')
})

test('an aborted call ends at once, its neighbour in the batch goes on', async () => {
  server = await startServer((_request, response, number) => {
    if (number > 1) return false
    setTimeout(() => unavailable(response), 200)
    return true
  })
  const client = createClient({ url: server.url })
  const controller = new AbortController()
  const aborted = errorOf(client.books.count({ signal: controller.signal }))
  const kept = client.books.find('bok_1')
  setTimeout(() => controller.abort(), 50)
  expect((await aborted).code).toBe('ABORTED')
  expect((await kept)?.id).toBe('bok_1')
  expect((await errorOf(client.books.count({ signal: AbortSignal.abort() }))).code).toBe('ABORTED')
})

test('a request ends once nobody waits for any part of it, and not before', async () => {
  let left = 0
  server = await startServer((_request, response) => {
    const timer = setTimeout(() => response.end('[{"result":{"data":{"json":1}}},{"result":{"data":{"json":2}}}]'), 150)
    response.on('close', () => {
      clearTimeout(timer)
      if (!response.writableEnded) left++
    })
    return true
  })
  const client = createClient({ url: server.url, maxRetries: 0 })
  const [first, second] = [new AbortController(), new AbortController()]
  const pair = () => [
    client.misc.untyped.safe({ q: 'a' }, { signal: first.signal }),
    client.misc.untyped.safe({ q: 'b' }, { signal: second.signal }),
  ]
  setTimeout(() => first.abort(), 30)
  expect(await Promise.all(pair())).toMatchObject([{ error: { code: 'ABORTED' } }, { ok: true, data: 2 }])
  expect(left).toBe(0)
  setTimeout(() => second.abort(), 30)
  expect(await client.misc.untyped.safe({ q: 'b' }, { signal: second.signal })).toMatchObject({ ok: false })
  await expect.poll(() => left).toBe(1)
})

test('a call that is aborted before its request goes out is not sent', async () => {
  const client = await failing(0, cut)
  const controller = new AbortController()
  const [aborted, kept] = [errorOf(client.books.count({ signal: controller.signal })), client.books.find('bok_1')]
  controller.abort()
  expect((await aborted).code).toBe('ABORTED')
  expect((await kept)?.id).toBe('bok_1')
  expect(server?.requests.map(({ url }) => url.split('?')[0])).toEqual(['/trpc/books.find'])
})

test('an answer that is not JSON, or not of this API: BAD_RESPONSE, once', async () => {
  const client = await failing(1, (response) => response.end('hello'))
  expect(await errorOf(client.books.count())).toMatchObject({ code: 'BAD_RESPONSE', status: 0 })
  expect(count()).toBe(1)
  await server?.close()
  const other = await failing(1, (response) => response.end('{"hello":"world"}'))
  expect(await errorOf(other.books.count())).toMatchObject({ code: 'BAD_RESPONSE', status: 0 })
})

test('an answer that is cut short but looks whole, or has no place for a call: BAD_RESPONSE', async () => {
  const texts = [
    '[{"result":{"da',
    '[{"result":{"data":{"json":"7","meta":{"values":["bigint"',
    '[]',
    '[{}]',
    'null',
    '[{"error":{}}]',
  ]
  for (const text of texts) {
    const client = await failing(1, (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req_3' }).end(text)
    })
    const error = await errorOf(client.books.count())
    expect([error.code, error.status, error.requestId], text).toEqual(['BAD_RESPONSE', 0, 'req_3'])
    expect(count(), text).toBe(1)
    await server?.close()
  }
})

test('in a shared request each call has its own end', async () => {
  server = await startServer()
  const client = createClient({ url: server.url })
  const ended = await Promise.all([
    client.books.count.safe(),
    client.books.get.safe({ id: 'bok_0' }),
    client.books.find('bok_2'),
  ])
  expect(ended).toMatchObject([{ ok: true }, { ok: false, error: { code: 'NOT_FOUND' } }, { id: 'bok_2' }])
  expect(count()).toBe(1)
})

test('no server at all: NETWORK, with the reason', async () => {
  const gone = await startServer()
  await gone.close()
  const error = await errorOf(createClient({ url: gone.url, maxRetries: 0 }).books.count())
  expect(error.code).toBe('NETWORK')
  expect(error.message).toMatch(/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/)
})

test('a token that cannot be had: NETWORK, with the reason', async () => {
  const client = await failing(0, cut, { maxRetries: 0, token: () => Promise.reject(new Error('no session')) })
  expect((await errorOf(client.books.count())).message).toContain('no session')
})
