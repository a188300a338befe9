import { afterAll, describe, expect, test } from 'vitest'
import { codeOf, collect, type Person, startTestServer } from '../../../../test/server.ts'
import { startSmtpServer } from '../../../../test/smtp.ts'
import { fill } from '../media.fixture.ts'

const smtp = await startSmtpServer()
const mail = { smtpUrl: smtp.url, from: 'Antiphon <no-reply@antiphon.example>' }
const { signUp, query } = await startTestServer({ mail, publicUrl: 'https://example.org' })
afterAll(() => smtp.close())

const [ann, bob] = [await signUp(), await signUp()]
const { recordings } = ann.client.meetings

async function place() {
  const { id } = await recordings.create({ title: 'Concert' })
  await fill(ann.client, id)
  return id
}

const isSeenBy = ({ client }: Person, recordingId: Awaited<ReturnType<typeof place>>) =>
  codeOf(client.meetings.recordings.playback({ recordingId })).catch(() => 'ok')

const shareMail = (address: string) =>
  smtp.waitFor(({ to, subject }) => to.includes(address) && subject === 'A recording is shared with you')

/** Signs up, and proves to own the address. */
async function prove(person: Person) {
  const address = person.user.email!
  const isAsked = (one: (typeof smtp.mails)[number]) => one.to.includes(address) && /confirm/i.test(one.subject)
  const { links } = await smtp.waitFor(isAsked)
  await person.client.users.verifyEmail({ token: links[0]!.split('/').at(-1)! })
}

describe('sharing', () => {
  test('is by user id or address, again changes the permission, and is undone', async () => {
    const recordingId = await place()
    const viewers = [{ userId: bob.user.id }, { email: 'Guest@Example.org' }]
    expect(await recordings.share({ recordingId, viewers })).toMatchObject([
      { userId: null, email: 'Guest@Example.org', mayDownload: false },
      { userId: bob.user.id, email: null, mayDownload: false },
    ])
    const seen = await bob.client.meetings.recordings.get({ recordingId })
    expect([seen.mayDownload, seen.files.length]).toEqual([false, 1])
    await recordings.share({ recordingId, viewers: [{ userId: bob.user.id }], mayDownload: true })
    expect((await bob.client.meetings.recordings.get({ recordingId })).mayDownload).toBe(true)
    await recordings.unshare({ recordingId, viewers: [{ userId: bob.user.id }, { email: 'guest@example.org' }] })
    expect((await recordings.viewers({ recordingId })).items).toEqual([])
    expect(await codeOf(bob.client.meetings.recordings.get({ recordingId }))).toBe('NOT_FOUND')
  })

  test('leaves out the owner, who has it anyway', async () => {
    const recordingId = await place()
    expect(await recordings.share({ recordingId, viewers: [{ userId: ann.user.id }] })).toEqual([])
  })

  test('of many at once is to all of them or none', async () => {
    const recordingId = await place()
    await query(
      `insert into recording_viewers (recording_id, viewer, email, shared_by)
        select $1, n || '@example.com', n || '@example.com', $2 from generate_series(1, 1999) n`,
      [recordingId, ann.user.id],
    )
    const both = recordings.share({ recordingId, viewers: [{ userId: bob.user.id }, { email: 'more@example.org' }] })
    expect(await codeOf(both)).toBe('TOO_MANY_VIEWERS')
    await recordings.share({ recordingId, viewers: [{ userId: bob.user.id }] })
    const walked = await collect(recordings.viewers.all({ recordingId, limit: 200 }))
    expect(walked).toHaveLength(2_000)
  })

  test('with an address is a share once its owner has proven it, not before', async () => {
    const recordingId = await place()
    const email = 'dora-the-guest@example.com'
    await recordings.share({ recordingId, viewers: [{ email }], mayDownload: true })
    const { text } = await shareMail(email)
    expect(text).toContain(`https://example.org/recordings/${recordingId}`)
    expect(text).toContain('once you have an account')
    const dora = await signUp('dora-the-guest')
    expect(await codeOf(dora.client.meetings.recordings.playback({ recordingId }))).toBe('NOT_FOUND')
    await prove(dora)
    expect((await dora.client.meetings.recordings.playback({ recordingId })).mayDownload).toBe(true)
    const { items } = await recordings.viewers({ recordingId })
    expect(items).toMatchObject([{ userId: dora.user.id, email: null, mayDownload: true }])
    // From now on the address stands for her.
    await recordings.unshare({ recordingId, viewers: [{ email }] })
    expect(await codeOf(dora.client.meetings.recordings.playback({ recordingId }))).toBe('NOT_FOUND')
  })

  test('tells by mail whoever is new, at a proven address, once', async () => {
    const recordingId = await place()
    const emil = await signUp('emil')
    await prove(emil)
    const count = () =>
      smtp.mails.filter(({ to, subject }) => to.includes(emil.user.email!) && /recording/.test(subject)).length
    await recordings.share({ recordingId, viewers: [{ userId: emil.user.id }, { userId: bob.user.id }] })
    await shareMail(emil.user.email!)
    await recordings.share({ recordingId, viewers: [{ userId: emil.user.id }], mayDownload: true })
    const other = await place()
    await recordings.share({ recordingId: other, viewers: [{ userId: emil.user.id }] })
    await expect.poll(count).toBe(2)
    expect(smtp.mails.some(({ to, subject }) => to.includes(bob.user.email!) && /recording/.test(subject))).toBe(false)
  })

  test('names the recording by its meeting, for who holds that', async () => {
    const { id: meetingId, recordingId } = await ann.client.meetings.create({
      ...{ title: 'x', startsAt: new Date('2037-05-04T17:00Z'), durationMinutes: 90, timeZone: 'Europe/Berlin' },
      link: 'https://meet.example.com/x',
    })
    const viewers = [{ userId: bob.user.id }]
    expect(await codeOf(bob.client.meetings.recordings.share({ meetingId, viewers }))).toBe('NOT_FOUND')
    await recordings.share({ meetingId, viewers })
    expect(await isSeenBy(bob, recordingId!)).toBe('ok')
    await recordings.unshare({ meetingId, viewers })
    expect(await isSeenBy(bob, recordingId!)).toBe('NOT_FOUND')
  })
})

test('who is blocked cannot be shared with; who blocks is not bothered', async () => {
  const [fay, gus] = [await signUp('fay'), await signUp('gus')]
  await prove(gus)
  const { id: recordingId } = await fay.client.meetings.recordings.create({ title: 'Concert' })
  const share = () => fay.client.meetings.recordings.share({ recordingId, viewers: [{ userId: gus.user.id }] })
  await fay.client.users.blocks.add({ userId: gus.user.id })
  expect(await codeOf(share())).toBe('BLOCKED')
  await fay.client.users.blocks.remove({ userId: gus.user.id })
  await gus.client.users.blocks.add({ userId: fay.user.id })
  expect(await share()).toMatchObject([{ userId: gus.user.id }])
  const shared = async () => (await gus.client.meetings.recordings.list({ scope: 'shared' })).items.length
  expect(await shared()).toBe(0)
  // The mail that is due after it would have come after this one.
  const other = await place()
  await recordings.share({ recordingId: other, viewers: [{ userId: gus.user.id }] })
  await shareMail(gus.user.email!)
  const jobs = `select 1 from graphile_worker.jobs where task_identifier = 'recordings.mail'`
  await expect.poll(async () => (await query(jobs)).length).toBe(0)
  expect(
    smtp.mails.filter(({ to, subject }) => to.includes(gus.user.email!) && /recording/.test(subject)),
  ).toHaveLength(1)
})

test('an address is told of five things in an hour by one person, and of the rest later', async () => {
  const email = 'popular@example.org'
  const share = async ({ client }: Person) => {
    const { id: recordingId } = await client.meetings.recordings.create({ title: 'Concert' })
    await client.meetings.recordings.share({ recordingId, viewers: [{ email }] })
  }
  for (let round = 0; round < 7; round++) await share(ann)
  const waiting = `select run_at as "runAt" from graphile_worker.jobs where task_identifier = 'recordings.mail' and run_at > now() + interval '50 minutes'`
  const count = () => smtp.mails.filter(({ to }) => to.includes(email)).length
  await expect.poll(async () => (await query(waiting)).length, { timeout: 15_000 }).toBe(2)
  await expect.poll(count).toBe(5)
  // Others are not kept from it.
  await share(bob)
  await expect.poll(count).toBe(6)
})

test('what is shared with an address while that is being proven is not lost', async () => {
  for (let round = 0; round < 4; round++) {
    const hal = await signUp(`hal-${round}`)
    const isAsked = (one: (typeof smtp.mails)[number]) =>
      one.to.includes(hal.user.email!) && /confirm/i.test(one.subject)
    const { links } = await smtp.waitFor(isAsked)
    const { id: recordingId } = await recordings.create({ title: 'Concert' })
    await Promise.all([
      hal.client.users.verifyEmail({ token: links[0]!.split('/').at(-1)! }),
      recordings.share({ recordingId, viewers: [{ email: hal.user.email! }] }),
    ])
    expect((await hal.client.meetings.recordings.get({ recordingId })).id).toBe(recordingId)
  }
})
