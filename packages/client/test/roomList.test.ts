import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RoomList } from '../src/index.ts'
import { ann, bob, FakeServer, failure, gate } from './fakeServer.ts'
import { memberOf, roomId, roomOf } from './room.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const wait = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const other = roomOf({ id: 'rom_2', name: 'Quartet', lastEventAt: new Date(5), role: 'member' })
const shown = ({ rooms }: RoomList) => rooms.map(({ id, unread }) => [id, unread])

/** A list that is loaded, on a stream that is open: of a room with messages and another. */
async function openList(server = new FakeServer(3)) {
  server.otherRooms = [other]
  const events = server.client().events()
  const list = events.rooms()
  await wait()
  server.welcome()
  await wait()
  server.calls.length = 0
  return { server, events, list }
}

test('shows rooms with what is unread, the most recently active first, and is one until it is closed', async () => {
  const server = new FakeServer(3)
  server.unread.set(roomId, 2)
  const { list, events } = await openList(server)
  expect(list.snapshot()).toMatchObject({ status: 'live', error: undefined, rooms: [{ name: 'Choir' }, other] })
  expect(shown(list)).toEqual([
    [roomId, 2],
    ['rom_2', 0],
  ])
  expect(events.rooms()).toBe(list)
  list.close()
  expect(events.rooms()).not.toBe(list)
})

test('moves up what is active, and has what is unread counted once for many messages', async () => {
  const { server, list } = await openList()
  const listener = vi.fn()
  const stop = list.subscribe(listener)
  server.unread.set('rom_2', 3)
  for (let at = 1; at < 4; at++) {
    const event = { kind: 'message.sent', seq: at, at: new Date(), actorId: bob, message: server.messages[0]! } as const
    server.tell({ kind: 'room.range', roomId: 'rom_2', from: at - 1, to: at, lastSeq: at, events: [event] })
  }
  await wait(400)
  expect(shown(list)).toEqual([
    ['rom_2', 3],
    [roomId, 0],
  ])
  expect([list.rooms[0]?.lastSeq, server.calls]).toEqual([3, ['unread rom_2']])
  expect(listener).toHaveBeenCalledTimes(4)
  stop()
})

test('gives the same snapshot as long as nothing changed', async () => {
  const { list } = await openList()
  const listener = vi.fn()
  list.subscribe(listener)
  const before = list.snapshot()
  await list.verify()
  expect([list.snapshot() === before, listener.mock.calls.length]).toEqual([true, 0])
})

test('hears of what was read elsewhere, and of what was read here alone', async () => {
  const { server, list, events } = await openList()
  server.unread.set(roomId, 1)
  server.tell({ kind: 'room.marks', roomId, marks: [{ userId: bob, deliveredSeq: 1, readSeq: 1 }] })
  await wait(1_000)
  expect([shown(list)[0], server.calls]).toEqual([[roomId, 0], []])
  server.tell({ kind: 'room.marks', roomId, marks: [{ userId: ann, deliveredSeq: 1, readSeq: 1 }] })
  await wait(1_000)
  expect(shown(list)[0]).toEqual([roomId, 1])
  const view = events.room(roomId)
  await wait()
  server.unread.delete(roomId)
  view.markRead(3, { private: true })
  await wait(1_000)
  expect(shown(list)[0]).toEqual([roomId, 0])
})

test('looks anew at rooms that changed, came or went', async () => {
  const { server, list } = await openList()
  const about = { at: new Date(), actorId: bob, userId: bob, member: memberOf(bob) }
  const range = { kind: 'room.range', roomId: 'rom_2', from: 0, to: 1, lastSeq: 1 } as const
  server.otherRooms = [{ ...other, name: 'Octet' }, roomOf({ id: 'rom_3' })]
  server.tell({ ...range, events: [{ kind: 'member.joined', seq: 1, ...about }] })
  server.tell({ kind: 'room.entered', roomId: 'rom_3', lastSeq: 4 })
  await wait(400)
  expect(Object.fromEntries(list.rooms.map(({ name, id }) => [id, name]))).toEqual({
    ...{ rom_2: 'Octet', rom_3: 'Choir', [roomId]: 'Choir' },
  })
  expect(server.calls.filter((name) => name === 'get')).toHaveLength(2)
  server.tell({ kind: 'room.left', roomId: 'rom_3' })
  await wait()
  expect(list.rooms.map(({ id }) => id)).not.toContain('rom_3')
  server.otherRooms = []
  server.tell({ kind: 'room.entered', roomId: 'rom_2', lastSeq: 1 })
  await wait(400)
  expect(shown(list)).toEqual([[roomId, 0]])
})

test('what happens while the rooms are fetched is not lost', async () => {
  const { server, list } = await openList()
  const { passed, pass } = gate()
  server.late.set('rooms', passed)
  const checked = list.verify()
  await wait()
  server.otherRooms = []
  server.tell({ kind: 'room.left', roomId: 'rom_2' })
  server.write(bob)
  server.tell()
  await wait()
  pass()
  await checked
  await wait(400)
  expect([shown(list), list.rooms[0]?.lastSeq]).toEqual([[[roomId, 0]], 4])
})

test('is behind while the stream is not open, and tries again what fails', async () => {
  const { server, list, events } = await openList()
  server.troubles.set('rooms', failure('NETWORK'))
  await expect(Promise.all([list.verify(), wait(100)])).rejects.toMatchObject({ code: 'NETWORK' })
  expect([list.status, list.error?.code]).toEqual(['live', 'NETWORK'])
  server.troubles.clear()
  await wait(2_000)
  expect([list.status, list.error]).toEqual(['live', undefined])
  server.calls.length = 0
  await wait(301_000)
  expect(server.calls).toEqual(['rooms', 'unread all'])
  events.close()
  expect(list.status).toBe('behind')
  expect(vi.getTimerCount()).toBe(0)
  await expect(list.verify()).rejects.toMatchObject({ code: 'ABORTED' })
  expect(events.rooms().status).toBe('loading')
})
