import { afterAll, expect, test, vi } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { stageProvider, startStage } from '../reconcile/stage.fixture.ts'

const stage = await startStage()
afterAll(stage.stop)
const { signUp, signUpAdmin, query } = await startTestServer({
  ...{ providers: [stageProvider(stage.url)], reconcileEverySeconds: 1 },
})
const admin = await signUpAdmin()
const sweep = async () => {
  await query(`select id from graphile_worker.add_job('sweep', '{}'::json)`)
  await vi.waitFor(async () => expect(await query('select 1 from graphile_worker.jobs')).toEqual([]), 20_000)
}
const startsAt = new Date(Date.now() + 1_800_000)
const plain = { title: 'Choir', startsAt, durationMinutes: 60, timeZone: 'UTC' }

test('what took place in a room without a meeting is kept for a year', async () => {
  const began = ['old', 'young'].map((room) => stage.begin(room, 'Cleo'))
  await vi.waitFor(async () => {
    expect((await admin.client.sessions.live({ scope: 'all' })).items).toHaveLength(2)
  }, 15_000)
  stage.sessions.clear()
  await vi.waitFor(async () => {
    expect((await admin.client.sessions.live({ scope: 'all' })).items).toEqual([])
  }, 15_000)
  const goBack = (run: string, days: number) =>
    query(
      `update sessions set started_at = now() - $2 * interval '1 day', ended_at = now() - $2 * interval '1 day'
      where session_key = $1`,
      [run, days],
    )
  await goBack(began[0]!.run, 366)
  await goBack(began[1]!.run, 364)
  await sweep()
  expect(await query('select session_key as run from sessions')).toEqual([{ run: began[1]!.run }])
  expect(await query('select distinct name from session_people')).toEqual([{ name: 'Cleo' }])
})

test('what took place at a meeting goes with the meeting, and names go with their people', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, invitees: [{ userId: bob.user.id }] })
  const join = async ({ client }: typeof ann) => {
    const entered = await client.meetings.join({ meetingId })
    const ticket = entered.status === 'admitted' ? entered.ticket! : ''
    return client.sessions.peer.join({ ticket, tab: 'tab' })
  }
  const { sessionId } = await join(ann)
  const { participantKey } = await join(bob)
  await bob.client.sessions.peer.leave({ sessionId, participantKey })
  const names = async () => {
    const { items } = await ann.client.sessions.participants({ sessionId, present: false })
    return items.map(({ name, userId }) => [name !== '', userId])
  }
  expect(await names()).toEqual([
    [true, ann.user.id],
    [true, bob.user.id],
  ])
  await bob.client.users.remove({ password: `password of ${bob.user.userName}` })
  expect(await names()).toEqual([
    [true, ann.user.id],
    [false, bob.user.id],
  ])
  await ann.client.sessions.end({ sessionId })
  await ann.client.meetings.remove({ meetingId })
  await query(`update meetings set removed_at = now() - interval '31 days', room_state = 'gone' where id = $1`, [
    meetingId,
  ])
  await query(`update recordings set removed_at = now() - interval '31 days' where meeting_id = $1`, [meetingId])
  await query(`select id from graphile_worker.add_job('recordings.sweep', '{}'::json)`)
  await sweep()
  await sweep()
  expect(await query('select 1 from meetings where id = $1', [meetingId])).toEqual([])
  expect(await query('select 1 from sessions where id = $1', [sessionId])).toEqual([])
  expect(await query('select 1 from meeting_rooms where external_id = $1', [meetingId])).toEqual([])
})
