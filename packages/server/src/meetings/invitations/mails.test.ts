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
const off = 'A meeting is off'

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
  expect((await mailOf(bob.email, invited)).text).toContain('"General rehearsal"')
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
  await mailOf(bob.email, off)
  const hers = smtp.mails.filter(({ to, subject }) => to.includes(cleo.user.email!) && [invited, off].includes(subject))
  expect(hers).toEqual([])
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
