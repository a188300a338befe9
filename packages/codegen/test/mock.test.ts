import { expect, test } from 'vitest'
import { middlemarch } from './fixture/router.ts'
import { isLibraryError, LibraryError } from './generated/library/index.ts'
import { createMockClient } from './generated/library/mock.ts'
import { createMockClient as createPlainMock } from './generated/plain/mock.ts'

const refusal = new LibraryError({ code: 'NOT_FOUND', status: 404, message: 'There is no such thing.' })

test('handlers answer calls, with the input as it would be sent', async () => {
  const inputs: unknown[] = []
  const client = createMockClient({
    books: {
      count: () => 3n,
      get: async ({ id }) => ({ ...middlemarch, id }),
      list: (input) => {
        inputs.push(input)
        return { items: [], nextCursor: null }
      },
    },
    loans: {
      lend: (input, { signal }) => {
        inputs.push(input.clientId, signal)
        return { clientId: input.clientId ?? '', dueAt: input.dueAt, address: { street: '', city: '', country: '' } }
      },
    },
    catalog: { shelves: { labels: { colors: () => ['red'] } } },
  })
  expect(await client.books.count()).toBe(3n)
  expect((await client.books.get({ id: 'bok_9' })).id).toBe('bok_9')
  expect(await client.catalog.shelves.labels.colors()).toEqual(['red'])
  await client.books.list()
  const { signal } = new AbortController()
  const { clientId } = await client.loans.lend({ bookId: 'bok_1', memberId: 'mem_1', dueAt: new Date() }, { signal })
  expect(clientId).toHaveLength(36)
  expect(inputs).toEqual([{}, clientId, signal])
})

test('.safe, .all and .pages work on handlers', async () => {
  const client = createMockClient({
    books: {
      get: () => {
        throw refusal
      },
      titles: ({ cursor }) => ({ items: [{ title: cursor ?? 'a' }], ...(cursor === 'b' ? {} : { nextCursor: 'b' }) }),
    },
  })
  const result = await client.books.get.safe({ id: 'bok_1' })
  expect(result).toEqual({ ok: false, error: refusal })
  expect(!result.ok && isLibraryError(result.error, 'NOT_FOUND')).toBe(true)
  await expect(client.books.get({ id: 'bok_1' })).rejects.toBe(refusal)
  const titles: string[] = []
  for await (const { title } of client.books.titles.all()) titles.push(title)
  for await (const { items } of client.books.titles.pages()) titles.push(...items.map(({ title }) => title))
  expect(titles).toEqual(['a', 'b', 'a', 'b'])
})

test('a call without a handler fails with its name, also where errors are values', async () => {
  const client = createMockClient({ books: {} })
  await expect(client.loans.history.events()).rejects.toThrow('no handler for loans.history.events')
  await expect(client.books.count.safe()).rejects.toThrow('no handler for books.count')
  expect(() => createMockClient().feeds.countdown()).toThrow('no handler for feeds.countdown')
})

test('a fault of a handler is no error of a call', async () => {
  const client = createMockClient({ books: { count: () => Promise.reject(new TypeError('oops')) } })
  await expect(client.books.count.safe()).rejects.toThrow(TypeError)
})

test('the signal and the time limit of a call end it', async () => {
  let calls = 0
  const client = createMockClient({
    books: {
      count: () => {
        calls++
        return new Promise<bigint>(() => {})
      },
    },
  })
  const controller = new AbortController()
  const call = client.books.count.safe({ signal: controller.signal })
  controller.abort()
  expect(await call).toMatchObject({ ok: false, error: { code: 'ABORTED', name: 'LibraryError' } })
  expect(calls).toBe(1)
  await expect(client.books.count({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
  expect(calls).toBe(1)
  await expect(client.books.count({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMEOUT' })
})

test('subscriptions play what a handler yields', async () => {
  let left = 0
  const client = createMockClient({
    feeds: {
      async *countdown() {
        try {
          yield 2
          yield 1
        } finally {
          left++
        }
      },
      async *changes({ secret }) {
        yield { kind: 'returned', bookId: 'bok_1', damaged: secret === 'x' }
        throw refusal
      },
    },
  })
  const counts: number[] = []
  for await (const count of client.feeds.countdown()) counts.push(count)
  for await (const count of client.feeds.countdown()) {
    counts.push(count)
    break
  }
  expect([counts, left]).toEqual([[2, 1, 2], 2])
  const stream = client.feeds.changes({ secret: 'x' })
  const heard: boolean[] = []
  stream.on('returned', ({ damaged }) => heard.push(damaged))
  await expect.poll(() => stream.status.state).toBe('closed')
  expect(stream.status).toEqual({ state: 'closed', reason: 'failed', error: refusal })
  expect(heard).toEqual([true])
})

test('as(id) tells handlers for whom', async () => {
  const client = createMockClient({ misc: { whoAmI: ({ actAs }) => ({ authorization: null, actAs }) } })
  expect(await client.as('mem_3').misc.whoAmI()).toEqual({ authorization: null, actAs: 'mem_3' })
  expect(await client.misc.whoAmI()).toEqual({ authorization: null, actAs: undefined })
})

test('an SDK without options of any kind has it too', async () => {
  const client = createPlainMock({ get: ({ id }) => ({ id, at: '2026-01-01', text: '' }) })
  expect(await client.get({ id: 4 })).toMatchObject({ id: 4 })
})
