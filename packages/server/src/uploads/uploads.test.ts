import { createHash } from 'node:crypto'
import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'
import { pictures, png, uploadOf } from './files.fixture.ts'

const { url, signUp, query } = await startTestServer({ uploads: { maxMegabytes: 2, quotaMegabytes: 3 } })
const { client, token, user } = await signUp()
const eve = await signUp()

const file = { name: 'plan.bin', type: 'application/octet-stream', sizeBytes: 10 }
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Sends all the bytes of an upload at once. */
const put = (path: string, body: string | Uint8Array<ArrayBuffer>, as = token) =>
  fetch(url + path, { method: 'PUT', body, headers: { authorization: `Bearer ${as}` } })

describe('an upload', () => {
  test('is begun, sent at once, completed, and read', async () => {
    const bytes = Uint8Array.from(png(40, 30))
    const begun = await client.uploads.begin({ name: 'Plan.png', type: 'image/png', sizeBytes: bytes.length })
    expect(begun).toMatchObject({
      name: 'Plan.png',
      type: 'image/png',
      kind: 'image',
      receivedBytes: 0,
      completedAt: null,
    })
    expect(begun).toMatchObject({ url: `/media/${begun.id}`, uploadUrl: `/uploads/${begun.id}`, width: null })
    expect(begun.id).toMatch(/^upl_/)
    const hours = (begun.expiresAt!.getTime() - Date.now()) / 3_600_000
    expect(hours > 23 && hours <= 24).toBe(true)
    const answer = await put(begun.uploadUrl, bytes)
    expect([answer.status, answer.headers.get('upload-offset')]).toEqual([204, String(bytes.length)])
    const done = await client.uploads.complete({ uploadId: begun.id })
    expect(done).toMatchObject({ id: begun.id, width: 40, height: 30, receivedBytes: bytes.length })
    expect(done.completedAt).toBeInstanceOf(Date)
    const read = await client.uploads.download(begun.id)
    expect(new Uint8Array(await read.arrayBuffer())).toEqual(bytes)
  })

  test('is completed once: again gives the same', async () => {
    const { id } = await uploadOf(client)
    const [one, two] = await Promise.all([
      client.uploads.complete({ uploadId: id }),
      client.uploads.complete({ uploadId: id }),
    ])
    expect(one).toEqual(two)
    expect((await put(`/uploads/${id}`, 'x')).status).toBe(409)
  })

  test.each(Object.entries(pictures))('of %s has its size', async (type, bytes) => {
    const upload = await client.uploads.upload(bytes, { name: 'x', type: 'application/octet-stream' })
    expect(upload).toMatchObject({ type, width: 7, height: 5, kind: type === 'image/gif' ? 'gif' : 'image' })
    await client.uploads.abort({ uploadId: upload.id })
  })

  test('is compared with its announced hash', async () => {
    const bytes = png()
    const right = await client.uploads.upload(bytes, { type: 'image/png', sha256: sha256(bytes) })
    expect(right.completedAt).not.toBeNull()
    const wrong = { name: 'x', type: 'image/png', sizeBytes: bytes.length, sha256: sha256(png(9, 9)) }
    const { id, uploadUrl } = await client.uploads.begin(wrong)
    await put(uploadUrl, Uint8Array.from(bytes))
    for (let again = 0; again < 2; again++)
      expect(await codeOf(client.uploads.complete({ uploadId: id }))).toBe('UPLOAD_CHECKSUM')
    expect(await codeOf(client.uploads.upload(bytes, wrong))).toBe('UPLOAD_CHECKSUM')
    // The SDK leaves nothing behind of what no attempt mends.
    expect(await query('select id from uploads where owner_id = $1 and completed_at is null', [user.id])).toEqual([
      { id },
    ])
    await client.uploads.abort({ uploadId: id })
  })

  test('has to be what it says that it is', async () => {
    const html = Buffer.from('<!doctype html><script>alert(1)</script>')
    for (const type of ['image/png', 'image/gif', 'application/pdf', 'video/mp4']) {
      expect(await codeOf(client.uploads.upload(html, { name: 'face.png', type }))).toBe('UPLOAD_TYPE')
    }
    const honest = await client.uploads.upload(html, { name: 'face.png', type: 'text/html' })
    expect(honest).toMatchObject({ kind: 'file', type: 'text/html' })
  })

  test('is not complete before all its bytes are there', async () => {
    const { id, uploadUrl } = await client.uploads.begin(file)
    const none = await client.uploads.complete.safe({ uploadId: id })
    expect(none).toMatchObject({ ok: false, error: { code: 'UPLOAD_INCOMPLETE', message: '0 of 10 bytes are there.' } })
    expect((await put(uploadUrl, '12345')).status).toBe(204)
    expect(await codeOf(client.uploads.complete({ uploadId: id }))).toBe('UPLOAD_INCOMPLETE')
    expect(await codeOf(client.uploads.download(id))).toBe('NOT_FOUND')
    await put(uploadUrl, '1234567890')
    expect((await client.uploads.complete({ uploadId: id })).sizeBytes).toBe(10)
    await client.uploads.abort({ uploadId: id })
  })

  test('is gone once it is aborted', async () => {
    const { id } = await uploadOf(client)
    await client.uploads.abort({ uploadId: id })
    for (const call of [client.uploads.abort, client.uploads.complete])
      expect(await codeOf(call({ uploadId: id }))).toBe('NOT_FOUND')
    expect(await codeOf(client.uploads.download(id))).toBe('NOT_FOUND')
    expect((await put(`/uploads/${id}`, 'x')).status).toBe(404)
    expect(await query('select from uploads where id = $1', [id])).toEqual([])
  })

  test('is its owner’s alone', async () => {
    const { id, uploadUrl } = await client.uploads.begin(file)
    for (const uploadId of [id, newId('upload')]) {
      expect(await codeOf(eve.client.uploads.complete({ uploadId }))).toBe('NOT_FOUND')
      expect(await codeOf(eve.client.uploads.abort({ uploadId }))).toBe('NOT_FOUND')
      expect(await codeOf(eve.client.uploads.download(uploadId))).toBe('NOT_FOUND')
      expect((await put(`/uploads/${uploadId}`, '1234567890', eve.token)).status).toBe(404)
    }
    await client.uploads.abort({ uploadId: id })
    expect((await put(uploadUrl, 'x')).status).toBe(404)
  })

  test('keeps its name as a label, whatever it says of folders', async () => {
    const { id, name, url: path } = await client.uploads.begin({ ...file, name: '../../../etc/passwd' })
    expect([name, path]).toEqual(['.._.._.._etc_passwd', `/media/${id}`])
    await client.uploads.abort({ uploadId: id })
  })
})

describe('beginning', () => {
  test.each([
    [{ ...file, name: '' }],
    [{ ...file, name: 'x'.repeat(256) }],
    [{ ...file, type: 'picture' }],
    [{ ...file, type: 'text/html; charset=utf-8' }],
    [{ ...file, sizeBytes: 0 }],
    [{ ...file, sizeBytes: 1.5 }],
    [{ ...file, sha256: 'x' }],
  ])('refuses %j', async (input) => {
    expect(await codeOf(client.uploads.begin(input))).toBe('INVALID_INPUT')
  })

  test('refuses files that are too large', async () => {
    const sizeBytes = 2 * 1_048_576
    const { id } = await client.uploads.begin({ ...file, sizeBytes })
    await client.uploads.abort({ uploadId: id })
    expect(await codeOf(client.uploads.begin({ ...file, sizeBytes: sizeBytes + 1 }))).toBe('UPLOAD_TOO_LARGE')
  })

  test('keeps to the quota of a user, also of many at once', async () => {
    const one = await signUp()
    const tries = Array.from({ length: 8 }, () => one.client.uploads.begin.safe({ ...file, sizeBytes: 1_048_576 }))
    const codes = (await Promise.all(tries)).map((result) => (result.ok ? 'ok' : result.error.code))
    expect(codes.sort()).toEqual([...Array(5).fill('UPLOAD_QUOTA'), 'ok', 'ok', 'ok'])
    const [{ id } = { id: newId('upload') }] = await query<{ id: `upl_${string}` }>(
      'select id from uploads where owner_id = $1',
      [one.user.id],
    )
    await one.client.uploads.abort({ uploadId: id })
    expect((await one.client.uploads.begin(file)).sizeBytes).toBe(10)
  })

  test('leaves at most twenty open', async () => {
    const one = await signUp()
    for (let count = 0; count < 20; count++) await one.client.uploads.begin(file)
    expect(await codeOf(one.client.uploads.begin(file))).toBe('TOO_MANY_UPLOADS')
  })

  test('under one key has one effect', async () => {
    const key = 'the same key'
    const [one, two] = [
      await client.uploads.begin({ ...file, idempotencyKey: key }),
      await client.uploads.begin({ ...file, idempotencyKey: key }),
    ]
    expect(one).toEqual(two)
    expect(await codeOf(client.uploads.begin({ ...file, sizeBytes: 11, idempotencyKey: key }))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    )
    await client.uploads.abort({ uploadId: one.id })
  })
})

describe('keys', () => {
  test('write with uploads:write, and read with uploads:read', async () => {
    const keyWith = async (...scopes: ('uploads:read' | 'uploads:write')[]) =>
      createClient({ url, token: (await client.users.apiKeys.create({ name: 'k', scopes })).secret })
    const [writer, reader] = [await keyWith('uploads:write'), await keyWith('uploads:read')]
    const { id } = await uploadOf(writer)
    expect((await reader.uploads.download(id)).status).toBe(200)
    expect(await codeOf(writer.uploads.download(id))).toBe('NOT_ALLOWED')
    expect(await codeOf(uploadOf(reader))).toBe('NOT_ALLOWED')
    await client.uploads.abort({ uploadId: id })
  })
})

test('the export has them', async () => {
  const { id } = await uploadOf(client, png(), 'mine.png')
  const names: string[] = []
  for await (const item of client.users.export()) if (item.kind === 'upload') names.push(item.upload.name)
  expect(names).toContain('mine.png')
  await client.uploads.abort({ uploadId: id })
  expect(user.id).toMatch(/^usr_/)
})
