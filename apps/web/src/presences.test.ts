import { AntiphonError, type Presence, type UserId } from '@antiphon/client'
import { createMockClient } from '@antiphon/client/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPresences } from './presences.ts'

const idOf = (number: number): UserId => `usr_${number}`
const ids = (count: number) => Array.from({ length: count }, (_, at) => idOf(at))

/** A server that refuses whole calls for those who are hidden, and all that it was asked. */
function house(hidden: ReadonlySet<UserId>) {
  const asked: UserId[][] = []
  const presenceOf = (userId: UserId): Presence => ({ userId, status: 'available', text: '', expiresAt: null })
  const get = ({ userIds }: { userIds: UserId[] }) => {
    asked.push(userIds)
    if (userIds.some((id) => hidden.has(id))) throw new AntiphonError({ code: 'NOT_FOUND', status: 404, message: '' })
    return userIds.map(presenceOf)
  }
  return { asked, presences: createPresences(createMockClient({ users: { presence: { get } } })) }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }))
  vi.stubGlobal('addEventListener', () => {})
  vi.stubGlobal('removeEventListener', () => {})
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('asks for all in sight together, a hundred at a time, and again while somebody looks', async () => {
  const { asked, presences } = house(new Set())
  const listener = vi.fn()
  const stops = ids(130).map((id) => presences.watch(id, listener))
  await vi.advanceTimersByTimeAsync(10)
  expect(asked.slice(0, 2).map(({ length }) => length)).toEqual([100, 30])
  expect(presences.known(idOf(129))?.status).toBe('available')
  expect(listener).toHaveBeenCalledTimes(130)
  const before = asked.length
  await vi.advanceTimersByTimeAsync(61_000)
  expect(asked.length).toBe(before + 2)
  expect(listener).toHaveBeenCalledTimes(130)
  for (const stop of stops) stop()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(asked.length).toBe(before + 2)
})

test('those who are not to be seen keep nobody else from being seen, and are not asked for again', async () => {
  const hidden = new Set([idOf(3), idOf(40), idOf(41), idOf(99)])
  const { asked, presences } = house(hidden)
  for (const id of ids(100)) presences.watch(id, () => {})
  await vi.advanceTimersByTimeAsync(10)
  for (const id of ids(100)) expect([id, presences.known(id) === undefined]).toEqual([id, hidden.has(id)])
  asked.length = 0
  await vi.advanceTimersByTimeAsync(61_000)
  expect(asked.map(({ length }) => length)).toEqual([96])
})
