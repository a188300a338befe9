import { createClient } from '@antiphon/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { createVault } from '../../auth/vault.ts'
import { newId } from '../../ids.ts'
import { iceServersFor } from './ice.ts'
import { createPace } from './pace.ts'
import { enter, listen, meet, ticketOf } from './room.fixture.ts'
import { issueTicket, readTicket } from './ticket.ts'

const ice = { stunUrls: ['stun:stun.example.com'], turn: { urls: ['turn:turn.example.com'], secret: 'shared' } }
const one = await startTestServer({ ice })
const two = await startTestServer({ database: one.databaseUrl })
const { signUp, query } = one

/** The same person, on another instance. */
const elsewhere = (token: string) => createClient({ url: two.url, token })

const within = { timeout: 5_000, interval: 50 }

test('people meet: who comes is told who is there, and signals go from browser to browser over any instance', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const meeting = await meet(ann.client, bob)
  expect(meeting).toMatchObject({ provider: 'peer', roomState: 'ready' })
  const heard = await listen(two.url, bob.token)
  onTestFinished(() => heard.stream.close())
  const host = await enter(ann.client, meeting.id, 'ann')
  expect(host).toMatchObject({ role: 'host', locked: false, recording: false, heartbeatMs: 4_000 })
  expect(host.participants).toEqual([{ key: host.participantKey, userId: ann.user.id, name: expect.any(String) }])
  const guest = await enter(elsewhere(bob.token), meeting.id, 'bob')
  expect(guest).toMatchObject({ role: 'guest', sessionId: host.sessionId, iceServers: [] })
  expect(guest.participants.map(({ userId }) => userId).sort()).toEqual([ann.user.id, bob.user.id].sort())
  const { sessionId } = host
  const data = JSON.stringify({ type: 'offer', sdp: 'v=0 \u{1F3B5}' })
  const signals = [
    { to: guest.participantKey, data },
    { to: guest.participantKey, data: '2' },
    { to: 'nobody', data },
  ]
  const room = await ann.client.sessions.peer.signal({ sessionId, participantKey: host.participantKey, signals })
  expect(room).toMatchObject({ sessionId, locked: false, recording: false })
  expect(room.participants).toHaveLength(2)
  const addressed = { kind: 'peer.signal', sessionId, to: guest.participantKey, from: host.participantKey }
  await vi.waitFor(() => {
    expect(heard.of('peer.signal')).toEqual([
      { ...addressed, data },
      { ...addressed, data: '2' },
    ])
  }, within)
  // Joining again from the same page changes nothing.
  expect(await enter(ann.client, meeting.id, 'ann')).toEqual({
    ...host,
    participants: room.participants,
    iceServers: expect.anything(),
  })
  const stays = await query('select key from session_stays where session_id = $1', [sessionId])
  expect(stays).toHaveLength(2)
})

test('tickets are for one person, one meeting and five minutes', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob)
  const ticket = await ticketOf(ann.client, meetingId)
  const join = (by: typeof ann, given: string) => codeOf(by.client.sessions.peer.join({ ticket: given, tab: 'x' }))
  expect(await join(bob, ticket)).toBe('TICKET_INVALID')
  for (const forged of ['x', `${ticket}x`, ticket.slice(0, -3), `e30.${ticket.split('.')[1]}`, '..', ` ${ticket}`]) {
    expect([forged, await join(ann, forged)]).toEqual([forged, 'TICKET_INVALID'])
  }
  expect(await codeOf(one.anyone.sessions.peer.join({ ticket, tab: 'x' }))).toBe('NOT_SIGNED_IN')
  await ann.client.meetings.cancel({ meetingId })
  expect(await join(ann, ticket)).toBe('MEETING_OVER')
  const vault = createVault('a secret of at least 32 characters, of tests')
  const contents = { meetingId, originalAt: new Date('2037-05-04T17:00Z'), userId: ann.user.id }
  const [now, old] = [issueTicket(vault, contents), issueTicket(vault, contents, Date.now() - 300_001)]
  expect([readTicket(vault, now), readTicket(vault, old)]).toEqual([contents, undefined])
  expect(readTicket(createVault('another secret of at least 32 characters'), now)).toBeUndefined()
})

test('six pages are in a room at once, and nobody takes the place of another', async () => {
  const people = await Promise.all(Array.from({ length: 7 }, () => signUp()))
  const [ann, ...guests] = people
  const { id: meetingId } = await meet(ann!.client, ...guests)
  const outcomes = await Promise.all(
    people.map(async ({ client, token }, at) => {
      const ticket = await ticketOf(client, meetingId)
      const joined = await (at % 2 === 0 ? client : elsewhere(token)).sessions.peer.join.safe({ ticket, tab: 'x' })
      return joined.ok ? 'in' : joined.error.code
    }),
  )
  expect(outcomes.sort()).toEqual(['ROOM_FULL', ...Array.from({ length: 6 }, () => 'in')])
  const [row] = await query<{ people: string; sessions: string }>(
    `select count(*) filter (where seen_at is not null) as people, count(distinct session_id) as sessions from session_people
     join sessions on sessions.id = session_id join meeting_rooms room on room.id = room_id where room.meeting_id = $1`,
    [meetingId],
  )
  expect(row).toEqual({ people: '6', sessions: '1' })
})

test('a place is for whom it was given to, and for others as if there were none', async () => {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob)
  const [host, guest] = [await enter(ann.client, meetingId), await enter(bob.client, meetingId)]
  const { sessionId } = host
  const as = (by: typeof ann, participantKey: string, id = sessionId) =>
    Promise.all([
      codeOf(by.client.sessions.peer.signal({ sessionId: id, participantKey })),
      codeOf(by.client.sessions.peer.leave({ sessionId: id, participantKey })),
      codeOf(
        by.client.sessions.peer.record({ sessionId: id, participantKey, uploadId: newId('upload'), state: 'begin' }),
      ),
    ])
  expect(await as(cleo, host.participantKey)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'])
  expect(await as(ann, host.participantKey, newId('session'))).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'])
  expect(await as(ann, guest.participantKey)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'])
  expect(await as(bob, host.participantKey)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_ALLOWED'])
  const signal = async (signals: { to: string; data: string }[]) => {
    const sent = await ann.client.sessions.peer.signal.safe({ sessionId, participantKey: host.participantKey, signals })
    return sent.ok ? 'ok' : sent.error.code
  }
  const data = 'x'.repeat(65_536)
  expect(await signal(Array.from({ length: 51 }, () => ({ to: 'x', data: 'x' })))).toBe('INVALID_INPUT')
  expect(await signal([{ to: 'x', data: `${data}x` }])).toBe('INVALID_INPUT')
  expect(await signal(Array.from({ length: 9 }, () => ({ to: 'x', data })))).toBe('INVALID_INPUT')
  expect(await signal([{ to: 'x', data }])).toBe('ok')
})

test('signals have a pace, and long ones count as several', () => {
  const pace = createPace()
  const signals = (count: number, length = 1) => Array.from({ length: count }, () => ({ data: 'x'.repeat(length) }))
  expect(pace.take('one', signals(600), 50_001)).toBe(0)
  expect(pace.take('two', signals(37, 65_536), 50_001)).toBe(0)
  expect(pace.take('two', signals(1, 65_536), 50_001)).toBe(9_999)
  expect(pace.take('one', signals(1), 50_001)).toBe(9_999)
  expect(pace.take('one', [], 50_001)).toBe(0)
  expect(pace.take('one', signals(1), 60_000)).toBe(0)
})

test('TURN servers are given names that end in time', () => {
  const now = Date.UTC(2037, 4, 4)
  const userId = 'usr_00000000000000000000000000'
  // As `openssl dgst -sha1 -hmac shared -binary | base64` makes it.
  expect(iceServersFor(ice, userId, now)).toEqual([
    { urls: ice.stunUrls },
    {
      urls: ice.turn.urls,
      username: `${now / 1_000 + 43_200}:${userId}`,
      credential: '+mI43vGxOGtUpIh6Fe1Yhez7qJQ=',
    },
  ])
  expect(iceServersFor({}, userId)).toEqual([])
})
