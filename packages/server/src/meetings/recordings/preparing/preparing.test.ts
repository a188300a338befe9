import { readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { AntiphonClient, RecordingId } from '@antiphon/client'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { startTestServer } from '../../../../test/server.ts'
import { temporaryDirectory } from '../../../../test/temporary.ts'
import { wav } from '../media.fixture.ts'
import { durationOf, film, hasCues, hasFfmpeg, hog } from './ffmpeg.fixture.ts'
import { findMediaTools } from './tools.ts'

const { url, signUp, query } = await startTestServer()
const { client, user } = await signUp()
const { recordings } = client.meetings
const temporary = await temporaryDirectory()
vi.stubEnv('TMPDIR', temporary)
afterAll(() => void vi.unstubAllEnvs())
afterAll(() => rm(temporary, { recursive: true, force: true }))
const soon = { timeout: 30_000, interval: 100 }

async function add(bytes: Uint8Array<ArrayBuffer>, name: string, type: string, by: AntiphonClient = client) {
  const { id: recordingId } = await by.meetings.recordings.create({ title: name })
  const upload = await by.uploads.upload(bytes, { name, type })
  const { files } = await by.meetings.recordings.update({ recordingId, addUploads: [upload.id] })
  return { recordingId, upload, added: files[0]! }
}

async function prepared(recordingId: RecordingId, by: AntiphonClient = client) {
  await noJobs()
  return (await by.meetings.recordings.get({ recordingId })).files[0]!
}

/** Waits until nothing is left to be done in the background. */
const noJobs = () =>
  vi.waitFor(async () => {
    const jobs = `select 1 from graphile_worker.jobs where task_identifier in ('recordings.prepare', 'uploads.remove')`
    expect(await query(jobs)).toEqual([])
  }, soon)

async function bytesOf(recordingId: RecordingId) {
  const { files } = await recordings.playback({ recordingId })
  return new Uint8Array(await (await fetch(url + files[0]!.url)).arrayBuffer())
}

const uploadIds = async () => (await query<{ id: string }>('select id from uploads')).map(({ id }) => id)

describe.skipIf(!hasFfmpeg)('where ffmpeg is installed', () => {
  test('what a browser recorded gets duration and seek points, under its name', async () => {
    const live = new Uint8Array(film('live', 3))
    expect([durationOf(live), hasCues(live)]).toEqual([undefined, false])
    const { recordingId, upload, added } = await add(live, 'Talk.webm', 'video/webm')
    expect(added).toMatchObject({ state: 'preparing', durationMs: null, type: 'video/webm' })
    const file = await prepared(recordingId)
    expect(file).toMatchObject({ ...added, state: 'ready', durationMs: file.durationMs, sizeBytes: file.sizeBytes })
    expect(file.durationMs).toBeGreaterThan(2_900)
    expect(file.durationMs).toBeLessThan(3_200)
    const bytes = await bytesOf(recordingId)
    expect([bytes.length, hasCues(bytes)]).toEqual([file.sizeBytes, true])
    expect(durationOf(bytes)).toBeCloseTo(3, 0)
    // The one before is gone, and the new one is the owner's.
    expect(await uploadIds()).not.toContain(upload.id)
    const [row] = await query(
      `select owner_id as owner, name, type, due_at from uploads
       where id = (select upload_id from recording_files where recording_id = $1)`,
      [recordingId],
    )
    expect(row).toEqual({ owner: user.id, name: 'Talk.webm', type: 'video/webm', due_at: null })
  })

  test.each([
    ['webm', 'video/webm'],
    ['mp4', 'video/mp4'],
    ['parts', 'video/mp4'],
    ['ogg', 'audio/ogg'],
    ['flac', 'audio/flac'],
    ['mp3', 'audio/mpeg'],
  ] as const)('how long %s plays is found out, and nothing else touched', async (format, type) => {
    const bytes = new Uint8Array(film(format, 2))
    const { recordingId, upload } = await add(bytes, `Talk.${format}`, type)
    const file = await prepared(recordingId)
    expect(file).toMatchObject({ state: 'ready', problem: null })
    expect(file.durationMs).toBeGreaterThan(1_900)
    expect(file.durationMs).toBeLessThan(2_200)
    expect(await uploadIds()).toContain(upload.id)
    expect(await bytesOf(recordingId)).toEqual(bytes)
  })

  test('of a long file the beginning and the end are enough', async () => {
    const { recordingId } = await add(wav(40_000_044), 'Concert.wav', 'audio/wav')
    expect(await prepared(recordingId)).toMatchObject({ durationMs: 5_000_000, problem: null })
  })

  test('a damaged file stays as it came, and says so', async () => {
    const bytes = new Uint8Array(film('live', 1).subarray(0, 5_000)).fill(7, 200)
    const { recordingId, upload } = await add(bytes, 'Talk.webm', 'video/webm')
    const file = await prepared(recordingId)
    expect(file).toMatchObject({ state: 'ready', durationMs: null, problem: expect.stringContaining('damaged') })
    expect(await bytesOf(recordingId)).toEqual(bytes)
    expect(await uploadIds()).toContain(upload.id)
  })

  test('a file that takes many times its size to read is given up on', async () => {
    const tools = await findMediaTools()
    const to = { demuxer: 'matroska', muxer: 'webm', maxBytes: 1e9, signal: AbortSignal.timeout(30_000) }
    const path = join(temporary, 'hog')
    const remux = (pictures: number) => tools!.remux(Readable.from([hog(pictures)]), { ...to, path })
    expect([await remux(100), await remux(2_000_000)]).toEqual([true, false])
    await rm(path)
  })

  test('the quota does not stop it, and an upload that others show stays', async () => {
    const ann = await signUp()
    const bytes = new Uint8Array(film('live', 2))
    const { recordingId, upload } = await add(bytes, 'Talk.webm', 'video/webm', ann.client)
    const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Room' })
    await ann.client.messages.send({ roomId, attachments: [{ uploadId: upload.id }] })
    expect((await prepared(recordingId, ann.client)).durationMs).toBeGreaterThan(1_900)
    expect((await ann.client.uploads.download(upload.id)).status).toBe(200)
  })

  test('what is removed meanwhile leaves nothing behind', async () => {
    const before = (await uploadIds()).length
    for (let round = 0; round < 6; round++) {
      const { recordingId, added } = await add(new Uint8Array(film('live', 1)), 'Talk.webm', 'video/webm')
      await new Promise((resolve) => setTimeout(resolve, round * 60))
      await recordings.update({ recordingId, removeFiles: [added.id] })
    }
    await noJobs()
    expect(await uploadIds()).toHaveLength(before)
  })

  test('a file that names addresses opens none of them', async () => {
    const requests: string[] = []
    const server = createServer((request, response) => {
      requests.push(request.url ?? '')
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const folder = await temporaryDirectory()
    const path = join(folder, 'list')
    await writeFile(path, `#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:${port}/part.ts\n#EXT-X-ENDLIST\n`)
    const tools = (await findMediaTools())!
    for (const demuxer of ['matroska', 'mov', 'hls', 'concat'])
      expect(await tools.duration(path, demuxer, AbortSignal.timeout(20_000))).toBeUndefined()
    server.close()
    await rm(folder, { recursive: true })
    expect(requests).toEqual([])
  })

  test('work that takes too long is killed', async () => {
    const tools = (await findMediaTools())!
    const folder = await temporaryDirectory()
    const endless = Readable.from(
      (async function* () {
        yield film('live', 1)
        await new Promise<never>(() => {})
      })(),
    )
    const to = { path: join(folder, 'copy'), demuxer: 'matroska', muxer: 'webm', maxBytes: 1e9 }
    const since = performance.now()
    await expect(tools.remux(endless, { ...to, signal: AbortSignal.timeout(500) })).rejects.toThrow()
    expect(performance.now() - since).toBeLessThan(5_000)
    await rm(folder, { recursive: true })
  })

  test('nothing is left in the temporary folder', async () => {
    await noJobs()
    expect(await readdir(temporary)).toEqual([])
  })
})
