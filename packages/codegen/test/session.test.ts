import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createClient, type LibraryError } from './generated/library/index.ts'
import { createClient as createPlainClient } from './generated/plain/index.ts'
import { startServer, type TestServer } from './server.ts'

let server: TestServer

/** A fetch that keeps what requests were made with. */
function recording() {
  const inits: RequestInit[] = []
  const fetch: typeof globalThis.fetch = (input, init = {}) => {
    inits.push(init)
    return globalThis.fetch(input, init)
  }
  return { fetch, credentials: () => inits.map((init) => init.credentials) }
}

beforeEach(async () => {
  server = await startServer()
})
afterEach(async () => {
  vi.unstubAllGlobals()
  await server.close()
})

test('a session in a cookie: calls and streams go with credentials and say so in a header', async () => {
  const { fetch, credentials } = recording()
  const client = createClient({ url: server.url, session: 'cookie', fetch })
  await client.books.count()
  await client.as('mem_1').loans.extend({ bookId: 'bok_1', days: 1 })
  for await (const _ of client.feeds.countdown()) break
  expect(credentials()).toEqual(['include', 'include', 'include'])
  for (const { headers } of server.requests) {
    expect(headers['library-session']).toBe('cookie')
    expect(headers.authorization).toBeUndefined()
  }
  expect(server.requests).toHaveLength(3)
})

test('without one no cookie rides along, and nothing is said where the API knows no sessions', async () => {
  const { fetch, credentials } = recording()
  const client = createClient({ url: server.url, token: 'good', fetch })
  await client.books.count()
  for await (const _ of client.feeds.members()) break
  expect(credentials()).toEqual(['omit', 'omit'])
  expect(server.requests.map(({ headers }) => headers['library-session'])).toEqual([undefined, undefined])
  const plain = recording()
  await createPlainClient({ url: server.url, fetch: plain.fetch }).list.safe()
  expect(plain.credentials()).toEqual([undefined])
})

test('a runtime that knows no cookies is not told of them', async () => {
  vi.stubGlobal('Request', class {})
  const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response('[{"result":{"data":{"json":1}}}]'))
  await createClient({ url: server.url, fetch }).books.count()
  expect(fetch.mock.calls[0]?.[1]).not.toHaveProperty('credentials')
})

test('a token and a cookie exclude each other', () => {
  for (const token of ['good', () => 'good'])
    expect(() => createClient({ url: server.url, session: 'cookie', token })).toThrow(TypeError)
  expect(() => createClient({ url: server.url, session: 'cookie', token: undefined })).not.toThrow()
})

/** A client whose server refuses every request in this way, with the errors that it was told of. */
async function refused(code: string, status: number, options: { token?: () => string } = {}) {
  await server.close()
  const data = { code, httpStatus: status }
  server = await startServer((request, response) => {
    const error = { error: { json: { message: code, code: 1, data } } }
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    const isStream = pathname.includes('feeds.')
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(
        isStream
          ? error
          : decodeURIComponent(pathname)
              .split(',')
              .map(() => error),
      ),
    )
    return true
  })
  const errors: LibraryError[] = []
  const onSignedOut = (error: LibraryError) => void errors.push(error)
  return { client: createClient({ url: server.url, maxRetries: 0, onSignedOut, ...options }), errors }
}

test('who is signed out is told so once per request, with the error', async () => {
  const { client, errors } = await refused('UNAUTHORIZED', 401)
  const [first] = await Promise.all([client.books.count.safe(), client.books.find.safe('bok_1')])
  expect(first).toMatchObject({ ok: false, error: { code: 'UNAUTHORIZED' } })
  expect(server.requests).toHaveLength(1)
  expect(errors).toMatchObject([{ name: 'LibraryError', code: 'UNAUTHORIZED', status: 401 }])
  await client.books.count.safe()
  expect(errors).toHaveLength(2)
})

test('other refusals, and calls that were given up, are not told of', async () => {
  for (const [code, status] of [
    ['NOT_FOUND', 404],
    ['WRONG_PASSWORD', 401],
    ['BAD_REQUEST', 400],
  ] as const) {
    const { client, errors } = await refused(code, status)
    expect(await client.books.count.safe()).toMatchObject({ error: { code } })
    expect(errors).toEqual([])
  }
  const { client, errors } = await refused('UNAUTHORIZED', 401)
  expect(await client.books.count.safe({ signal: AbortSignal.abort() })).toMatchObject({ error: { code: 'ABORTED' } })
  expect(errors).toEqual([])
})

test('a stream tells of it after the renewed token was refused too', async () => {
  let count = 0
  const { client, errors } = await refused('UNAUTHORIZED', 401, { token: () => `t${++count}` })
  const loop = async () => {
    for await (const _ of client.feeds.members());
  }
  await expect(loop()).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  expect(server.requests).toHaveLength(2)
  expect(errors).toMatchObject([{ code: 'UNAUTHORIZED' }])
})

test('a token that could be renewed tells of nothing', async () => {
  const tokens = ['expired', 'good']
  const onSignedOut = vi.fn()
  const client = createClient({ url: server.url, token: () => tokens.shift(), onSignedOut })
  for await (const event of client.feeds.members()) expect(event).toBe('welcome')
  expect(server.requests).toHaveLength(2)
  expect(onSignedOut).not.toHaveBeenCalled()
})

test('what the hook throws is reported as uncaught', async () => {
  const { client } = await refused('UNAUTHORIZED', 401)
  const uncaught: unknown[] = []
  const keep = (error: unknown) => void uncaught.push(error)
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', keep)
  try {
    const onSignedOut = () => {
      throw new Error('no sign-in page')
    }
    expect(await createClient({ url: server.url, onSignedOut }).books.count.safe()).toMatchObject({
      error: { code: 'UNAUTHORIZED' },
    })
    await expect.poll(() => uncaught).toEqual([new Error('no sign-in page')])
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  }
  expect(await client.books.count.safe()).toMatchObject({ ok: false })
})

test('an API without codes of its own has the one of tRPC', async () => {
  await refused('UNAUTHORIZED', 401)
  const onSignedOut = vi.fn()
  const answer = new Response(JSON.stringify([{ error: { message: '', data: { code: 'UNAUTHORIZED' } } }]), {
    status: 401,
  })
  const client = createPlainClient({ url: server.url, fetch: async () => answer, onSignedOut })
  await client.get.safe({ id: 1 })
  expect(onSignedOut).toHaveBeenCalledOnce()
})
