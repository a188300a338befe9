import type { Room, RoomView } from '@antiphon/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDb, createPool } from '../../src/db/connect.ts'
import { purgeRooms } from '../../src/messages/rooms/retention/purge.ts'
import { type Person, passwordOf, startTestServer } from '../server.ts'
import { expectFresh } from './fresh.ts'
import { live, until, viewOf } from './world.ts'

const one = await startTestServer()
const two = await startTestServer({ database: one.databaseUrl })
const pool = createPool({ connectionString: one.databaseUrl }, { max: 1 })
const database = createDb(pool)
afterAll(() => pool.end())

describe('after every mutation two views on two instances show what the server has', () => {
  let [ann, bob, cleo]: Person[] = []
  let room: Room
  let views: { readonly view: RoomView; readonly client: Person['client'] }[]
  const people = () => [ann!, bob!, cleo!] as const

  beforeAll(async () => {
    ;[ann, bob, cleo] = [await one.signUp(), await one.signUp(), await one.signUp()]
    room = await ann.client.messages.rooms.create({ name: 'Choir', access: 'open', memberIds: [bob.user.id] })
    for (const body of ['One', 'Two', 'Three']) await bob.client.messages.send({ roomId: room.id, body })
    views = [ann, bob].map((person, at) => ({
      view: viewOf(person, room.id, at === 0 ? one : two),
      client: person.client,
    }))
    await live(...views.map(({ view }) => view))
  })

  const mutations: [string, () => Promise<unknown>][] = [
    ['send', () => people()[0].client.messages.send({ roomId: room.id, body: 'Hello @nobody', replyTo: 3 })],
    ['edit', () => people()[1].client.messages.edit({ roomId: room.id, seq: 3, body: 'Second' })],
    ['react', () => people()[0].client.messages.react({ roomId: room.id, seq: 3, emoji: '🎶' })],
    ['react too', () => people()[1].client.messages.react({ roomId: room.id, seq: 3, emoji: '🎶' })],
    ['unreact', () => people()[0].client.messages.unreact({ roomId: room.id, seq: 3, emoji: '🎶' })],
    ['remove', () => people()[1].client.messages.remove({ roomId: room.id, seq: 3 })],
    ['remove by the owner', () => people()[0].client.messages.remove({ roomId: room.id, seq: 4 })],
    [
      'sendBatch',
      () =>
        people()[1].client.messages.sendBatch({
          items: ['a', 'b', 'c'].map((body) => ({ roomId: room.id, body, clientId: body })),
        }),
    ],
    ['markDelivered', () => people()[0].client.messages.markDelivered({ roomId: room.id, seq: 2 })],
    ['markRead', () => people()[0].client.messages.markRead({ roomId: room.id, seq: 3 })],
    ['markRead privately', () => people()[1].client.messages.markRead({ roomId: room.id, seq: 5, private: true })],
    [
      'rooms.update',
      () => people()[0].client.messages.rooms.update({ roomId: room.id, name: 'Quartet', topic: 'Lieder' }),
    ],
    ['rooms.join', () => people()[2].client.messages.rooms.join({ roomId: room.id })],
    ['markRead of who joined', () => people()[2].client.messages.markRead({ roomId: room.id, seq: 6 })],
    [
      'members.setRole',
      () =>
        people()[0].client.messages.rooms.members.setRole({
          roomId: room.id,
          userId: people()[1].user.id,
          role: 'admin',
        }),
    ],
    ['rooms.leave', () => people()[2].client.messages.rooms.leave({ roomId: room.id })],
    [
      'members.add',
      () => people()[1].client.messages.rooms.members.add({ roomId: room.id, userIds: [people()[2].user.id] }),
    ],
    ['a message of theirs', () => people()[2].client.messages.send({ roomId: room.id, body: 'Back again' })],
    ['blocks.add', () => people()[0].client.users.blocks.add({ userId: people()[2].user.id })],
    ['a message of who is blocked', () => people()[2].client.messages.send({ roomId: room.id, body: 'Anybody?' })],
    ['blocks.remove', () => people()[0].client.users.blocks.remove({ userId: people()[2].user.id })],
    [
      'members.remove',
      () => people()[1].client.messages.rooms.members.remove({ roomId: room.id, userId: people()[2].user.id }),
    ],
    [
      'members.ban',
      () => people()[1].client.messages.rooms.members.ban({ roomId: room.id, userId: people()[2].user.id }),
    ],
    [
      'members.unban',
      () => people()[1].client.messages.rooms.members.unban({ roomId: room.id, userId: people()[2].user.id }),
    ],
    ['joining again', () => people()[2].client.messages.rooms.join({ roomId: room.id })],
    [
      'another owner',
      () =>
        people()[0].client.messages.rooms.members.setRole({
          roomId: room.id,
          userId: people()[1].user.id,
          role: 'owner',
        }),
    ],
    ['users.remove', () => people()[2].client.users.remove({ password: passwordOf(people()[2].user.userName) })],
    [
      'a history for who is there',
      () => people()[1].client.messages.rooms.update({ roomId: room.id, history: 'joined' }),
    ],
    [
      'retention',
      async () => {
        await people()[1].client.messages.rooms.update({ roomId: room.id, retentionDays: 1 })
        await one.query(`update messages set sent_at = sent_at - interval '2 days' where room_id = $1 and seq < 6`, [
          room.id,
        ])
        await one.query(`update room_events set at = at - interval '2 days' where room_id = $1 and seq < 6`, [room.id])
        await purgeRooms(database)
      },
    ],
    ['rooms.archive', () => people()[1].client.messages.rooms.archive({ roomId: room.id })],
    ['taking it back into use', () => people()[1].client.messages.rooms.archive({ roomId: room.id, archived: false })],
  ]

  test.each(mutations)('%s', async (_name, mutate) => {
    await mutate()
    await until(() => Promise.all(views.map(({ view, client }) => expectFresh(view, client))))
    expect(views.map(({ view }) => view.status)).toEqual(['live', 'live'])
  })
})
