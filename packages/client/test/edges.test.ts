import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createClient, type RoomView } from '../src/index.ts'
import { ann, bob, FakeServer, failure, gate, open } from './fakeServer.ts'
import { memberOf, roomId } from './room.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const wait = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const seqsOf = ({ messages }: RoomView) => messages.map(({ seq }) => seq)

test('a number that the room does not have after all is asked for once', async () => {
  const { server, view } = await open()
  server.tell({ kind: 'room.range', roomId, from: 3, to: 3, lastSeq: 99, events: [] })
  await wait(10_000)
  expect([view.status, view.lastSeq, server.calls.filter((name) => name === 'since')]).toEqual(['live', 3, ['since']])
})

test('what was heard of before everything was said to be untrue does not count', async () => {
  const { server, view } = await open()
  server.tell({ kind: 'room.range', roomId, from: 9, to: 10, lastSeq: 99, events: [] })
  server.tell({ kind: 'resync' })
  await wait(10_000)
  expect([view.status, view.lastSeq, server.calls.filter((name) => name === 'since')]).toEqual(['live', 3, []])
})

test('what was asked before everything was said to be untrue does not count', async () => {
  const { server, view } = await open()
  server.write(bob, { body: 'Untrue' })
  const { passed, pass } = gate()
  server.late.set('since', passed)
  const checked = view.verify()
  await wait()
  server.messages.pop()
  server.events.pop()
  server.lastSeq = 3
  server.tell({ kind: 'resync' })
  await wait()
  pass()
  await checked
  expect([seqsOf(view), view.lastSeq, view.status]).toEqual([[1, 2, 3], 3, 'live'])
})

test('a room that one is not in any more keeps its older pages, and what came before the leaving', async () => {
  const { server, view } = await open(new FakeServer(120))
  await view.loadMore()
  server.write(bob)
  server.role = null
  server.tell({ kind: 'room.left', roomId })
  await wait()
  expect([view.status, view.messages.length, view.messages.at(-1)?.seq]).toEqual(['gone', 121, 121])
})

test('who comes back begins with new marks', async () => {
  const server = new FakeServer(3)
  server.receipts = [{ userId: bob, deliveredSeq: 3, readSeq: 3 }]
  const { view } = await open(server)
  const about = { at: new Date(), actorId: bob, userId: bob, member: memberOf(bob) }
  server.note((seq) => ({ kind: 'member.left', seq, ...about }))
  server.note((seq) => ({ kind: 'member.joined', seq, ...about }))
  server.receipts = []
  server.tell(3)
  await wait()
  expect(view.receipts.size).toBe(0)
})

test('marks that move while all of them are fetched are not lost', async () => {
  const { server, view } = await open()
  const { passed, pass } = gate()
  server.late.set('receipts', passed)
  const checked = view.verify()
  await wait()
  server.tell({ kind: 'room.marks', roomId, marks: [{ userId: bob, deliveredSeq: 3, readSeq: 1 }] })
  await wait()
  pass()
  await checked
  expect(view.receipts.get(bob)).toEqual({ userId: bob, deliveredSeq: 3, readSeq: 1 })
})

test('a retry of an old message that is not shown any more settles', async () => {
  const server = new FakeServer()
  const { clientId } = server.write(ann, { clientId: 'old' })
  for (let at = 0; at < 60; at++) server.write(bob)
  const { view } = await open(server)
  server.troubles.set('send', failure('NETWORK'))
  const sent = view.send({ body: 'Old' })
  await wait()
  server.troubles.clear()
  const renamed = { clientId: sent.clientId }
  server.messages = server.messages.map((message) => ({ ...message, ...(message.clientId === clientId && renamed) }))
  view.retry(sent.clientId)
  await wait()
  expect([view.pending, view.messages.length, view.lastSeq]).toEqual([[], 50, 61])
})

test('a stream that does not say where the rooms are is asked round', async () => {
  const server = new FakeServer(2)
  const view = server.client().events().room(roomId)
  await wait()
  server.write(bob)
  await wait(1_900)
  expect([view.status, view.lastSeq]).toEqual(['behind', 2])
  await wait(200)
  expect([view.status, view.lastSeq]).toEqual(['live', 3])
})

test('a server that ends the stream in order is gone back to', async () => {
  const fetch = vi.fn(async () => {
    const headers = { 'content-type': 'text/event-stream' }
    return new Response('event: return\ndata:\n\n', { headers })
  })
  const events = createClient({ url: 'http://localhost', fetch }).events()
  await wait(2_000)
  expect(fetch.mock.calls.length).toBeGreaterThan(1)
  expect(events.status.state).not.toBe('closed')
  events.close()
})

test('a key that may not know whose it is has views all the same', async () => {
  const server = new FakeServer(1)
  server.write(ann, { clientId: 'mine' })
  server.troubles.set('me', failure('NOT_ALLOWED'))
  const { view } = await open(server)
  expect(view.status).toBe('live')
  await wait(1_000)
  expect(server.calls).toEqual(['delivered 1'])
})

test('what one may see since a block that nobody told of is noticed at the next check', async () => {
  const { server, view } = await open()
  server.sight++
  const kept = server.messages
  server.messages = []
  server.write(ann)
  server.tell()
  await wait()
  expect(seqsOf(view)).toEqual([1, 2, 3, 4])
  server.welcome()
  await wait()
  expect([seqsOf(view), view.status]).toEqual([[4], 'live'])
  server.sight++
  server.messages.unshift(...kept)
  await view.verify()
  expect(seqsOf(view)).toEqual([1, 2, 3, 4])
})

test('a block while everything is being fetched is noticed, too', async () => {
  const { server, view } = await open()
  const { passed, pass } = gate()
  server.late.set('list', passed)
  server.tell({ kind: 'resync' })
  await wait()
  server.late.clear()
  server.sight++
  server.messages = []
  const checked = view.verify()
  pass()
  await checked
  expect(seqsOf(view)).toEqual([])
})
