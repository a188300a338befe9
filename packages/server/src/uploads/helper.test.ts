import { type AddressInfo, connect, createServer } from 'node:net'
import { createClient, type UploadProgress } from '@antiphon/client'
import { createMockClient } from '@antiphon/client/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'
import { png } from './files.fixture.ts'

const { url, signUp, signUpAdmin, query } = await startTestServer()
const { client, token, user } = await signUp()

const large = Buffer.alloc(5_000_000)
for (let at = 0; at < large.length; at += 4) large.writeUInt32LE(at, at)
const named = { name: 'large.bin', type: 'application/octet-stream' }

async function bytesOf(id: `upl_${string}`): Promise<Buffer> {
  return Buffer.from(await (await client.uploads.download(id)).arrayBuffer())
}

/** A way to the server that is cut after so many bytes, again and again. */
async function cutting(bytes: number[]) {
  const proxy = createServer((socket) => {
    const server = connect(Number(new URL(url).port), '127.0.0.1')
    let left = bytes.shift() ?? Number.POSITIVE_INFINITY
    socket.on('data', (data: Buffer) => {
      if (left <= 0) return
      const isLast = left <= data.length
      server.write(data.subarray(0, left), () => isLast && setTimeout(() => socket.destroy(), 50))
      left -= data.length
    })
    server.on('data', (data) => socket.write(data))
    for (const [one, other] of [
      [socket, server],
      [server, socket],
    ] as const) {
      one.on('error', () => {})
      one.on('close', () => other.destroy())
    }
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => proxy.once('listening', resolve))
  afterAll(() => void proxy.close())
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
}

/** A client whose requests for bytes are answered by something else first. */
function clientWith(answer: (count: number, init: RequestInit) => Response | undefined, used: RequestInit[] = []) {
  const through: typeof fetch = async (input, init = {}) => {
    if (!/\/(uploads|media)\//.test(String(input))) return fetch(input, init)
    used.push(init)
    return answer(used.length, init) ?? fetch(input, init)
  }
  return createClient({ url, token, fetch: through })
}

describe('uploading', () => {
  test('goes in parts that grow, and tells how far it is', async () => {
    const told: UploadProgress[] = []
    const upload = await client.uploads.upload(large, { ...named, onProgress: (progress) => void told.push(progress) })
    expect(upload).toMatchObject({ ...named, sizeBytes: large.length, kind: 'file' })
    expect(told.map(({ sentBytes }) => sentBytes)).toEqual([
      ...[0, 524_288, 1_048_576, 2_097_152, 4_194_304, large.length],
    ])
    expect(new Set(told.map(({ uploadId, totalBytes }) => `${uploadId} ${totalBytes}`)).size).toBe(1)
    expect((await bytesOf(upload.id)).equals(large)).toBe(true)
  })

  test('takes files and blobs with their names and types', async () => {
    const picture = new Uint8Array(png())
    expect(await client.uploads.upload(new File([picture], 'sun.png', { type: 'image/png' }))).toMatchObject({
      ...{ name: 'sun.png', type: 'image/png', width: 2, height: 3 },
    })
    const blob = new Blob(['text'], { type: 'text/plain;charset=utf-8' })
    expect(await client.uploads.upload(blob)).toMatchObject({ name: 'file', type: 'text/plain', sizeBytes: 4 })
    expect(await client.uploads.upload(picture)).toMatchObject({ name: 'file', type: 'image/png', width: 2 })
  })

  test('goes on after connections that were cut, from what the server has', async () => {
    const flaky = createClient({ url: await cutting([3_000_000, 100_000, 30]), token })
    const told: number[] = []
    const upload = await flaky.uploads.upload(large, {
      ...named,
      onProgress: ({ sentBytes }) => void told.push(sentBytes),
    })
    expect((await bytesOf(upload.id)).equals(large)).toBe(true)
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.some((sent) => sent % 65_536 !== 0 && sent < large.length)).toBe(true)
  })

  test('waits for a server that cannot serve just now', async () => {
    const trouble = [503, 429, 502]
    const busy = clientWith((count) =>
      count <= 3 ? new Response('later', { status: trouble[count - 1]! }) : undefined,
    )
    expect((await busy.uploads.upload(Buffer.from('text'), { type: 'text/plain' })).receivedBytes).toBe(4)
  })

  test('goes on with what another run began', async () => {
    const { id } = await client.uploads.begin({ ...named, sizeBytes: large.length })
    await fetch(`${url}/uploads/${id}`, {
      method: 'PATCH',
      body: large.subarray(0, 1_000_000),
      headers: {
        ...{ authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0', 'upload-offset': '0' },
        'content-type': 'application/offset+octet-stream',
      },
    })
    const told: number[] = []
    await client.uploads.upload(large, { uploadId: id, onProgress: ({ sentBytes }) => void told.push(sentBytes) })
    expect(told[0]).toBe(1_000_000)
    expect((await bytesOf(id)).equals(large)).toBe(true)
  })

  test('ends at once with what waiting does not help', async () => {
    const used: RequestInit[] = []
    const full = new Response(JSON.stringify({ code: 'STORAGE_FULL', detail: 'No room.' }), { status: 507 })
    const refused = clientWith(() => full, used)
    expect(await codeOf(refused.uploads.upload(large, named))).toBe('STORAGE_FULL')
    expect(used).toHaveLength(1)
    expect(await codeOf(client.uploads.upload(large, { ...named, type: 'image/png' }))).toBe('UPLOAD_TYPE')
    expect(await codeOf(client.uploads.upload(new Uint8Array(0), named))).toBe('INVALID_INPUT')
  })

  test('that is aborted leaves nothing behind', async () => {
    const before = await query('select id from uploads')
    const early = AbortSignal.abort()
    expect(await codeOf(client.uploads.upload(large, { ...named, signal: early }))).toBe('ABORTED')
    const controller = new AbortController()
    const during = client.uploads.upload(large, {
      ...named,
      signal: controller.signal,
      onProgress: ({ sentBytes }) => sentBytes > 0 && controller.abort(),
    })
    expect(await codeOf(during)).toBe('ABORTED')
    const waiting = new AbortController()
    const never = clientWith(() => {
      setTimeout(() => waiting.abort(), 50)
      return new Response('', { status: 503 })
    })
    expect(await codeOf(never.uploads.upload(large, { ...named, signal: waiting.signal }))).toBe('ABORTED')
    expect(await query('select id from uploads')).toEqual(before)
  })
})

describe('requests for bytes', () => {
  test('carry the token of the moment, headers and hooks', async () => {
    const seen: Headers[] = []
    let asked = 0
    const own = createClient({
      ...{ url: `${url}/`, headers: { 'x-own': 'yes' } },
      token: () => {
        asked++
        return token
      },
      onRequest: ({ headers, paths }) => void headers.set('traceparent', paths.join()),
      fetch: (input, init) => {
        if (/\/uploads\//.test(String(input))) seen.push(new Headers(init?.headers))
        return fetch(input, init)
      },
    })
    const { id } = await own.uploads.upload(Buffer.from('text'), { type: 'text/plain' })
    expect(seen.map((headers) => [headers.get('x-own'), headers.get('traceparent')])).toEqual([
      ['yes', `PATCH /uploads/${id}`],
    ])
    expect(asked).toBe(3)
  })

  test('go with cookies where the session is one', async () => {
    const used: RequestInit[] = []
    const browser = createClient({
      ...{ url, session: 'cookie' },
      fetch: async (_input, init = {}) => {
        used.push(init)
        return new Response('{}', { status: 404 })
      },
    })
    expect(await codeOf(browser.uploads.download(newId('upload')))).toBe('NOT_FOUND')
    expect(used[0]?.credentials).toBe('include')
    expect(new Headers(used[0]?.headers).get('antiphon-session')).toBe('cookie')
  })

  test('act for a user', async () => {
    const { client: admin } = await signUpAdmin()
    const scopes = ['uploads:read', 'uploads:write', 'act-as'] as const
    const { secret } = await admin.users.apiKeys.create({ name: 's', kind: 'service', scopes: [...scopes] })
    const service = createClient({ url, token: secret })
    const { id } = await service.as(user.id).uploads.upload(Buffer.from('text'), { type: 'text/plain' })
    expect(await (await client.uploads.download(id)).text()).toBe('text')
    expect(await codeOf(service.uploads.download(id))).toBe('NOT_FOUND')
    expect(await (await service.as(user.id).uploads.download(id)).text()).toBe('text')
  })

  test('tell who is signed out, and what cannot be reached', async () => {
    const told: string[] = []
    const out = createClient({ url, token: 'dev_x.y', onSignedOut: ({ code }) => void told.push(code) })
    expect(await codeOf(out.uploads.download(newId('upload')))).toBe('TOKEN_INVALID')
    expect(told).toEqual(['TOKEN_INVALID'])
    const nobody = createClient({ url: 'http://127.0.0.1:9', token })
    expect(await codeOf(nobody.uploads.download(newId('upload')))).toBe('NETWORK')
  })
})

test('the mock client takes uploads', async () => {
  const id = newId('upload')
  const upload = {
    ...{ id, name: 'x', type: 'text/plain', kind: 'file', sizeBytes: 4, receivedBytes: 0, width: null, height: null },
    ...{ url: '', uploadUrl: '', signedUrl: '', createdAt: new Date(), completedAt: null, expiresAt: null },
  }
  const mock = createMockClient({
    uploads: { begin: () => upload, complete: () => ({ ...upload, completedAt: new Date() }) },
  })
  expect((await mock.uploads.upload(Buffer.from('text'))).completedAt).toBeInstanceOf(Date)
  expect(await codeOf(mock.uploads.download(id))).toBe('NOT_FOUND')
})
