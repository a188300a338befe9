import { initTRPC, TRPCError, tracked } from '@trpc/server'
import superjson from 'superjson'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { middlemarch } from './fixture/router.ts'
import { createClient, type LibraryClient } from './generated/library/index.ts'
import { startServer, type TestServer } from './server.ts'

// The server of a later day: more fields, more kinds of events, more codes, another order of things.
const t = initTRPC.create({
  transformer: superjson,
  errorFormatter: ({ shape }) => ({ ...shape, hint: 'new', data: { code: 'ON_HOLIDAY', httpStatus: 409, since: 1n } }),
})
const any = t.procedure.input(z.unknown())
const newer = t.router({
  books: t.router({
    get: any.query(() => ({ ...middlemarch, rating: 5n, seen: new Map([['mem_1', new Date(5)]]), format: 'hologram' })),
    find: any.query(() => {
      throw new TRPCError({ code: 'CONFLICT', message: 'On holiday.' })
    }),
    list: any.query(() => ({ items: [middlemarch], nextCursor: null, total: 1 })),
  }),
  feeds: t.router({
    changes: any.subscription(async function* () {
      yield tracked('1', { kind: 'burnt', bookId: 'bok_1', at: new Date(1) })
      yield tracked('2', { kind: 'returned', bookId: 'bok_1', damaged: true, by: 'mem_1' })
      yield tracked('3', 'not even an object')
    }),
  }),
})

let server: TestServer
let client: LibraryClient
beforeAll(async () => {
  server = await startServer(undefined, { router: newer, headers: { 'library-version': '1.9.0' } })
  client = createClient({ url: server.url })
})
afterAll(() => server.close())

test('unknown fields and values of enums pass', async () => {
  const book = await client.books.get({ id: 'bok_1' })
  expect(book).toEqual({ ...middlemarch, rating: 5n, seen: new Map([['mem_1', new Date(5)]]), format: 'hologram' })
  for await (const { id } of client.books.list.all()) expect(id).toBe('bok_1')
})

test('unknown error codes pass', async () => {
  const found = await client.books.find.safe('bok_1')
  expect(found).toMatchObject({ ok: false, error: { code: 'ON_HOLIDAY', status: 409, message: 'On holiday.' } })
})

test('unknown kinds of events pass, and the position goes on', async () => {
  const stream = client.feeds.changes({})
  const heard: unknown[] = []
  stream.on('returned', (event) => heard.push(event))
  const kinds: unknown[] = []
  for await (const event of stream) kinds.push(event.kind)
  expect(kinds).toEqual(['burnt', 'returned', undefined])
  expect(heard).toEqual([{ kind: 'returned', bookId: 'bok_1', damaged: true, by: 'mem_1' }])
  expect(stream.lastEventId).toBe('3')
})

test('what the server no longer has is refused, with the code that it gives', async () => {
  expect(await client.books.count.safe()).toMatchObject({ ok: false, error: { code: 'ON_HOLIDAY' } })
})
