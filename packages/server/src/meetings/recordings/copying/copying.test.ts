import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { MeetingId } from '@antiphon/client'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startTestServer } from '../../../../test/server.ts'
import { createDb, createPool } from '../../../db/connect.ts'
import { createProviders } from '../../../providers/registry.ts'
import { wav } from '../media.fixture.ts'
import { discoverEnded, discoverSoon } from './discover.ts'
import { type Held, startLibrary } from './library.fixture.ts'

const library = await startLibrary()
const providers = [library.provider]
const { url, databaseUrl, signUp, query } = await startTestServer({ providers, uploads: { quotaMegabytes: 5 } })
const { client, user } = await signUp()
const { recordings } = client.meetings
const db = createDb(createPool({ connectionString: databaseUrl }, { max: 2 }))
afterAll(() => db.destroy())
const soon = { timeout: 40_000, interval: 100 }
let made = 0

beforeEach(() => {
  library.misbehave(() => undefined)
  library.requests.length = 0
})

/** A meeting in a room of the library, where this was recorded. */
async function meetingWith(...held: Held[]) {
  const { id, recordingId } = await client.meetings.create({
    ...{ title: 'Rehearsal', startsAt: new Date('2037-05-04T17:00Z'), durationMinutes: 60, timeZone: 'Europe/Berlin' },
    link: 'https://meet.example.com/choir',
  })
  const room = `room${++made}`
  library.rooms.set(room, held)
  await query(`update meetings set provider = 'library', external_id = $2 where id = $1`, [id, room])
  return { id, recordingId: recordingId!, room }
}

/** What became of the files of a meeting. */
async function copied({ id, recordingId }: { id: MeetingId; recordingId: `rec_${string}` }) {
  await discoverSoon(db, id)
  return vi.waitFor(async () => {
    const { files } = await recordings.get({ recordingId })
    expect(files.map(({ state }) => state)).not.toContain('copying')
    expect(files.length).toBeGreaterThan(0)
    return files
  }, soon)
}

/** Jobs that wait to be tried again are not waited for. */
const hurry = () => query(`update graphile_worker._private_jobs set run_at = now() where locked_at is null`)

async function digestOf(recordingId: `rec_${string}`) {
  const { files } = await recordings.playback({ recordingId })
  const bytes = await (await fetch(url + files[0]!.url)).arrayBuffer()
  return createHash('sha256').update(new Uint8Array(bytes)).digest('hex')
}

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const file = (size: number, more: Partial<Held> = {}): Held => ({ id: `file${++made}`, bytes: wav(size), ...more })
const rangesOf = () => library.requests.filter((line) => line.startsWith('files'))

describe('what a provider recorded', () => {
  test('is copied into the recording of the meeting, once, with its checksum', async () => {
    const held = file(3_000_000, { name: 'Choir/one.wav' })
    const meeting = await meetingWith(held, file(100, { type: 'text/vtt' }))
    const files = await copied(meeting)
    expect(files).toMatchObject([
      { name: 'Choir_one.wav', type: 'audio/wav', sizeBytes: 3_000_000, source: 'provider', problem: null },
    ])
    expect(files[0]?.recordedAt).toEqual(new Date('2030-05-04T10:00Z'))
    expect(await digestOf(meeting.recordingId)).toBe(sha(held.bytes))
    const [row] = await query(
      `select owner_id as owner, encode(sha256, 'hex') as sha256, due_at from uploads
       where id = (select upload_id from recording_files where recording_id = $1)`,
      [meeting.recordingId],
    )
    expect(row).toEqual({ owner: user.id, sha256: sha(held.bytes), due_at: null })
    await discoverSoon(db, meeting.id)
    await vi.waitFor(async () => expect(await query('select 1 from graphile_worker.jobs')).toEqual([]), soon)
    expect((await recordings.get(meeting)).files).toHaveLength(1)
    expect(rangesOf()).toHaveLength(1)
  })

  test('does not come back where the owner removed it', async () => {
    const meeting = await meetingWith(file(1_000), file(1_000))
    const [first] = await copied(meeting)
    await recordings.update({ recordingId: meeting.recordingId, removeFiles: [first!.id] })
    await discoverSoon(db, meeting.id)
    await vi.waitFor(async () => expect(await query('select 1 from graphile_worker.jobs')).toEqual([]), soon)
    expect((await recordings.get(meeting)).files).toHaveLength(1)
  })

  test('goes on where it broke off, as often as that happens', async () => {
    const held = file(2_000_000)
    library.misbehave((_, sent) => (sent < 3 ? { breakAfter: 500_000 } : undefined))
    const meeting = await meetingWith(held)
    await copied(meeting)
    expect(await digestOf(meeting.recordingId)).toBe(sha(held.bytes))
    const offsets = rangesOf().map((line) => Number(/=(\d+)/.exec(line)?.[1] ?? 0))
    expect(offsets).toEqual([...new Set(offsets)].sort((one, other) => one - other))
    expect(offsets).toHaveLength(4)
    expect(offsets[3]).toBeGreaterThan(1_200_000)
  })

  test('begins anew where the provider cannot go on in the middle', async () => {
    const held = file(1_000_000)
    library.misbehave((_, sent) => (sent === 0 ? { breakAfter: 400_000 } : 'ignoreRange'))
    const meeting = await meetingWith(held)
    await copied(meeting)
    expect(await digestOf(meeting.recordingId)).toBe(sha(held.bytes))
  })

  test('is fetched from a new address where the one before has ended', async () => {
    const held = file(1_000_000)
    library.misbehave((_, sent) => {
      if (sent > 0) return undefined
      library.expire()
      return undefined
    })
    const meeting = await meetingWith(held)
    await discoverSoon(db, meeting.id)
    await vi.waitFor(async () => {
      const [{ problem } = { problem: null }] = (await recordings.get(meeting)).files
      expect(problem).toMatch(/404\. It is tried again/)
    }, soon)
    await hurry()
    await copied(meeting)
    expect(await digestOf(meeting.recordingId)).toBe(sha(held.bytes))
  })

  test('is taken with the size that comes with the bytes, where the list does not tell', async () => {
    const held = file(1_000, { says: { sizeBytes: null, sha256: null } })
    const meeting = await meetingWith(held)
    await copied(meeting)
    expect(await digestOf(meeting.recordingId)).toBe(sha(held.bytes))
    library.misbehave(() => 'noLength')
    const other = await meetingWith(file(1_000, { says: { sizeBytes: null } }))
    expect(await copied(other)).toMatchObject([{ state: 'failed', problem: expect.stringContaining('how large') }])
  })

  test('says so where it is not what it has to be, and leaves nothing behind', async () => {
    const wrong = '0'.repeat(64)
    const meeting = await meetingWith(file(1_000, { says: { sha256: wrong } }))
    await discoverSoon(db, meeting.id)
    const hurrying = setInterval(hurry, 300)
    const files = await copied(meeting).finally(() => clearInterval(hurrying))
    expect(files).toMatchObject([{ state: 'failed', problem: 'What the provider sent does not match its checksum.' }])
    expect(rangesOf()).toHaveLength(3)
    const page = await meetingWith(file(1_000, { bytes: Buffer.from('<p>Sign in</p>'), says: { sha256: null } }))
    const again = setInterval(hurry, 300)
    const [sent] = await copied(page).finally(() => clearInterval(again))
    expect(sent).toMatchObject({ state: 'failed', problem: expect.stringContaining('not what it says') })
    await vi.waitFor(
      async () => expect(await query('select 1 from uploads where completed_at is null')).toEqual([]),
      soon,
    )
  })

  test('waits with what the provider says, and goes on once that is mended', async () => {
    library.misbehave(() => ({ status: 401 }))
    const meeting = await meetingWith(file(1_000))
    await discoverSoon(db, meeting.id)
    await vi.waitFor(async () => {
      const { files } = await recordings.get(meeting)
      expect(files).toMatchObject([{ state: 'copying', problem: 'The library says 401. It is tried again.' }])
    }, soon)
    library.misbehave(() => undefined)
    await hurry()
    expect(await copied(meeting)).toMatchObject([{ state: 'ready', problem: null }])
  })

  test('is not stopped by the quota, and counts for it', async () => {
    await copied(await meetingWith(file(6_000_000)))
    const begun = await client.uploads.begin.safe({ name: 'x', type: 'text/plain', sizeBytes: 1 })
    expect(!begun.ok && begun.error.code).toBe('UPLOAD_QUOTA')
  })

  test('is asked for of meetings that are over, and not of others', async () => {
    const times = { now: 30, hoursAgo: 5 * 60, daysAgo: 3 * 24 * 60 }
    const meetings: Record<string, MeetingId> = {}
    for (const [name, minutes] of Object.entries(times)) {
      const { id } = await meetingWith()
      meetings[name] = id
      await query(
        `update meeting_occurrences set starts_at = now() - ($2 + 60) * interval '1 minute',
           ends_at = now() - $2 * interval '1 minute' where meeting_id = $1`,
        [id, minutes],
      )
    }
    const asked = async (at: string) => {
      library.requests.length = 0
      await discoverEnded(db, createProviders(providers), new Date(at))
      await vi.waitFor(async () => expect(await query('select 1 from graphile_worker.jobs')).toEqual([]), soon)
      return library.requests.length
    }
    expect(await asked('2030-01-01T10:20Z')).toBe(1)
    expect(await asked('2030-01-01T10:00Z')).toBe(2)
  })
})

describe('a meeting that is removed while its recording is copied', () => {
  test('ends the copying, leaves no bytes behind, and goes on where it is restored', async () => {
    library.misbehave(() => ({ slowMs: 100, bytes: 50_000 }))
    const held = file(20_000_000)
    const meeting = await meetingWith(held)
    await discoverSoon(db, meeting.id)
    await vi.waitFor(
      async () => expect(await query('select 1 from uploads where completed_at is null')).toHaveLength(1),
      soon,
    )
    await client.meetings.remove({ meetingId: meeting.id })
    await vi.waitFor(async () => {
      await hurry()
      expect(await query('select 1 from uploads where completed_at is null')).toEqual([])
      expect(await query('select 1 from graphile_worker.jobs')).toEqual([])
    }, soon)
    const before = library.requests.length
    await delay(1_500)
    expect(library.requests).toHaveLength(before)
    library.misbehave(() => undefined)
    await query('update meetings set external_id = $2 where id = $1', [meeting.id, meeting.room])
    await recordings.restore(meeting)
    await query(`select graphile_worker.add_job('recordings.sweep')`)
    await vi.waitFor(async () => expect((await recordings.get(meeting)).files[0]?.state).toBe('ready'), soon)
    expect(await digestOf(meeting.recordingId)).toBe(sha(held.bytes))
  })
})
