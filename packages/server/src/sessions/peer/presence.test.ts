import type { createClient } from '@antiphon/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { enter, listen, meet, ticketOf } from './room.fixture.ts'

const one = await startTestServer()
const two = await startTestServer({ database: one.databaseUrl })
const { signUp, query } = one

/** As a browser does that is alive. */
function beat(place: { client: ReturnType<typeof createClient>; sessionId: `ses_${string}`; participantKey: string }) {
  const { client, sessionId, participantKey } = place
  const timer = setInterval(() => void client.sessions.peer.signal.safe({ sessionId, participantKey }), 1_000)
  onTestFinished(() => clearInterval(timer))
}

async function session(id: string) {
  const [row] = await query<{ ended: Date | null; present: string }>(
    `select ended_at as ended, (select count(*) from session_people where session_id = sessions.id and seen_at is not null) as present
     from sessions where id = $1`,
    [id],
  )
  return { isOver: row!.ended !== null, endedAt: row!.ended, present: Number(row!.present) }
}

const staysOf = (id: string, key: string) =>
  query<{ joined: Date; left: Date | null }>(
    'select joined_at as joined, left_at as left from session_stays where session_id = $1 and key = $2 order by 1',
    [id, key],
  )

test('who is heard of no more is gone within 15 seconds, with the last sign for the end of their stay', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob)
  const [host, guest] = [await enter(ann.client, meetingId), await enter(bob.client, meetingId)]
  const { sessionId } = host
  beat({ client: ann.client, ...host })
  const heard = await listen(one.url, bob.token)
  onTestFinished(() => heard.stream.close())
  const since = Date.now()
  await vi.waitFor(
    async () =>
      expect((await ann.client.sessions.peer.signal(host)).participants.map(({ key }) => key)).toEqual([
        host.participantKey,
      ]),
    { timeout: 15_000, interval: 250 },
  )
  const [stay] = await staysOf(sessionId, guest.participantKey)
  expect(stay!.left!.getTime()).toBeLessThanOrEqual(since + 500)
  const { participantKey } = guest
  await vi.waitFor(() =>
    expect(heard.of('peer.closed')).toEqual([{ kind: 'peer.closed', sessionId, participantKey, reason: 'gone' }]),
  )
  // They come back by joining again, to the same place.
  expect(await codeOf(bob.client.sessions.peer.signal(guest))).toBe('NOT_IN_ROOM')
  await vi.waitFor(() => expect(heard.of('session.changed').length).toBeGreaterThan(0))
}, 30_000)

test('who comes again under the same name of their page has the place that they had, and goes on with their stay', async () => {
  const { client } = await signUp()
  const { id: meetingId } = await meet(client)
  const first = await enter(client, meetingId, 'page')
  await client.sessions.peer.leave(first)
  expect(await codeOf(client.sessions.peer.signal(first))).toBe('NOT_IN_ROOM')
  await client.sessions.peer.leave(first)
  // Within a few seconds it is the same session: a page that is loaded anew.
  const again = await enter(client, meetingId, 'page')
  expect([again.sessionId, again.participantKey]).toEqual([first.sessionId, first.participantKey])
  const stays = await staysOf(first.sessionId, first.participantKey)
  expect(stays).toEqual([{ joined: expect.any(Date), left: null }])
  await client.sessions.peer.leave(again)
  const { endedAt } = await vi.waitFor(
    async () => {
      const now = await session(first.sessionId)
      expect(now).toMatchObject({ isOver: true, present: 0 })
      return now
    },
    { timeout: 12_000, interval: 200 },
  )
  const [last] = await staysOf(first.sessionId, first.participantKey)
  expect(endedAt).toEqual(last!.left)
  expect(await codeOf(client.sessions.peer.signal(again))).toBe('SESSION_ENDED')
  expect((await enter(client, meetingId, 'page')).sessionId).not.toBe(first.sessionId)
}, 20_000)

test('who loses their stream and says nothing is gone sooner; who says something stays', async () => {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob, cleo)
  const [host, , guest] = [
    await enter(ann.client, meetingId),
    await enter(bob.client, meetingId),
    await enter(cleo.client, meetingId),
  ]
  beat({ client: ann.client, ...host })
  beat({ client: cleo.client, ...guest })
  const streams = [await listen(two.url, bob.token), await listen(two.url, cleo.token)]
  for (const { stream } of streams) stream.close()
  const missing = () =>
    query('select user_id from session_people where session_id = $1 and missing_since is not null', [host.sessionId])
  await vi.waitFor(async () => expect(await missing()).toEqual([{ user_id: bob.user.id }]), {
    timeout: 3_000,
    interval: 100,
  })
  await vi.waitFor(async () => expect((await ann.client.sessions.peer.signal(host)).participants).toHaveLength(2), {
    timeout: 9_500,
    interval: 200,
  })
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  expect((await ann.client.sessions.peer.signal(host)).participants).toHaveLength(2)
}, 30_000)

test('the host ends it for all, once', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob)
  const [host, guest] = [await enter(ann.client, meetingId), await enter(bob.client, meetingId)]
  const { sessionId } = host
  const heard = [await listen(one.url, ann.token), await listen(two.url, bob.token)]
  for (const { stream } of heard) onTestFinished(() => stream.close())
  expect(await codeOf(bob.client.sessions.end({ sessionId }))).toBe('NOT_FOUND')
  await ann.client.sessions.end({ sessionId })
  await vi.waitFor(() => {
    for (const { of } of heard) expect(of('peer.closed')).toMatchObject([{ sessionId, reason: 'ended' }])
  })
  expect(await session(sessionId)).toMatchObject({ isOver: true, present: 0 })
  expect((await staysOf(sessionId, guest.participantKey))[0]!.left).toEqual(expect.any(Date))
  expect(await ann.client.sessions.end({ sessionId })).toMatchObject({
    freshness: 'ended',
    ending: { state: 'confirmed' },
  })
  expect(await codeOf(bob.client.sessions.peer.signal(guest))).toBe('SESSION_ENDED')
  await bob.client.sessions.peer.leave(guest)
  expect((await enter(bob.client, meetingId)).sessionId).not.toBe(sessionId)
})

test.each(['cancel', 'remove'] as const)('who meets is sent out where the host does %s the meeting', async (how) => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob)
  const { sessionId, participantKey } = await enter(bob.client, meetingId)
  const heard = await listen(two.url, bob.token)
  onTestFinished(() => heard.stream.close())
  await ann.client.meetings.update({ meetingId, title: 'Other' })
  expect(await session(sessionId)).toMatchObject({ isOver: false, present: 1 })
  await ann.client.meetings[how]({ meetingId })
  await vi.waitFor(() => expect(heard.of('peer.closed')).toMatchObject([{ participantKey, reason: 'ended' }]))
  expect(await session(sessionId)).toMatchObject({ isOver: true, present: 0 })
  expect(await codeOf(bob.client.sessions.peer.signal({ sessionId, participantKey }))).toBe('SESSION_ENDED')
})

test('who is sent out may come back, unless they are banned or the room is locked', async () => {
  const [ann, bob, cleo, dan] = [await signUp(), await signUp(), await signUp(), await signUp()]
  const { id: meetingId } = await meet(ann.client, bob, cleo, dan)
  const host = await enter(ann.client, meetingId)
  const { sessionId } = host
  const tabs = [await enter(bob.client, meetingId), await enter(bob.client, meetingId)]
  const guest = await enter(cleo.client, meetingId)
  const heard = await listen(two.url, bob.token)
  onTestFinished(() => heard.stream.close())
  const kick = (participantKey: string, ban?: boolean) => ann.client.sessions.kick({ sessionId, participantKey, ban })
  await kick(tabs[0]!.participantKey)
  await vi.waitFor(() => expect(heard.of('peer.closed').map(({ reason }) => reason)).toEqual(['kicked', 'kicked']))
  // By their place they are known also once they are out.
  await kick(tabs[0]!.participantKey)
  expect(await codeOf(kick('nobody'))).toBe('NOT_FOUND')
  // A page that did not hear of it hears of it now, and does not come back by itself.
  for (const tab of tabs) expect(await codeOf(bob.client.sessions.peer.signal(tab))).toBe('KICKED')
  const back = await enter(bob.client, meetingId)
  expect(back.sessionId).toBe(sessionId)
  await kick(back.participantKey, true)
  const enters = async (by: typeof ann) => {
    const joined = await by.client.sessions.peer.join.safe({ ticket: await ticketOf(by.client, meetingId), tab: 'new' })
    return joined.ok ? 'in' : joined.error.code
  }
  expect(await enters(bob)).toBe('KICKED')
  expect(await codeOf(bob.client.sessions.peer.signal(back))).toBe('KICKED')
  expect(await ann.client.sessions.lock({ sessionId })).toMatchObject({ locked: true })
  expect((await ann.client.sessions.peer.signal(host)).locked).toBe(true)
  expect([await enters(dan), await enters(ann)]).toEqual(['ROOM_LOCKED', 'in'])
  // Networks fail: who was in it comes back, but not who was sent out.
  await cleo.client.sessions.peer.leave(guest)
  expect(await enters(cleo)).toBe('in')
  const { participants } = await ann.client.sessions.peer.signal(host)
  await kick(participants.find(({ userId }) => userId === cleo.user.id)!.key)
  expect(await enters(cleo)).toBe('ROOM_LOCKED')
  await ann.client.sessions.unlock({ sessionId })
  expect([await enters(dan), await enters(cleo), await enters(bob)]).toEqual(['in', 'in', 'KICKED'])
})
