import type { Events, MeetingId } from '@antiphon/client'
import { afterEach, expect, test, vi } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'

const { signUp } = await startTestServer()

const hour = 3_600_000
const startsAt = new Date(Math.ceil(Date.now() / hour) * hour)
const plain = { title: 'Rehearsal', durationMinutes: 90, timeZone: 'UTC', startsAt, lobby: true }
const link = 'https://meet.example.com/choir'

const open: Events[] = []
afterEach(() => {
  for (const events of open.splice(0)) events.close()
})

/** What the stream tells somebody of lobbies. */
async function listen({ client }: Person): Promise<MeetingId[]> {
  const heard: MeetingId[] = []
  const events = client.events()
  open.push(events)
  events.on('meeting.lobby', ({ meetingId }) => heard.push(meetingId))
  await new Promise((resolve) => events.on('welcome', resolve))
  return heard
}

async function arranged() {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const invitees = [{ userId: bob.user.id }, { userId: cleo.user.id }]
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, link, invitees })
  const statusOf = async ({ client }: Person) => {
    const answer = await client.meetings.join.safe({ meetingId })
    return answer.ok ? answer.data.status : answer.error.code
  }
  return { ann, bob, cleo, meetingId, statusOf, lobby: ann.client.meetings.lobby }
}

const soon = { timeout: 10_000, interval: 20 }

test('the host lets in one by one, and both sides hear of it', async () => {
  const { ann, bob, cleo, meetingId, statusOf, lobby } = await arranged()
  const [hers, his, others] = [await listen(ann), await listen(bob), await listen(cleo)]
  expect(await statusOf(ann)).toBe('admitted')
  expect(await bob.client.meetings.join({ meetingId })).toEqual({
    status: 'waiting',
    occurrence: startsAt,
    title: plain.title,
  })
  await vi.waitFor(() => expect(hers).toEqual([meetingId]), soon)
  expect(await statusOf(bob)).toBe('waiting')
  expect(await lobby.list({ meetingId })).toEqual({
    items: [{ userId: bob.user.id, state: 'waiting', askedAt: expect.any(Date), decidedAt: null }],
    nextCursor: null,
  })
  expect((await ann.client.meetings.attendance({ meetingId })).items).toHaveLength(1)
  await lobby.admit({ meetingId, userIds: [bob.user.id] })
  await vi.waitFor(() => expect(his).toEqual([meetingId]), soon)
  expect(await bob.client.meetings.join({ meetingId })).toMatchObject({ status: 'admitted', joinUrl: link })
  expect((await lobby.list({ meetingId })).items).toEqual([])
  expect((await lobby.list({ meetingId, state: 'admitted' })).items).toMatchObject([{ decidedAt: expect.any(Date) }])
  expect((await ann.client.meetings.attendance({ meetingId })).items).toHaveLength(2)
  expect([hers, others]).toEqual([[meetingId], []])
})

test('decisions can be taken again and changed; who did not ask is passed over', async () => {
  const { bob, cleo, meetingId, statusOf, lobby } = await arranged()
  expect(await statusOf(bob)).toBe('waiting')
  const userIds = [bob.user.id, cleo.user.id]
  await lobby.deny({ meetingId, userIds })
  await lobby.deny({ meetingId, userIds })
  expect([await statusOf(bob), await statusOf(cleo)]).toEqual(['LOBBY_DENIED', 'waiting'])
  await lobby.admit({ meetingId, userIds })
  expect([await statusOf(bob), await statusOf(cleo)]).toEqual(['admitted', 'admitted'])
  await lobby.deny({ meetingId, userIds: [cleo.user.id] })
  expect([await statusOf(bob), await statusOf(cleo)]).toEqual(['admitted', 'LOBBY_DENIED'])
  expect((await lobby.list({ meetingId, state: 'denied' })).items).toMatchObject([{ userId: cleo.user.id }])
})

test('lists come in pages, the first first, and are for the host', async () => {
  const { bob, cleo, meetingId, statusOf, lobby } = await arranged()
  await statusOf(cleo)
  await statusOf(bob)
  const first = await lobby.list({ meetingId, limit: 1 })
  expect(first.items).toMatchObject([{ userId: cleo.user.id }])
  const second = await lobby.list({ meetingId, limit: 1, ...(first.nextCursor && { cursor: first.nextCursor }) })
  expect(second).toMatchObject({ items: [{ userId: bob.user.id }], nextCursor: null })
  expect(await codeOf(lobby.list({ meetingId, cursor: 'nonsense' }))).toBe('BAD_CURSOR')
  const { lobby: his, attendance } = bob.client.meetings
  const calls = [
    () => his.list({ meetingId }),
    () => his.admit({ meetingId, userIds: [bob.user.id] }),
    () => attendance({ meetingId }),
  ]
  for (const call of calls) expect(await codeOf(call())).toBe('NOT_FOUND')
})

test('a passcode leads into the lobby, too; with the meeting it is over', async () => {
  const { ann, bob, lobby } = await arranged()
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, link, passcode: '4711' })
  expect(await bob.client.meetings.join({ meetingId, passcode: '4711' })).toMatchObject({ status: 'waiting' })
  await ann.client.meetings.cancel({ meetingId })
  expect(await codeOf(lobby.admit({ meetingId, userIds: [bob.user.id] }))).toBe('MEETING_OVER')
})
