import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Meeting, Session } from '@antiphon/client'
import { beforeEach, expect, test, vi } from 'vitest'
import { startTestServer } from '../../test/server.ts'
import { wav } from '../meetings/recordings/media.fixture.ts'
import { connectTo, startZoom, webhookOf } from './connections/zoom.fixture.ts'

const zoom = await startZoom()
const server = await startTestServer({ zoomUrl: zoom.url, reconcileEverySeconds: 1 })
const { url, signUp, signUpAdmin, query } = server
const admin = await signUpAdmin('admin')
const [ann, bob] = [await signUp('ann'), await signUp('bob')]
await query('update users set email_verified_at = now() where id = any($1)', [[ann.user.id, bob.user.id]])
zoom.addUser({ email: 'ann@example.com', firstName: 'Ann', lastName: 'Alvarez' })
const connection = await connectTo(admin.client, zoom)
await zoom.setWebhook(webhookOf(url, connection.id))
const soon = { timeout: 20_000, interval: 50 }
const periodMs = 1_000
const slackMs = 2_000

beforeEach(() => {
  zoom.misbehave(() => undefined)
  zoom.misdeliver(() => undefined)
})

/** A meeting of Ann's at Zoom, with its number there. */
async function meetingAtZoom(title: string): Promise<Meeting & { number: number }> {
  const { id: meetingId } = await ann.client.meetings.create({
    ...{ title, startsAt: new Date(Date.now() + 600_000), durationMinutes: 60, timeZone: 'Europe/Berlin' },
    ...{ provider: 'zoom', connectionId: connection.id, invitees: [{ userId: bob.user.id }] },
  })
  const meeting = await vi.waitFor(async () => {
    const found = await ann.client.meetings.get({ meetingId })
    expect(found).toMatchObject({ roomState: 'ready', roomProblem: null })
    return found
  }, soon)
  const [row] = await query<{ id: string }>('select external_id as id from meetings where id = $1', [meetingId])
  return { ...meeting, number: Number(row!.id) }
}

const sessionOf = async ({ id }: Meeting): Promise<Session | undefined> =>
  (await bob.client.sessions.live()).items.find(({ meetingId }) => meetingId === id)

test('a meeting starts at Zoom, is live here with its people, is ended from here, and its recording is copied', async () => {
  const meeting = await meetingAtZoom('Rehearsal')
  const [{ joinUrl, passcode } = { joinUrl: null, passcode: null }] = (
    await ann.client.sessions.available()
  ).items.filter(({ meetingId }) => meetingId === meeting.id)
  expect(joinUrl).toMatch(/\/j\/\d+\?pwd=/)
  expect(passcode).toBeNull()
  zoom.start(meeting.number)
  zoom.join(meeting.number, 'Ann Alvarez', 'ann@example.com')
  zoom.join(meeting.number, 'A guest')
  const startedAt = Date.now()
  const session = await vi.waitFor(async () => {
    const found = await sessionOf(meeting)
    expect(found?.participants.map(({ name }) => name).sort()).toEqual(['A guest', 'Ann Alvarez'])
    return found!
  }, soon)
  // Within one webhook: the period alone would take as long as two lists.
  expect(Date.now() - startedAt).toBeLessThan(periodMs + slackMs)
  expect(session).toMatchObject({
    title: 'Rehearsal',
    provider: 'zoom',
    connectionId: connection.id,
    freshness: 'live',
  })
  expect(session.participants.find(({ userId }) => userId !== null)).toMatchObject({
    ...{ userId: ann.user.id, name: 'Ann Alvarez' },
  })
  expect(session.joinUrl).toBe(joinUrl)

  const bytes = wav(400_000)
  zoom.record(meeting.number, { bytes, fileType: 'M4A', contentType: 'audio/wav' })
  const sessionId = session.id
  await ann.client.sessions.end({ sessionId })
  const puts = zoom.log.filter(
    ({ method, path }) => method === 'PUT' && path.endsWith(`/meetings/${meeting.number}/status`),
  )
  expect(puts).toHaveLength(1)
  await vi.waitFor(async () => {
    const over = await ann.client.sessions.get({ sessionId })
    expect(over).toMatchObject({ freshness: 'ended', ending: { state: 'confirmed', requestedBy: ann.user.id } })
  }, soon)

  const { recordingId } = meeting
  const file = await vi.waitFor(async () => {
    const { files } = await ann.client.meetings.recordings.get({ recordingId: recordingId! })
    expect(files).toMatchObject([{ state: 'ready', source: 'provider', sizeBytes: bytes.length }])
    return (await ann.client.meetings.recordings.playback({ recordingId: recordingId! })).files[0]!
  }, soon)
  const played = new Uint8Array(await (await fetch(url + file.url)).arrayBuffer())
  expect(sha(played)).toBe(sha(bytes))
  const range = await fetch(url + file.url, { headers: { range: 'bytes=100-199' } })
  expect([range.status, (await range.arrayBuffer()).byteLength]).toEqual([206, 100])

  const stays = (await ann.client.sessions.participants({ sessionId, present: false })).items
  expect(stays.every(({ leftAt }) => leftAt !== null)).toBe(true)
  const { items: attended } = await ann.client.meetings.attendance({ meetingId: meeting.id })
  expect(attended).toMatchObject([{ userId: ann.user.id, leftAt: expect.any(Date) }])
  const { text, fileName } = await ann.client.sessions.export({ meetingId: meeting.id })
  expect(fileName).toMatch(/\.csv$/)
  expect(text.split('\r\n')).toHaveLength(4)
  expect(text).toContain('A guest')
})

function sha(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

test('webhooks that are lost are made up for by asking', async () => {
  const meeting = await meetingAtZoom('Unheard')
  zoom.misdeliver(() => 'lose')
  zoom.start(meeting.number)
  zoom.join(meeting.number, 'Ann Alvarez', 'ann@example.com')
  // The whole account is listed twice a minute at most: that time has come.
  await query('update provider_sources set swept_at = null')
  const session = await vi.waitFor(async () => {
    const found = await sessionOf(meeting)
    expect(found).toMatchObject({ freshness: 'live', source: 'snapshot' })
    expect(found?.participants.map(({ name }) => name)).toEqual(['Ann Alvarez'])
    return found!
  }, soon)
  zoom.end(meeting.number)
  await vi.waitFor(async () => {
    expect(await bob.client.sessions.get({ sessionId: session.id })).toMatchObject({ freshness: 'ended' })
  }, soon)
})

test('webhooks that are doubled, late and out of order come to the same', async () => {
  const meeting = await meetingAtZoom('Muddle')
  const mishaps = ['double', { delayMs: 1_500 }, 'double', { delayMs: 300 }] as const
  let told = 0
  zoom.misdeliver(() => mishaps[told++ % mishaps.length])
  zoom.start(meeting.number)
  const people = Array.from({ length: 6 }, (_, at) => zoom.join(meeting.number, `Person ${at}`))
  await delay(1_100)
  for (const one of people.slice(0, 4)) zoom.leave(meeting.number, one.participantUuid)
  await vi.waitFor(async () => {
    await zoom.delivered()
    const found = await sessionOf(meeting)
    expect(found?.participants.map(({ name }) => name).sort()).toEqual(['Person 4', 'Person 5'])
  }, soon)
  const session = await sessionOf(meeting)
  const { items } = await ann.client.sessions.participants({ sessionId: session!.id, present: false })
  expect(items.map(({ name, leftAt }) => [name, leftAt !== null]).sort()).toEqual(
    people.map((_, at) => [`Person ${at}`, at < 4]),
  )
  zoom.end(meeting.number)
})

test('a room of the account that no meeting of ours has becomes known by being used', async () => {
  const { id } = zoom.createMeeting({ host: 'ann@example.com', topic: 'Office hours' })
  zoom.start(id)
  zoom.join(id, 'Ann Alvarez', 'ann@example.com')
  const found = await vi.waitFor(async () => {
    const { items } = await ann.client.sessions.live()
    const own = items.find(({ title }) => title === 'Office hours')
    expect(own).toMatchObject({ meetingId: null, can: { end: true, kick: false } })
    return own!
  }, soon)
  expect((await bob.client.sessions.live()).items.map((one) => one.id)).not.toContain(found.id)
  zoom.end(id)
  await vi.waitFor(async () => {
    const { items } = await ann.client.sessions.available()
    expect(items.find(({ roomId }) => roomId === found.roomId)).toMatchObject({
      title: 'Office hours',
      freshness: 'empty',
    })
  }, soon)
})

test('credentials that stop working break the connection: what runs is unknown, until they work again', async () => {
  const meeting = await meetingAtZoom('Locked out')
  zoom.start(meeting.number)
  zoom.join(meeting.number, 'Ann Alvarez')
  await vi.waitFor(async () => expect((await sessionOf(meeting))?.freshness).toBe('live'), soon)
  const { clientSecret } = zoom.app()
  zoom.setSecret('another')
  zoom.expireTokens()
  await vi.waitFor(async () => {
    const [found] = (await admin.client.sessions.providers.list()).items
    expect(found).toMatchObject({ state: 'broken', problem: expect.any(String) })
  }, soon)
  expect((await sessionOf(meeting))?.freshness).toBe('unknown')
  zoom.setSecret(clientSecret)
  await admin.client.sessions.providers.check({ connectionId: connection.id })
  await vi.waitFor(async () => expect((await sessionOf(meeting))?.freshness).toBe('live'), soon)
  zoom.end(meeting.number)
})

test('a daily limit pauses the account until it counts anew, and says so', async () => {
  const meeting = await meetingAtZoom('Too much')
  zoom.start(meeting.number)
  await vi.waitFor(async () => expect((await sessionOf(meeting))?.freshness).toBe('live'), soon)
  zoom.misbehave(() => 'daily')
  await vi.waitFor(async () => {
    const [found] = (await admin.client.sessions.providers.list()).items
    expect(found?.pausedUntil?.getTime()).toBeGreaterThan(Date.now())
  }, soon)
  await vi.waitFor(async () => expect((await sessionOf(meeting))?.freshness).toBe('unknown'), soon)
  const asked = zoom.log.length
  await delay(3 * periodMs)
  expect(zoom.log.length - asked).toBeLessThanOrEqual(1)
  zoom.misbehave(() => undefined)
  await query('update provider_sources set paused_until = null')
  await vi.waitFor(async () => expect((await sessionOf(meeting))?.freshness).toBe('live'), soon)
  zoom.end(meeting.number)
})
