import type { Room, RoomId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { anyone, signUp, signUpAdmin, query } = await startTestServer()

describe('create', () => {
  test('makes a group of the caller and the named members, beginning with its first event', async () => {
    const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
    const room = await ann.client.messages.rooms.create({ name: 'Choir 🎶', memberIds: [bob.user.id, bob.user.id] })
    expect(room).toMatchObject({ kind: 'group', name: 'Choir 🎶', peerId: null, lastSeq: 1, role: 'owner' })
    expect(room).toMatchObject({ topic: '', access: 'closed', history: 'shared', retentionDays: null, minSeq: 0 })
    expect((await bob.client.messages.rooms.list()).items).toEqual([{ ...room, role: 'member' }])
    expect((await cleo.client.messages.rooms.list()).items).toEqual([])
    const { events } = await bob.client.messages.since({ roomId: room.id, after: 0 })
    expect(events).toMatchObject([{ kind: 'room.created', seq: 1, at: room.lastEventAt, actorId: ann.user.id }])
  })

  test('takes topic, access and history', async () => {
    const { client } = await signUp()
    const settings = { name: 'Plaza', topic: 'For all', access: 'open', history: 'joined' } as const
    expect(await client.messages.rooms.create(settings)).toMatchObject(settings)
    expect(await codeOf(client.messages.rooms.create({ name: 'Long', topic: 'x'.repeat(501) }))).toBe('INVALID_INPUT')
  })

  test('refuses somebody whom the caller blocks; who blocks the caller is put in as anybody', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    await ann.client.users.blocks.add({ userId: bob.user.id })
    expect(await codeOf(ann.client.messages.rooms.create({ name: 'Us', memberIds: [bob.user.id] }))).toBe('BLOCKED')
    const room = await bob.client.messages.rooms.create({ name: 'Us', memberIds: [ann.user.id] })
    expect(await ann.client.messages.rooms.get({ roomId: room.id })).toMatchObject({ role: 'member' })
  })

  test('refuses a member that does not exist, and makes nothing', async () => {
    const ann = await signUp()
    const refused = await ann.client.messages.rooms.create.safe({ name: 'Ghosts', memberIds: [newId('user')] })
    expect(refused).toMatchObject({ ok: false, error: { code: 'NOT_FOUND', fields: [{ path: 'memberIds' }] } })
    expect((await ann.client.messages.rooms.list()).items).toEqual([])
  })

  test('refuses an empty name and too many members', async () => {
    const { client } = await signUp()
    expect(await codeOf(client.messages.rooms.create({ name: '' }))).toBe('INVALID_INPUT')
    const memberIds = Array.from({ length: 101 }, () => newId('user'))
    expect(await codeOf(client.messages.rooms.create({ name: 'Crowd', memberIds }))).toBe('INVALID_INPUT')
  })
})

describe('direct', () => {
  test('is the same room from both sides, however often and at once it is asked for', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const asked = Array.from({ length: 6 }, (_, at) =>
      at % 2 === 0
        ? ann.client.messages.rooms.direct({ userId: bob.user.id })
        : bob.client.messages.rooms.direct({ userId: ann.user.id }),
    )
    const rooms = await Promise.all(asked)
    expect(new Set(rooms.map(({ id }) => id)).size).toBe(1)
    expect(rooms[0]).toMatchObject({ kind: 'direct', peerId: bob.user.id, lastSeq: 1 })
    expect(rooms[1]).toMatchObject({ kind: 'direct', peerId: ann.user.id, lastSeq: 1 })
    expect((await ann.client.messages.rooms.list()).items).toHaveLength(1)
  })

  test('with oneself is a room for notes', async () => {
    const { client, user } = await signUp()
    const room = await client.messages.rooms.direct({ userId: user.id })
    expect(room).toMatchObject({ kind: 'direct', peerId: user.id })
    expect(await client.messages.rooms.direct({ userId: user.id })).toEqual(room)
  })

  test('answers NOT_FOUND for nobody', async () => {
    const { client } = await signUp()
    expect(await codeOf(client.messages.rooms.direct({ userId: newId('user') }))).toBe('NOT_FOUND')
  })
})

describe('get', () => {
  test('gives a room to its members, as each of them sees it', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const room = await ann.client.messages.rooms.create({ name: 'Two', memberIds: [bob.user.id] })
    expect(await ann.client.messages.rooms.get({ roomId: room.id })).toEqual(room)
    expect(await bob.client.messages.rooms.get({ roomId: room.id })).toEqual({ ...room, role: 'member' })
    const direct = await ann.client.messages.rooms.direct({ userId: bob.user.id })
    expect(await bob.client.messages.rooms.get({ roomId: direct.id })).toEqual({ ...direct, peerId: ann.user.id })
  })

  test('shows an open room to everybody, a closed one to nobody else', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const open = await ann.client.messages.rooms.create({ name: 'Plaza', access: 'open' })
    const closed = await ann.client.messages.rooms.create({ name: 'Cellar' })
    expect(await bob.client.messages.rooms.get({ roomId: open.id })).toEqual({ ...open, role: null })
    expect(await codeOf(bob.client.messages.rooms.get({ roomId: closed.id }))).toBe('NOT_FOUND')
    expect(await codeOf(bob.client.messages.rooms.get({ roomId: newId('room') }))).toBe('NOT_FOUND')
    expect(await codeOf(bob.client.messages.rooms.get({ roomId: 'plaza' as Room['id'] }))).toBe('INVALID_INPUT')
    expect(await codeOf(anyone.messages.rooms.get({ roomId: open.id }))).toBe('NOT_SIGNED_IN')
  })
})

const all = async <Item>(items: AsyncIterable<Item>) => {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('list', () => {
  async function roomsOf(count: number) {
    const { client } = await signUp()
    const ids: Room['id'][] = []
    for (let at = 0; at < count; at++) ids.push((await client.messages.rooms.create({ name: `Room ${at}` })).id)
    return { client, ids }
  }

  test('pages through the own rooms, the most recently active first', async () => {
    const { client, ids } = await roomsOf(5)
    await client.messages.send({ roomId: ids[1]!, body: 'Wake up' })
    const pages: Room['id'][][] = []
    for await (const page of client.messages.rooms.list.pages({ limit: 2 })) pages.push(page.items.map(({ id }) => id))
    const order = [ids[1]!, ids[4]!, ids[3]!, ids[2]!, ids[0]!]
    expect([...new Set(pages.flat())]).toEqual(order)
    expect(pages[0]).toEqual(order.slice(0, 2))
    expect(await codeOf(client.messages.rooms.list({ cursor: 'bogus' }))).toBe('BAD_CURSOR')
  })

  test('misses no room that becomes active while it is read', async () => {
    const { client, ids } = await roomsOf(6)
    const seen = new Map<Room['id'], number>()
    let at = 0
    for await (const page of client.messages.rooms.list.pages({ limit: 2 })) {
      for (const room of page.items) seen.set(room.id, room.lastSeq)
      if (at < 2) await client.messages.send({ roomId: ids[at++]!, body: 'Up I go' })
    }
    expect([...seen.keys()].sort()).toEqual([...ids].sort())
    expect(seen.get(ids[0]!)).toBe(2)
  })

  test('of somebody else gives the rooms that both are in', async () => {
    const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
    const { rooms } = ann.client.messages
    const direct = await rooms.direct({ userId: bob.user.id })
    const both = await rooms.create({ name: 'Both', memberIds: [bob.user.id, cleo.user.id] })
    await rooms.create({ name: 'Cleo', memberIds: [cleo.user.id] })
    await bob.client.messages.rooms.create({ name: 'Bob' })
    expect((await rooms.list({ userId: bob.user.id })).items).toEqual([both, direct])
    expect((await rooms.list({ userId: newId('user') })).items).toEqual([])
  })

  test('leaves out direct rooms with somebody whom one blocks, also by their id', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    await ann.client.messages.rooms.direct({ userId: bob.user.id })
    await ann.client.users.blocks.add({ userId: bob.user.id })
    expect((await ann.client.messages.rooms.list()).items).toEqual([])
    expect((await ann.client.messages.rooms.list({ userId: bob.user.id })).items).toEqual([])
    expect((await bob.client.messages.rooms.list()).items).toHaveLength(1)
  })

  test('of open rooms gives those that everybody may join, the most recently active first', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const { rooms } = ann.client.messages
    for (const { id } of await all(rooms.list.all({ scope: 'open' }))) {
      await query(`update rooms set access = 'closed' where id = $1`, [id])
    }
    const ids: Room['id'][] = []
    for (let at = 0; at < 5; at++) ids.push((await rooms.create({ name: `Open ${at}`, access: 'open' })).id)
    await rooms.create({ name: 'Closed', memberIds: [bob.user.id] })
    await ann.client.messages.send({ roomId: ids[1]!, body: 'Wake up' })
    await rooms.archive({ roomId: ids[0]! })
    await rooms.remove({ roomId: ids[3]! })
    const seen = await all(bob.client.messages.rooms.list.all({ scope: 'open', limit: 2 }))
    expect([...new Set(seen.map(({ id }) => id))]).toEqual([ids[0], ids[1], ids[4], ids[2]])
    expect(seen.every(({ role }) => role === null)).toBe(true)
    await bob.client.messages.rooms.join({ roomId: ids[2]! })
    const { items } = await bob.client.messages.rooms.list({ scope: 'open', userId: bob.user.id })
    expect(items.map(({ id, role }) => [id, role])).toEqual([[ids[2], 'member']])
    expect((await bob.client.messages.rooms.list()).items).toHaveLength(2)
  })
})

test('all rooms are listed for administrators alone, the newest first, and by who is in them', async () => {
  const [ann, bob, keeper] = [await signUp(), await signUp(), await signUpAdmin()]
  const made: RoomId[] = []
  for (const name of ['One', 'Two', 'Three']) made.push((await ann.client.messages.rooms.create({ name })).id)
  const { rooms } = keeper.client.messages
  const listed: RoomId[] = []
  for await (const room of rooms.list.all({ scope: 'all', limit: 2 })) listed.push(room.id)
  expect(listed.slice(0, 3)).toEqual(made.toReversed())
  const hers = await rooms.list({ scope: 'all', userId: ann.user.id })
  expect(hers.items.map(({ id, role }) => [id, role])).toEqual(made.toReversed().map((id) => [id, null]))
  expect((await rooms.list({ scope: 'all', userId: bob.user.id })).items).toEqual([])
  expect(await codeOf(bob.client.messages.rooms.list({ scope: 'all' }))).toBe('NOT_ALLOWED')
  const { nextCursor } = await rooms.list({ scope: 'all', limit: 1 })
  expect(await codeOf(rooms.list({ scope: 'mine', cursor: nextCursor! }))).toBe('BAD_CURSOR')
  expect(await codeOf(keeper.client.messages.list({ roomId: made[0]! }))).toBe('NOT_FOUND')
})

test('a list in pages gives each quiet room once', async () => {
  const { client } = await signUp()
  const made: RoomId[] = []
  for (const name of ['One', 'Two', 'Three', 'Four', 'Five'])
    made.push((await client.messages.rooms.create({ name })).id)
  for (const limit of [1, 2, 5, 6]) {
    const listed: RoomId[] = []
    for await (const room of client.messages.rooms.list.all({ limit })) listed.push(room.id)
    expect(listed).toEqual(made.toReversed())
  }
})
