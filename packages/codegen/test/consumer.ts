import {
  type Book,
  type BookId,
  createClient,
  type ErrorCode,
  LibraryError,
  type MemberId,
} from './generated/library/index.ts'

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
  // @ts-expect-error no such procedure: subscriptions are not called
  client.loans.history.watch
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
