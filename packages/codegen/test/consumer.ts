import {
  type AuthErrorCode,
  type Book,
  type BookId,
  type ClientOptions,
  type CommonErrorCode,
  createClient,
  type ErrorCode,
  type EventStreamStatus,
  type FeedsChangesStream,
  isBookId,
  isLibraryError,
  type LibraryClient,
  LibraryError,
  type LibraryEvent,
  type MemberId,
} from './generated/library/index.ts'
import { createMockClient, type LibraryHandlers } from './generated/library/mock.ts'
import { createClient as createPlainClient } from './generated/plain/index.ts'

// Compiled, never run: what users of the SDK may write, and what has to be refused.
export async function consume(bookId: BookId, memberId: MemberId): Promise<void> {
  const client = createClient({ url: 'http://localhost', token: async () => undefined, timeoutMs: 1 })
  const book: Book = await client.books.get({ id: bookId }, { timeoutMs: 5 })
  const published: Date | null = book.published
  await client.books.list()
  await client.books.count({ signal: new AbortController().signal })
  for await (const { title } of client.books.titles.all()) title.toUpperCase()
  for await (const page of client.books.list.pages({ limit: 2 })) page.items.map(({ priceMinor }) => priceMinor + 1n)

  // @ts-expect-error an id of another kind
  await client.books.get({ id: memberId })
  // @ts-expect-error a field is missing
  await client.loans.lend({ bookId, memberId })
  // @ts-expect-error a subscription is no promise
  client.loans.history.watch({}).then
  // @ts-expect-error not a list with pages
  client.books.get.all
  // @ts-expect-error the result has a type
  const wrong: string = await client.books.count()

  const lent = await client.loans.lend.safe({ bookId, memberId, dueAt: published ?? new Date() })
  if (lent.ok) lent.data.address.city.trim()
  else {
    const code:
      | 'ALREADY_LENT'
      | 'TOO_MANY_BOOKS'
      | 'BAD_REQUEST'
      | 'UNAUTHORIZED'
      | 'INTERNAL_SERVER_ERROR'
      | Transport = lent.error.code
    // @ts-expect-error a code that this call cannot give
    if (lent.error.code === 'NOT_FOUND') throw new Error(wrong + code)
  }
  try {
    await client.misc.categories()
  } catch (error) {
    if (!(error instanceof LibraryError)) throw error
    const code: ErrorCode = error.code
    error.fields.map(({ path }) => path + code)
  }
}

type Transport = 'NETWORK' | 'TIMEOUT' | 'ABORTED' | 'BAD_RESPONSE'

/** Streams: handlers by kind, loops, status. */
export async function listen(client: LibraryClient): Promise<void> {
  const stream: FeedsChangesStream = client.feeds.changes({}, { inactivityMs: 1, endless: true })
  const off: () => void = stream.on('lent', ({ dueAt }) => void dueAt.getTime())
  stream.on('found', ({ note }) => void note?.trim())
  stream.onAny((event: LibraryEvent) => void event.bookId)
  stream.onStatus((status: EventStreamStatus) => {
    if (status.state === 'waiting') status.retryAt.getTime()
    if (status.state === 'closed' && isLibraryError(status.error, 'UNAUTHORIZED')) off()
    // @ts-expect-error only a stream that waits has a time to try again
    status.retryAt
  })
  for await (const { page, at } of client.feeds.log()) at.setDate(page + 1)

  // @ts-expect-error no such kind of event
  stream.on('burnt', () => {})
  // @ts-expect-error the event is of its kind
  stream.on('lent', ({ damaged }) => damaged)
  // @ts-expect-error a stream without kinds
  client.feeds.countdown().on('three', () => {})
  // @ts-expect-error the options of a call are others
  client.feeds.countdown({ timeoutMs: 5 })
  // @ts-expect-error the input has a type
  client.feeds.log({ until: 'tomorrow' })
  // @ts-expect-error streams have no .safe
  client.feeds.countdown.safe()
}

/** Codes: only those that a call can give, guards, and acting for others. */
export async function refuse(client: LibraryClient, memberId: MemberId, bookId: BookId): Promise<void> {
  const found = await client.books.get.safe({ id: bookId })
  if (!found.ok) {
    // @ts-expect-error a procedure for anyone cannot miss a token
    if (found.error.code === 'UNAUTHORIZED') return
    if (found.error.code === 'NOT_FOUND') found.error.requestId?.trim()
    const common: CommonErrorCode | 'NOT_FOUND' = found.error.code
    common.trim()
  }
  const added = await client.books.count.safe()
  if (!added.ok && added.error.code === 'UNAUTHORIZED') return
  const caught: unknown = found
  if (isLibraryError(caught)) {
    const code: ErrorCode = caught.code
    const auth: AuthErrorCode = 'UNAUTHORIZED'
    code.concat(auth)
  }
  if (isLibraryError(caught, 'NOT_FOUND', 'ALREADY_LENT')) {
    const code: 'NOT_FOUND' | 'ALREADY_LENT' = caught.code
    code.trim()
  }
  // @ts-expect-error no such code
  isLibraryError(caught, 'NOT_THERE')
  await client.as(memberId).books.count()
  // @ts-expect-error an id of another kind
  client.as(bookId)
}

/** Sessions in cookies, only where the API has them; the end of a session; ids that come as text. */
export async function signIn(text: string | null): Promise<void> {
  const options: ClientOptions = { url: '', session: 'cookie', onSignedOut: ({ code }: LibraryError) => void code }
  const client = createClient(options)
  createPlainClient({ url: '', onSignedOut: ({ code }) => code === 'UNAUTHORIZED' })
  // @ts-expect-error no such kind of session
  createClient({ url: '', session: 'token' })
  // @ts-expect-error an API without sessions in cookies
  createPlainClient({ url: '', session: 'cookie' })
  if (isBookId(text)) await client.books.get({ id: text })
  // @ts-expect-error any text
  else if (text !== null) await client.books.get({ id: text })
}

/** Mock clients: handlers are typed by the contract. */
export function mock(book: Book): LibraryClient {
  const handlers: LibraryHandlers = {
    books: { get: ({ id }) => ({ ...book, id }), count: async () => 1n, add: ({ id }, { actAs }) => id ?? actAs },
    feeds: {
      countdown: async function* () {
        yield 3
      },
    },
  }
  // @ts-expect-error the answer has a type
  createMockClient({ books: { count: () => 1 } })
  // @ts-expect-error no such procedure
  createMockClient({ books: { burn: () => 1 } })
  // @ts-expect-error the input has a type
  createMockClient({ books: { get: (input: { id: MemberId }) => ({ ...book, id: input.id }) } })
  async function* words() {
    yield 'three'
  }
  // @ts-expect-error events have a type
  createMockClient({ feeds: { countdown: words } })
  return createMockClient(handlers)
}
