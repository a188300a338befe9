import superjson from 'superjson'
import { afterEach, expect, test } from 'vitest'
import { version } from './fixture/router.ts'
import {
  createClient,
  type IncomingResponse,
  isLibraryError,
  type LibraryClient,
  LibraryError,
  type OutgoingRequest,
} from './generated/library/index.ts'
import { procedures } from './generated/library/procedures.ts'
import { buildClient } from './generated/library/runtime/client.ts'
import { CallError } from './generated/library/runtime/errors.ts'
import { CallError as OtherCallError } from './generated/plain/runtime/errors.ts'
import { startServer, type TestServer } from './server.ts'

let server: TestServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

test('as(id) gives a client that names the user in every request', async () => {
  server = await startServer()
  const client = createClient({ url: server.url, token: 'key', headers: { 'x-own': 'yes' } })
  const ann = client.as('mem_1')
  expect(await ann.misc.whoAmI()).toEqual({ authorization: 'Bearer key', actAs: 'mem_1' })
  expect(await ann.as('mem_2').misc.whoAmI()).toMatchObject({ actAs: 'mem_2' })
  expect(await client.misc.whoAmI()).toEqual({ authorization: 'Bearer key' })
  for await (const _ of ann.feeds.countdown()) break
  expect(server.requests.at(-1)?.headers).toMatchObject({ 'library-as': 'mem_1', 'x-own': 'yes' })
})

test('calls for different users never share a request', async () => {
  server = await startServer()
  const client = createClient({ url: server.url })
  const [own, ann] = await Promise.all([client.misc.whoAmI(), client.as('mem_1').misc.whoAmI()])
  expect([own.actAs, ann.actAs]).toEqual([undefined, 'mem_1'])
})

test('hooks see requests and answers, may add headers, and never see the token', async () => {
  server = await startServer(undefined, { headers: { 'x-request-id': 'req_5', 'set-cookie': 'session=secret' } })
  const requests: OutgoingRequest[] = []
  const responses: IncomingResponse[] = []
  const client = createClient({
    url: server.url,
    token: 'secret',
    onRequest: async (request) => {
      requests.push({ ...request, headers: new Headers(request.headers) })
      await null
      request.headers.set('traceparent', '00-1-2-01')
    },
    onResponse: (response) => responses.push(response),
  })
  await Promise.all([client.books.count(), client.books.get.safe({ id: 'bok_0' })])
  expect(requests.map(({ paths }) => paths)).toEqual([['books.count', 'books.get']])
  expect(server.requests[0]?.headers).toMatchObject({ traceparent: '00-1-2-01', authorization: 'Bearer secret' })
  expect(responses).toMatchObject([{ paths: ['books.count', 'books.get'], status: 207, requestId: 'req_5' }])
  expect(responses[0]?.durationMs).toBeGreaterThanOrEqual(0)
  for await (const _ of client.feeds.countdown()) break
  expect(responses[1]).toMatchObject({ paths: ['feeds.countdown'], status: 200 })
  for (const { headers } of [...requests, ...responses]) expect(JSON.stringify([...headers])).not.toContain('secret')
})

test('the answer of a server that is not there has status 0', async () => {
  const gone = await startServer()
  await gone.close()
  const statuses: number[] = []
  const onResponse = ({ status }: IncomingResponse) => void statuses.push(status)
  const client = createClient({ url: gone.url, maxRetries: 1, onResponse })
  expect(await client.books.count.safe()).toMatchObject({ ok: false, error: { code: 'NETWORK' } })
  expect(statuses).toEqual([0, 0])
})

test('where a hook for requests fails, so does the call', async () => {
  server = await startServer()
  const onRequest = () => Promise.reject(new Error('no trace'))
  const client = createClient({ url: server.url, maxRetries: 0, onRequest })
  expect(await client.books.count.safe()).toMatchObject({
    error: { code: 'NETWORK', message: 'The request could not be sent: no trace' },
  })
  expect(server.requests).toHaveLength(0)
})

test('own headers of any spelling give way to the token', async () => {
  server = await startServer()
  const client = createClient({ url: server.url, token: 'new', headers: { Authorization: 'Bearer old' } })
  expect((await client.misc.whoAmI()).authorization).toBe('Bearer new')
})

test('the guard knows the errors of this SDK, whatever copy they come from', () => {
  const details = { code: 'NOT_FOUND', status: 404, message: '' }
  const error: unknown = new LibraryError(details)
  class Copy extends OtherCallError {
    override readonly name = 'LibraryError'
  }
  for (const found of [error, new Copy(details)]) {
    expect(isLibraryError(found)).toBe(true)
    expect(isLibraryError(found, 'NOT_FOUND')).toBe(true)
    expect(isLibraryError(found, 'ALREADY_LENT', 'NOT_FOUND')).toBe(true)
    expect(isLibraryError(found, 'ALREADY_LENT')).toBe(false)
  }
  const fake = Object.assign(new Error(''), { name: 'LibraryError', code: 'NOT_FOUND' })
  for (const other of [fake, new CallError(details), new Error(''), 'NOT_FOUND', null, undefined, {}]) {
    expect(isLibraryError(other)).toBe(false)
  }
})

test.each([
  ['9.0.0', 'update the SDK'],
  ['0.9.0', 'update the server, or use an older SDK'],
])('an SDK for 1.2.0 and a server of %s are too far apart: %s', async (other, advice) => {
  expect(version).toBe('1.2.0')
  server = await startServer(
    (request, response) => {
      if (!request.url?.includes('books.count')) return false
      response.end('hello')
      return true
    },
    { headers: { 'library-version': other } },
  )
  const client = createClient({ url: server.url })
  const note = `This SDK was made for version 1.2.0 of the API and the server runs ${other}: they are too far apart; ${advice}.`
  const ended = async (call: Promise<unknown>) => (await call.catch((error: unknown) => error)) as LibraryError
  for (const call of [() => client.books.list({ limit: 1000 }), () => client.books.count()]) {
    expect((await ended(call())).message.endsWith(note)).toBe(true)
  }
  expect((await ended(client.books.get({ id: 'bok_0' }))).message).toBe('There is no such thing.')
})

test.each([
  ['0.3.0', '0.4.9', true],
  ['0.3.0', '0.3.9', false],
  ['2.0.0-rc.1', 'v2.8.0', false],
  ['1.0.0', '0.9.0', true],
])('below 1.0 minor versions count: %s and %s', async (own, other, tooFar) => {
  server = await startServer(undefined, { headers: { 'library-version': other } })
  const api = { path: '/trpc', postQueries: false, transformer: superjson, procedures, ErrorClass: LibraryError }
  const settings = { ...api, version: own, versionHeader: 'library-version' }
  const client = buildClient(settings, { url: server.url }) as LibraryClient
  const error = await client.books.list({ limit: 1000 }).catch((reason: unknown) => reason)
  expect(error instanceof LibraryError && error.message.includes('too far apart')).toBe(tooFar)
})

test.each([['1.9.3'], ['nonsense'], ['']])('a server of version "%s" is none of that', async (other) => {
  server = await startServer(undefined, { headers: { 'library-version': other } })
  const error = await createClient({ url: server.url })
    .books.list({ limit: 1000 })
    .catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'BAD_REQUEST', message: expect.not.stringContaining('too far apart') })
})

test('an address without http:// or https:// is refused at once', () => {
  for (const url of ['localhost:3000', '', '/api', 'ftp://x'])
    expect(() => createClient({ url })).toThrow(/http:\/\/ or https:\/\//)
})

test('secrets stay out of errors: a token that fits no header, an address with a password', async () => {
  const client = createClient({ url: 'http://127.0.0.1:9', token: 'SECRET\nSECRET', maxRetries: 0 })
  const refused = await client.misc.whoAmI.safe()
  expect(refused.ok).toBe(false)
  expect(!refused.ok && `${refused.error.message} ${String(refused.error.cause)}`).not.toContain('SECRET')
  expect(() => createClient({ url: 'http://user:SECRET@host' })).toThrow(/^(?!.*SECRET).*password/)
})

test('a redirect is not followed', async () => {
  server = await startServer()
  const there = server
  const seen: string[] = []
  const fetch: typeof globalThis.fetch = async (_input, init) => {
    seen.push(String(init?.redirect))
    return new Response(null, { status: 307, headers: { location: there.url } })
  }
  const refused = await createClient({ url: server.url, fetch }).misc.whoAmI.safe()
  expect(refused).toMatchObject({
    ok: false,
    error: { code: 'BAD_RESPONSE', message: expect.stringContaining('redirects') },
  })
  expect(seen).toEqual(['manual'])
})
