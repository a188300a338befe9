import { createClient } from '@antiphon/client'
import { expect, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { startConferenceServer } from '../rooms/conference.fixture.ts'

const conference = await startConferenceServer({ signed: true })
const { url, anyone, signUp, signUpAdmin, query } = await startTestServer({ providers: [conference.provider] })

/** Somebody who does not try again by themselves. */
const guesser = (token: string) => createClient({ url, token, maxRetries: 0 })

const hour = 3_600_000
/** Within an hour. */
const startsAt = new Date(Math.ceil(Date.now() / hour) * hour)
const plain = { title: 'Rehearsal', durationMinutes: 90, timeZone: 'UTC', startsAt }
const link = 'https://meet.example.com/choir'

test('is for the host and those invited, and noted', async () => {
  const [ann, bob, cleo, keeper] = [await signUp(), await signUp(), await signUp(), await signUpAdmin()]
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, link, invitees: [{ userId: bob.user.id }] })
  const admitted = { status: 'admitted', occurrence: startsAt, title: plain.title, joinUrl: link, ticket: null }
  expect(await ann.client.meetings.join({ meetingId })).toEqual(admitted)
  expect(await bob.client.meetings.join({ meetingId })).toEqual(admitted)
  expect(await bob.client.meetings.join({ meetingId, passcode: 'there is none' })).toEqual(admitted)
  for (const other of [cleo, keeper]) expect(await codeOf(other.client.meetings.join({ meetingId }))).toBe('NOT_FOUND')
  expect(await codeOf(cleo.client.meetings.join({ meetingId: newId('meeting') }))).toBe('NOT_FOUND')
  expect(await codeOf(anyone.meetings.join({ meetingId }))).toBe('NOT_SIGNED_IN')
  await ann.client.meetings.uninvite({ meetingId, invitees: [{ userId: bob.user.id }] })
  expect(await codeOf(bob.client.meetings.join({ meetingId }))).toBe('NOT_FOUND')
  const { items } = await ann.client.meetings.attendance({ meetingId })
  expect(items.map(({ userId }) => userId)).toEqual([ann.user.id, bob.user.id].sort())
  expect(items).toMatchObject([
    { occurrence: startsAt, joinedAt: expect.any(Date), leftAt: null },
    { occurrence: startsAt, joinedAt: expect.any(Date), leftAt: null },
  ])
})

test('with the passcode for others; a wrong one says the same of a meeting that there is not', async () => {
  const [ann, cleo, dan] = [await signUp(), await signUp(), await signUp()]
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, link, passcode: '4711' })
  const { id: closed } = await ann.client.meetings.create({ ...plain, link })
  const refused = async (id: typeof meetingId, passcode: string) => {
    const answer = await dan.client.meetings.join.safe({ meetingId: id, passcode })
    return answer.ok ? 'ok' : [answer.error.code, answer.error.message, answer.error.fields]
  }
  const wrong = await refused(meetingId, '4712')
  expect(wrong[0]).toBe('WRONG_PASSCODE')
  for (const id of [newId('meeting'), closed]) expect(await refused(id, '4712')).toEqual(wrong)
  expect(await cleo.client.meetings.join({ meetingId, passcode: '4711' })).toMatchObject({ status: 'admitted' })
  // In, but not among those who see it.
  expect(await codeOf(cleo.client.meetings.get({ meetingId }))).toBe('NOT_FOUND')
  await ann.client.meetings.remove({ meetingId })
  expect(await refused(meetingId, '4711')).toEqual(wrong)
})

test('who guesses waits, for one meeting, and nobody else does', async () => {
  const [ann, cleo, dan] = [await signUp(), await signUp(), await signUp()]
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, link, passcode: '4711' })
  const { id: other } = await ann.client.meetings.create({ ...plain, link, passcode: '4711' })
  const impatient = { meetingId, passcode: '0000' }
  const codes: string[] = []
  for (let at = 0; at < 6; at++) codes.push(await codeOf(guesser(cleo.token).meetings.join(impatient)))
  expect(codes).toEqual([...Array.from({ length: 5 }, () => 'WRONG_PASSCODE'), 'RATE_LIMITED'])
  expect(await codeOf(guesser(cleo.token).meetings.join({ meetingId, passcode: '4711' }))).toBe('RATE_LIMITED')
  expect(await cleo.client.meetings.join({ meetingId: other, passcode: '4711' })).toMatchObject({ status: 'admitted' })
  expect(await dan.client.meetings.join({ meetingId, passcode: '4711' })).toMatchObject({ status: 'admitted' })
  const missing = newId('meeting')
  const told: string[] = []
  for (let at = 0; at < 6; at++)
    told.push(await codeOf(guesser(dan.token).meetings.join({ ...impatient, meetingId: missing })))
  expect(told).toEqual(codes)
})

test('the time that is meant is the one that is on, else the next, else the last, for a day', async () => {
  const ann = await signUp()
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, link, recurrence: 'FREQ=DAILY;COUNT=4' })
  const shift = (hours: number) =>
    query(
      `update meeting_occurrences set starts_at = starts_at + $2 * interval '1 hour', ends_at = ends_at + $2 * interval '1 hour'
       where meeting_id = $1`,
      [meetingId, hours],
    )
  const nth = (days: number) => new Date(startsAt.getTime() + days * 24 * hour)
  const joined = async () => {
    const answer = await ann.client.meetings.join.safe({ meetingId })
    if (!answer.ok) return answer.error.code
    return 'occurrence' in answer.data ? answer.data.occurrence : undefined
  }
  expect(await joined()).toEqual(nth(0))
  await ann.client.meetings.cancel({ meetingId, occurrence: nth(0) })
  expect(await joined()).toEqual(nth(1))
  await shift(-30)
  expect(await joined()).toEqual(nth(2))
  await shift(-2 * 24)
  expect(await joined()).toEqual(nth(3))
  await shift(-24)
  expect(await joined()).toBe('MEETING_OVER')
  const { items } = await ann.client.meetings.attendance({ meetingId, limit: 2 })
  // The others were asked for long before they began.
  expect(items.map(({ occurrence }) => occurrence)).toEqual([nth(0), nth(3)])
  const all: Date[] = []
  for await (const one of ann.client.meetings.attendance.all({ meetingId, limit: 1 })) all.push(one.occurrence)
  expect(all).toEqual([nth(0), nth(3)])
  const last = await ann.client.meetings.attendance({ meetingId, occurrence: nth(3) })
  expect(last.items).toHaveLength(1)
  expect(await codeOf(ann.client.meetings.attendance({ meetingId, cursor: 'nonsense' }))).toBe('BAD_CURSOR')
})

test('a cancelled meeting is over; however often one joins, they are there once', async () => {
  const ann = await signUp()
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, link })
  await Promise.all(Array.from({ length: 6 }, () => ann.client.meetings.join({ meetingId })))
  await ann.client.meetings.cancel({ meetingId })
  expect(await codeOf(ann.client.meetings.join({ meetingId }))).toBe('MEETING_OVER')
  expect((await ann.client.meetings.attendance({ meetingId })).items).toHaveLength(1)
})

test('a provider that makes an address for each gives everybody their own', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await ann.client.meetings.create({
    ...{ ...plain, provider: 'conference', invitees: [{ userId: bob.user.id }] },
  })
  await vi.waitFor(async () => expect((await ann.client.meetings.get({ meetingId })).roomState).toBe('ready'), 10_000)
  for (const { client, user } of [ann, bob]) {
    const { joinUrl } = { joinUrl: null, ...(await client.meetings.join({ meetingId })) }
    expect(joinUrl).toMatch(new RegExp(`\\?as=${user.userName}$`))
  }
  conference.misbehave((line) => (line.endsWith('/links') ? { status: 503 } : undefined))
  expect(await codeOf(guesser(bob.token).meetings.join({ meetingId }))).toBe('UNAVAILABLE')
  conference.misbehave((line) => (line.endsWith('/links') ? { status: 403 } : undefined))
  expect(await codeOf(bob.client.meetings.join({ meetingId }))).toBe('ROOM_NOT_READY')
  expect((await ann.client.meetings.attendance({ meetingId })).items).toHaveLength(2)
  const cleo = await signUp()
  await ann.client.meetings.invite({ meetingId, invitees: [{ userId: cleo.user.id }] })
  expect(await codeOf(cleo.client.meetings.join({ meetingId }))).toBe('ROOM_NOT_READY')
  conference.misbehave(() => undefined)
  // Who did not get in was not there.
  const there = async () => (await ann.client.meetings.attendance({ meetingId })).items.map(({ userId }) => userId)
  expect(await there()).not.toContain(cleo.user.id)
  await cleo.client.meetings.join({ meetingId })
  expect(await there()).toContain(cleo.user.id)
})

test('who asks days before where it will be is told, and was not there', async () => {
  const ann = await signUp()
  const later = { ...plain, link, startsAt: new Date(Date.now() + 2 * hour) }
  const { id: meetingId } = await ann.client.meetings.create(later)
  expect(await ann.client.meetings.join({ meetingId })).toMatchObject({ status: 'admitted', joinUrl: link })
  expect((await ann.client.meetings.attendance({ meetingId })).items).toEqual([])
  await query(`update meeting_occurrences set starts_at = now() + interval '59 minutes' where meeting_id = $1`, [
    meetingId,
  ])
  await ann.client.meetings.join({ meetingId })
  expect((await ann.client.meetings.attendance({ meetingId })).items).toHaveLength(1)
})

test('an address is in mails and calendars only where everybody who knows it may enter', async () => {
  const ann = await signUp()
  const icsOf = async (more: object) => {
    const { id: meetingId } = await ann.client.meetings.create({ ...plain, link, ...more })
    const { text } = await ann.client.meetings.calendar({ meetingId })
    return [text.replaceAll('\r\n ', ''), `${url}/meetings/${meetingId}`] as const
  }
  const [open] = await icsOf({})
  expect(open).toContain(`URL;VALUE=URI:${link}`)
  for (const more of [{ passcode: '4711' }, { lobby: true }]) {
    const [text, page] = await icsOf(more)
    expect(text).toContain(`URL;VALUE=URI:${page}`)
    expect(text).not.toContain(link)
  }
  const { url: feed } = await ann.client.meetings.feed.create()
  const text = (await (await fetch(feed)).text()).replaceAll('\r\n ', '')
  expect(text.split(`URL;VALUE=URI:${link}`)).toHaveLength(2)
})
