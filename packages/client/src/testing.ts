import { type AntiphonClient, extend } from './client.ts'
import { AntiphonError } from './generated/index.ts'
import { type AntiphonHandlers, createMockClient as createMockCalls } from './generated/mock.ts'
import type { Bytes } from './uploads/bytes.ts'

export * from './generated/mock.ts'
export type * from './generated/trpc.ts'

/**
 * A client that calls these handlers instead of a server; a call without a handler fails and says which one it was.
 * What handlers throw, calls end with: `new AntiphonError({ code, status, message })` is what a server would refuse with.
 * Its views of rooms make calls, too: `events.subscribe`, `users.me`, `messages.rooms.get` and so on; and so does
 * `uploads.upload`: `uploads.begin` and `uploads.complete`, between which the bytes go nowhere.
 */
export function createMockClient(handlers: AntiphonHandlers = {}): AntiphonClient {
  return extend(createMockCalls(handlers), nowhere)
}

/** Takes whatever is uploaded, and has nothing to download. */
const nowhere: Bytes = {
  as: () => nowhere,
  async send({ method, headers = {}, body }) {
    if (method === 'GET') throw new AntiphonError({ code: 'NOT_FOUND', status: 404, message: 'The mock has no files.' })
    const size = body === undefined ? 0 : body instanceof Blob ? body.size : body.byteLength
    const offset = String(Number(headers['upload-offset'] ?? 0) + size)
    return new Response(null, { status: 204, headers: { 'upload-offset': offset } })
  },
}
