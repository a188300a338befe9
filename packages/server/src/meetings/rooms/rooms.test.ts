import { expect, test, vi } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'
import { startConferenceServer } from './conference.fixture.ts'

const conference = await startConferenceServer()
const { signUp, query } = await startTestServer({ providers: [conference.provider] })

const startsAt = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 7_200_000)
const plain = { title: 'Rehearsal', durationMinutes: 90, timeZone: 'UTC', provider: 'conference', startsAt }
const soon = { timeout: 20_000, interval: 20 }

type MeetingId = `mtg_${string}`

const roomOf = (meetingId: string) => conference.rooms().find(({ key }) => key === meetingId)

async function settled({ client }: Person, meetingId: MeetingId, state: string) {
  await vi.waitFor(async () => expect((await client.meetings.get({ meetingId })).roomState).toBe(state), soon)
  return client.meetings.get({ meetingId })
}

/** Jobs that failed are due at once. */
const hurry = () => query(`update graphile_worker._private_jobs set run_at = now() where run_at > now()`)

async function gone(meetingId: string) {
  await vi.waitFor(async () => {
    await hurry()
    const [row] = await query<{ state: string }>('select room_state as state from meetings where id = $1', [meetingId])
    expect(row?.state).toBe('gone')
  }, soon)
  expect(roomOf(meetingId)).toBeUndefined()
}

test('a room is made, changed and deleted with its meeting', async () => {
  const ann = await signUp()
  const made = await ann.client.meetings.create({ ...plain, passcode: '4711' })
  expect(made).toMatchObject({ provider: 'conference', roomState: 'pending', roomProblem: null })
  expect(await settled(ann, made.id, 'ready')).toMatchObject({ roomProblem: null })
  expect(roomOf(made.id)).toMatchObject({ title: 'Rehearsal', passcode: '4711' })
  const answer = await ann.client.meetings.join({ meetingId: made.id })
  expect(answer).toMatchObject({ status: 'admitted', joinUrl: roomOf(made.id)!.joinUrl, ticket: null })
  await ann.client.meetings.update({ meetingId: made.id, title: 'General rehearsal', passcode: null })
  await vi.waitFor(() => expect(roomOf(made.id)).toMatchObject({ title: 'General rehearsal', passcode: null }), soon)
  await settled(ann, made.id, 'ready')
  const cancelled = await ann.client.meetings.cancel({ meetingId: made.id })
  expect(cancelled.cancelledAt).toBeInstanceOf(Date)
  await gone(made.id)
  const other = await ann.client.meetings.create(plain)
  await settled(ann, other.id, 'ready')
  await ann.client.meetings.remove({ meetingId: other.id })
  await gone(other.id)
})

test('a room that is missing there is made anew, or counts as gone', async () => {
  const ann = await signUp()
  const { id: meetingId } = await ann.client.meetings.create(plain)
  await settled(ann, meetingId, 'ready')
  conference.forget()
  await ann.client.meetings.update({ meetingId, title: 'Again' })
  await settled(ann, meetingId, 'ready')
  expect(roomOf(meetingId)).toMatchObject({ title: 'Again' })
  conference.forget()
  await ann.client.meetings.cancel({ meetingId })
  await gone(meetingId)
})

test('a server that is down is asked again, and hosts see that', async () => {
  const ann = await signUp()
  await conference.stop()
  const { id: meetingId } = await ann.client.meetings.create(plain)
  const problem = 'The conference server cannot be reached. It is tried again.'
  await vi.waitFor(async () => {
    expect((await ann.client.meetings.get({ meetingId })).roomProblem).toBe(problem)
  }, soon)
  const { items } = await ann.client.meetings.list()
  expect(items).toMatchObject([{ meetingId, roomState: 'pending', roomProblem: problem }])
  const refused = await ann.client.meetings.join.safe({ meetingId })
  expect(refused).toMatchObject({ ok: false, error: { code: 'ROOM_NOT_READY', message: problem } })
  await conference.startAgain()
  await hurry()
  expect(await settled(ann, meetingId, 'ready')).toMatchObject({ roomProblem: null })
})

test('an answer that was lost makes no second room, whatever happens next', async () => {
  const ann = await signUp()
  let lost = 0
  conference.misbehave((line) => (line === 'POST /rooms' && lost++ === 0 ? 'loseAnswer' : undefined))
  const one = await ann.client.meetings.create(plain)
  await vi.waitFor(async () => {
    await hurry()
    expect((await ann.client.meetings.get({ meetingId: one.id })).roomState).toBe('ready')
  }, soon)
  expect(conference.rooms().filter(({ key }) => key === one.id)).toHaveLength(1)
  // Made, but nobody here knows: and then it is cancelled.
  conference.misbehave((line) => (line === 'POST /rooms' ? 'loseAnswer' : undefined))
  const other = await ann.client.meetings.create(plain)
  await vi.waitFor(() => expect(roomOf(other.id)).toBeDefined(), soon)
  await ann.client.meetings.cancel({ meetingId: other.id })
  conference.misbehave(() => undefined)
  await gone(other.id)
})

test('what is refused for good failed, until somebody changes something', async () => {
  const ann = await signUp()
  conference.misbehave(() => ({ status: 403 }))
  const { id: meetingId } = await ann.client.meetings.create(plain)
  expect(await settled(ann, meetingId, 'failed')).toMatchObject({ roomProblem: 'The conference server says 403.' })
  expect(await query(`select 1 from graphile_worker._private_jobs where key = $1`, [`room:${meetingId}`])).toEqual([])
  conference.misbehave(() => undefined)
  await ann.client.meetings.update({ meetingId })
  await settled(ann, meetingId, 'ready')
  // What is there stays in use while a change of it fails.
  conference.misbehave(() => ({ status: 403 }))
  await ann.client.meetings.update({ meetingId, title: 'New' })
  await settled(ann, meetingId, 'failed')
  expect(await ann.client.meetings.join({ meetingId })).toMatchObject({ status: 'admitted' })
  conference.misbehave(() => undefined)
  await ann.client.meetings.cancel({ meetingId })
  await gone(meetingId)
})

test('one that was never made is gone at once with its meeting, where the provider refuses it', async () => {
  const ann = await signUp()
  conference.misbehave(() => ({ status: 403 }))
  const { id: meetingId } = await ann.client.meetings.create(plain)
  await settled(ann, meetingId, 'failed')
  await ann.client.meetings.cancel({ meetingId })
  await gone(meetingId)
  conference.misbehave(() => undefined)
})

test('too many calls: not before the time that the provider says', async () => {
  const ann = await signUp()
  conference.misbehave(() => ({ status: 429, retryAfterMs: 3_600_000 }))
  const { id: meetingId } = await ann.client.meetings.create(plain)
  await vi.waitFor(async () => {
    const { roomProblem } = await ann.client.meetings.get({ meetingId })
    expect(roomProblem).toMatch(/^The conference server says 429\. It is tried again on .* UTC\.$/)
  }, soon)
  const [job] = await query<{ wait: number }>(
    `select extract(epoch from run_at - now())::int as wait from graphile_worker._private_jobs where key = $1`,
    [`room:${meetingId}`],
  )
  expect(job!.wait).toBeGreaterThan(3_500)
  conference.misbehave(() => undefined)
  await hurry()
  await settled(ann, meetingId, 'ready')
})

test('cancelled while the room is being made: gone in the end', async () => {
  const ann = await signUp()
  conference.misbehave((line) => (line === 'POST /rooms' ? { slowMs: 800 } : undefined))
  const { id: meetingId } = await ann.client.meetings.create(plain)
  await vi.waitFor(() => expect(conference.requests.at(-1)).toBe('POST /rooms'), soon)
  await ann.client.meetings.cancel({ meetingId })
  await gone(meetingId)
  conference.misbehave(() => undefined)
})

test('changed while the room is being made or changed: the last change is there', async () => {
  const ann = await signUp()
  conference.misbehave(() => ({ slowMs: 400 }))
  const { id: meetingId } = await ann.client.meetings.create(plain)
  for (const title of ['One', 'Two', 'Three']) {
    await ann.client.meetings.update({ meetingId, title })
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  // A change of one time alone asks nothing of the room.
  await ann.client.meetings.update({ meetingId, occurrence: startsAt, title: 'Today' })
  await vi.waitFor(() => expect(roomOf(meetingId)?.title).toBe('Three'), soon)
  await settled(ann, meetingId, 'ready')
  expect(conference.rooms().filter(({ key }) => key === meetingId)).toHaveLength(1)
  conference.misbehave(() => undefined)
})

test('another provider than the server has is its own answer; an address is for link alone', async () => {
  const ann = await signUp()
  expect(await codeOf(ann.client.meetings.create({ ...plain, provider: 'zoom' }))).toBe('UNKNOWN_PROVIDER')
  const link = 'https://meet.example.com/choir'
  expect(await codeOf(ann.client.meetings.create({ ...plain, link }))).toBe('INVALID_INPUT')
  const { id: meetingId } = await ann.client.meetings.create(plain)
  expect(await codeOf(ann.client.meetings.update({ meetingId, link }))).toBe('INVALID_INPUT')
})

test('a meeting at an address has no room to wait for', async () => {
  const ann = await signUp()
  const { provider: _, ...rest } = plain
  const made = await ann.client.meetings.create({ ...rest, link: 'https://meet.example.com/choir' })
  expect(made.roomState).toBe('ready')
  expect((await ann.client.meetings.cancel({ meetingId: made.id })).roomState).toBe('gone')
})
