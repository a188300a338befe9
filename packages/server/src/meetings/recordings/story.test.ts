import { expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { fill, wav } from './media.fixture.ts'

const { url, anyone, signUp } = await startTestServer()

test('a meeting with a recording, from signing up to its removal', async () => {
  const [ann, bob, cleo] = [await signUp('ann'), await signUp('bob'), await signUp('cleo')]
  const again = { userName: 'ann', email: 'other@example.com', password: 'another password' }
  expect(await codeOf(anyone.users.signUp(again))).toBe('USER_NAME_TAKEN')
  const sameAddress = { userName: 'ann2', email: ann.user.email!, password: 'another password' }
  expect(await codeOf(anyone.users.signUp(sameAddress))).toBe('EMAIL_TAKEN')

  const password = 'open sesame'
  const meeting = await ann.client.meetings.create({
    ...{ title: 'Premiere', startsAt: new Date('2037-05-04T17:00Z'), durationMinutes: 90, timeZone: 'Europe/Berlin' },
    ...{ link: 'https://meet.example.com/premiere', recordingPassword: password },
  })
  const recordingId = meeting.recordingId!
  await ann.client.meetings.invite({ meetingId: meeting.id, invitees: [{ userId: bob.user.id }] })
  expect(await bob.client.meetings.join({ meetingId: meeting.id })).toMatchObject({
    joinUrl: 'https://meet.example.com/premiere',
  })
  await fill(ann.client, recordingId)

  // The right password does not open it to whom it was not shared with.
  const watch = () => bob.client.meetings.recordings.playback({ recordingId, password })
  expect(await codeOf(watch())).toBe('NOT_FOUND')
  await ann.client.meetings.recordings.share({ meetingId: meeting.id, viewers: [{ userId: bob.user.id }] })
  expect(await codeOf(bob.client.meetings.recordings.playback({ recordingId }))).toBe('PASSWORD_NEEDED')
  expect(await codeOf(cleo.client.meetings.recordings.playback({ recordingId, password }))).toBe('NOT_FOUND')
  const { files } = await watch()
  const media = await fetch(url + files[0]!.url)
  expect([media.status, media.headers.get('content-type')]).toEqual([200, 'audio/wav'])
  expect(new Uint8Array(await media.arrayBuffer())).toEqual(wav())

  await expect
    .poll(async () => (await ann.client.meetings.recordings.views({ recordingId })).items)
    .toMatchObject([{ userId: bob.user.id, share: 1, sentBytes: wav().length }])

  await ann.client.meetings.remove({ meetingId: meeting.id })
  expect(await codeOf(bob.client.meetings.get({ meetingId: meeting.id }))).toBe('NOT_FOUND')
  expect(await codeOf(watch())).toBe('NOT_FOUND')
  expect((await fetch(url + files[0]!.url)).status).toBe(404)
})
