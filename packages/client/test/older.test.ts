import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { bob, FakeServer, failure, gate, open } from './fakeServer.ts'
import { messageOf, roomOf } from './room.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const wait = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

/** A view of a long room whose next page was read, and is held up on its way back. */
async function openLong() {
  const opened = await open(new FakeServer(120))
  const { passed, pass } = gate()
  opened.server.late.set('list', passed)
  const loaded = opened.view.loadMore()
  await wait()
  opened.server.late.clear()
  const arrive = async () => {
    pass()
    await loaded
  }
  return { ...opened, arrive }
}

test('loadMore adds older messages, a page at a time, once however often it is called', async () => {
  const { server, view } = await open(new FakeServer(120))
  expect([view.messages.length, view.hasMore]).toEqual([50, true])
  await Promise.all([view.loadMore(), view.loadMore()])
  expect([view.messages.length, view.hasMore, server.calls]).toEqual([100, true, ['list']])
  await view.loadMore()
  expect([view.messages.length, view.hasMore]).toEqual([120, false])
  await view.loadMore()
  expect(server.calls).toEqual(['list', 'list'])
})

test('what was told while a page was on its way is not undone by it', async () => {
  const { server, view, arrive } = await openLong()
  const edited = messageOf(60, { senderId: bob, body: 'Edited', version: 2 })
  server.note((seq) => ({ kind: 'message.edited', seq, at: new Date(), actorId: bob, message: edited }))
  const deleted = messageOf(100, { senderId: bob, body: '', deletedAt: new Date() })
  server.note((seq) => ({ kind: 'message.deleted', seq, at: new Date(), actorId: bob, message: deleted }))
  server.tell(120)
  await wait()
  expect(view.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, at) => at + 71))
  await arrive()
  expect(view.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, at) => at + 21))
  expect(view.messages.find(({ seq }) => seq === 60)).toEqual(edited)
  expect(view.messages.find(({ seq }) => seq === 100)).toEqual(deleted)
})

test('what was purged while a page was on its way is not in it', async () => {
  const { server, view, arrive } = await openLong()
  const room = roomOf({ minSeq: 65 })
  server.note((seq) => ({ kind: 'room.purged', seq, at: new Date(), actorId: bob, room, upTo: 65 }))
  server.tell()
  await arrive()
  expect([view.messages[0]?.seq, view.hasMore]).toEqual([66, false])
})

test('a page that was on its way while everything was loaded anew is asked for again', async () => {
  const { server, view, arrive } = await openLong()
  server.messages = server.messages.map((message) => ({ ...message, body: 'Restored' }))
  server.tell({ kind: 'resync' })
  await wait()
  await arrive()
  expect(view.messages).toHaveLength(120)
  expect(new Set(view.messages.map(({ body }) => body))).toEqual(new Set(['Restored']))
})

test('a page that fails is told to the caller, and can be asked for again', async () => {
  const { server, view } = await open(new FakeServer(120))
  server.troubles.set('list', failure('NETWORK'))
  await expect(view.loadMore()).rejects.toMatchObject({ code: 'NETWORK' })
  expect([view.status, view.error, view.messages.length]).toEqual(['live', undefined, 50])
  server.troubles.clear()
  await view.loadMore()
  expect(view.messages).toHaveLength(100)
})

test('a room that is loaded anew goes as far back as before', async () => {
  const { server, view } = await open(new FakeServer(420))
  for (let page = 0; page < 5; page++) await view.loadMore()
  server.tell({ kind: 'resync' })
  await wait()
  expect([view.messages.length, view.messages.at(-1)?.seq, view.hasMore, view.status]).toEqual([400, 420, true, 'live'])
})
