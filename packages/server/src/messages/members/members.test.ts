import type { RoomId, RoomRoleInput, UserId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { folding } from '../../../test/fold.ts'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { anyone, signUp, query } = await startTestServer()

/** A group of an owner, an administrator and a member, and two people outside. */
async function group() {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const [dan, eve] = [await signUp(), await signUp()]
  const { id: roomId } = await ann.client.messages.rooms.create({
    name: 'Choir',
    memberIds: [bob.user.id, cleo.user.id],
  })
  await ann.client.messages.rooms.members.setRole({ roomId, userId: bob.user.id, role: 'admin' })
  return { ann, bob, cleo, dan, eve, roomId, people: [ann, bob, cleo, dan, eve] }
}

/** The verbs, by somebody. */
function by({ client }: Person, roomId: RoomId) {
  const { members } = client.messages.rooms
  return {
    add: (...people: Person[]) => members.add({ roomId, userIds: people.map(({ user }) => user.id) }),
    remove: ({ user }: Person) => members.remove({ roomId, userId: user.id }),
    setRole: ({ user }: Person, role: RoomRoleInput) => members.setRole({ roomId, userId: user.id, role }),
    ban: ({ user }: Person) => members.ban({ roomId, userId: user.id }),
    unban: ({ user }: Person) => members.unban({ roomId, userId: user.id }),
    bans: async () => (await members.list({ roomId, banned: true })).items.map(({ userId }) => userId),
  }
}

async function rolesIn({ client }: Person, roomId: RoomId) {
  const roles = new Map<UserId, string | null>()
  for await (const { userId, role } of client.messages.rooms.members.list.all({ roomId })) roles.set(userId, role)
  return roles
}

const lastSeq = async ({ client }: Person, roomId: RoomId) => (await client.messages.rooms.get({ roomId })).lastSeq

/** What the events after a number tell of members. */
async function changesOf({ client }: Person, roomId: RoomId, after: number) {
  const { events } = await client.messages.since({ roomId, after })
  return events.map((event) => [event.kind, 'userId' in event && event.userId, event.actorId])
}

const nobody = (id: UserId): Person => ({ user: { id } }) as Person

describe('list', () => {
  test('pages through the members in the order of their ids', async () => {
    const { ann, bob, cleo, roomId } = await group()
    const seen: unknown[] = []
    for await (const member of cleo.client.messages.rooms.members.list.all({ roomId, limit: 2 })) seen.push(member)
    const row = ({ user }: Person, role: string) => ({
      ...{ userId: user.id, role, bannedAt: null },
      joinedAt: expect.any(Date) as Date,
    })
    expect(seen).toEqual([row(ann, 'owner'), row(bob, 'admin'), row(cleo, 'member')])
    const { list } = cleo.client.messages.rooms.members
    expect(await codeOf(list({ roomId, cursor: 'bogus' }))).toBe('BAD_CURSOR')
    expect(await codeOf(list({ roomId, limit: 0 }))).toBe('INVALID_INPUT')
  })

  test('is for members alone, also of open rooms; of direct rooms too', async () => {
    const { ann, dan, roomId } = await group()
    await ann.client.messages.rooms.update({ roomId, access: 'open' })
    expect(await codeOf(dan.client.messages.rooms.members.list({ roomId }))).toBe('NOT_FOUND')
    expect(await codeOf(dan.client.messages.rooms.members.list({ roomId: newId('room') }))).toBe('NOT_FOUND')
    expect(await codeOf(anyone.messages.rooms.members.list({ roomId }))).toBe('NOT_SIGNED_IN')
    const direct = await ann.client.messages.rooms.direct({ userId: dan.user.id })
    expect([...(await rolesIn(dan, direct.id)).values()]).toEqual(['member', 'member'])
  })

  test('of the banned is for administrators', async () => {
    const { ann, bob, cleo, dan, eve, roomId } = await group()
    await by(ann, roomId).ban(dan)
    await by(bob, roomId).ban(eve)
    const { items, nextCursor } = await bob.client.messages.rooms.members.list({ roomId, banned: true, limit: 1 })
    expect(items).toEqual([{ userId: dan.user.id, role: null, joinedAt: null, bannedAt: expect.any(Date) as Date }])
    const second = await bob.client.messages.rooms.members.list({ roomId, banned: true, cursor: nextCursor ?? '' })
    expect(second.items.map(({ userId }) => userId)).toEqual([eve.user.id])
    expect(await codeOf(by(cleo, roomId).bans())).toBe('ROLE_TOO_LOW')
    expect(await codeOf(by(dan, roomId).bans())).toBe('NOT_FOUND')
  })
})

describe('add', () => {
  test('brings people in, an event for each of them; who is there stays as they are', async () => {
    const { ann, bob, cleo, dan, eve, roomId, people } = await group()
    const before = await lastSeq(ann, roomId)
    const added = await folding(roomId, people, () => by(bob, roomId).add(eve, ann, dan, eve))
    expect(added.map(({ userId, role }) => [userId, role])).toEqual([
      [ann.user.id, 'owner'],
      [dan.user.id, 'member'],
      [eve.user.id, 'member'],
    ])
    expect(await changesOf(cleo, roomId, before)).toEqual([
      ['member.joined', eve.user.id, bob.user.id],
      ['member.joined', dan.user.id, bob.user.id],
    ])
    expect(await by(bob, roomId).add(dan)).toEqual([added[1]])
    expect(await lastSeq(ann, roomId)).toBe(before + 2)
    await dan.client.messages.send({ roomId, body: 'Hello' })
  })

  test('brings in all or none', async () => {
    const { ann, dan, eve, roomId } = await group()
    const gone = await signUp()
    await gone.client.users.remove({ password: `password of ${gone.user.userName}` })
    const { add, ban } = by(ann, roomId)
    const refused = await ann.client.messages.rooms.members.add.safe({ roomId, userIds: [dan.user.id, newId('user')] })
    expect(refused).toMatchObject({ ok: false, error: { code: 'NOT_FOUND', fields: [{ path: 'userIds' }] } })
    expect(await codeOf(add(dan, gone))).toBe('NOT_FOUND')
    await ban(eve)
    expect(await codeOf(add(dan, eve))).toBe('BANNED')
    expect((await rolesIn(ann, roomId)).size).toBe(3)
  })

  test('is refused for whom the caller blocks, and does not tell who blocks the caller', async () => {
    const { ann, bob, dan, eve, roomId } = await group()
    await ann.client.users.blocks.add({ userId: dan.user.id })
    await eve.client.users.blocks.add({ userId: ann.user.id })
    expect(await codeOf(by(ann, roomId).add(dan))).toBe('BLOCKED')
    expect(await by(ann, roomId).add(eve)).toHaveLength(1)
    await by(bob, roomId).add(dan)
    expect(await by(ann, roomId).add(dan)).toHaveLength(1)
  })

  test('is for administrators of groups', async () => {
    const { ann, cleo, dan, eve, roomId } = await group()
    const direct = await ann.client.messages.rooms.direct({ userId: cleo.user.id })
    expect(await codeOf(by(cleo, roomId).add(dan))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(by(dan, roomId).add(eve))).toBe('NOT_FOUND')
    expect(await codeOf(by(ann, newId('room')).add(dan))).toBe('NOT_FOUND')
    expect(await codeOf(by(ann, direct.id).add(dan))).toBe('NOT_A_GROUP')
    expect(await codeOf(by(ann, roomId).add())).toBe('INVALID_INPUT')
    const crowd = Array.from({ length: 101 }, () => nobody(newId('user')))
    expect(await codeOf(by(ann, roomId).add(...crowd))).toBe('INVALID_INPUT')
  })

  test('takes a hundred at once', async () => {
    const { ann, roomId } = await group()
    await query(`insert into users (id, user_name, user_name_key)
      select 'usr_01m7zdbp19f0zbgvxk9sk7' || lpad(n::text, 4, '0'), 'x', 'crowd' || n from generate_series(1, 100) n`)
    const rows = await query<{ id: UserId }>(`select id from users where user_name_key like 'crowd%' order by id`)
    const before = await lastSeq(ann, roomId)
    expect(await by(ann, roomId).add(...rows.map(({ id }) => nobody(id)))).toHaveLength(100)
    expect(await lastSeq(ann, roomId)).toBe(before + 100)
  })
})

describe('remove', () => {
  test('takes somebody out, who keeps what they could see', async () => {
    const { ann, bob, cleo, roomId, people } = await group()
    await cleo.client.messages.send({ roomId, body: 'Hello' })
    const before = await lastSeq(ann, roomId)
    await folding(roomId, people, () => by(bob, roomId).remove(cleo))
    await ann.client.messages.send({ roomId, body: 'They are gone' })
    expect(await changesOf(cleo, roomId, before)).toEqual([['member.removed', cleo.user.id, bob.user.id]])
    expect((await cleo.client.messages.list({ roomId })).items.map(({ body }) => body)).toEqual(['Hello'])
    expect(await codeOf(cleo.client.messages.send({ roomId, body: 'What?' }))).toBe('NOT_FOUND')
    expect(await codeOf(by(bob, roomId).remove(cleo))).toBe('NOT_FOUND')
  })

  test('of administrators is for the owner, of the owner for nobody', async () => {
    const { ann, bob, cleo, dan, roomId, people } = await group()
    await by(ann, roomId).setRole(cleo, 'admin')
    expect(await codeOf(by(bob, roomId).remove(cleo))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(by(bob, roomId).remove(ann))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(by(bob, roomId).remove(bob))).toBe('NOT_YOURSELF')
    expect(await codeOf(by(ann, roomId).remove(ann))).toBe('NOT_YOURSELF')
    await folding(roomId, people, () => by(ann, roomId).remove(cleo))
    await by(ann, roomId).setRole(bob, 'member')
    expect(await codeOf(by(bob, roomId).remove(ann))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(by(dan, roomId).remove(bob))).toBe('NOT_FOUND')
    expect(await codeOf(by(ann, roomId).remove(nobody(newId('user'))))).toBe('NOT_FOUND')
    expect(await codeOf(by(ann, roomId).remove(nobody('bob' as UserId)))).toBe('INVALID_INPUT')
    const direct = await ann.client.messages.rooms.direct({ userId: bob.user.id })
    expect(await codeOf(by(ann, direct.id).remove(bob))).toBe('NOT_A_GROUP')
  })
})

describe('setRole', () => {
  test('makes administrators and members, once', async () => {
    const { ann, cleo, roomId, people } = await group()
    const before = await lastSeq(ann, roomId)
    const made = await folding(roomId, people, () => by(ann, roomId).setRole(cleo, 'admin'))
    expect(made).toMatchObject({ userId: cleo.user.id, role: 'admin' })
    expect(await by(ann, roomId).setRole(cleo, 'admin')).toEqual(made)
    expect(await changesOf(cleo, roomId, before)).toEqual([['member.changed', cleo.user.id, ann.user.id]])
    await folding(roomId, people, () => by(ann, roomId).setRole(cleo, 'member'))
    expect((await rolesIn(cleo, roomId)).get(cleo.user.id)).toBe('member')
  })

  test('passes the room on', async () => {
    const { ann, bob, cleo, roomId, people } = await group()
    const before = await lastSeq(ann, roomId)
    await folding(roomId, people, () => by(ann, roomId).setRole(cleo, 'owner'))
    expect(await changesOf(bob, roomId, before)).toEqual([
      ['member.changed', cleo.user.id, ann.user.id],
      ['member.changed', ann.user.id, ann.user.id],
    ])
    expect([...(await rolesIn(bob, roomId)).values()]).toEqual(['admin', 'admin', 'owner'])
    expect(await codeOf(by(ann, roomId).setRole(bob, 'member'))).toBe('ROLE_TOO_LOW')
    await by(cleo, roomId).setRole(ann, 'member')
  })

  test('is for the owner of a group', async () => {
    const { ann, bob, cleo, dan, roomId } = await group()
    const direct = await ann.client.messages.rooms.direct({ userId: bob.user.id })
    expect(await codeOf(by(bob, roomId).setRole(cleo, 'admin'))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(by(bob, roomId).setRole(bob, 'owner'))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(by(ann, roomId).setRole(ann, 'member'))).toBe('OWNER_STAYS')
    expect(await by(ann, roomId).setRole(ann, 'owner')).toMatchObject({ role: 'owner' })
    expect(await codeOf(by(ann, roomId).setRole(dan, 'admin'))).toBe('NOT_FOUND')
    expect(await codeOf(by(dan, roomId).setRole(cleo, 'admin'))).toBe('NOT_FOUND')
    expect(await codeOf(by(ann, direct.id).setRole(bob, 'admin'))).toBe('NOT_A_GROUP')
    expect(await codeOf(by(ann, roomId).setRole(cleo, 'king' as 'admin'))).toBe('INVALID_INPUT')
    expect(await codeOf(by({ ...ann, client: anyone }, roomId).setRole(cleo, 'admin'))).toBe('NOT_SIGNED_IN')
  })
})

describe('ban', () => {
  test('takes a member out and keeps them out, until it is taken back', async () => {
    const { ann, bob, cleo, roomId, people } = await group()
    const before = await lastSeq(ann, roomId)
    await folding(roomId, people, () => by(bob, roomId).ban(cleo))
    await by(bob, roomId).ban(cleo)
    expect(await changesOf(cleo, roomId, before)).toEqual([['member.removed', cleo.user.id, bob.user.id]])
    const [line] = await query('select detail from room_events where room_id = $1 order by seq desc limit 1', [roomId])
    expect(line).toEqual({ detail: 'banned' })
    expect(await by(ann, roomId).bans()).toEqual([cleo.user.id])
    expect(await codeOf(by(ann, roomId).add(cleo))).toBe('BANNED')
    await by(bob, roomId).unban(cleo)
    expect(await codeOf(by(bob, roomId).unban(cleo))).toBe('NOT_FOUND')
    await folding(roomId, people, () => by(ann, roomId).add(cleo))
  })

  test('of somebody outside is no event', async () => {
    const { ann, dan, roomId } = await group()
    const before = await lastSeq(ann, roomId)
    await by(ann, roomId).ban(dan)
    expect(await lastSeq(ann, roomId)).toBe(before)
    expect(await codeOf(by(ann, roomId).ban(nobody(newId('user'))))).toBe('NOT_FOUND')
  })

  test('has the bounds of removing', async () => {
    const { ann, bob, cleo, dan, eve, roomId } = await group()
    const direct = await ann.client.messages.rooms.direct({ userId: bob.user.id })
    expect(await codeOf(by(bob, roomId).ban(ann))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(by(bob, roomId).ban(bob))).toBe('NOT_YOURSELF')
    expect(await codeOf(by(cleo, roomId).ban(dan))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(by(cleo, roomId).unban(dan))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(by(dan, roomId).ban(eve))).toBe('NOT_FOUND')
    expect(await codeOf(by(dan, roomId).unban(eve))).toBe('NOT_FOUND')
    expect(await codeOf(by(ann, direct.id).ban(bob))).toBe('NOT_A_GROUP')
    expect(await codeOf(by(ann, direct.id).unban(bob))).toBe('NOT_A_GROUP')
    await by(ann, roomId).ban(bob)
    expect((await rolesIn(ann, roomId)).has(bob.user.id)).toBe(false)
  })
})

test('what is for groups is said to nobody who is not in the room', async () => {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const { id } = await ann.client.messages.rooms.direct({ userId: bob.user.id })
  const verbs = by(cleo, id)
  const calls = [verbs.add(ann), verbs.remove(ann), verbs.setRole(ann, 'admin'), verbs.ban(ann), verbs.unban(ann)]
  expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => 'NOT_FOUND'))
})
