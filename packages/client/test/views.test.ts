import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient, type RoomView } from '../src/index.ts'
import { createMockClient } from '../src/testing.ts'
import { ann, bob, FakeServer, failure, open } from './fakeServer.ts'
import { roomId } from './room.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const wait = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const seqsOf = ({ messages }: RoomView) => messages.map(({ seq }) => seq)
describe('the stream of a client', () => {
  test('is one, opened when it is asked for, and another one once it is closed', async () => {
    const server = new FakeServer()
    const client = server.client()
    await wait()
    expect(server.streams).toBe(0)
    const events = client.events()
    expect(client.events()).toBe(events)
    await wait()
    expect([server.streams, events.status.state]).toEqual([1, 'open'])
    events.close()
    await wait()
    expect(events.status).toEqual({ state: 'closed', reason: 'closed' })
    expect(client.events()).not.toBe(events)
    expect(client.events.subscribe).toBeTypeOf('function')
    expect(client.as(bob).events()).not.toBe(client.events())
  })

  test('tells events by kind, positions and its status', async () => {
    const { server, events } = await open()
    const heard: unknown[] = []
    const stop = events.on('presence.changed', ({ userId }) => heard.push(userId))
    events.onAny(({ kind }) => heard.push(kind))
    server.tell({ kind: 'presence.changed', userId: bob })
    await wait()
    stop()
    server.tell({ kind: 'presence.changed', userId: bob })
    await wait()
    expect(heard).toEqual([bob, 'presence.changed', 'presence.changed'])
    expect([...events.positions]).toEqual([[roomId, 3]])
    const states: string[] = []
    events.onStatus(({ state }) => states.push(state))
    events.close()
    expect(states).toEqual(['closed'])
  })

  test('is not opened by making a client', () => {
    const fetch = vi.fn()
    createClient({ url: 'http://localhost', fetch })
    expect(fetch).not.toHaveBeenCalled()
  })

  test('of a mock client names the handler that is missing', async () => {
    const onError = vi.fn()
    const subscribe = async function* () {
      yield await new Promise<never>(() => {})
    }
    const view = createMockClient({ events: { subscribe } }).events({ onError }).room(roomId)
    await wait()
    expect(view.status).toBe('loading')
    expect(String(onError.mock.calls[0]?.[0])).toMatch(/no handler for (users.me|messages)/)
  })
})

describe('a view', () => {
  test('is shared, and loads a room with everything in it', async () => {
    const server = new FakeServer(3)
    server.receipts = [{ userId: bob, deliveredSeq: 3, readSeq: 2 }]
    const events = server.client().events()
    const view = events.room(roomId)
    expect(view.snapshot()).toMatchObject({ status: 'loading', messages: [], lastSeq: 0, hasMore: false })
    await wait()
    expect(view.status).toBe('behind')
    server.welcome()
    await wait()
    expect(view.snapshot()).toMatchObject({ status: 'live', lastSeq: 3, hasMore: false, room: { name: 'Choir' } })
    expect(view.members.map(({ userId }) => userId)).toEqual([ann, bob])
    expect(view.receipts.get(bob)).toEqual(server.receipts[0])
    expect(events.room(roomId)).toBe(view)
    view.close()
    expect(events.room(roomId)).not.toBe(view)
  })

  test('begins where the stream said that the room is, in one go', async () => {
    const server = new FakeServer(3)
    const events = server.client().events()
    await wait()
    server.welcome()
    await wait()
    const view = events.room(roomId)
    await wait()
    expect(view.status).toBe('live')
    expect(server.calls.toSorted()).toEqual(['get', 'list', 'me', 'members', 'receipts', 'sight'])
  })

  test('gives the same snapshot as long as nothing changed, and tells of changes alone', async () => {
    const { server, view } = await open()
    const listener = vi.fn()
    const stop = view.subscribe(listener)
    const before = view.snapshot()
    server.tell(1)
    await view.verify()
    expect(view.snapshot()).toBe(before)
    expect(listener).not.toHaveBeenCalled()
    server.write(bob)
    server.tell()
    await wait()
    expect(listener).toHaveBeenCalledTimes(1)
    expect(view.snapshot()).not.toBe(before)
    expect(before.messages).toHaveLength(3)
    stop()
    server.write(bob)
    server.tell()
    await wait()
    expect(listener).toHaveBeenCalledTimes(1)
  })

  test('survives listeners that throw', async () => {
    const server = new FakeServer(1)
    const onError = vi.fn()
    const view = server.client().events({ onError }).room(roomId)
    const others = vi.fn()
    view.subscribe(() => {
      throw new Error('mine')
    })
    view.subscribe(others)
    await wait()
    expect([onError.mock.calls.length, others.mock.calls.length]).toEqual([1, 1])
  })

  test('waits a moment for what comes before, and then asks for it', async () => {
    const { server, view } = await open()
    for (let at = 0; at < 3; at++) server.write(bob)
    server.tell({ kind: 'room.range', ...server.range(4, 6) })
    await wait(100)
    expect([seqsOf(view), view.status, server.calls]).toEqual([[1, 2, 3], 'live', []])
    server.tell({ kind: 'room.range', ...server.range(3, 4) })
    await wait()
    expect([seqsOf(view), server.calls]).toEqual([[1, 2, 3, 4, 5, 6], []])
    server.write(bob)
    server.write(bob)
    server.tell()
    await wait(199)
    expect(view.lastSeq).toBe(6)
    await wait(1)
    expect([view.lastSeq, view.status, server.calls]).toEqual([8, 'live', ['since']])
  })

  test('notices by itself that the last frame was lost', async () => {
    const { server, view } = await open()
    server.write(bob)
    server.receipts = [{ userId: bob, deliveredSeq: 1, readSeq: 1 }]
    await wait(59_000)
    expect(view.lastSeq).toBe(3)
    await wait(1_100)
    expect([view.lastSeq, view.receipts.get(bob)?.readSeq]).toEqual([4, 1])
  })

  test('asks again after failures, and says what is wrong meanwhile', async () => {
    const { server, view } = await open()
    server.troubles.set('since', failure('NETWORK'))
    server.write(bob)
    server.write(bob)
    server.tell()
    await wait(300)
    expect([view.status, view.error?.code]).toEqual(['behind', 'NETWORK'])
    await expect(view.verify()).rejects.toMatchObject({ code: 'NETWORK' })
    server.troubles.clear()
    await wait(2_000)
    expect([view.status, view.error, view.lastSeq]).toEqual(['live', undefined, 5])
  })

  test('gives up what is useless until there is a reason to try again', async () => {
    const server = new FakeServer(1)
    server.troubles.set('list', failure('NOT_ALLOWED'))
    const view = server.client().events().room(roomId)
    await wait()
    server.welcome()
    await wait(50_000)
    expect([view.status, view.error?.code]).toEqual(['loading', 'NOT_ALLOWED'])
    expect(server.calls.filter((name) => name === 'list')).toHaveLength(2)
    server.troubles.clear()
    server.welcome()
    await wait()
    expect(view.status).toBe('live')
  })
})
