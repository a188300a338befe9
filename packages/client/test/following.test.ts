import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RoomView } from '../src/index.ts'
import { ann, bob, FakeServer, failure, open } from './fakeServer.ts'
import { memberOf, messageOf, roomId } from './room.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const wait = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const seqsOf = ({ messages }: RoomView) => messages.map(({ seq }) => seq)
describe('a view over time', () => {
  test('begins anew where the server has gone back, or says so', async () => {
    const { server, view } = await open()
    server.troubles.set('since', failure('AHEAD_OF_ROOM'))
    server.messages = [messageOf(1, { body: 'Restored' })]
    server.lastSeq = 1
    const checked = view.verify()
    await wait()
    server.troubles.clear()
    await wait(1_000)
    await checked
    expect([view.messages.map(({ body }) => body), view.lastSeq, view.status]).toEqual([['Restored'], 1, 'live'])
    server.messages = [messageOf(1, { body: 'Not blocked any more' })]
    server.tell({ kind: 'resync' })
    await wait()
    expect(view.messages.map(({ body }) => body)).toEqual(['Not blocked any more'])
  })

  test('is gone when one is, keeps what was seen, and comes back', async () => {
    const { server, view } = await open()
    const about = { at: new Date(), actorId: bob, userId: ann }
    server.note((seq) => ({ kind: 'member.removed', seq, ...about, member: null }))
    server.role = null
    server.tell()
    server.tell({ kind: 'room.left', roomId })
    await wait()
    expect([view.status, seqsOf(view), view.room?.role]).toEqual(['gone', [1, 2, 3], null])
    expect(server.calls).toEqual([])
    server.tell(2)
    await wait(120_000)
    expect(server.calls).toEqual([])
    server.role = 'member'
    server.write(bob)
    server.note((seq) => ({ kind: 'member.joined', seq, ...about, member: memberOf(ann) }))
    server.tell()
    await wait()
    expect([view.status, seqsOf(view), view.room?.role]).toEqual(['live', [1, 2, 3, 5], 'member'])
  })

  test('finds out that one has left where nobody said so', async () => {
    const { server, view } = await open()
    server.write(bob)
    server.role = null
    server.tell({ kind: 'welcome', rooms: [], more: false })
    await wait()
    expect([view.status, seqsOf(view)]).toEqual(['gone', [1, 2, 3, 4]])
  })

  test('of a room that one is not in shows what one may see', async () => {
    const server = new FakeServer(2)
    server.role = null
    const view = server.client().events().room(roomId)
    await wait()
    expect([view.status, seqsOf(view), view.room]).toEqual(['gone', [1, 2], undefined])
    server.troubles.set('list', failure('NOT_FOUND'))
    const none = server.client().events().room(roomId)
    await wait()
    expect([none.status, seqsOf(none), none.error]).toEqual(['gone', [], undefined])
  })

  test('shows who is writing, until they have sent it, stopped, or have not said so again', async () => {
    const { server, view } = await open()
    const typing = (on: boolean) => server.tell({ kind: 'room.typing', roomId, userId: bob, typing: on })
    typing(true)
    await wait(5_000)
    typing(true)
    await wait(5_000)
    expect(view.typing).toEqual([bob])
    await wait(1_000)
    expect(view.typing).toEqual([])
    typing(true)
    await wait()
    typing(false)
    await wait()
    expect(view.typing).toEqual([])
    typing(true)
    server.write(bob)
    server.tell()
    await wait()
    expect(view.typing).toEqual([])
  })

  test('tells the server what has reached it, and what was read, the newest alone', async () => {
    const server = new FakeServer(3)
    server.receipts = [{ userId: ann, deliveredSeq: 2, readSeq: 0 }]
    const { view } = await open(server)
    await wait(1_000)
    expect(server.calls).toEqual(['delivered 3'])
    server.write(bob)
    server.tell()
    await wait(500)
    server.write(bob)
    server.tell()
    server.write(ann)
    server.tell()
    await wait(500)
    expect(server.calls).toEqual(['delivered 3', 'delivered 5'])
    view.markRead(2)
    view.markRead()
    view.markRead(1)
    await wait(1_000)
    expect(server.calls).toEqual(['delivered 3', 'delivered 5', 'read 6'])
  })

  test('stops when it is closed, and stays as it is', async () => {
    const { server, view } = await open()
    const checked = view.verify()
    const before = view.snapshot()
    view.close()
    await expect(checked).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(view.verify()).rejects.toMatchObject({ code: 'ABORTED' })
    server.write(bob)
    server.tell()
    await wait(120_000)
    expect(view.snapshot()).toEqual({ ...before, status: 'behind' })
    expect(vi.getTimerCount()).toBe(0)
    view.close()
  })
})
