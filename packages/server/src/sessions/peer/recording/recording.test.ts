import { expect, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../../../test/server.ts'
import { newId } from '../../../ids.ts'
import { film, hasFfmpeg } from '../../../meetings/recordings/preparing/ffmpeg.fixture.ts'
import { enter, meet } from '../room.fixture.ts'

const { url, signUp, query } = await startTestServer()
const soon = { timeout: 30_000, interval: 200 }
const bytes = hasFfmpeg ? film('live', 4) : Buffer.from('1a45dfa3', 'hex')

type Person = Awaited<ReturnType<typeof signUp>>

async function start() {
  const [ann, bob] = [await signUp(), await signUp()]
  const meeting = await meet(ann.client, bob)
  const [host, guest] = [await enter(ann.client, meeting.id), await enter(bob.client, meeting.id)]
  const begin = async () => (await ann.client.uploads.begin({ name: 'Choir.webm', type: 'video/webm' })).id
  const record = ({ client }: Person, uploadId: `upl_${string}`, state: 'begin' | 'end', place = host) => {
    const { sessionId, participantKey } = place
    return client.sessions.peer.record({ sessionId, participantKey, uploadId, state })
  }
  const files = async () => (await ann.client.meetings.recordings.get({ recordingId: meeting.recordingId! })).files
  return { ann, bob, host, guest, meeting, begin, record, files }
}

async function send({ token }: Person, uploadId: string, offset: number, body: Uint8Array) {
  const headers = {
    ...{ authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0', 'upload-offset': String(offset) },
    'content-type': 'application/offset+octet-stream',
  }
  const answer = await fetch(`${url}/uploads/${uploadId}`, { method: 'PATCH', headers, body: Uint8Array.from(body) })
  return answer.status
}

/** As if nothing had come for a while. */
const abandon = (uploadId: string) =>
  query(`update uploads set received_at = now() - interval '31 seconds' where id = $1`, [uploadId])

test.skipIf(!hasFfmpeg)('what the host records comes in pieces, is seen by all, and plays in the end', async () => {
  const { ann, bob, host, guest, begin, record, files, meeting } = await start()
  const uploadId = await begin()
  await record(ann, uploadId, 'begin')
  await record(ann, uploadId, 'begin')
  expect(await files()).toMatchObject([{ name: 'Choir.webm', source: 'room', state: 'copying', sizeBytes: null }])
  expect((await bob.client.sessions.peer.signal(guest)).recording).toBe(true)
  for (let at = 0; at < bytes.length; at += 20_000)
    expect(await send(ann, uploadId, at, bytes.subarray(at, at + 20_000))).toBe(204)
  await record(ann, uploadId, 'end')
  await record(ann, uploadId, 'end')
  expect((await ann.client.sessions.peer.signal(host)).recording).toBe(false)
  await vi.waitFor(async () => expect(await files()).toMatchObject([{ state: 'ready', problem: null }]), soon)
  const [file] = await files()
  expect(file!.durationMs).toBeGreaterThan(3_800)
  const { files: playable } = await ann.client.meetings.recordings.playback({ recordingId: meeting.recordingId! })
  expect((await (await fetch(url + playable[0]!.url)).arrayBuffer()).byteLength).toBe(file!.sizeBytes)
})

test('is for the host, in the room, into an upload of theirs that grows', async () => {
  const { ann, bob, host, guest, begin, record, meeting } = await start()
  const whole = await ann.client.uploads.begin({ name: 'x', type: 'video/webm', sizeBytes: 5 })
  const foreign = await bob.client.uploads.begin({ name: 'x', type: 'video/webm' })
  expect(await codeOf(record(bob, foreign.id, 'begin', guest))).toBe('NOT_ALLOWED')
  for (const id of [whole.id, foreign.id, newId('upload')])
    expect(await codeOf(record(ann, id, 'begin'))).toBe('UPLOAD_UNKNOWN')
  const uploadId = await begin()
  await record(ann, uploadId, 'begin')
  await record(ann, newId('upload'), 'end')
  expect(await codeOf(ann.client.uploads.abort({ uploadId }))).toBe('UPLOAD_IN_USE')
  await ann.client.meetings.recordings.remove({ recordingId: meeting.recordingId! })
  expect(await codeOf(record(ann, await begin(), 'begin'))).toBe('RECORDING_REMOVED')
  await ann.client.sessions.peer.leave(host)
  expect(await codeOf(record(ann, await begin(), 'begin'))).toBe('NOT_IN_ROOM')
})

test.skipIf(!hasFfmpeg)(
  'what has come plays where the browser fails; where nothing came, nothing stays',
  async () => {
    const { ann, begin, record, files } = await start()
    const [full, empty] = [await begin(), await begin()]
    for (const id of [full, empty]) await record(ann, id, 'begin')
    expect(await send(ann, full, 0, bytes.subarray(0, Math.floor(bytes.length / 2)))).toBe(204)
    await abandon(full)
    await abandon(empty)
    await vi.waitFor(async () => expect(await files()).toMatchObject([{ state: 'ready', problem: null }]), soon)
    expect((await files())[0]!.durationMs).toBeGreaterThan(1_000)
    expect(await query('select id from uploads where id = $1 and due_at is null', [empty])).toEqual([])
  },
  40_000,
)

test('what is removed meanwhile breaks nothing', async () => {
  const { ann, begin, record, files, meeting } = await start()
  const recordingId = meeting.recordingId!
  const [one, two, garbage] = [await begin(), await begin(), await begin()]
  for (const id of [one, two, garbage]) await record(ann, id, 'begin')
  const [first] = await files()
  await ann.client.meetings.recordings.update({ recordingId, removeFiles: [first!.id] })
  expect(await send(ann, one, 0, bytes)).toBe(404)
  await record(ann, one, 'end')
  expect(await send(ann, garbage, 0, Buffer.from('this is no film'))).toBe(204)
  await record(ann, garbage, 'end')
  expect((await files()).find(({ state }) => state === 'failed')).toMatchObject({
    problem: 'What the browser sent is no recording.',
  })
  await ann.client.meetings.recordings.remove({ recordingId })
  expect(await send(ann, two, 0, bytes)).toBe(204)
  await record(ann, two, 'end')
  await ann.client.meetings.recordings.restore({ recordingId })
  expect((await files()).map(({ state }) => state)).not.toContain('copying')
})
