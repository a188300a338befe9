import { createClient, type RoomId } from '@antiphon/client'
import { expect, test, vi } from 'vitest'
import { expectFolded, fetchCopy } from '../../../test/fold.ts'
import { type Person, startTestServer } from '../../../test/server.ts'

const { url, signUp, query } = await startTestServer()
const rounds = 4
vi.setConfig({ testTimeout: 60_000 })

async function group() {
  const people = [await signUp(), await signUp(), await signUp(), await signUp()] as const
  const [ann, bob, cleo, dan] = people
  const memberIds = [bob.user.id, cleo.user.id]
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds })
  return { ann, bob, cleo, dan, roomId, people, members: (person: Person) => person.client.messages.rooms.members }
}

/** The same person on another device: the calls of one client go one after the other. */
const elsewhere = ({ user, token }: Person): Person => ({ user, token, client: createClient({ url, token }) })

/** True of every room, whatever happened in it. */
async function expectSound(roomId: RoomId) {
  const rows = await query<{ userId: string; role: string; intervals: number; open: number; banned: boolean }>(
    `select user_id as "userId", role,
       (select count(*)::int from memberships m where m.room_id = me.room_id and m.user_id = me.user_id) as intervals,
       (select count(*)::int from memberships m where m.room_id = me.room_id and m.user_id = me.user_id and to_seq is null) as open,
       exists (select from room_bans b where b.room_id = me.room_id and b.user_id = me.user_id) as banned
     from room_members me where room_id = $1`,
    [roomId],
  )
  if (rows.length > 0) expect(rows.filter(({ role }) => role === 'owner')).toHaveLength(1)
  for (const { open, banned } of rows) expect([open, banned]).toEqual([1, false])
  const stray = await query(
    `select 1 from memberships m where room_id = $1 and to_seq is null
       and not exists (select from room_members me where me.room_id = m.room_id and me.user_id = m.user_id)`,
    [roomId],
  )
  expect(stray).toEqual([])
  // Every coming and going has its event: intervals begin before one and end with one.
  const loose = await query(
    `select 1 from memberships m where room_id = $1 and not (
       (from_seq = 0 or exists (select from room_events e where e.room_id = m.room_id and e.seq = from_seq + 1
         and e.kind = 'member.joined' and e.subject_id = m.user_id))
       and (to_seq is null or exists (select from room_events e where e.room_id = m.room_id and e.seq = to_seq
         and e.kind in ('member.left', 'member.removed') and e.subject_id = m.user_id)))`,
    [roomId],
  )
  expect(loose).toEqual([])
}

test('a room given to two at once has one owner', async () => {
  for (let round = 0; round < rounds; round++) {
    const { ann, bob, cleo, roomId, people, members } = await group()
    const copies = await Promise.all(people.map((person) => fetchCopy(person, roomId)))
    const results = await Promise.all([
      members(ann).setRole.safe({ roomId, userId: bob.user.id, role: 'owner' }),
      members(elsewhere(ann)).setRole.safe({ roomId, userId: cleo.user.id, role: 'owner' }),
    ])
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    for (const result of results) if (!result.ok) expect(result.error.code).toBe('ROLE_TOO_LOW')
    await expectSound(roomId)
    for (const copy of copies) await expectFolded(copy)
  }
})

test('an administrator who is demoted while acting does it before or not at all', async () => {
  for (let round = 0; round < rounds; round++) {
    const { ann, bob, cleo, roomId, members } = await group()
    await members(ann).setRole({ roomId, userId: bob.user.id, role: 'admin' })
    const [removed, demoted] = await Promise.all([
      members(bob).remove.safe({ roomId, userId: cleo.user.id }),
      members(ann).setRole.safe({ roomId, userId: bob.user.id, role: 'member' }),
    ])
    expect(demoted.ok).toBe(true)
    if (!removed.ok) expect(removed.error.code).toBe('ROLE_TOO_LOW')
    const kinds = (await ann.client.messages.since({ roomId, after: 2 })).events.map(({ kind }) => kind)
    expect(kinds).toEqual(removed.ok ? ['member.removed', 'member.changed'] : ['member.changed'])
    await expectSound(roomId)
  }
})

test('somebody added and banned at once is outside, added and removed at once in or out', async () => {
  for (let round = 0; round < rounds; round++) {
    const { ann, bob, dan, roomId, members } = await group()
    await members(ann).setRole({ roomId, userId: bob.user.id, role: 'admin' })
    const userId = dan.user.id
    const [added] = await Promise.all([
      members(ann).add.safe({ roomId, userIds: [userId] }),
      members(bob).ban({ roomId, userId }),
    ])
    if (!added.ok) expect(added.error.code).toBe('BANNED')
    expect(await query('select 1 from room_members where user_id = $1', [userId])).toEqual([])
    await expectSound(roomId)
    await members(ann).unban({ roomId, userId })
    await Promise.all([
      members(ann).add({ roomId, userIds: [userId] }),
      members(bob).add({ roomId, userIds: [userId] }),
    ])
    await Promise.all([members(ann).remove.safe({ roomId, userId }), members(bob).remove.safe({ roomId, userId })])
    expect(await query('select 1 from room_members where user_id = $1', [userId])).toEqual([])
    await expectSound(roomId)
  }
})

test('whatever many people do at once, everybody ends with the same room, and it is sound', async () => {
  for (let round = 0; round < rounds; round++) {
    const { ann, bob, cleo, dan, roomId, people, members } = await group()
    await ann.client.messages.rooms.update({ roomId, access: 'open' })
    await members(ann).setRole({ roomId, userId: bob.user.id, role: 'admin' })
    const copies = await Promise.all(people.map((person) => fetchCopy(person, roomId)))
    const { rooms } = dan.client.messages
    const outcomes = await Promise.all([
      rooms.join.safe({ roomId }),
      rooms.leave.safe({ roomId }),
      members(bob).ban.safe({ roomId, userId: dan.user.id }),
      members(elsewhere(ann)).unban.safe({ roomId, userId: dan.user.id }),
      members(elsewhere(ann)).add.safe({ roomId, userIds: [dan.user.id, cleo.user.id] }),
      members(elsewhere(ann)).setRole.safe({ roomId, userId: bob.user.id, role: 'owner' }),
      members(bob).remove.safe({ roomId, userId: ann.user.id }),
      members(elsewhere(bob)).remove.safe({ roomId, userId: cleo.user.id }),
      ann.client.messages.rooms.leave.safe({ roomId }),
      cleo.client.messages.rooms.leave.safe({ roomId }),
      cleo.client.messages.send.safe({ roomId, body: 'Amid all this' }),
      elsewhere(dan).client.messages.rooms.join.safe({ roomId }),
    ])
    const refused = outcomes.flatMap((one) => (one.ok ? [] : one.error.code))
    expect(['NOT_FOUND', 'ROLE_TOO_LOW', 'BANNED', 'OWNER_STAYS']).toEqual(expect.arrayContaining(refused))
    await expectSound(roomId)
    for (const copy of copies) await expectFolded(copy)
    const [one, ...rest] = (await Promise.all(people.map((person) => fetchCopy(person, roomId)))).filter(
      ({ room }) => room !== null,
    )
    for (const other of rest) expect(other.members).toEqual(one?.members)
  }
})
