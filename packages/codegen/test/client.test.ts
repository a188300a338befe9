import superjson from 'superjson'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loans, middlemarch } from './fixture/router.ts'
import { createClient, LibraryError } from './generated/library/index.ts'
import { procedures } from './generated/library/procedures.ts'
import { buildClient } from './generated/library/runtime/client.ts'
import { startServer, type TestServer } from './server.ts'

let server: TestServer
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  server = await startServer()
  client = createClient({ url: server.url, token: 'secret' })
})
afterAll(() => server.close())

test('dates, bigints, sets and maps arrive as such', async () => {
  const book = await client.books.get({ id: 'bok_1' })
  expect(book).toEqual(middlemarch)
  expect(await client.books.add({ ...book, format: undefined })).toBe('bok_1')
  expect(await client.books.count()).toBe(7n)
  const prices = await client.misc.prices({ at: new Map([['bok_1', 5n]] as const), rates: { nzd: 1.5 } })
  expect(prices).toEqual({ at: new Map([['bok_1', 5n]]), total: 5n, rates: { low: 1 } })
})

test('every procedure of the fixture can be called', async () => {
  expect(await client.books.find('bok_99')).toBeNull()
  expect(await client.books.many(['bok_1'])).toHaveLength(7)
  expect(await client.loans.extend({ bookId: 'bok_1', days: 3 })).toEqual({ bookId: 'bok_1', days: 3 })
  expect(await client.loans.giveBack({ bookId: 'bok_1' })).toBeUndefined()
  expect(await client.loans.history.events()).toHaveLength(2)
  const since = new Date(5)
  expect((await client.loans.history.events({ since }))[0]).toMatchObject({ kind: 'lent', dueAt: since })
  expect(await client.loans.history.record({ kind: 'returned', bookId: 'bok_1' })).toMatchObject({ damaged: false })
  expect(await client.misc.categories()).toEqual({ name: 'All', children: [{ name: 'Novels', children: [] }] })
  expect(await client.misc.rename({ name: 'A', children: [] })).toEqual({ name: 'A', children: [] })
  expect(await client.misc.untyped({ q: 'x' })).toEqual({ echo: 'x' })
  expect(await client.misc.move({ street: 'a', city: 'b' })).toEqual({ street: 'a', city: 'b', country: 'NZ' })
  expect(await client.misc['search-all']({ q: 'x' })).toEqual({ hits: 1, by: null })
  expect((await client.misc.codec({ day: 'x', trimmed: 'y' })).all.zip).toBe('1')
  expect(await client.misc.settings()).toEqual({ dark: false, size: 1 })
  expect(await client.misc.settings({ dark: true })).toEqual({ dark: true, size: 1 })
})

test('lists go on page by page, and each loop starts anew', async () => {
  const all = client.books.list.all({ limit: 3 })
  for (const _ of [1, 2]) {
    const ids: string[] = []
    for await (const book of all) ids.push(book.id)
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7].map((id) => `bok_${id}`))
  }
  const sizes: number[] = []
  for await (const page of client.books.list.pages({ limit: 4, cursor: '2' })) sizes.push(page.items.length)
  expect(sizes).toEqual([4, 1])
  for await (const { title } of client.books.titles.all()) expect(title).toBe('Middlemarch')
})

test('errors carry code, status, fields and request id, and .safe gives them as values', async () => {
  const result = await client.books.get.safe({ id: 'bok_0' })
  expect(result.ok).toBe(false)
  if (!result.ok) {
    const code: 'NOT_FOUND' | 'BAD_REQUEST' | (string & {}) = result.error.code
    expect(code).toBe('NOT_FOUND')
    expect(result.error).toMatchObject({ status: 404, requestId: 'req_1', message: 'There is no such thing.' })
  }
  const bad = await client.books.list({ limit: 1000 }).catch((error: unknown) => error)
  expect(bad).toBeInstanceOf(LibraryError)
  expect(bad).toMatchObject({ name: 'LibraryError', code: 'BAD_REQUEST', fields: [{ path: 'limit' }] })
  expect(await client.books.count.safe()).toEqual({ ok: true, data: 7n })
})

test('a mutation with a key gets one, and the caller may give it', async () => {
  const input = { bookId: 'bok_1', memberId: 'mem_1', dueAt: new Date(1) } as const
  const { clientId } = await client.loans.lend(input)
  expect(clientId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect((await client.loans.lend({ ...input, clientId: 'mine' })).clientId).toBe('mine')
  expect(loans.get('mine')).toEqual({ bookId: 'bok_1', at: new Date(1) })
})

test('calls of one tick share a request, of at most 20 calls', async () => {
  const before = server.requests.length
  await Promise.all(Array.from({ length: 25 }, () => client.books.find('bok_1')))
  expect(server.requests.length - before).toBe(2)
})

test('the token is sent, and may be a function', async () => {
  expect(await client.misc.whoAmI()).toEqual({ authorization: 'Bearer secret' })
  let count = 0
  const asked = createClient({ url: `${server.url}/`, token: async () => `t${++count}` })
  expect(await asked.misc.whoAmI()).toEqual({ authorization: 'Bearer t1' })
  expect(await asked.misc.whoAmI()).toEqual({ authorization: 'Bearer t2' })
  const nobody = createClient({ url: new URL(server.url), token: () => undefined })
  expect(await nobody.misc.whoAmI()).toEqual({ authorization: null })
})

test('queries go by POST where the API says so, with their input in the body', async () => {
  const settings = { path: '/trpc', transformer: superjson, procedures, ErrorClass: LibraryError }
  for (const postQueries of [false, true]) {
    const built = buildClient({ ...settings, postQueries }, { url: server.url }) as ReturnType<typeof createClient>
    expect(await built.books.find('bok_2')).toMatchObject({ id: 'bok_2' })
    const { method, url } = server.requests.at(-1)!
    expect([method, url.includes('bok_2')]).toEqual(postQueries ? ['POST', false] : ['GET', true])
  }
})
