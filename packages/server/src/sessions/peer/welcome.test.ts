import { expect, onTestFinished, test, vi } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'
import { enter, listen, meet, ticketOf } from './room.fixture.ts'

const { url, signUp, query } = await startTestServer()

const hour = 3_600_000
const onNow = () => ({
  ...{ title: 'Choir', durationMinutes: 120, timeZone: 'UTC' },
  startsAt: new Date(Math.floor(Date.now() / hour) * hour),
})

let tabs = 0

/** Whether a ticket lets somebody in. */
async function tries({ client }: Person, ticket: string, tab = `page-${++tabs}`) {
  const joined = await client.sessions.peer.join.safe({ ticket, tab })
  return joined.ok ? 'in' : joined.error.code
}

async function enters(person: Person, meetingId: Parameters<typeof ticketOf>[1]) {
  return tries(person, await ticketOf(person.client, meetingId))
}

test('a ticket counts for as long as its holder is invited', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob)
  const ticket = await ticketOf(bob.client, meetingId)
  const invitees = [{ userId: bob.user.id }]
  await ann.client.meetings.uninvite({ meetingId, invitees })
  expect(await tries(bob, ticket)).toBe('TICKET_INVALID')
  expect(await query('select key from session_people where user_id = $1', [bob.user.id])).toEqual([])
  await ann.client.meetings.invite({ meetingId, invitees })
  expect(await tries(bob, ticket)).toBe('in')
})

test('a ticket counts for as long as its time of a series takes place', async () => {
  const ann = await signUp()
  const daily = { ...onNow(), recurrence: 'FREQ=DAILY;COUNT=3' }
  const { id: meetingId } = await ann.client.meetings.create(daily)
  const ticket = await ticketOf(ann.client, meetingId)
  await ann.client.meetings.cancel({ meetingId, occurrence: daily.startsAt })
  expect([await tries(ann, ticket), await enters(ann, meetingId)]).toEqual(['TICKET_INVALID', 'in'])
})

test('where the host lets in one by one, it counts for as long as they are let in', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await ann.client.meetings.create({ ...onNow(), invitees: [{ userId: bob.user.id }] })
  const before = await ticketOf(bob.client, meetingId)
  await ann.client.meetings.update({ meetingId, lobby: true })
  expect(await tries(bob, before)).toBe('TICKET_INVALID')
  expect(await bob.client.meetings.join({ meetingId })).toMatchObject({ status: 'waiting' })
  expect(await tries(bob, before)).toBe('TICKET_INVALID')
  expect(await enters(ann, meetingId)).toBe('in')
  const decided = { meetingId, userIds: [bob.user.id] }
  await ann.client.meetings.lobby.admit(decided)
  const ticket = await ticketOf(bob.client, meetingId)
  await ann.client.meetings.lobby.deny(decided)
  expect([await tries(bob, before), await tries(bob, ticket)]).toEqual(['TICKET_INVALID', 'TICKET_INVALID'])
  await ann.client.meetings.lobby.admit(decided)
  expect(await tries(bob, ticket)).toBe('in')
})

test('who came by the passcode comes in for as long as the meeting has it', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await ann.client.meetings.create({ ...onNow(), passcode: '4711' })
  const ticketBy = async (passcode: string) => {
    const joined = await bob.client.meetings.join({ meetingId, passcode })
    return (joined.status === 'admitted' && joined.ticket) || ''
  }
  const ticket = await ticketBy('4711')
  expect(await tries(bob, ticket)).toBe('in')
  await ann.client.meetings.update({ meetingId, passcode: '4712' })
  expect(await tries(bob, ticket)).toBe('TICKET_INVALID')
  const newer = await ticketBy('4712')
  expect(await tries(bob, newer)).toBe('in')
  await ann.client.meetings.update({ meetingId, passcode: null })
  expect(await tries(bob, newer)).toBe('TICKET_INVALID')
})

test.each(['uninvited', 'denied'] as const)('who is %s is sent out of the room', async (how) => {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob, cleo)
  if (how === 'denied') {
    await ann.client.meetings.update({ meetingId, lobby: true })
    for (const { client } of [bob, cleo]) await client.meetings.join({ meetingId })
    await ann.client.meetings.lobby.admit({ meetingId, userIds: [bob.user.id, cleo.user.id] })
  }
  const [host, guest] = [await enter(ann.client, meetingId), await enter(bob.client, meetingId)]
  await enter(cleo.client, meetingId)
  const heard = await listen(url, bob.token)
  onTestFinished(() => heard.stream.close())
  const { sessionId, participantKey } = guest
  if (how === 'uninvited') {
    await ann.client.meetings.uninvite({ meetingId, invitees: [{ userId: bob.user.id }] })
  } else await ann.client.meetings.lobby.deny({ meetingId, userIds: [bob.user.id] })
  await vi.waitFor(() =>
    expect(heard.of('peer.closed')).toEqual([{ kind: 'peer.closed', sessionId, participantKey, reason: 'kicked' }]),
  )
  expect(await codeOf(bob.client.sessions.peer.signal(guest))).toBe('KICKED')
  const { participants } = await ann.client.sessions.peer.signal(host)
  expect(participants.map(({ userId }) => userId).sort()).toEqual([ann.user.id, cleo.user.id].sort())
})

test('who was sent out is not among those who come back to a room that is locked later', async () => {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob, cleo)
  const { sessionId } = await enter(ann.client, meetingId)
  const [guest, other] = [await enter(bob.client, meetingId), await enter(cleo.client, meetingId)]
  await ann.client.sessions.kick({ sessionId, participantKey: guest.participantKey })
  // Cleo left by herself a moment before.
  await cleo.client.sessions.peer.leave(other)
  await ann.client.sessions.kick({ sessionId, participantKey: other.participantKey })
  await ann.client.sessions.lock({ sessionId })
  expect([await enters(bob, meetingId), await enters(cleo, meetingId)]).toEqual(['ROOM_LOCKED', 'ROOM_LOCKED'])
  await ann.client.sessions.unlock({ sessionId })
  expect(await enters(bob, meetingId)).toBe('in')
  await ann.client.sessions.lock({ sessionId })
  // They were let in again, and may come back.
  expect([await enters(bob, meetingId), await enters(cleo, meetingId)]).toEqual(['in', 'ROOM_LOCKED'])
})

test('a ban counts for this time of the meeting, however often it begins, and for who left a moment before', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob)
  const host = await enter(ann.client, meetingId)
  const { sessionId } = host
  const guest = await enter(bob.client, meetingId)
  await bob.client.sessions.peer.leave(guest)
  await ann.client.sessions.kick({ sessionId, participantKey: guest.participantKey, ban: true })
  expect(await enters(bob, meetingId)).toBe('KICKED')
  await ann.client.sessions.end({ sessionId })
  expect(await enters(bob, meetingId)).toBe('KICKED')
  const running =
    'select sessions.id from sessions join meeting_rooms room on room.id = room_id where room.meeting_id = $1'
  expect(await query(running, [meetingId])).toEqual([{ id: sessionId }])
  expect((await enter(ann.client, meetingId)).sessionId).not.toBe(sessionId)
  expect(await enters(bob, meetingId)).toBe('KICKED')
  // Another time of it is another matter.
  await query(`update sessions set original_at = original_at - interval '7 days' where id = $1`, [sessionId])
  expect(await enters(bob, meetingId)).toBe('in')
})

test('a person has two pages in a room, and a place is kept for the host', async () => {
  const people = await Promise.all(Array.from({ length: 7 }, () => signUp()))
  const [ann, bob, cleo, ...others] = people as [Person, Person, Person, ...Person[]]
  const { id: meetingId } = await meet(ann.client, bob, cleo, ...others)
  const [one, two] = [await enter(bob.client, meetingId), await enter(bob.client, meetingId)]
  expect(await enters(bob, meetingId)).toBe('ROOM_FULL')
  await enter(cleo.client, meetingId)
  await enter(cleo.client, meetingId)
  expect(await enters(others[0]!, meetingId)).toBe('in')
  expect(await enters(others[1]!, meetingId)).toBe('ROOM_FULL')
  expect(await enters(ann, meetingId)).toBe('in')
  expect(await enters(ann, meetingId)).toBe('ROOM_FULL')
  await bob.client.sessions.peer.leave(two)
  expect(await enters(ann, meetingId)).toBe('in')
  expect((await bob.client.sessions.peer.signal(one)).participants).toHaveLength(6)
})

test('who comes and goes without end leaves no more than a hundred stays', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob)
  const host = await enter(ann.client, meetingId)
  const ticket = await ticketOf(bob.client, meetingId)
  const guest = await bob.client.sessions.peer.join({ ticket, tab: 'page' })
  const facts = async () =>
    (
      await query('select at from session_facts where session_id = $1 and key = $2', [
        host.sessionId,
        guest.participantKey,
      ])
    ).length
  for (let round = 0; round < 5; round += 1) {
    await bob.client.sessions.peer.leave(guest)
    expect(await tries(bob, ticket, 'page')).toBe('in')
  }
  expect(await facts()).toBe(1)
  await query(
    `insert into session_facts (session_id, key, kind, at, told)
     select $1, $2, 'joined', now() - make_interval(mins => n), true from generate_series(1, 99) n`,
    [host.sessionId, guest.participantKey],
  )
  // The same page goes on; another would be one more.
  await bob.client.sessions.peer.leave(guest)
  expect(await tries(bob, ticket, 'page')).toBe('in')
  const refused = await bob.client.sessions.peer.join.safe({ ticket, tab: 'other' }, { timeoutMs: 5_000 })
  expect(refused.ok ? 'in' : [refused.error.code, refused.error.message]).toEqual([
    'RATE_LIMITED',
    'You have come into this session a hundred times, which is enough.',
  ])
})
