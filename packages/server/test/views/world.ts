import { type ClientOptions, createClient, type RoomId, type RoomView } from '@antiphon/client'
import { expect, vi } from 'vitest'
import { atEnd, type Person } from '../server.ts'

export type Fetch = NonNullable<ClientOptions['fetch']>

/** A client of its own for a person, whose stream ends with the test, or with the file where it is made outside of one. */
export function deviceOf({ token }: Person, { url }: { url: string }, options: Partial<ClientOptions> = {}) {
  const client = createClient({ url, token, ...options })
  atEnd(async () => client.events().close())
  return client
}

/** A view of a person's room, on an instance. */
export function viewOf(person: Person, roomId: RoomId, at: { url: string }, options: Partial<ClientOptions> = {}) {
  return deviceOf(person, at, options).events().room(roomId)
}

export function until(check: () => unknown, timeout = 10_000) {
  return vi.waitFor(check, { timeout, interval: 50 })
}

export function live(...views: RoomView[]) {
  return until(() => expect(views.map(({ status }) => status)).toEqual(views.map(() => 'live')))
}
