import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ann, bob, FakeServer, failure } from './fakeServer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const wait = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

async function watch(server = new FakeServer()) {
  for (const id of [ann, bob]) server.presences.set(id, 'available')
  const events = server.client().events()
  await wait()
  server.welcome()
  await wait()
  const view = events.presence([ann, bob, bob])
  await wait()
  const statuses = () => [...view.people].map(([id, { status }]) => [id, status])
  const asked = () => server.calls.splice(0).filter((name) => name.startsWith('presence'))
  return { server, events, view, statuses, asked }
}

test('shows who is there, and asks again about whom something is told', async () => {
  const { server, view, statuses, asked } = await watch()
  expect(statuses()).toEqual([
    [ann, 'available'],
    [bob, 'available'],
  ])
  expect(asked()).toEqual([`presence ${ann},${bob}`])
  const listener = vi.fn()
  const stop = view.subscribe(listener)
  const before = view.snapshot()
  server.tell({ kind: 'presence.changed', userId: bob })
  await wait(400)
  expect([view.snapshot() === before, listener.mock.calls.length]).toEqual([true, 0])
  server.presences.set(bob, 'busy')
  for (const userId of [bob, bob, 'usr_of_nobody'] as const) server.tell({ kind: 'presence.changed', userId })
  await wait(400)
  expect([view.people.get(bob)?.status, listener.mock.calls.length]).toEqual(['busy', 1])
  expect(asked()).toEqual([`presence ${bob}`, `presence ${bob}`])
  stop()
})

test('notices who vanished without a word, and what came while it was cut off', async () => {
  const { server, view } = await watch()
  server.presences.set(bob, 'offline')
  await wait(60_000)
  expect(view.people.get(bob)?.status).toBe('offline')
  server.presences.set(bob, 'away')
  server.welcome()
  await wait()
  expect(view.people.get(bob)?.status).toBe('away')
})

test('shows the others where somebody is not to be seen, and what it has where nothing can be asked', async () => {
  const server = new FakeServer()
  const { view, statuses, events } = await watch(server)
  server.presences.delete(ann)
  server.tell({ kind: 'resync' })
  await wait()
  expect(statuses()).toEqual([[bob, 'available']])
  server.troubles.set(`presence ${ann},${bob}`, failure('NETWORK'))
  server.tell({ kind: 'resync' })
  await wait()
  expect(statuses()).toEqual([[bob, 'available']])
  view.close()
  server.calls.length = 0
  server.tell({ kind: 'presence.changed', userId: bob })
  await wait(120_000)
  expect(server.calls).toEqual([])
  events.presence([bob])
  events.close()
  expect(vi.getTimerCount()).toBe(0)
})
