import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient, type RecordingId } from '@antiphon/client'
import pg from 'pg'
import pino from 'pino'
import { afterAll, expect, test, vi } from 'vitest'
import { createTestDatabase } from '../../../test/database.ts'
import { temporaryDirectory } from '../../../test/temporary.ts'
import { createDb, createPool } from '../../db/connect.ts'
import { createDiskStorage } from '../../storage/disk.ts'
import { sweepUploads } from '../../uploads/remove.ts'
import { fileStoreName } from '../../uploads/uses/store.ts'
import { discoverSoon } from './copying/discover.ts'
import { startLibrary } from './copying/library.fixture.ts'
import { soundOf, wav } from './media.fixture.ts'
import { durationOf, film, hasFfmpeg } from './preparing/ffmpeg.fixture.ts'

const rounds = 5
const program = fileURLToPath(new URL('./instance.fixture.ts', import.meta.url))

const filesDirectory = await temporaryDirectory()
const database = await createTestDatabase({ keep: true })
const db = createDb(createPool({ connectionString: database.url }, { max: 3 }))
const sql = new pg.Client({ connectionString: database.url })
await sql.connect()
const library = await startLibrary()
let running: Awaited<ReturnType<typeof start>> | undefined
afterAll(async () => {
  running?.child.kill('SIGKILL')
  await running?.ended
  await sql.end()
  await db.destroy()
  await database.drop()
  await rm(filesDirectory, { recursive: true, force: true })
})

async function start() {
  const args = ['--conditions=antiphon-source', program, database.url, filesDirectory, library.url]
  const env = { ...process.env, TMPDIR: filesDirectory }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += String(chunk)
    const [, url] = /ready at (\S+)/.exec(printed) ?? []
    if (url !== undefined) return { child, url, ended }
  }
  throw new Error('The instance did not start.')
}

/** What a killed process holds, and what waits to be tried again, is not waited for. */
async function letGo() {
  const workers = 'select distinct locked_by from graphile_worker.jobs where locked_by is not null'
  await sql.query(`select graphile_worker.force_unlock_workers(array(${workers}))`)
  await sql.query('update graphile_worker._private_jobs set run_at = now(), attempts = 0')
  await sql.query('update uploads set writing_until = now() where writer is not null')
}

async function noJobs() {
  await vi.waitFor(async () => expect((await sql.query('select 1 from graphile_worker.jobs')).rows).toEqual([]), {
    timeout: 60_000,
    interval: 100,
  })
}

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test.skipIf(!hasFfmpeg)(
  'kill -9 while files are prepared, copied and erased loses and doubles nothing',
  async () => {
    running = await start()
    const account = { userName: 'ann', email: 'ann@example.com', password: 'correct horse' }
    const { token } = await createClient({ url: running.url }).users.signUp(account)
    const live = new Uint8Array(film('live', 20, 3_000))
    const copies: { recordingId: RecordingId; digest: string }[] = []
    const prepared: RecordingId[] = []
    library.misbehave(() => ({ slowMs: 15, bytes: 200_000 }))
    for (let round = 0; round < rounds; round++) {
      const { meetings, uploads } = createClient({ url: running.url, token })
      const title = `rehearsal${round}`
      const times = { startsAt: new Date('2037-05-04T17:00Z'), durationMinutes: 60, timeZone: 'UTC' }
      const meeting = await meetings.create({ title, ...times, link: 'https://meet.example.com/choir' })
      const bytes = wav(6_000_000 + round)
      library.rooms.set(title, [{ id: title, bytes }])
      await sql.query(`update meetings set provider = 'library', external_id = $2 where id = $1`, [meeting.id, title])
      const gone = await meetings.recordings.create({ title: 'Gone' })
      const sound = await soundOf(createClient({ url: running.url, token }))
      await meetings.recordings.update({ recordingId: gone.id, addUploads: [sound.id] })
      await meetings.recordings.remove({ recordingId: gone.id })
      await sql.query(`update recordings set removed_at = now() - interval '31 days' where id = $1`, [gone.id])
      const own = await meetings.recordings.create({ title })
      const upload = await uploads.upload(live, { name: 'Talk.webm', type: 'video/webm' })
      await meetings.recordings.update({ recordingId: own.id, addUploads: [upload.id] })
      await discoverSoon(db, meeting.id)
      await sql.query(`select graphile_worker.add_job('recordings.sweep')`)
      copies.push({ recordingId: meeting.recordingId!, digest: sha(bytes) })
      prepared.push(own.id)
      await delay((round * 1_700) / rounds)
      running.child.kill('SIGKILL')
      await running.ended
      await letGo()
      running = await start()
    }
    library.misbehave(() => undefined)
    await noJobs()
    const { recordings } = createClient({ url: running.url, token }).meetings
    const bytesOf = async (recordingId: RecordingId) => {
      const { files } = await recordings.playback({ recordingId })
      expect(files).toHaveLength(1)
      return new Uint8Array(await (await fetch(running?.url + files[0]!.url)).arrayBuffer())
    }
    for (const { recordingId, digest } of copies) {
      expect((await recordings.get({ recordingId })).files).toMatchObject([{ state: 'ready', problem: null }])
      expect(sha(await bytesOf(recordingId))).toBe(digest)
    }
    for (const recordingId of prepared) {
      expect((await recordings.get({ recordingId })).files).toMatchObject([{ state: 'ready', problem: null }])
      expect(durationOf(await bytesOf(recordingId))).toBeCloseTo(20, 0)
    }
    // What killed processes had begun waits for a day; then one sweep is enough.
    await sql.query(`update uploads set due_at = due_at - interval '25 hours' where due_at is not null`)
    const storage = createDiskStorage(join(filesDirectory, await fileStoreName(db)))
    await sweepUploads(db, storage, pino({ level: 'silent' }))
    const keys = []
    for await (const key of storage.keys()) keys.push(key)
    const { rows: shown } = await sql.query('select upload_id as id from recording_files order by upload_id')
    const { rows: known } = await sql.query('select id from uploads order by id')
    expect(shown).toHaveLength(2 * rounds)
    expect(known).toEqual(shown)
    expect(keys).toEqual(shown.map(({ id }) => id))
  },
  240_000,
)
