import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { uploadOf } from '../../uploads/files.fixture.ts'
import { fill, soundOf, wav } from './media.fixture.ts'

const { url, signUp, signUpAdmin, query } = await startTestServer()
const [ann, bob] = [await signUp(), await signUp()]

const meeting = {
  title: 'Rehearsal',
  startsAt: new Date('2037-05-04T17:00Z'),
  durationMinutes: 90,
  timeZone: 'Europe/Berlin',
  link: 'https://meet.example.com/choir',
}

describe('the recording of a meeting', () => {
  test('is there from the beginning: private, empty, of the host', async () => {
    const { recordingId, id, hostId } = await ann.client.meetings.create(meeting)
    const recording = await ann.client.meetings.recordings.get({ recordingId: recordingId! })
    expect(recording).toMatchObject({ id: recordingId, meetingId: id, ownerId: hostId, title: 'Rehearsal', files: [] })
    expect(recording).toMatchObject({ visibility: 'private', hasPassword: false, mayDownload: true, removedAt: null })
    // Who is invited to the meeting is not shown the recording.
    await ann.client.meetings.invite({ meetingId: id, invitees: [{ userId: bob.user.id }] })
    expect((await bob.client.meetings.get({ meetingId: id })).recordingId).toBe(recordingId)
    expect(await codeOf(bob.client.meetings.recordings.get({ recordingId: recordingId! }))).toBe('NOT_FOUND')
  })

  test('has a password where one was given, which is stored hashed', async () => {
    const recordingPassword = 'tenor and bass canary'
    const { recordingId } = await ann.client.meetings.create({ ...meeting, recordingPassword })
    expect((await ann.client.meetings.recordings.get({ recordingId: recordingId! })).hasPassword).toBe(true)
    const [row] = await query<{ hash: string }>('select password_hash as hash from recordings where id = $1', [
      recordingId,
    ])
    expect(row?.hash).toMatch(/^\$argon2id\$/)
  })

  test('goes with the meeting, and comes back by itself for 30 days', async () => {
    const { recordingId: id, id: meetingId } = await ann.client.meetings.create(meeting)
    const recordingId = id!
    await fill(ann.client, recordingId)
    await ann.client.meetings.remove({ meetingId })
    expect(await codeOf(ann.client.meetings.recordings.get({ recordingId }))).toBe('NOT_FOUND')
    expect(await codeOf(ann.client.meetings.recordings.playback({ recordingId }))).toBe('NOT_FOUND')
    const { items } = await ann.client.meetings.recordings.list({ scope: 'removed' })
    expect(items.map((one) => one.id)).toContain(recordingId)
    expect(await codeOf(bob.client.meetings.recordings.restore({ recordingId }))).toBe('NOT_FOUND')
    const restored = await ann.client.meetings.recordings.restore({ recordingId })
    expect([restored.removedAt, restored.files.length, restored.meetingId]).toEqual([null, 1, null])
    expect((await ann.client.meetings.recordings.restore({ recordingId })).id).toEqual(restored.id)
    await ann.client.meetings.recordings.remove({ recordingId })
    await query(`update recordings set removed_at = now() - interval '30 days 1 minute' where id = $1`, [recordingId])
    expect(await codeOf(ann.client.meetings.recordings.restore({ recordingId }))).toBe('NOT_FOUND')
  })

  test('is removed with the meeting by an administrator, who may not see it', async () => {
    const admin = await signUpAdmin()
    const { recordingId: id, id: meetingId } = await ann.client.meetings.create(meeting)
    const recordingId = id!
    expect(await codeOf(admin.client.meetings.recordings.get({ recordingId }))).toBe('NOT_FOUND')
    await admin.client.meetings.remove({ meetingId })
    expect(await codeOf(admin.client.meetings.recordings.restore({ recordingId }))).toBe('NOT_FOUND')
    expect((await ann.client.meetings.recordings.restore({ recordingId })).id).toBe(recordingId)
  })

  test('is one: another is made only where there is none', async () => {
    const { recordingId, id: meetingId } = await ann.client.meetings.create(meeting)
    const again = () => ann.client.meetings.recordings.create({ title: 'Again', meetingId })
    expect(await codeOf(again())).toBe('RECORDING_EXISTS')
    await ann.client.meetings.recordings.remove({ recordingId: recordingId! })
    expect(await codeOf(again())).toBe('RECORDING_EXISTS')
    expect((await ann.client.meetings.get({ meetingId })).recordingId).toBe(null)
    await query('delete from recordings where id = $1', [recordingId])
    expect(await again()).toMatchObject({ meetingId, title: 'Again' })
    expect(await codeOf(bob.client.meetings.recordings.create({ title: 'x', meetingId }))).toBe('NOT_FOUND')
  })
})

describe('the files of a recording', () => {
  test('are uploads of the owner, in their order, and go for good', async () => {
    const { id: recordingId } = await ann.client.meetings.recordings.create({ title: 'Concert' })
    const [first, second] = [await soundOf(ann.client), await soundOf(ann.client, wav(2_000), 'Second.wav')]
    await ann.client.meetings.recordings.update({ recordingId, addUploads: [first.id] })
    const { files } = await ann.client.meetings.recordings.update({
      ...{ recordingId, title: 'The concert', addUploads: [second.id] },
    })
    expect(files).toMatchObject([
      { name: 'Choir.wav', type: 'audio/wav', sizeBytes: 1_044, source: 'upload', problem: null },
      { name: 'Second.wav', type: 'audio/wav', sizeBytes: 2_000 },
    ])
    // While a recording has it, it is not removed as an upload.
    expect(await codeOf(ann.client.uploads.abort({ uploadId: first.id }))).toBe('UPLOAD_IN_USE')
    const after = await ann.client.meetings.recordings.update({ recordingId, removeFiles: [files[0]!.id] })
    expect([after.title, after.files.map(({ name }) => name)]).toEqual(['The concert', ['Second.wav']])
    expect(await codeOf(ann.client.uploads.download(first.id))).toBe('NOT_FOUND')
  })

  test('that are added at once have the order in which they were given', async () => {
    const { id: recordingId } = await ann.client.meetings.recordings.create({ title: 'Concert' })
    const names = ['C.wav', 'A.wav', 'D.wav', 'B.wav']
    const uploads = await Promise.all(names.map((name) => soundOf(ann.client, wav(), name)))
    const { files } = await ann.client.meetings.recordings.update({
      recordingId,
      addUploads: uploads.map(({ id }) => id),
    })
    expect(files.map(({ name }) => name)).toEqual(names)
  })

  test('are refused, each for its own reason, and then nothing is changed', async () => {
    const { id: recordingId } = await ann.client.meetings.recordings.create({ title: 'Concert' })
    const add = (uploadId: Awaited<ReturnType<typeof soundOf>>['id']) =>
      codeOf(ann.client.meetings.recordings.update({ recordingId, title: 'Changed', addUploads: [uploadId] }))
    expect(await add((await uploadOf(ann.client)).id)).toBe('NOT_MEDIA')
    expect(await add((await soundOf(bob.client)).id)).toBe('UPLOAD_UNKNOWN')
    expect(await add(newId('upload'))).toBe('UPLOAD_UNKNOWN')
    const begun = await ann.client.uploads.begin({ name: 'x.wav', type: 'audio/wav', sizeBytes: 10 })
    expect(await add(begun.id)).toBe('UPLOAD_INCOMPLETE')
    const { files } = await fill(ann.client, recordingId)
    const [row] = await query<{ id: typeof begun.id }>('select upload_id as id from recording_files where id = $1', [
      files[0]!.id,
    ])
    expect(await add(row!.id)).toBe('UPLOAD_IN_USE')
    const missing = ann.client.meetings.recordings.update({
      ...{ recordingId, title: 'Changed', removeFiles: [newId('recordingFile')] },
    })
    expect(await codeOf(missing)).toBe('NOT_FOUND')
    expect((await ann.client.meetings.recordings.get({ recordingId })).title).toBe('Concert')
    const sha256 = 'ab'.repeat(32)
    const wrong = ann.client.uploads.upload(wav(), { name: 'x.wav', type: 'audio/wav', sha256 })
    expect(await codeOf(wrong)).toBe('UPLOAD_CHECKSUM')
    const text = new TextEncoder().encode('no sound at all')
    expect(await codeOf(ann.client.uploads.upload(text, { name: 'x.wav', type: 'audio/wav' }))).toBe('UPLOAD_TYPE')
  })
})

test('lists: mine, shared, open to all, removed', async () => {
  const dora = await signUp()
  const make = async (title: string) => (await dora.client.meetings.recordings.create({ title })).id
  const [plain, shared, open, gone] = [await make('A'), await make('B'), await make('C'), await make('D')]
  await dora.client.meetings.recordings.share({ recordingId: shared, viewers: [{ userId: bob.user.id }] })
  await dora.client.meetings.recordings.setVisibility({ recordingId: open, visibility: 'members' })
  await dora.client.meetings.recordings.remove({ recordingId: gone })
  type Scope = 'mine' | 'shared' | 'members' | 'removed'
  const idsOf = async (who: typeof dora, scope: Scope) =>
    (await who.client.meetings.recordings.list({ scope })).items.map(({ id }) => id)
  expect(await idsOf(dora, 'mine')).toEqual([open, shared, plain])
  expect(await idsOf(dora, 'removed')).toEqual([gone])
  expect(await idsOf(bob, 'shared')).toEqual([shared])
  await fill(dora.client, shared)
  const filled = async (is: boolean) =>
    (await dora.client.meetings.recordings.list({ filled: is })).items.map(({ id }) => id)
  expect([await filled(true), await filled(false)]).toEqual([[shared], [open, plain]])
  expect(await idsOf(ann, 'shared')).toEqual([])
  expect(await idsOf(bob, 'members')).toContain(open)
  const walked = await collect(dora.client.meetings.recordings.list.all({ limit: 1 }))
  expect(walked.map(({ id }) => id)).toEqual([open, shared, plain])
  expect(await codeOf(dora.client.meetings.recordings.list({ cursor: 'x' }))).toBe('BAD_CURSOR')
})

test('a list ends a page early where there is much in it', async () => {
  const emil = await signUp()
  const ids = []
  for (let at = 0; at < 6; at++) ids.push((await emil.client.meetings.recordings.create({ title: 'x' })).id)
  await query(
    `insert into recording_files (id, recording_id, name, source, state)
      select 'fil_0' || lpad(n || right(id, 20), 25, '0'), id, repeat('x', 200), 'upload', 'ready'
      from unnest($1::text[]) as id, generate_series(100, 299) n`,
    [ids],
  )
  const page = await emil.client.meetings.recordings.list({ limit: 200 })
  expect([page.items.length, page.nextCursor === null]).toEqual([3, false])
  const all = await collect(emil.client.meetings.recordings.list.all({ limit: 200 }))
  expect(all.map(({ id, files }) => [id, files.length])).toEqual(ids.reverse().map((id) => [id, 200]))
})

test('creating again under the same key makes one, with a password, too', async () => {
  const create = () =>
    ann.client.meetings.recordings.create({ title: 'Once', password: 'only once', idempotencyKey: 'a hard key 1' })
  expect(await create()).toEqual(await create())
  const other = ann.client.meetings.recordings.create({ title: 'Other', idempotencyKey: 'a hard key 1' })
  expect(await codeOf(other)).toBe('IDEMPOTENCY_KEY_REUSED')
})

test('bad input is refused by field', async () => {
  const { id: recordingId } = await ann.client.meetings.recordings.create({ title: 'x' })
  const recordings = createClient({ url, token: ann.token }).meetings.recordings
  const fieldOf = async (call: Promise<unknown>) =>
    call.then(
      () => 'none',
      (error) => `${error.code} ${error.fields?.[0]?.path}`,
    )
  expect(await fieldOf(recordings.create({ title: '' }))).toBe('INVALID_INPUT title')
  expect(await fieldOf(recordings.create({ title: 'x', password: 'abc' }))).toBe('INVALID_INPUT password')
  const visibility = 'public' as 'link'
  expect(await fieldOf(recordings.setVisibility({ recordingId, visibility }))).toBe('INVALID_INPUT visibility')
  expect(await fieldOf(recordings.share({ viewers: [{ userId: bob.user.id }] }))).toBe('INVALID_INPUT recordingId')
  expect(await fieldOf(recordings.share({ recordingId, viewers: [{ email: 'x' }] }))).toBe(
    'INVALID_INPUT viewers.0.email',
  )
  const nobody = recordings.share({ recordingId, viewers: [{ userId: newId('user') }] })
  expect(await fieldOf(nobody)).toBe('NOT_FOUND viewers')
  const expiresAt = new Date(Date.now() - 1_000)
  expect(await fieldOf(recordings.createLink({ recordingId, name: 'x', expiresAt }))).toBe('INVALID_INPUT expiresAt')
  expect(await fieldOf(recordings.createLink({ recordingId, name: 'x', maxViews: 0 }))).toBe('INVALID_INPUT maxViews')
  expect(await fieldOf(recordings.openLink({ link: 'https://example.com/watch#nonsense' }))).toBe('NOT_FOUND undefined')
})
