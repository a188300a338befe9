import { get, type IncomingMessage } from 'node:http'
import { createClient, type Playback, type RecordingId } from '@antiphon/client'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../../../test/server.ts'
import { askEveryMs } from '../../../http/files/send.ts'
import { newId } from '../../../ids.ts'
import { fill, wav } from '../media.fixture.ts'

const { url, anyone, signUp, query } = await startTestServer()
const [ann, bob] = [await signUp(), await signUp()]
const { recordings } = ann.client.meetings

afterEach(() => void vi.useRealTimers())

/** A recording with a file that bob may see, and what he plays it by. */
async function place(bytes = wav()) {
  const { id: recordingId } = await recordings.create({ title: 'Concert' })
  const { files } = await fill(ann.client, recordingId, bytes)
  await recordings.share({ recordingId, viewers: [{ userId: bob.user.id }] })
  return { recordingId, fileId: files[0]!.id, playback: await bob.client.meetings.recordings.playback({ recordingId }) }
}

const fileOf = ({ files }: Playback) => url + files[0]!.url
const statusOf = async (address: string, init?: RequestInit) => (await fetch(address, init)).status

describe('the address of a player', () => {
  test('gives parts of the file, also long after it was opened', async () => {
    const { playback } = await place()
    const address = fileOf(playback)
    await query(`update recording_views set opened_at = now() - interval '11 minutes' where id = $1`, [playback.viewId])
    const part = await fetch(address, { headers: { range: 'bytes=100-199' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 100-199/1044'])
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(wav().subarray(100, 200))
    const etag = part.headers.get('etag')!
    const beyond = await fetch(address, { headers: { range: 'bytes=5000-' } })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */1044'])
    expect(await statusOf(address, { headers: { range: 'bytes=100-199', 'if-range': etag } })).toBe(206)
    expect(await statusOf(address, { headers: { range: 'bytes=100-199', 'if-range': '"other"' } })).toBe(200)
    const head = await fetch(address, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '1044', ''])
    expect(head.headers.get('accept-ranges')).toBe('bytes')
    expect(head.headers.get('cache-control')).toBe('private, no-store')
    expect(head.headers.get('referrer-policy')).toBe('no-referrer')
    expect(head.headers.get('content-security-policy')).toContain('sandbox')
    await query(`update recording_views set opened_at = now() - interval '12 hours 1 second' where id = $1`, [
      playback.viewId,
    ])
    expect(await statusOf(address)).toBe(404)
  })

  test('opens nothing with another secret, another view or another file', async () => {
    const [one, other] = [await place(), await place()]
    const [, view, secret] = /\/([^/.]+)\.([^/]+)\//.exec(one.playback.files[0]!.url)!
    const at = (token: string, fileId: string) => statusOf(`${url}/media/recordings/${token}/${fileId}`)
    expect(await at(`${view}.${secret}`, one.fileId)).toBe(200)
    expect(await at(`${view}.${'A'.repeat(43)}`, one.fileId)).toBe(404)
    expect(await at(`${other.playback.viewId}.${secret}`, other.fileId)).toBe(404)
    expect(await at(`${view}.${secret}`, other.fileId)).toBe(404)
    expect(await at(`${newId('recordingView')}.${secret}`, one.fileId)).toBe(404)
    expect(await at(`${view}`, one.fileId)).toBe(404)
    expect(await at(`${view}.${secret}`, 'fil_x')).toBe(404)
  })

  test('is nowhere kept but as a hash', async () => {
    const { playback } = await place()
    const secret = /\.([\w-]{43})\//.exec(playback.files[0]!.url)![1]
    const rows = await query<{ row: string }>('select v::text as row from recording_views v')
    expect(JSON.stringify(rows)).not.toContain(secret)
  })

  const endings: [string, (at: Awaited<ReturnType<typeof place>>) => Promise<unknown>][] = [
    ['unshared', ({ recordingId }) => recordings.unshare({ recordingId, viewers: [{ userId: bob.user.id }] })],
    ['removed', ({ recordingId }) => recordings.remove({ recordingId })],
    [
      'given a password',
      ({ recordingId }) => recordings.setVisibility({ recordingId, visibility: 'private', password: 'new word' }),
    ],
    ['without the file', ({ recordingId, fileId }) => recordings.update({ recordingId, removeFiles: [fileId] })],
  ]
  test.each(endings)('gives nothing once it is %s', async (_how, end) => {
    const at = await place()
    expect(await statusOf(fileOf(at.playback))).toBe(200)
    await end(at)
    expect(await statusOf(fileOf(at.playback))).toBe(404)
    expect(await statusOf(fileOf(at.playback), { headers: { range: 'bytes=0-1' } })).toBe(404)
  })

  test('goes on for the owner when the password changes, and for all when it is taken away', async () => {
    const { recordingId, playback } = await place()
    const own = await recordings.playback({ recordingId })
    await recordings.setVisibility({ recordingId, visibility: 'private', password: 'new word' })
    expect([await statusOf(fileOf(own)), await statusOf(fileOf(playback))]).toEqual([200, 404])
    const unlocked = await bob.client.meetings.recordings.playback({ recordingId, password: 'new word' })
    await recordings.setVisibility({ recordingId, visibility: 'private', password: null })
    expect(await statusOf(fileOf(unlocked))).toBe(200)
  })

  test('ends with the session that it was opened in, and with the account', async () => {
    const { recordingId } = await place()
    const dan = await signUp()
    await recordings.share({ recordingId, viewers: [{ userId: dan.user.id }] })
    const { token } = await anyone.users.signIn({
      identifier: dan.user.userName,
      password: `password of ${dan.user.userName}`,
    })
    const elsewhere = createClient({ url, token })
    const there = await elsewhere.meetings.recordings.playback({ recordingId })
    const here = await dan.client.meetings.recordings.playback({ recordingId })
    const [device] = (await elsewhere.users.devices.list()).items.filter(({ current }) => current)
    const age = (days: number) =>
      query(`update devices set last_seen_at = now() - $2 * interval '1 day' where id = $1`, [device!.id, days])
    await age(31)
    expect([await statusOf(fileOf(there)), await statusOf(fileOf(here))]).toEqual([404, 200])
    await age(0)
    expect(await statusOf(fileOf(there))).toBe(200)
    await elsewhere.users.signOut()
    expect([await statusOf(fileOf(there)), await statusOf(fileOf(here))]).toEqual([404, 200])
    await dan.client.users.remove({ password: `password of ${dan.user.userName}` })
    expect(await statusOf(fileOf(here))).toBe(404)
  })
})

/** An answer that is being read, slowly. */
function reading(address: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(address, (answer) => {
      answer.once('readable', () => resolve(answer))
    }).once('error', reject)
  })
}

const large = wav(24_000_000)

test.each<[string, (at: { recordingId: RecordingId }) => Promise<unknown>]>([
  ['unshared', ({ recordingId }) => recordings.unshare({ recordingId, viewers: [{ userId: bob.user.id }] })],
  ['removed', ({ recordingId }) => recordings.remove({ recordingId })],
])('a player that runs is cut within a minute once it is %s, not before', async (_how, end) => {
  const at = await place(large)
  expect(askEveryMs).toBeLessThanOrEqual(60_000)
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const answer = await reading(fileOf(at.playback))
  await vi.advanceTimersByTimeAsync(askEveryMs)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(answer.destroyed).toBe(false)
  await end(at)
  const cut = new Promise((resolve) => answer.once('close', resolve))
  answer.on('error', () => {}).resume()
  await vi.advanceTimersByTimeAsync(2 * askEveryMs)
  await cut
  expect(answer.complete).toBe(false)
})

test('wrong passwords cost whoever gives them, nobody else', async () => {
  const { recordingId } = await place()
  const cleo = await signUp()
  await recordings.share({ recordingId, viewers: [{ userId: cleo.user.id }] })
  await recordings.setVisibility({ recordingId, visibility: 'private', password: 'the right one' })
  const attempt = (person: typeof bob, password: string) =>
    person.client.meetings.recordings.playback({ recordingId, password })
  const codes: string[] = []
  for (let round = 0; round < 6; round++) codes.push(await codeOf(attempt(bob, `guess ${round}`)))
  expect(codes).toEqual([...Array<string>(5).fill('WRONG_PASSWORD'), 'RATE_LIMITED'])
  expect(await codeOf(attempt(bob, 'the right one'))).toBe('RATE_LIMITED')
  expect((await attempt(cleo, 'the right one')).files).toHaveLength(1)
})

test('a recording is opened 120 times an hour by one person, which is counted for nobody else', async () => {
  const { recordingId, playback } = await place()
  const open = () => bob.client.meetings.recordings.playback({ recordingId })
  for (let round = 0; round < 119; round++) await open()
  expect(await codeOf(open())).toBe('RATE_LIMITED')
  expect(await statusOf(fileOf(playback))).toBe(200)
  expect((await recordings.playback({ recordingId })).files).toHaveLength(1)
})
