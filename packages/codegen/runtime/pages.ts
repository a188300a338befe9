import type { Call, CallOptions } from './calls.ts'
import type { ErrorClass } from './errors.ts'

interface Page {
  readonly items: readonly unknown[]
  readonly nextCursor?: unknown
}

/** The pages of a list, one after the other, from the input's cursor or the start. Each loop over it starts anew. */
export function iteratePages(call: Call, input: unknown, options: CallOptions | undefined, ErrorClass: ErrorClass) {
  return {
    async *[Symbol.asyncIterator](): AsyncGenerator<Page, void, undefined> {
      const base = input !== null && typeof input === 'object' ? input : {}
      let page = await readPage(call, base, options, ErrorClass)
      yield page
      let cursor = page.nextCursor
      while (cursor !== null && cursor !== undefined) {
        page = await readPage(call, { ...base, cursor }, options, ErrorClass)
        yield page
        if (page.nextCursor === cursor) {
          throw new ErrorClass({
            code: 'BAD_RESPONSE',
            status: 0,
            message: 'The list does not go on: its cursor repeats.',
          })
        }
        cursor = page.nextCursor
      }
    },
  }
}

/** The items of a list, page by page. */
export function iterateItems(call: Call, input: unknown, options: CallOptions | undefined, ErrorClass: ErrorClass) {
  return {
    async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
      for await (const page of iteratePages(call, input, options, ErrorClass)) yield* page.items
    },
  }
}

async function readPage(
  call: Call,
  input: object,
  options: CallOptions | undefined,
  ErrorClass: ErrorClass,
): Promise<Page> {
  const page = await call(input, options)
  if (isPage(page)) return page
  throw new ErrorClass({ code: 'BAD_RESPONSE', status: 0, message: 'The answer is not a page of a list.' })
}

function isPage(value: unknown): value is Page {
  return value !== null && typeof value === 'object' && 'items' in value && Array.isArray(value.items)
}
