import { describe, expect, test } from 'vitest'
import { codeOf, collect, type Person, startTestServer } from '../../../test/server.ts'

const { signUp, signUpAdmin, query } = await startTestServer()

const plain = { title: 'Rehearsal', durationMinutes: 90, timeZone: 'UTC', link: 'https://meet.example.com/choir' }
const startsAt = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 7_200_000)

async function arranged() {
  const ann = await signUp()
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, startsAt, passcode: '4711' })
  return { ann, meetingId, invite: (...invitees: Invitee[]) => ann.client.meetings.invite({ meetingId, invitees }) }
}

type Invitee = Parameters<Person['client']['meetings']['invite']>[0]['invitees'][number]

describe('invite', () => {
  test('lets people see the meeting with its passcode, and say whether they come', async () => {
    const { ann, meetingId, invite } = await arranged()
    const [bob, cleo] = [await signUp(), await signUp()]
    expect(await codeOf(bob.client.meetings.get({ meetingId }))).toBe('NOT_FOUND')
    const made = await invite({ userId: bob.user.id }, { userId: bob.user.id }, { email: 'Guest@Example.org' })
    expect(made).toMatchObject([
      { userId: null, email: 'Guest@Example.org', response: 'none' },
      { userId: bob.user.id, email: null, response: 'none', respondedAt: null },
    ])
    expect(await bob.client.meetings.get({ meetingId })).toMatchObject({ passcode: '4711', hostId: ann.user.id })
    expect((await bob.client.meetings.list({ scope: 'invited' })).items).toMatchObject([{ meetingId }])
    expect((await ann.client.meetings.list({ scope: 'invited' })).items).toEqual([])
    expect(await bob.client.meetings.respond({ meetingId, response: 'maybe' })).toMatchObject({ response: 'maybe' })
    expect(await codeOf(cleo.client.meetings.respond({ meetingId, response: 'yes' }))).toBe('NOT_FOUND')
    // Again, with what he said kept.
    expect(await invite({ userId: bob.user.id })).toMatchObject([{ response: 'maybe' }])
    const { items } = await bob.client.meetings.invitees({ meetingId, limit: 1 })
    expect(items).toHaveLength(1)
  })

  test('an address stands for the user who has proven to own it, also later', async () => {
    const { meetingId, invite } = await arranged()
    const [bob, cleo] = [await signUp(), await signUp()]
    await query('update users set email_verified_at = now() where id = $1', [bob.user.id])
    expect(await invite({ email: bob.user.email! }, { userId: bob.user.id })).toMatchObject([{ userId: bob.user.id }])
    expect(await invite({ email: cleo.user.email! })).toMatchObject([{ userId: null, email: cleo.user.email }])
    expect(await codeOf(cleo.client.meetings.get({ meetingId }))).toBe('NOT_FOUND')
  })

  test('is all or none, and for the host', async () => {
    const { ann, meetingId, invite } = await arranged()
    const bob = await signUp()
    const nobody = `usr_${'0'.repeat(26)}` as const
    expect(await codeOf(invite({ userId: bob.user.id }, { userId: nobody }))).toBe('NOT_FOUND')
    expect((await ann.client.meetings.invitees({ meetingId })).items).toEqual([])
    await invite({ userId: bob.user.id })
    const mine = { meetingId, invitees: [{ userId: bob.user.id }] }
    expect(await codeOf(bob.client.meetings.invite(mine))).toBe('NOT_FOUND')
    expect(await codeOf(bob.client.meetings.uninvite(mine))).toBe('NOT_FOUND')
    await ann.client.meetings.cancel({ meetingId })
    expect(await codeOf(invite({ userId: bob.user.id }))).toBe('MEETING_OVER')
  })

  test('two thousand people, and not one more', async () => {
    const { ann, meetingId, invite } = await arranged()
    for (let at = 0; at < 10; at++)
      await invite(...Array.from({ length: 200 }, (_, n) => ({ email: `guest${at * 200 + n}@example.org` })))
    expect(await codeOf(invite({ email: 'one.more@example.org' }))).toBe('TOO_MANY_INVITATIONS')
    const found = new Set<string | null>()
    for await (const { email } of ann.client.meetings.invitees.all({ meetingId, limit: 200 })) found.add(email)
    expect(found.size).toBe(2_000)
  })
})

test('who is blocked cannot be invited; who blocks the host is not bothered', async () => {
  const { ann, meetingId, invite } = await arranged()
  const [bob, cleo] = [await signUp(), await signUp()]
  await ann.client.users.blocks.add({ userId: bob.user.id })
  await cleo.client.users.blocks.add({ userId: ann.user.id })
  expect(await codeOf(invite({ userId: bob.user.id }))).toBe('BLOCKED')
  const invitees = [{ userId: bob.user.id }]
  expect(await codeOf(ann.client.meetings.create({ ...plain, startsAt, invitees }))).toBe('BLOCKED')
  await invite({ userId: cleo.user.id })
  expect((await cleo.client.meetings.list()).items).toEqual([])
  expect((await cleo.client.meetings.list({ scope: 'invited' })).items).toEqual([])
  const { url: feed } = await cleo.client.meetings.feed.create()
  expect(await (await fetch(feed)).text()).not.toContain('VEVENT')
  await cleo.client.users.blocks.remove({ userId: ann.user.id })
  expect((await cleo.client.meetings.list()).items).toMatchObject([{ meetingId }])
})

test('who holds a meeting is passed over; everybody sees their own answer and, where all may enter, the link', async () => {
  const [ann, bob, keeper] = [await signUp(), await signUp(), await signUpAdmin()]
  await query('update users set email_verified_at = now() where id = $1', [ann.user.id])
  const invitees = [{ userId: ann.user.id }, { email: ann.user.email! }]
  const made = await ann.client.meetings.create({ ...plain, startsAt, invitees })
  const { id: meetingId } = made
  expect(made).toMatchObject({ link: plain.link, myResponse: null })
  await ann.client.meetings.invite({ meetingId, invitees: [...invitees, { userId: bob.user.id }] })
  expect((await ann.client.meetings.invitees({ meetingId })).items).toMatchObject([{ userId: bob.user.id }])
  const seen = { link: plain.link, myResponse: 'none' }
  expect(await bob.client.meetings.get({ meetingId })).toMatchObject(seen)
  await bob.client.meetings.respond({ meetingId, response: 'maybe' })
  expect(await bob.client.meetings.get({ meetingId })).toMatchObject({ ...seen, myResponse: 'maybe' })
  expect((await bob.client.meetings.list()).items).toMatchObject([{ myResponse: 'maybe' }])
  expect((await ann.client.meetings.list()).items).toMatchObject([{ myResponse: null }])
  expect(await keeper.client.meetings.get({ meetingId })).toMatchObject({ link: null, myResponse: null })
  for (const closed of [{ lobby: true }, { lobby: false, passcode: '4711' }]) {
    expect(await ann.client.meetings.update({ meetingId, ...closed })).toMatchObject({ link: plain.link })
    expect(await bob.client.meetings.get({ meetingId })).toMatchObject({ link: null, myResponse: 'maybe' })
  }
})

test('uninvite takes the meeting out of their sight', async () => {
  const { ann, meetingId, invite } = await arranged()
  const bob = await signUp()
  await invite({ userId: bob.user.id }, { email: 'guest@example.org' })
  const taken = { meetingId, invitees: [{ userId: bob.user.id }, { email: 'GUEST@example.org' }] }
  await ann.client.meetings.uninvite(taken)
  await ann.client.meetings.uninvite(taken)
  expect(await codeOf(bob.client.meetings.get({ meetingId }))).toBe('NOT_FOUND')
  expect((await ann.client.meetings.invitees({ meetingId })).items).toEqual([])
})

test('who is invited by an address alone is shown to the host, nobody else', async () => {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const { id: meetingId } = await ann.client.meetings.create({
    ...{ title: 'x', durationMinutes: 60, timeZone: 'UTC', link: 'https://meet.example.com/x' },
    ...{ startsAt: new Date('2037-05-04T17:00Z') },
    invitees: [
      { email: 'a@example.org' },
      { userId: bob.user.id },
      { userId: cleo.user.id },
      { email: 'z@example.org' },
    ],
  })
  const namesFor = async ({ client }: typeof ann) =>
    (await collect(client.meetings.invitees.all({ meetingId, limit: 1 }))).map(({ userId, email }) => userId ?? email)
  const users = [bob.user.id, cleo.user.id].sort()
  expect(await namesFor(ann)).toEqual(['a@example.org', ...users, 'z@example.org'])
  expect(await namesFor(bob)).toEqual(users)
})
