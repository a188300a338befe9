import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import pino from 'pino'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startS3, withoutS3 } from '../../../test/s3.ts'
import { startS3Proxy } from '../../../test/s3Proxy.ts'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { createDb, createPool } from '../../db/connect.ts'
import { newId } from '../../ids.ts'
import { png, uploadOf } from '../../uploads/files.fixture.ts'
import { sweepUploads } from '../../uploads/remove.ts'
import { fileStoreName } from '../../uploads/uses/store.ts'
import { openBucket } from './bucket.ts'
import { createS3Storage } from './s3.ts'

async function start() {
  const store = await startS3()
  const proxy = await startS3Proxy(store.settings.endpoint)
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) })
  const server = await startTestServer({ s3: { ...store.settings, endpoint: proxy.endpoint }, log })
  const db = createDb(createPool({ connectionString: server.databaseUrl }, { max: 2 }))
  const prefix = await fileStoreName(db)
  const storage = await createS3Storage(store.settings, prefix)
  const ann = await server.signUp()
  const sweep = () => sweepUploads(db, storage, pino({ level: 'silent' }))
  afterAll(async () => {
    await db.destroy()
    proxy.stop()
    await store.stop()
  })
  return { store, proxy, lines, ...server, db, prefix, storage, ann, sweep }
}

const running = withoutS3 === undefined ? await start() : undefined
const at = () => running ?? expect.fail('there is no store')
beforeEach(({ skip }) => {
  skip(withoutS3 !== undefined, withoutS3)
  running?.proxy.set('none')
})

/** Of two parts. */
const long = randomBytes(9_500_123)
const file = { name: 'long.bin', type: 'application/octet-stream', sizeBytes: long.length }

async function begin() {
  const { id, uploadUrl } = await at().ann.client.uploads.begin(file)
  return { id, path: uploadUrl, address: at().url + uploadUrl }
}

async function patch(address: string, offset: number, body: Uint8Array) {
  const headers = {
    ...{ authorization: `Bearer ${at().ann.token}`, 'tus-resumable': '1.0.0', 'upload-offset': String(offset) },
    'content-type': 'application/offset+octet-stream',
  }
  const answer = await fetch(address, { method: 'PATCH', headers, body: Uint8Array.from(body) })
  const text = await answer.text()
  return { status: answer.status, code: text === '' ? undefined : JSON.parse(text).code }
}

async function offsetOf(address: string): Promise<number> {
  const answer = await fetch(address, { method: 'HEAD', headers: { authorization: `Bearer ${at().ann.token}` } })
  return Number(answer.headers.get('upload-offset'))
}

const bytesOf = async (id: `upl_${string}`) =>
  Buffer.from(await (await at().ann.client.uploads.download(id)).arrayBuffer())

describe('a server whose files are in S3', () => {
  test('takes a file of the SDK, and gives it and parts of it', async () => {
    const { ann, url, prefix, store } = at()
    const { id } = await ann.client.uploads.upload(long, { name: 'long.bin' })
    expect((await bytesOf(id)).equals(long)).toBe(true)
    const headers = { authorization: `Bearer ${ann.token}`, range: 'bytes=8388600-8388615' }
    const part = await fetch(`${url}/media/${id}`, { headers })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 8388600-8388615/9500123'])
    expect(Buffer.from(await part.arrayBuffer())).toEqual(long.subarray(8_388_600, 8_388_616))
    // One object, and nothing on the way to it.
    expect(await store.names()).toEqual({ objects: [`${prefix}/${id}`], uploads: [] })
    await ann.client.uploads.abort({ uploadId: id })
    expect(await store.names()).toEqual({ objects: [], uploads: [] })
  })

  test('goes on after a connection that broke off', async () => {
    const { ann, url } = at()
    const { id, path, address } = await begin()
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => {})
    socket.write(
      `PATCH ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${ann.token}\r\ntus-resumable: 1.0.0\r\n` +
        `content-type: application/offset+octet-stream\r\nupload-offset: 0\r\ncontent-length: ${long.length}\r\n\r\n`,
    )
    socket.write(long.subarray(0, 9_000_000))
    await vi.waitFor(async () => expect(await offsetOf(address)).toBe(8_388_608), 10_000)
    await new Promise((resolve) => setTimeout(resolve, 200))
    socket.destroy()
    await vi.waitFor(async () => expect(await offsetOf(address)).toBe(9_000_000), 10_000)
    expect(await patch(address, 9_000_000, long.subarray(9_000_000))).toMatchObject({ status: 204 })
    await ann.client.uploads.complete({ uploadId: id })
    expect((await bytesOf(id)).equals(long)).toBe(true)
    await ann.client.uploads.abort({ uploadId: id })
  })

  test('removes what is past its time, half done too, and what no row knows; nothing of others', async () => {
    const { ann, store, prefix, storage, query, sweep } = at()
    const half = await begin()
    await patch(half.address, 0, long.subarray(0, 9_000_000))
    const { id } = await uploadOf(ann.client, png())
    const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Room' })
    const { id: shown } = await uploadOf(ann.client, png())
    const { seq } = await ann.client.messages.send({ roomId, attachments: [{ uploadId: shown }] })
    for (const size of [1, long.length]) {
      const body = (async function* () {
        yield long.subarray(0, 1)
        yield long.subarray(1, Math.min(size, 9_000_000))
      })()
      for await (const _ of storage.append(newId('upload'), { offset: 0, size, body })) {
      }
    }
    const foreign = ['notes.txt', `${prefix}/notes.txt`, `another/${newId('upload')}`]
    for (const name of foreign) await store.put(name)
    expect((await store.names()).uploads).toHaveLength(2)
    await query(`update uploads set due_at = due_at - interval '24 hours' where id = any($1)`, [[id, half.id]])
    await sweep()
    expect(await store.names()).toEqual({ objects: [...foreign, `${prefix}/${shown}`].sort(), uploads: [] })
    await ann.client.messages.remove({ roomId, seq })
    await vi.waitFor(async () => expect((await store.names()).objects).toEqual([...foreign].sort()), 10_000)
  })

  test('says that the store has no room, and goes on when it has', async () => {
    const { ann, proxy } = at()
    const { id, address } = await begin()
    await patch(address, 0, long.subarray(0, 1_000))
    proxy.set('full')
    expect(await patch(address, 1_000, long.subarray(1_000))).toEqual({ status: 507, code: 'STORAGE_FULL' })
    expect(await offsetOf(address)).toBe(1_000)
    proxy.set('none')
    expect(await patch(address, 1_000, long.subarray(1_000))).toMatchObject({ status: 204 })
    await ann.client.uploads.complete({ uploadId: id })
    expect((await bytesOf(id)).equals(long)).toBe(true)
    await ann.client.uploads.abort({ uploadId: id })
  })

  test.each(['cut', 'unanswered'] as const)('makes up for writes that were %s', async (fault) => {
    const { ann, proxy, store } = at()
    // Of a file of one write; of one of several: the beginning, parts, the end.
    for (const [size, after] of [
      [5, 0],
      [long.length, 0],
      [long.length, 1],
      [long.length, 3],
    ] as const) {
      const bytes = long.subarray(0, size)
      const { id, uploadUrl } = await ann.client.uploads.begin({ ...file, sizeBytes: size })
      proxy.set(fault, { after })
      expect(await patch(at().url + uploadUrl, 0, bytes)).toMatchObject({ status: 204 })
      await ann.client.uploads.complete({ uploadId: id })
      expect((await bytesOf(id)).equals(bytes)).toBe(true)
      await ann.client.uploads.abort({ uploadId: id })
    }
    expect((await store.names()).uploads).toEqual([])
  })

  test('can be asked again where the store is away', async () => {
    const { ann, proxy, lines } = at()
    const { id } = await uploadOf(ann.client, png())
    const { address } = await begin()
    proxy.set('away')
    expect(await patch(address, 0, long)).toEqual({ status: 503, code: 'UNAVAILABLE' })
    expect(await codeOf(ann.client.uploads.download(id))).toBe('UNAVAILABLE')
    proxy.set('none')
    expect((await bytesOf(id)).equals(png())).toBe(true)
    expect(lines.join('')).not.toMatch(/testing|AWS4-HMAC|Signature=/)
  })
})

test('an instance has parts of 512 MB in memory at most; who would be beyond that comes again', async () => {
  const { storage } = at()
  // Of files of this size a part has 280 MB.
  const size = 2_600_000_000_000
  const { promise: until, resolve: end } = Promise.withResolvers<void>()
  const write = async (key: string) => {
    const body = (async function* () {
      yield Buffer.from('x')
      await until
    })()
    for await (const _ of storage.append(key, { offset: 0, size, body })) {
    }
  }
  const [one, two] = [newId('upload'), newId('upload')]
  const first = write(one)
  await expect(write(two)).rejects.toMatchObject({ details: { code: 'UNAVAILABLE' } })
  end()
  await first
  await write(two)
  for (const key of [one, two]) await storage.remove(key)
})

describe('a bucket', () => {
  test.each([
    ['of another name', { bucket: 'nowhere' }, 'there is none of this name'],
    ['by a wrong secret', { credentials: { accessKeyId: 'test:tester', secretAccessKey: 'x' } }, 'the keys are wrong'],
    ['where nobody listens', { endpoint: 'http://127.0.0.1:9' }, 'ECONNREFUSED'],
  ])('%s cannot be used, and a line says why', async (_what, change, why) => {
    const { settings } = at().store
    const error = await openBucket({ ...settings, ...change }).catch((thrown: unknown) => thrown)
    expect(String(error)).toMatch(
      new RegExp(`^Error: The bucket "[\\w-]+" at http://127\\.0\\.0\\.1:\\d+ cannot be used: .*${why}`),
    )
    expect(String(error)).not.toMatch(/testing|\n/)
  })
})
