import { expect, test } from 'vitest'
import { startTestServer } from '../../test/server.ts'

const { signUp, query } = await startTestServer()

const day = 24 * 3_600_000
const startsAt = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 7_200_000)
const plain = { title: 'Rehearsal', durationMinutes: 90, timeZone: 'Europe/Berlin', link: 'https://meet.example.com/x' }

/** The result of some work, and how long it took: far more would mean that it grows faster than what it is about. */
async function within<Result>(seconds: number, work: () => Promise<Result>): Promise<Result> {
  const since = performance.now()
  const result = await work()
  expect(performance.now() - since).toBeLessThan(seconds * 1_000)
  return result
}

test('a series of 1,000 times to which 2,000 are invited', { timeout: 180_000 }, async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { meetings } = ann.client
  const guests = Array.from({ length: 1_999 }, (_, at) => ({ email: `guest${at}@example.org` }))
  const [first, ...rest] = Array.from({ length: 10 }, (_, at) => guests.slice(at * 200, at * 200 + 200))
  const { id: meetingId } = await within(20, () =>
    meetings.create({ ...plain, startsAt, recurrence: 'FREQ=DAILY;COUNT=1000', invitees: first ?? [] }),
  )
  await within(20, async () => {
    for (const invitees of rest) await meetings.invite({ meetingId, invitees })
    await meetings.invite({ meetingId, invitees: [{ userId: bob.user.id }] })
  })
  await within(20, () => meetings.update({ meetingId, startsAt: new Date(startsAt.getTime() + 3_600_000) }))
  const listed = await within(20, async () => {
    const times: number[] = []
    for await (const one of bob.client.meetings.list.all({ limit: 200 })) times.push(one.startsAt.getTime())
    return times
  })
  expect(listed).toHaveLength(1_000)
  expect((listed.at(-1)! - listed[0]!) / day).toBeCloseTo(999, 0)
  const { text } = await within(20, () => bob.client.meetings.calendar({ meetingId }))
  expect(text.length).toBeLessThan(20_000)
  await within(20, () => meetings.cancel({ meetingId }))
  const [mails] = await query<{ count: number }>(
    `select count(distinct key)::int as count from graphile_worker._private_jobs where key like $1`,
    [`meeting:${meetingId}:%`],
  )
  expect(mails!.count).toBeLessThanOrEqual(2_000)
  await within(20, () => meetings.remove({ meetingId }))
})
