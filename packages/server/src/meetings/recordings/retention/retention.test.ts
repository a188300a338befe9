import { mkdir, readdir, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { RecordingId, UploadId } from '@antiphon/client'
import pino from 'pino'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../../../test/server.ts'
import { temporaryDirectory } from '../../../../test/temporary.ts'
import { createDb, createPool } from '../../../db/connect.ts'
import { newId } from '../../../ids.ts'
import { createDiskStorage } from '../../../storage/disk.ts'
import { sweepUploads } from '../../../uploads/remove.ts'
import { fileStoreName } from '../../../uploads/uses/store.ts'
import { fill, soundOf } from '../media.fixture.ts'
import { sweepRecordings } from './sweep.ts'

const filesDirectory = await temporaryDirectory()
const { url, databaseUrl, signUp, query } = await startTestServer({ filesDirectory })
afterAll(() => rm(filesDirectory, { recursive: true, force: true }))
const [ann, bob] = [await signUp(), await signUp()]
const { recordings } = ann.client.meetings
const db = createDb(createPool({ connectionString: databaseUrl }, { max: 4 }))
afterAll(() => db.destroy())
const storage = createDiskStorage(join(filesDirectory, await fileStoreName(db)))
vi.stubEnv('TMPDIR', filesDirectory)
afterAll(() => void vi.unstubAllEnvs())
const log = pino({ level: 'silent' })

/** One sweep of everything, with all that it has done in the background. */
async function sweep(days?: number) {
  await sweepRecordings(db, days)
  await sweepUploads(db, storage, log)
  await vi.waitFor(async () => expect(await query('select 1 from graphile_worker.jobs')).toEqual([]), 20_000)
}

async function filled(title = 'Concert'): Promise<RecordingId> {
  const { id } = await recordings.create({ title })
  await fill(ann.client, id)
  return id
}

const remove = async (recordingId: RecordingId, daysAgo: string) => {
  await recordings.remove({ recordingId })
  await query('update recordings set removed_at = now() - $2::interval where id = $1', [recordingId, daysAgo])
}

/** What there is, in the database and in the storage. */
async function state() {
  const rows = await query<{ id: UploadId }>('select id from uploads order by id')
  const shown = await query<{ id: UploadId }>('select upload_id as id from recording_files order by upload_id')
  const keys = []
  for await (const key of storage.keys()) keys.push(key)
  return { rows: rows.map(({ id }) => id), shown: shown.map(({ id }) => id), keys }
}

const countOf = async (table: string, id: RecordingId) =>
  (await query(`select 1 from ${table} where recording_id = $1`, [id])).length

beforeEach(async () => {
  await query('delete from recording_views')
  for (const table of ['recording_viewers', 'recording_links', 'recording_files', 'recordings', 'uploads'])
    await query(`delete from ${table}`)
  await sweep()
})

describe('a removed recording', () => {
  test('is erased after 30 days with all that belongs to it, and no other', async () => {
    const [kept, gone, young] = [await filled(), await filled(), await filled()]
    for (const recordingId of [kept, gone, young]) {
      await recordings.share({ recordingId, viewers: [{ userId: bob.user.id }, { email: 'eve@example.com' }] })
      await recordings.setVisibility({ recordingId, visibility: 'link' })
      const { url: link } = await recordings.createLink({ recordingId, name: 'Choir' })
      const { files } = await bob.client.meetings.recordings.openLink({ link })
      await fetch(url + files[0]!.url).then((answer) => answer.arrayBuffer())
    }
    await query(
      `insert into recording_views (id, recording_id, user_id, secret_hash, lock)
       select 'viw_0' || lpad(n::text, 25, '0'), $1, $2, 'x', 0 from generate_series(1, 2500) n`,
      [gone, bob.user.id],
    )
    await remove(gone, '30 days 1 minute')
    await remove(young, '29 days 23 hours')
    await sweep()
    for (const table of ['recording_files', 'recording_viewers', 'recording_links', 'recording_views']) {
      expect([table, await countOf(table, gone)]).toEqual([table, 0])
      expect(await countOf(table, kept)).toBeGreaterThan(0)
      expect(await countOf(table, young)).toBeGreaterThan(0)
    }
    expect(await query('select id from recordings order by id')).toEqual([{ id: kept }, { id: young }])
    const { rows, shown, keys } = await state()
    expect([rows, keys]).toEqual([shown, shown])
    expect(shown).toHaveLength(2)
    expect(await codeOf(recordings.restore({ recordingId: gone }))).toBe('NOT_FOUND')
    expect((await recordings.restore({ recordingId: young })).files).toHaveLength(1)
  })

  test('that was one of a meeting makes room for another', async () => {
    const plain = { title: 'Rehearsal', startsAt: new Date('2037-05-04T17:00Z'), durationMinutes: 60, timeZone: 'UTC' }
    const meeting = await ann.client.meetings.create({ ...plain, link: 'https://meet.example.com/choir' })
    await remove(meeting.recordingId!, '31 days')
    await sweep()
    const { id } = await recordings.create({ title: 'Again', meetingId: meeting.id })
    expect((await ann.client.meetings.get({ meetingId: meeting.id })).recordingId).toBe(id)
  })

  test('keeps an upload that a message shows', async () => {
    const { id } = await recordings.create({ title: 'Concert' })
    const sound = await soundOf(ann.client)
    await recordings.update({ recordingId: id, addUploads: [sound.id] })
    const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Room' })
    await ann.client.messages.send({ roomId, attachments: [{ uploadId: sound.id }] })
    await remove(id, '31 days')
    await sweep()
    expect(await state()).toEqual({ rows: [sound.id], shown: [], keys: [sound.id] })
    await query('delete from messages')
  })

  test('is one of many', async () => {
    await query(
      `insert into recordings (id, owner_id, title, removed_at)
       select 'rec_0' || lpad(n::text, 25, '0'), $1, 'x', now() - interval '31 days' from generate_series(1, 450) n`,
      [ann.user.id],
    )
    await sweep()
    expect(await query('select 1 from recordings')).toEqual([])
  })
})

describe('by setting', () => {
  test('recordings are removed after days without a new file, and can be restored', async () => {
    const [old, young, grown, empty] = [
      await filled('old'),
      await filled(),
      await filled(),
      await recordings.create({ title: 'x' }),
    ]
    for (const id of [old, young, grown])
      await query(`update recording_files set created_at = now() - interval '91 days' where recording_id = $1`, [id])
    await query(`update recordings set filled_at = now() - interval '91 days' where id = any($1)`, [[old, grown]])
    await query(`update recordings set filled_at = now() - interval '89 days' where id = $1`, [young])
    await fill(ann.client, grown)
    await sweep()
    expect((await recordings.list({ scope: 'removed' })).items).toEqual([])
    await sweep(90)
    expect((await recordings.list({ scope: 'removed' })).items.map(({ id }) => id)).toEqual([old])
    expect((await recordings.get({ recordingId: empty.id })).removedAt).toBeNull()
    await recordings.restore({ recordingId: old })
    await sweep(90)
    expect((await recordings.get({ recordingId: old })).files).toHaveLength(1)
  })
})

describe('after one sweep storage and database agree, where work ended', () => {
  const half: Record<string, () => Promise<number>> = {
    'after the upload was complete, before it was added': async () => {
      await soundOf(ann.client)
      await query(`update uploads set due_at = now()`)
      return 0
    },
    'after it was added': async () => {
      await filled()
      return 1
    },
    'after a file was removed, before its bytes': async () => {
      await filled()
      await query('delete from recording_files')
      await query('update uploads set due_at = now()')
      return 0
    },
    'after a copy was begun for another upload to take its place': async () => {
      await filled()
      const { id } = await ann.client.uploads.begin({ name: 'x', type: 'video/webm', sizeBytes: 5 })
      for await (const _ of storage.append(id, { offset: 0, size: 5, body: bytes('123') }));
      await query(`update uploads set received_bytes = 3, due_at = now() where id = $1`, [id])
      return 1
    },
    'after the copy took its place, before the removal of the other': async () => {
      const recordingId = await filled()
      const { id } = await soundOf(ann.client)
      await query('update uploads set due_at = case id when $1 then null else now() end', [id])
      await query('update recording_files set upload_id = $1 where recording_id = $2', [id, recordingId])
      return 1
    },
    'after the recording was removed': async () => {
      await remove(await filled(), '1 day')
      return 1
    },
    'while it was erased: its audit is gone, the rest is not': async () => {
      const recordingId = await filled()
      await recordings.playback({ recordingId })
      await remove(recordingId, '31 days')
      await query('delete from recording_views')
      return 0
    },
    'after it was erased, before the bytes': async () => {
      await filled()
      for (const table of ['recording_files', 'recordings']) await query(`delete from ${table}`)
      await query('update uploads set due_at = now()')
      return 0
    },
    'after the bytes were removed, before the row': async () => {
      await filled()
      for (const table of ['recording_files', 'recordings']) await query(`delete from ${table}`)
      await query('update uploads set due_at = now()')
      for await (const key of storage.keys()) await storage.remove(key)
      return 0
    },
    'with bytes that no row knows': async () => {
      for await (const _ of storage.append(newId('upload'), { offset: 0, size: 3, body: bytes('123') }));
      return 0
    },
  }

  test.each(Object.entries(half))('%s', async (_step, work) => {
    const left = await work()
    await sweep()
    const { rows, shown, keys } = await state()
    expect(shown).toHaveLength(left)
    expect([rows, keys]).toEqual([shown, shown])
  })
})

test('a file whose job is lost is prepared all the same', async () => {
  const recordingId = await filled()
  await sweep()
  await query(`update recording_files set state = 'preparing'`)
  await sweep()
  expect((await recordings.get({ recordingId })).files).toMatchObject([{ state: 'ready', problem: null }])
})

test('folders that killed processes left are removed, those at work are not', async () => {
  const [old, young] = ['antiphon-media-old', 'antiphon-media-young'].map((name) => join(filesDirectory, name)) as [
    string,
    string,
  ]
  for (const path of [old, young]) await mkdir(path, { recursive: true })
  const hoursAgo = Date.now() / 1_000 - 7_200
  await utimes(old, hoursAgo, hoursAgo)
  await sweepRecordings(db, undefined)
  const names = (await readdir(filesDirectory)).filter((name) => name.startsWith('antiphon-media-'))
  expect(names).toEqual(['antiphon-media-young'])
})

async function* bytes(text: string) {
  yield Buffer.from(text)
}
