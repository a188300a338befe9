import { expect, test } from 'vitest'
import { startTestServer } from '../server.ts'
import { deviceOf, live, until, viewOf } from './world.ts'

const one = await startTestServer()
const two = await startTestServer({ database: one.databaseUrl })

test('a list of rooms follows what happens in them: names, order, what is unread, coming and going', async () => {
  const [ann, bob] = [await one.signUp(), await one.signUp()]
  const { rooms } = ann.client.messages
  const [choir, quartet] = [await rooms.create({ name: 'Choir' }), await rooms.create({ name: 'Quartet' })]
  const list = deviceOf(bob, two).events().rooms()
  await until(() => expect([list.status, list.rooms]).toEqual(['live', []]))
  for (const { id: roomId } of [quartet, choir]) await rooms.members.add({ roomId, userIds: [bob.user.id] })
  const shown = () => list.rooms.map(({ name, unread, mentions }) => [name, unread, mentions])
  await until(() =>
    expect(shown()).toEqual([
      ['Choir', 0, 0],
      ['Quartet', 0, 0],
    ]),
  )
  for (const body of ['One', `Two, @${bob.user.userName}`]) await ann.client.messages.send({ roomId: quartet.id, body })
  await until(() =>
    expect(shown()).toEqual([
      ['Quartet', 2, 1],
      ['Choir', 0, 0],
    ]),
  )
  const view = viewOf(bob, quartet.id, one)
  await live(view)
  expect(view.unread).toBe(2)
  view.markRead()
  await until(() =>
    expect(shown()).toEqual([
      ['Quartet', 0, 0],
      ['Choir', 0, 0],
    ]),
  )
  await rooms.update({ roomId: choir.id, name: 'Large choir' })
  await rooms.members.remove({ roomId: quartet.id, userId: bob.user.id })
  await until(() => expect(shown()).toEqual([['Large choir', 0, 0]]))
  await list.verify()
  const fresh = await bob.client.messages.rooms.list()
  expect(list.rooms).toEqual(fresh.items.map((room) => ({ ...room, unread: 0, mentions: 0 })))
})

test('a list leaves the room with somebody who is blocked out, whatever they send', async () => {
  const [ann, bob] = [await one.signUp(), await one.signUp()]
  const { id: roomId } = await ann.client.messages.rooms.direct({ userId: bob.user.id })
  const list = deviceOf(ann, two).events().rooms()
  await until(() => expect([list.status, list.rooms.length]).toEqual(['live', 1]))
  await ann.client.users.blocks.add({ userId: bob.user.id })
  await until(() => expect(list.rooms).toEqual([]))
  const heard: string[] = []
  ann.client.events().on('room.range', ({ roomId }) => heard.push(roomId))
  await until(() => expect(ann.client.events().status.state).toBe('open'))
  await until(async () => {
    await bob.client.messages.send({ roomId, body: 'Hello?' })
    expect(heard).toContain(roomId)
  })
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(list.rooms).toEqual([])
  await ann.client.users.blocks.remove({ userId: bob.user.id })
  await until(() => expect(list.rooms).toMatchObject([{ id: roomId, unread: 0 }]))
  ann.client.events().close()
})

test('who has just come has nothing unread, and who was there before has', async () => {
  const [ann, bob] = [await one.signUp(), await one.signUp()]
  const { rooms, send } = ann.client.messages
  const { id: roomId } = await rooms.create({ name: 'Choir', access: 'open' })
  await send({ roomId, body: 'Before' })
  await bob.client.messages.rooms.join({ roomId })
  const view = viewOf(bob, roomId, one)
  await live(view)
  expect([view.messages.length, view.unread]).toEqual([1, 0])
  await send({ roomId, body: 'After' })
  await until(() => expect(view.unread).toBe(1))
  expect(await bob.client.messages.unread()).toMatchObject([{ count: 1 }])
})

test('the sender of a message sees whom it has reached, and who is writing an answer', async () => {
  const [ann, bob, cleo] = [await one.signUp(), await one.signUp(), await one.signUp()]
  const memberIds = [bob.user.id, cleo.user.id]
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds })
  const [hers, his] = [viewOf(ann, roomId, one), viewOf(bob, roomId, two)]
  await live(hers, his)
  hers.send({ body: 'Who comes?' })
  const [bobs, cleos] = [[bob.user.id], [cleo.user.id]]
  await until(() => expect(hers.receiptsOf(2)).toEqual({ deliveredTo: bobs, readBy: [], waitingFor: cleos }))
  his.markRead()
  await until(() => expect(hers.receiptsOf(2).readBy).toEqual(bobs))
  his.markTyping()
  await until(() => expect(hers.typing).toEqual(bobs))
  his.markTyping(false)
  await until(() => expect(hers.typing).toEqual([]))
})

test('presence follows what people say of themselves, of those who show it', async () => {
  const [ann, bob, stranger] = [await one.signUp(), await one.signUp(), await one.signUp()]
  await ann.client.messages.rooms.direct({ userId: bob.user.id })
  const view = deviceOf(ann, one).events().presence([bob.user.id, stranger.user.id])
  deviceOf(bob, two).events()
  const statuses = () => [...view.people.values()].map(({ userId, status, text }) => [userId, status, text])
  await until(() => expect(statuses()).toEqual([[bob.user.id, 'available', '']]))
  await bob.client.users.presence.set({ status: 'busy', text: 'Rehearsal' })
  await until(() => expect(statuses()).toEqual([[bob.user.id, 'busy', 'Rehearsal']]))
  view.close()
})

test('loadMore adds messages also to a view that was opened while they came', async () => {
  const ann = await one.signUp()
  const client = deviceOf(ann, two)
  const events = client.events()
  await until(() => expect(events.status.state).toBe('open'))
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Busy' })
  for (let call = 0; call < 2; call++) {
    const items = Array.from({ length: 100 }, (_, at) => ({ roomId, body: `${call}.${at}`, clientId: `${call}-${at}` }))
    await ann.client.messages.sendBatch({ items })
  }
  const view = events.room(roomId)
  await live(view)
  while (view.hasMore) {
    const before = view.messages.length
    await view.loadMore()
    expect(view.messages.length > before || !view.hasMore).toBe(true)
  }
  expect(view.messages).toHaveLength(200)
})
