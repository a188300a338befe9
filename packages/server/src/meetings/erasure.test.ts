import { afterAll, expect, test, vi } from 'vitest'
import { codeOf, passwordOf, startTestServer } from '../../test/server.ts'
import { startSmtpServer } from '../../test/smtp.ts'
import { startConferenceServer } from './rooms/conference.fixture.ts'

const smtp = await startSmtpServer()
const conference = await startConferenceServer()
const mail = { smtpUrl: smtp.url, from: 'Antiphon <no-reply@antiphon.example>' }
const { signUp, query } = await startTestServer({ mail, providers: [conference.provider] })
afterAll(() => smtp.close())

const startsAt = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000)
const plain = { title: 'Rehearsal of the secret choir', durationMinutes: 90, timeZone: 'UTC', startsAt }
const soon = { timeout: 15_000, interval: 20 }

test('with somebody go the meetings that they hold, their rooms, and where they were', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const invitees = [{ userId: bob.user.id }, { email: 'guest@example.org' }]
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, provider: 'conference', invitees })
  const link = 'https://meet.example.com/choir'
  const other = await bob.client.meetings.create({ ...plain, link, invitees: [{ userId: ann.user.id }] })
  await vi.waitFor(async () => expect((await ann.client.meetings.get({ meetingId })).roomState).toBe('ready'), soon)
  for (const id of [meetingId, other.id]) await ann.client.meetings.join({ meetingId: id })
  await smtp.waitFor(({ to, subject }) => to.includes('guest@example.org') && subject.includes('invited'))
  const { url: feed } = await ann.client.meetings.feed.create()

  await ann.client.users.remove({ password: passwordOf(ann.user.userName) })
  expect(await codeOf(bob.client.meetings.get({ meetingId }))).toBe('NOT_FOUND')
  const off = await smtp.waitFor(({ to, subject }) => to.includes('guest@example.org') && subject.includes('is off'))
  expect(off.raw).toMatch(/method=CANCEL/)
  await vi.waitFor(() => expect(conference.rooms()).toEqual([]), soon)
  expect((await fetch(feed)).status).toBe(404)
  expect((await bob.client.meetings.invitees({ meetingId: other.id })).items).toEqual([])
  expect((await bob.client.meetings.attendance({ meetingId: other.id })).items).toEqual([])
  const [row] = await query('select title, description, join_url as "joinUrl" from meetings where id = $1', [meetingId])
  expect(row).toEqual({ title: '', description: '', joinUrl: null })
})
