import { type AntiphonClient, withEvents } from './client.ts'
import { type AntiphonHandlers, createMockClient as createMockCalls } from './generated/mock.ts'

export * from './generated/mock.ts'
export type * from './generated/trpc.ts'

/**
 * A client that calls these handlers instead of a server; a call without a handler fails and says which one it was.
 * What handlers throw, calls end with: `new AntiphonError({ code, status, message })` is what a server would refuse with.
 * Its views of rooms make calls, too: `events.subscribe`, `users.me`, `messages.rooms.get` and so on.
 */
export function createMockClient(handlers: AntiphonHandlers = {}): AntiphonClient {
  return withEvents(createMockCalls(handlers))
}
