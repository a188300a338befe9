import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink, TRPCClientError } from '@trpc/client'
import superjson from 'superjson'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AppRouter } from './generated/library/trpc.ts'
import { startServer, type TestServer } from './server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

function connect() {
  const url = `${server.url}/trpc`
  const transformer = superjson
  const calls = httpBatchLink({ url, transformer })
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: httpSubscriptionLink({ url, transformer }),
        false: calls,
      }),
    ],
  })
}

test("tRPC's own client works with the flat router type", async () => {
  const client = connect()
  expect((await client.books.get.query({ id: 'bok_1' })).published).toBeInstanceOf(Date)
  expect(await client.catalog.shelves.labels.colors.query()).toEqual(['red', 'green'])
  expect(await client.loans.extend.mutate({ bookId: 'bok_1', days: 2 })).toMatchObject({ days: 2 })
  const error = await client.books.get.query({ id: 'bok_0' }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(TRPCClientError)
  expect((error as TRPCClientError<AppRouter>).data?.code).toBe('NOT_FOUND')
})
