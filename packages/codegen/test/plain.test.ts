import { afterAll, beforeAll, expect, test } from 'vitest'
import { appRouter } from './fixture/plain.ts'
import { type ApiClient, ApiError, createClient, isApiError } from './generated/plain/index.ts'
import { startServer, type TestServer } from './server.ts'

let server: TestServer
let client: ApiClient
beforeAll(async () => {
  server = await startServer(undefined, { router: appRouter })
  client = createClient({ url: server.url })
})
afterAll(() => server.close())

test('without a transformer values arrive as JSON has them', async () => {
  expect(await client.get({ id: 1 })).toEqual({ id: 1, at: '1970-01-01T00:00:00.001Z', text: 'note 1' })
  expect(await client.get({ id: 9 })).toBeNull()
  expect(await client.write({ text: 'x' })).toBeUndefined()
  const ids: number[] = []
  for await (const { id, at } of client.list.all()) ids.push(id, at.length)
  expect(ids).toEqual([1, 24, 2, 24, 3, 24])
})

test('the errors of tRPC itself', async () => {
  const error = await client.write({ text: '' }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ApiError)
  expect(isApiError(error, 'BAD_REQUEST') && error.status).toBe(400)
})

test('a subscription of unknown events', async () => {
  const events: unknown[] = []
  for await (const event of client.nested.watch({ from: 2 })) events.push(event)
  expect(events).toMatchObject([{ id: 2, at: expect.any(String) }, { id: 3 }])
})
