import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { createClient } from '@antiphon/client'
import { afterAll, describe, expect, test } from 'vitest'
import { startS3, withoutS3 } from '../../test/s3.ts'
import { codeOf, startTestServer } from '../../test/server.ts'
import { png } from './files.fixture.ts'

const store = withoutS3 === undefined ? await startS3() : undefined
afterAll(() => store?.stop())
const uploads = { maxMegabytes: 20, quotaMegabytes: 24 }
const servers = {
  disk: await startTestServer({ uploads }),
  S3: store && (await startTestServer({ uploads, s3: store.settings })),
}

describe.each(['disk', 'S3'] as const)('files that grow, on %s', (kind) => {
  const at = () => servers[kind] ?? expect.fail('there is no store')
  const someone = async () => {
    const { client, token } = await at().signUp()
    const begin = () => client.uploads.begin({ name: 'Talk', type: 'application/octet-stream' })
    const send = async (path: string, method: string, offset?: number, body?: Buffer) => {
      const headers = {
        ...{ authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0' },
        ...(body !== undefined && { 'content-type': 'application/offset+octet-stream' }),
        ...(offset !== undefined && { 'upload-offset': String(offset) }),
      }
      const answer = await fetch(at().url + path, { method, headers, ...(body && { body: Uint8Array.from(body) }) })
      const text = await answer.text()
      return { answer, code: text === '' ? undefined : JSON.parse(text).code }
    }
    return { client, begin, send }
  }

  test('take bytes for as long as they come, and are what has come in the end', async ({ skip }) => {
    skip(servers[kind] === undefined, withoutS3)
    const { client, begin, send } = await someone()
    const { id: uploadId, uploadUrl, sizeBytes } = await begin()
    expect(sizeBytes).toBeNull()
    expect(await codeOf(client.uploads.complete({ uploadId }))).toBe('UPLOAD_INCOMPLETE')
    const all = png(2, 3, 9_000_000)
    let offset = 0
    for (const end of [10, 500_000, 8_500_000, all.length]) {
      const { answer } = await send(uploadUrl, 'PATCH', offset, all.subarray(offset, end))
      expect([answer.status, answer.headers.get('upload-offset')]).toEqual([204, String(end)])
      offset = end
    }
    const { answer } = await send(uploadUrl, 'HEAD')
    expect(answer.headers.get('upload-offset')).toBe(String(all.length))
    expect([answer.headers.get('upload-defer-length'), answer.headers.get('upload-length')]).toEqual(['1', null])
    const done = await client.uploads.complete({ uploadId })
    expect(done).toMatchObject({ sizeBytes: all.length, type: 'image/png', completedAt: expect.any(Date) })
    expect(await client.uploads.complete({ uploadId })).toEqual(done)
    const bytes = await buffer((await client.uploads.download(uploadId)).body!)
    const hash = (given: Uint8Array) => createHash('sha256').update(given).digest('hex')
    expect(hash(bytes)).toBe(hash(all))
    expect((await send(uploadUrl, 'PATCH', offset, Buffer.alloc(0))).code).toBe('UPLOAD_COMPLETE')
  })

  test('have at most what a file may have, and what is left of the quota', async ({ skip }) => {
    skip(servers[kind] === undefined, withoutS3)
    const { client, begin, send } = await someone()
    const one = await begin()
    expect((await send(one.uploadUrl, 'PATCH', 0, Buffer.alloc(20 * 1_048_576 + 1))).code).toBe('TOO_LARGE')
    expect((await send(one.uploadUrl, 'PATCH', 0, Buffer.alloc(20 * 1_048_576))).answer.status).toBe(204)
    await client.uploads.complete({ uploadId: one.id })
    const two = await begin()
    expect((await send(two.uploadUrl, 'PATCH', 0, Buffer.alloc(4 * 1_048_576 + 1))).code).toBe('TOO_LARGE')
    expect((await send(two.uploadUrl, 'PATCH', 0, Buffer.alloc(4 * 1_048_576))).answer.status).toBe(204)
    // What has come counts, not what may come.
    expect(await codeOf(begin())).toBe('UPLOAD_QUOTA')
    await client.uploads.abort({ uploadId: two.id })
    // Of several that grow at once none has what another one has taken.
    const [three, four] = [await begin(), await begin()]
    expect((await send(three.uploadUrl, 'PATCH', 0, Buffer.alloc(3 * 1_048_576))).answer.status).toBe(204)
    expect((await send(four.uploadUrl, 'PATCH', 0, Buffer.alloc(1_048_577))).code).toBe('UPLOAD_QUOTA')
    expect((await send(four.uploadUrl, 'PATCH', 0, Buffer.alloc(1_048_576))).answer.status).toBe(204)
    expect((await send(four.uploadUrl, 'PATCH', 1_048_576, Buffer.alloc(1))).code).toBe('UPLOAD_QUOTA')
  })
})

test('the SDK sends what comes, and goes on after failures', async () => {
  const { url, signUp } = servers.disk
  const { token } = await signUp()
  const failing = [502, 0, 409, 0]
  let sent = 0
  const client = createClient({
    ...{ url, token },
    async fetch(input, init) {
      const isPart = init?.method === 'PATCH'
      const status = isPart ? failing[sent++] : 0
      if (status === 502) return new Response(null, { status })
      const answer = await fetch(input, init)
      // The bytes are there, but that is not heard.
      return status === 409 ? new Response(null, { status: 503 }) : answer
    },
  })
  const upload = await client.uploads.grow({ name: 'Talk.png', type: 'image/png' })
  const all = png(2, 3, 6_000_000)
  for (let at = 0; at < all.length; at += 700_000) {
    upload.append(Uint8Array.from(all.subarray(at, at + 700_000)))
    if (at === 2_100_000) await upload.rest()
  }
  expect(await upload.complete()).toMatchObject({ id: upload.id, sizeBytes: all.length, name: 'Talk.png' })
  expect(await buffer((await client.uploads.download(upload.id)).body!)).toEqual(all)
  const gone = await client.uploads.grow()
  await client.uploads.abort({ uploadId: gone.id })
  gone.append(new Uint8Array(1))
  expect(await codeOf(gone.rest())).toBe('NOT_FOUND')
  expect(() => gone.append(new Uint8Array(1))).toThrow()
})
