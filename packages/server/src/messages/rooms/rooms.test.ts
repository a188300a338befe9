import type { Room } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { signUp } = await startTestServer()

describe('create', () => {
  test('makes a group of the caller and the named members, beginning with its first event', async () => {
    const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
    const room = await ann.client.messages.rooms.create({ name: 'Choir 🎶', memberIds: [bob.user.id, bob.user.id] })
    expect(room).toMatchObject({ kind: 'group', name: 'Choir 🎶', peerId: null, lastSeq: 1 })
    expect((await bob.client.messages.rooms.list()).items).toEqual([room])
    expect((await cleo.client.messages.rooms.list()).items).toEqual([])
    const { events } = await bob.client.messages.since({ roomId: room.id, after: 0 })
    expect(events).toEqual([{ kind: 'room.created', seq: 1, at: room.lastEventAt, actorId: ann.user.id }])
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
})
