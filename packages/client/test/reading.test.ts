import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ann, bob, FakeServer, failure, gate, open } from './fakeServer.ts'
import { memberOf, roomId } from './room.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const wait = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

test('counts what others sent since one has read, and says at once that it was read', async () => {
  const server = new FakeServer(3)
  server.receipts = [{ userId: ann, deliveredSeq: 3, readSeq: 1 }]
  const { view } = await open(server)
  expect([view.readSeq, view.unread]).toEqual([1, 2])
  server.write(ann)
  server.write(bob, { deletedAt: new Date() })
  server.write(bob)
  server.tell(3)
  await wait()
  expect(view.unread).toBe(3)
  const listener = vi.fn()
  view.subscribe(listener)
  view.markRead(2)
  expect([view.readSeq, view.unread, listener.mock.calls.length]).toEqual([2, 2, 1])
  view.markRead()
  expect([view.readSeq, view.unread]).toEqual([6, 0])
  await wait(250)
  expect(server.calls).toEqual(['read 6'])
})

test('what is read on another device counts here, too', async () => {
  const { server, view } = await open()
  expect(view.unread).toBe(3)
  server.tell({ kind: 'room.marks', roomId, marks: [{ userId: ann, deliveredSeq: 3, readSeq: 3 }] })
  await wait()
  expect(view.unread).toBe(0)
})

test('what was there before one came is not unread', async () => {
  const server = new FakeServer(3)
  server.members = [{ ...memberOf(ann), joinedAt: server.messages[1]!.sentAt }, memberOf(bob)]
  const { view } = await open(server)
  expect(view.unread).toBe(1)
})

test('can be read without telling the others', async () => {
  const { server, view } = await open()
  view.markRead(2, { private: true })
  expect([view.readSeq, view.unread]).toEqual([2, 1])
  await wait(250)
  expect(server.calls).toEqual(['read 2 alone'])
})

test('a view that is closed tells what was read, once', async () => {
  const { server, view } = await open()
  server.troubles.set('read 3', failure('NETWORK'))
  view.markRead()
  view.close()
  view.markRead()
  await wait(60_000)
  expect(server.calls).toEqual(['delivered 3', 'read 3'])
})

test('a view that is closed while a mark is on its way tells the newest one after it', async () => {
  const { server, view } = await open()
  const { passed, pass } = gate()
  server.troubles.set('read 1', () => passed)
  view.markRead(1)
  await wait(250)
  view.markRead(3)
  view.close()
  pass()
  await wait()
  expect(server.calls).toEqual(['read 1', 'delivered 3', 'read 3'])
  expect(vi.getTimerCount()).toBe(0)
})

test('says whom a message has reached', async () => {
  const server = new FakeServer()
  const { seq } = server.write(ann)
  server.write(bob)
  server.members = ['usr_a', 'usr_b', 'usr_c', 'usr_d'].map((id) => memberOf(id as typeof ann))
  server.receipts = [
    { userId: bob, deliveredSeq: 2, readSeq: 1 },
    { userId: 'usr_c', deliveredSeq: 1, readSeq: 0 },
  ]
  const { view } = await open(server)
  expect(view.receiptsOf(seq)).toEqual({
    deliveredTo: [bob, 'usr_c'],
    readBy: [bob],
    waitingFor: ['usr_d'],
  })
  expect(view.receiptsOf(2)).toEqual({ deliveredTo: [], readBy: [], waitingFor: [ann, 'usr_c', 'usr_d'] })
  expect(view.receiptsOf(99)).toEqual({ deliveredTo: [], readBy: [], waitingFor: [] })
})

test('who came later waits for nothing that was not for them', async () => {
  const server = new FakeServer()
  const { seq, sentAt } = server.write(ann)
  server.members = [memberOf(ann), { ...memberOf(bob), joinedAt: new Date(sentAt.getTime() + 1) }]
  server.history = 'joined'
  const { view } = await open(server)
  expect(view.receiptsOf(seq).waitingFor).toEqual([])
  server.history = 'shared'
  server.tell({ kind: 'resync' })
  await wait()
  expect(view.receiptsOf(seq).waitingFor).toEqual([bob])
})

test('says that one is writing now and then, not at every keystroke, and that one has stopped', async () => {
  const { server, view } = await open()
  for (let at = 0; at < 40; at++) {
    view.markTyping()
    await wait(100)
  }
  const told = () => server.calls.filter((name) => name.startsWith('typing'))
  expect(told()).toEqual(['typing true', 'typing true'])
  view.markTyping(false)
  view.markTyping(false)
  await wait()
  expect(told().slice(2)).toEqual(['typing false'])
  view.markTyping()
  view.send({ body: 'There' })
  view.markTyping(false)
  view.markTyping()
  await wait()
  expect(told().slice(3)).toEqual(['typing true', 'typing true'])
  server.troubles.set('typing true', failure('NETWORK'))
  await wait(3_000)
  view.markTyping()
  await wait()
  expect([view.status, view.error]).toEqual(['live', undefined])
  view.close()
  view.markTyping()
  expect(told()).toHaveLength(6)
})
