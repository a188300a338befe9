import { afterAll, expect, test, vi } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { startSmtpServer } from '../../../test/smtp.ts'

const smtp = await startSmtpServer()
const mail = { smtpUrl: smtp.url, from: 'Antiphon <no-reply@antiphon.example>' }
const { url, signUp, query } = await startTestServer({ mail })
afterAll(() => smtp.close())

const plain = {
  title: 'Rehearsal',
  durationMinutes: 90,
  timeZone: 'Europe/Berlin',
  link: 'https://meet.example.com/choir',
}
const startsAt = new Date('2037-05-04T17:00Z')

const invited = 'You are invited to a meeting'
const changed = 'A meeting has changed'
const off = 'A meeting is off'
const uninvited = 'You are not invited to a meeting any more'

const mailOf = (address: string, about: string) =>
  smtp.waitFor(({ to, subject }) => to.includes(address) && subject === about)

async function proven() {
  const person = await signUp()
  await query('update users set email_verified_at = now() where id = $1', [person.user.id])
  return { ...person, email: person.user.email! }
}

test('who is invited gets a mail with something for the calendar, and hears of changes and of the end', async () => {
  const [ann, bob] = [await signUp(), await proven()]
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, startsAt })
  const invitees = [{ userId: bob.user.id }, { email: 'guest@example.org' }]
  await ann.client.meetings.invite({ meetingId, invitees })
  for (const address of [bob.email, 'guest@example.org']) {
    const { text, raw } = await mailOf(address, invited)
    expect(text).toContain('Monday, 4 May 2037, 19:00 (Europe/Berlin)')
    expect(text).toContain('https://meet.example.com/choir')
    expect(raw).toMatch(/text\/calendar; charset=utf-8; method=REQUEST/)
  }
  await ann.client.meetings.update({ meetingId, title: 'General rehearsal' })
  expect((await mailOf(bob.email, changed)).text).toContain('"General rehearsal"')
  await bob.client.meetings.respond({ meetingId, response: 'no' })
  await ann.client.meetings.cancel({ meetingId })
  expect((await mailOf('guest@example.org', off)).raw).toMatch(/method=CANCEL/)
  // Who declined hears no more of it.
  expect(smtp.mails.filter(({ to, subject }) => to.includes(bob.email) && subject === off)).toEqual([])
})

test('whoever is not invited any more is told; at an address that is not proven nobody is written to', async () => {
  const [ann, bob, cleo] = [await signUp(), await proven(), await signUp()]
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, startsAt })
  await ann.client.meetings.invite({ meetingId, invitees: [{ userId: cleo.user.id }, { userId: bob.user.id }] })
  await mailOf(bob.email, invited)
  await ann.client.meetings.uninvite({ meetingId, invitees: [{ userId: bob.user.id }, { userId: cleo.user.id }] })
  expect((await mailOf(bob.email, uninvited)).raw).toMatch(/method=CANCEL/)
  const hers = smtp.mails.filter(
    ({ to, subject }) => to.includes(cleo.user.email!) && [invited, uninvited].includes(subject),
  )
  expect(hers).toEqual([])
})

test('of changes in a row people hear by one mail, which names the times of a series', async () => {
  const [ann, bob] = [await signUp(), await proven()]
  const invitees = [{ userId: bob.user.id }]
  const { id } = await ann.client.meetings.create({ ...plain, startsAt, recurrence: 'FREQ=WEEKLY;COUNT=4', invitees })
  expect((await mailOf(bob.email, invited)).text).toContain('4 May 2037, 19:00 (Europe/Berlin), every week.')
  const [first, second] = (await ann.client.meetings.list({ meetingId: id })).items
  const later = new Date(startsAt.getTime() + 3_600_000)
  await ann.client.meetings.update({ meetingId: id, occurrence: first!.originalAt, startsAt: later })
  await ann.client.meetings.cancel({ meetingId: id, occurrence: second!.originalAt })
  await ann.client.meetings.update({ meetingId: id, description: 'Bring a pencil.' })
  await ann.client.meetings.update({ meetingId: id })
  const { text } = await mailOf(bob.email, changed)
  expect(text).toContain('It is now: "Rehearsal", Monday, 4 May 2037, 20:00 (Europe/Berlin), every week.')
  expect(text).toContain('What was on Monday, 4 May 2037, 19:00 is now on Monday, 4 May 2037, 20:00.')
  expect(text).toContain('It does not take place on Monday, 11 May 2037, 19:00.')
  await ann.client.meetings.cancel({ meetingId: id })
  await mailOf(bob.email, off)
  const told = smtp.mails.filter(({ to }) => to.includes(bob.email)).map(({ subject }) => subject)
  expect(told.filter((subject) => [invited, changed, off].includes(subject))).toEqual([invited, changed, off])
})

test('an invitation that waits stays one when the meeting is changed', async () => {
  const ann = await signUp()
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, startsAt })
  const key = `meeting:${meetingId}:late@example.org`
  const waiting = { meetingId, userId: null, email: 'late@example.org', what: 'invited' }
  await query(`insert into meeting_invitations (meeting_id, invitee, email, invited_by) values ($1, $2, $2, $3)`, [
    meetingId,
    waiting.email,
    ann.user.id,
  ])
  await query(
    `select id from graphile_worker.add_job('meetings.mail', $1::json, job_key => $2, run_at => now() + interval '1 hour')`,
    [JSON.stringify(waiting), key],
  )
  await ann.client.meetings.update({ meetingId, title: 'General rehearsal' })
  expect((await mailOf(waiting.email, invited)).text).toContain('"General rehearsal"')
})

test('whoever stays invited as a user hears nothing when their address is uninvited', async () => {
  const [ann, carl] = [await signUp(), await signUp()]
  const email = carl.user.email!
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, startsAt })
  const invitees = [{ userId: carl.user.id }, { email }, { email: 'other@example.org' }]
  await ann.client.meetings.invite({ meetingId, invitees })
  for (const address of [email, 'other@example.org']) await mailOf(address, invited)
  await ann.client.meetings.uninvite({ meetingId, invitees: [{ email }, { email: 'other@example.org' }] })
  await mailOf('other@example.org', uninvited)
  expect(smtp.mails.filter(({ to, subject }) => to.includes(email) && subject === uninvited)).toEqual([])
  expect((await carl.client.meetings.get({ meetingId })).id).toBe(meetingId)
})

test('an invitation by address becomes that of whoever proves to own it', async () => {
  const [ann, dan] = [await signUp(), await signUp('dan-the-guest')]
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, startsAt })
  await ann.client.meetings.invite({ meetingId, invitees: [{ email: dan.user.email! }] })
  await mailOf(dan.user.email!, 'Please confirm your email address')
  const before = smtp.mails.length - 1
  await dan.client.users.requestEmailVerification()
  const { links } = await smtp.waitFor(
    (one) => one.to.includes(dan.user.email!) && /confirm/i.test(one.subject) && smtp.mails.indexOf(one) > before,
  )
  await dan.client.users.verifyEmail({ token: links[0]!.split('/').at(-1)! })
  expect(await dan.client.meetings.get({ meetingId })).toMatchObject({ id: meetingId })
  const { items } = await ann.client.meetings.invitees({ meetingId })
  expect(items).toMatchObject([{ userId: dan.user.id, email: null }])
})

test('where not everybody may enter, mails lead to the page that asks to join', async () => {
  const [ann, bob] = [await signUp(), await proven()]
  for (const [title, more] of [
    ['With a passcode', { passcode: '4711' }],
    ['With a lobby', { lobby: true }],
  ] as const) {
    const invitees = [{ userId: bob.user.id }]
    const { id } = await ann.client.meetings.create({ ...plain, ...more, title, startsAt, invitees })
    const { links, raw } = await smtp.waitFor(({ to, text }) => to.includes(bob.email) && text.includes(title))
    expect(links).toEqual([`${url}/meetings/${id}`])
    expect(Buffer.from(raw, 'latin1').toString()).not.toContain(plain.link)
    expect(raw).not.toContain(Buffer.from(plain.link).toString('base64').slice(0, 20))
  }
})

test('who blocks the host gets no mail of theirs', async () => {
  const [ann, bob, cleo] = [await signUp(), await proven(), await proven()]
  await bob.client.users.blocks.add({ userId: ann.user.id })
  const invitees = [{ userId: bob.user.id }, { userId: cleo.user.id }]
  await ann.client.meetings.create({ ...plain, startsAt, invitees })
  await mailOf(cleo.email, invited)
  await vi.waitFor(async () => {
    const [row] = await query<{ jobs: number }>(
      `select count(*)::int as jobs from graphile_worker._private_jobs where key like 'meeting:%'`,
    )
    expect(row).toEqual({ jobs: 0 })
  }, 10_000)
  expect(smtp.mails.filter(({ to, subject }) => to.includes(bob.email) && subject === invited)).toEqual([])
})
