import { get, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { codeOf, passwordOf, startTestServer } from '../../../test/server.ts'
import { askEveryMs } from '../../http/files/send.ts'
import { fill, soundOf, wav } from './media.fixture.ts'

const { url, signUp, query } = await startTestServer()
const [ann, bob] = [await signUp(), await signUp()]
const { recordings } = ann.client.meetings
const soon = { timeout: 20_000, interval: 100 }

afterEach(() => void vi.useRealTimers())

async function arranged() {
  const { id: meetingId, recordingId } = await ann.client.meetings.create({
    ...{ title: 'Rehearsal', startsAt: new Date('2037-05-04T17:00Z'), durationMinutes: 60, timeZone: 'Europe/Berlin' },
    link: 'https://meet.example.com/choir',
  })
  return { meetingId, recordingId: recordingId! }
}

test('an owner who goes while people work with their recordings takes all with them, and nobody meets a fault', async () => {
  for (let round = 0; round < 5; round++) {
    const { client, user } = await signUp(`owner${round}`)
    const { id: recordingId } = await client.meetings.recordings.create({ title: 'Concert' })
    const sound = await soundOf(client)
    const { recordings: own } = client.meetings
    const viewers = [{ userId: bob.user.id }]
    await own.share({ recordingId, viewers })
    const done = await Promise.all([
      own.share.safe({ recordingId, viewers: [{ userId: ann.user.id }] }),
      own.update.safe({ recordingId, addUploads: [sound.id] }),
      own.createLink.safe({ recordingId, name: 'Choir' }),
      bob.client.meetings.recordings.playback.safe({ recordingId }),
      client.users.remove.safe({ password: passwordOf(`owner${round}`) }),
      own.create.safe({ title: 'Another' }),
      own.unshare.safe({ recordingId, viewers }),
    ])
    for (const one of done) if (!one.ok) expect(['TOKEN_INVALID', 'NOT_FOUND']).toContain(one.error.code)
    expect(done[4].ok).toBe(true)
    expect(await query('select 1 from recordings where owner_id = $1', [user.id])).toEqual([])
    await vi.waitFor(async () => {
      expect(await query('select 1 from uploads where owner_id = $1', [user.id])).toEqual([])
    }, soon)
  }
})

describe('a meeting that is removed', () => {
  test('while a file is uploaded: the upload ends as it is, belongs nowhere, and is swept', async () => {
    const { meetingId, recordingId } = await arranged()
    const bytes = wav(2_000_000)
    const uploading = ann.client.uploads.begin({ name: 'Choir.wav', type: 'audio/wav', sizeBytes: bytes.length })
    const { id, uploadUrl } = await uploading
    const headers = { authorization: `Bearer ${ann.token}`, 'tus-resumable': '1.0.0' }
    const patch = (offset: number, body: Uint8Array<ArrayBuffer>) =>
      fetch(url + uploadUrl, {
        method: 'PATCH',
        body,
        headers: { ...headers, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
      })
    expect((await patch(0, bytes.slice(0, 1_000_000))).status).toBe(204)
    await ann.client.meetings.remove({ meetingId })
    expect((await patch(1_000_000, bytes.slice(1_000_000))).status).toBe(204)
    expect((await ann.client.uploads.complete({ uploadId: id })).completedAt).not.toBeNull()
    expect(await codeOf(recordings.update({ recordingId, addUploads: [id] }))).toBe('NOT_FOUND')
    await query(`update uploads set due_at = due_at - interval '24 hours' where id = $1`, [id])
    await query(`select graphile_worker.add_job('uploads.remove')`)
    await vi.waitFor(async () => expect(await query('select 1 from uploads where id = $1', [id])).toEqual([]), soon)
    expect((await recordings.restore({ recordingId })).files).toEqual([])
  })

  test('at the same time as a file is added: it is there with the recording, or not at all', async () => {
    for (let round = 0; round < 8; round++) {
      const { meetingId, recordingId } = await arranged()
      const { id } = await soundOf(ann.client)
      const [added] = await Promise.all([
        recordings.update.safe({ recordingId, addUploads: [id] }),
        ann.client.meetings.remove({ meetingId }),
      ])
      if (!added.ok) expect(added.error.code).toBe('NOT_FOUND')
      const { files } = await recordings.restore({ recordingId })
      expect(files).toHaveLength(added.ok ? 1 : 0)
      const [row] = await query<{ waits: boolean }>('select due_at is not null as waits from uploads where id = $1', [
        id,
      ])
      expect(row?.waits).toBe(!added.ok)
    }
  })

  test('while its recording is watched: the player is cut within a minute, and comes no further', async () => {
    const { meetingId, recordingId } = await arranged()
    await fill(ann.client, recordingId, wav(24_000_000))
    await recordings.share({ recordingId, viewers: [{ userId: bob.user.id }] })
    const { files } = await bob.client.meetings.recordings.playback({ recordingId })
    const address = url + files[0]!.url
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(address, resolve).once('error', reject)
    })
    await ann.client.meetings.remove({ meetingId })
    const cut = new Promise((resolve) => answer.once('close', resolve))
    answer.once('error', () => {})
    await vi.advanceTimersByTimeAsync(2 * askEveryMs)
    answer.resume()
    await cut
    expect(answer.complete).toBe(false)
    expect((await fetch(address)).status).toBe(404)
    expect(await codeOf(bob.client.meetings.recordings.playback({ recordingId }))).toBe('NOT_FOUND')
    // The owner may have it back, and so may those it was shared with.
    await recordings.restore({ recordingId })
    expect((await fetch(address, { method: 'HEAD' })).status).toBe(200)
  })
})
