import { createHash } from 'node:crypto'
import { afterAll, expect, test, vi } from 'vitest'
import { startS3, withoutS3 } from '../../../test/s3.ts'
import { startTestServer } from '../../../test/server.ts'
import { createDb, createPool } from '../../db/connect.ts'
import { discoverSoon } from './copying/discover.ts'
import { startLibrary } from './copying/library.fixture.ts'
import { wav } from './media.fixture.ts'
import { durationOf, film, hasCues, hasFfmpeg } from './preparing/ffmpeg.fixture.ts'

const soon = { timeout: 40_000, interval: 200 }

const lacking = withoutS3 ?? (hasFfmpeg ? undefined : 'no ffmpeg is installed')
const store = lacking === undefined ? await startS3() : undefined
afterAll(() => store?.stop())
const library = await startLibrary()
const { url, databaseUrl, signUp, query } = await startTestServer({
  ...(store && { s3: store.settings }),
  providers: [library.provider],
})

test('files in S3 are prepared and copied, too', async ({ skip }) => {
  if (store === undefined) return skip(lacking)
  const { client } = await signUp()
  const { recordings } = client.meetings
  const ready = (recordingId: `rec_${string}`) =>
    vi.waitFor(async () => {
      const { files } = await recordings.get({ recordingId })
      expect(files).toMatchObject([{ state: 'ready', problem: null }])
      const playback = await recordings.playback({ recordingId })
      return new Uint8Array(await (await fetch(url + playback.files[0]!.url)).arrayBuffer())
    }, soon)

  const { id: recordingId } = await recordings.create({ title: 'Talk' })
  const live = new Uint8Array(film('live', 4, 3_000))
  const upload = await client.uploads.upload(live, { name: 'Talk.webm', type: 'video/webm' })
  await recordings.update({ recordingId, addUploads: [upload.id] })
  const prepared = await ready(recordingId)
  expect([durationOf(prepared)?.toFixed(0), hasCues(prepared)]).toEqual(['4', true])

  const times = { startsAt: new Date('2037-05-04T17:00Z'), durationMinutes: 60, timeZone: 'UTC' }
  const meeting = await client.meetings.create({ title: 'Choir', ...times, link: 'https://meet.example.com/choir' })
  await query(`update meetings set provider = 'library', external_id = 'room' where id = $1`, [meeting.id])
  const bytes = wav(12_000_000)
  library.rooms.set('room', [{ id: 'one', bytes }])
  library.misbehave((_, sent) => (sent === 0 ? { breakAfter: 7_000_000 } : undefined))
  const db = createDb(createPool({ connectionString: databaseUrl }, { max: 1 }))
  await discoverSoon(db, meeting.id).finally(() => db.destroy())
  await vi.waitFor(
    async () => expect((await recordings.get({ recordingId: meeting.recordingId! })).files).toHaveLength(1),
    soon,
  )
  const copied = await ready(meeting.recordingId!)
  expect(createHash('sha256').update(copied).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
  expect(library.requests.filter((line) => line.startsWith('files'))).toHaveLength(2)
  const shown = await query<{ id: string }>('select upload_id as id from recording_files order by upload_id')
  await vi.waitFor(async () => {
    const { objects, uploads } = await store.names()
    const ids = objects.flatMap((name) => /upl_\w+$/.exec(name)?.[0] ?? [])
    expect([ids.sort(), uploads]).toEqual([shown.map(({ id }) => id), []])
  }, soon)
})
