import { expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'

const { signUp, url } = await startTestServer()
const startsAt = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 7_200_000)
const plain = { durationMinutes: 90, timeZone: 'UTC', link: 'https://meet.example.com/choir', startsAt }

const read = async (address: string) => {
  const response = await fetch(address)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

test('a meeting comes as a file for calendars, to those who may see it', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, title: 'Rehearsal' })
  const { fileName, text } = await ann.client.meetings.calendar({ meetingId })
  expect(fileName).toBe(`${meetingId}.ics`)
  expect(text).toContain('SUMMARY:Rehearsal')
  expect(await codeOf(bob.client.meetings.calendar({ meetingId }))).toBe('NOT_FOUND')
})

test('the private address has what one holds and has not declined, until it is revoked or another is made', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  for (const title of ['Mine', 'Gone']) await bob.client.meetings.create({ ...plain, title })
  const gone = (await bob.client.meetings.list()).items.find(({ title }) => title === 'Gone')!
  await bob.client.meetings.remove({ meetingId: gone.meetingId })
  for (const title of ['Hers', 'Declined', 'Not asked']) {
    const { id: meetingId } = await ann.client.meetings.create({ ...plain, title })
    if (title !== 'Not asked') await ann.client.meetings.invite({ meetingId, invitees: [{ userId: bob.user.id }] })
    if (title === 'Declined') await bob.client.meetings.respond({ meetingId, response: 'no' })
  }
  const first = await bob.client.meetings.feed.create()
  expect(first.url.startsWith(`${url}/calendars/cal_`)).toBe(true)
  const { status, type, text } = await read(first.url)
  expect([status, type]).toEqual([200, 'text/calendar; charset=utf-8'])
  const titles = [...text.matchAll(/SUMMARY:(.*)\r/g)].map(([, title]) => title)
  expect(titles.sort()).toEqual(['Hers', 'Mine'])
  const second = await bob.client.meetings.feed.create()
  expect((await read(first.url)).status).toBe(404)
  expect((await read(second.url)).status).toBe(200)
  expect((await read(second.url.replace(/.\.ics$/, (end) => (end === 'A.ics' ? 'B.ics' : 'A.ics')))).status).toBe(404)
  await bob.client.meetings.feed.revoke()
  expect((await read(second.url)).status).toBe(404)
  expect((await read(`${url}/calendars/nonsense.ics`)).status).toBe(404)
})

test('a calendar stays small, however much was changed in it, and is read 120 times an hour', async () => {
  const ann = await signUp()
  const startsAt = new Date(Date.now() - 995 * 86_400_000)
  const long = {
    ...{
      title: 'Rehearsal',
      durationMinutes: 30,
      timeZone: 'Europe/Berlin',
      link: 'https://meet.example.com/x',
      startsAt,
    },
    description: 'x'.repeat(4_000),
    recurrence: 'FREQ=DAILY;COUNT=1000',
  }
  for (let round = 0; round < 3; round++) {
    const { id: meetingId } = await ann.client.meetings.create(long)
    await ann.client.meetings.update({ meetingId, durationMinutes: 31 })
    expect((await ann.client.meetings.calendar({ meetingId })).text.length).toBeLessThan(30_000)
  }
  const { url: feed } = await ann.client.meetings.feed.create()
  const { text } = await read(feed)
  expect([...text.matchAll(/RRULE/g)].length).toBeGreaterThanOrEqual(3)
  expect(text.length).toBeLessThan(90_000)
  for (let round = 0; round < 119; round++) await read(feed)
  expect((await read(feed)).status).toBe(429)
})
