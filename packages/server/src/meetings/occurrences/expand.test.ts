import { expect, test, vi } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { toWall } from './zones.ts'

const { signUp, query } = await startTestServer()

const hour = 3_600_000
const day = 24 * hour
// In the early afternoon there, which no clock skips.
const startsAt = new Date(Math.ceil(Date.now() / day) * day + 12 * hour)
const plain = { title: 'Rehearsal', durationMinutes: 90, timeZone: 'Europe/Berlin', link: 'https://meet.example.com/x' }

const sweep = () => query(`select id from graphile_worker.add_job('sweep', '{}'::json)`)

async function timesOf(meetingId: string): Promise<number[]> {
  const rows = await query<{ at: Date }>(
    'select starts_at as at from meeting_occurrences where meeting_id = $1 order by starts_at',
    [meetingId],
  )
  return rows.map(({ at }) => at.getTime())
}

/** As it was so many days ago, when nothing more was known. */
async function goBack(meetingId: string, days: number): Promise<void> {
  await query(`update meetings set expanded_to = expanded_to - $2 * interval '1 day' where id = $1`, [meetingId, days])
  await query(
    `delete from meeting_occurrences where meeting_id = $1
     and starts_at >= (select expanded_to from meetings where id = $1)`,
    [meetingId],
  )
}

test('a series without an end is written out a year ahead, and further as time goes by', async () => {
  const { client } = await signUp()
  const { id } = await client.meetings.create({ ...plain, startsAt, recurrence: 'FREQ=DAILY' })
  const all = await timesOf(id)
  expect(all.length).toBeGreaterThan(364)
  await goBack(id, 100)
  expect((await timesOf(id)).length).toBeLessThan(270)
  await sweep()
  await vi.waitFor(async () => expect(await timesOf(id)).toEqual(all), { timeout: 15_000, interval: 50 })
  const clocks = new Set(all.map((at) => toWall(new Date(at), plain.timeZone).getTime() % day))
  expect(clocks.size).toBe(1)
})

test('not one that is cancelled, or has an end', async () => {
  const { client } = await signUp()
  const [ended, counted, control] = [
    await client.meetings.create({ ...plain, startsAt, recurrence: 'FREQ=DAILY' }),
    await client.meetings.create({ ...plain, startsAt, recurrence: 'FREQ=DAILY;COUNT=5' }),
    await client.meetings.create({ ...plain, startsAt, recurrence: 'FREQ=DAILY' }),
  ]
  for (const { id } of [ended, control]) await goBack(id, 100)
  await client.meetings.cancel({ meetingId: ended.id })
  const before = (await timesOf(ended.id)).length
  await sweep()
  await vi.waitFor(async () => expect((await timesOf(control.id)).length).toBeGreaterThan(364), 15_000)
  expect((await timesOf(ended.id)).length).toBe(before)
  expect(await timesOf(counted.id)).toHaveLength(5)
})

test('a series that began years ago goes on, also when it is changed', async () => {
  const { client } = await signUp()
  // Soon, so that the time before is over, whatever the hour.
  const startsAt = new Date(Math.ceil(Date.now() / hour) * hour + hour)
  const longAgo = new Date(startsAt.getTime() - 4_000 * day)
  const { id: meetingId, startsAt: first } = await client.meetings.create({
    ...{ ...plain, timeZone: 'UTC', startsAt: longAgo, recurrence: 'FREQ=DAILY' },
  })
  expect(first).toEqual(longAgo)
  const { items } = await client.meetings.list({ limit: 2 })
  expect(items.map(({ startsAt }) => startsAt.getTime())).toEqual([startsAt.getTime(), startsAt.getTime() + day])
  const later = await client.meetings.update({ meetingId, startsAt: new Date(longAgo.getTime() + hour) })
  expect(later.startsAt).toEqual(new Date(longAgo.getTime() + hour))
  expect(later.nextAt).toEqual(new Date(startsAt.getTime() + hour))
  expect((await timesOf(meetingId)).filter((at) => at > Date.now()).length).toBeGreaterThan(364)
})
