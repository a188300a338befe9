import { once } from 'node:events'
import { readdir, readFile, rm, symlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Upload as TusUpload } from 'tus-js-client'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startTestServer } from '../../test/server.ts'
import { temporaryDirectory } from '../../test/temporary.ts'

const filesDirectory = await temporaryDirectory()
const allowed = 'https://app.example.com'
const { url, databaseUrl, signUp, query } = await startTestServer({ filesDirectory, allowedOrigins: [allowed] })
const { client, token } = await signUp()
const other = await startTestServer({ database: databaseUrl, filesDirectory })

const file = { name: 'plan.bin', type: 'application/octet-stream' }
const tus = { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream' }

async function begin(sizeBytes = 10) {
  const { id, uploadUrl } = await client.uploads.begin({ ...file, sizeBytes })
  onTestFinished(async () => void (await client.uploads.abort.safe({ uploadId: id })))
  return { id, at: url + uploadUrl, path: uploadUrl }
}

async function ask(at: string, method: string, headers: Record<string, string> = {}, body?: string) {
  const answer = await fetch(at, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body !== undefined && { body }),
  })
  const text = await answer.text()
  const code = text === '' ? undefined : JSON.parse(text).code
  return { status: answer.status, offset: answer.headers.get('upload-offset'), code, headers: answer.headers }
}

const patch = (at: string, offset: number | string, body: string, headers: Record<string, string> = {}) =>
  ask(at, 'PATCH', { ...tus, 'upload-offset': String(offset), ...headers }, body)

/** Where the bytes of an upload are. */
async function pathOf(id: string): Promise<string> {
  const paths = await readdir(filesDirectory, { recursive: true })
  return join(filesDirectory, paths.find((path) => path.endsWith(id)) ?? 'nowhere')
}

/** A request whose body can be held up or broken off. */
async function openRequest(path: string, { offset = 0, length }: { offset?: number; length?: number }) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  socket.on('error', () => {})
  const size = length === undefined ? 'transfer-encoding: chunked' : `content-length: ${length}`
  socket.write(
    `PATCH ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ntus-resumable: 1.0.0\r\n` +
      `content-type: application/offset+octet-stream\r\nupload-offset: ${offset}\r\n${size}\r\n\r\n`,
  )
  const status = () => vi.waitFor(() => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? expect.fail('no answer')), 5_000)
  return { socket, status }
}

const isWriting = (id: string) =>
  vi.waitFor(async () =>
    expect(await query('select from uploads where id = $1 and writer is not null', [id])).toHaveLength(1),
  )

describe('tus', () => {
  test('goes on where the server is', async () => {
    const { at, id } = await begin()
    expect(await ask(at, 'HEAD')).toMatchObject({ status: 200, offset: '0' })
    expect(await patch(at, 0, '123')).toMatchObject({ status: 204, offset: '3' })
    const head = await ask(at, 'HEAD')
    expect([head.offset, head.headers.get('upload-length'), head.headers.get('tus-resumable')]).toEqual([
      '3',
      '10',
      '1.0.0',
    ])
    expect(head.headers.get('cache-control')).toBe('no-store')
    expect(await patch(at, 3, '4567890')).toMatchObject({ status: 204, offset: '10' })
    await client.uploads.complete({ uploadId: id })
    expect(await (await client.uploads.download(id)).text()).toBe('1234567890')
    expect(await patch(at, 10, '')).toMatchObject({ status: 409, code: 'UPLOAD_COMPLETE' })
  })

  test('refuses what does not follow on, and what is no tus', async () => {
    const { at } = await begin()
    await patch(at, 0, '123')
    for (const offset of [0, 2, 4])
      expect(await patch(at, offset, '4')).toMatchObject({ status: 409, code: 'UPLOAD_OFFSET' })
    for (const offset of ['', '-1', 'x', '1e3', '9'.repeat(16)])
      expect(await patch(at, offset, '4')).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' })
    expect(await patch(at, 3, '4', { 'tus-resumable': '0.2.2' })).toMatchObject({ status: 400 })
    expect(await patch(at, 3, '4', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 })
    expect((await ask(at, 'GET')).status).toBe(404)
    expect((await ask(at, 'POST')).status).toBe(404)
    expect(await ask(at, 'HEAD')).toMatchObject({ offset: '3' })
  })

  test('takes no more than was announced', async () => {
    const { at, path, id } = await begin()
    expect(await patch(at, 0, '12345678901')).toMatchObject({ status: 413, code: 'TOO_LARGE' })
    const { socket, status } = await openRequest(path, {})
    socket.write('5\r\n12345\r\n')
    socket.write('6\r\n678901\r\n')
    expect(await status()).toBe(413)
    expect(await ask(at, 'PUT', {}, '12345678901')).toMatchObject({ status: 413, code: 'TOO_LARGE' })
    const [row] = await query<{ received: string }>('select received_bytes as received from uploads where id = $1', [
      id,
    ])
    expect(Number(row?.received)).toBeLessThanOrEqual(5)
  })

  test('removes an upload', async () => {
    const { at, id } = await begin()
    await patch(at, 0, '123')
    const path = await pathOf(id)
    expect(await readFile(path, 'utf8')).toBe('123')
    expect((await ask(at, 'DELETE')).status).toBe(204)
    expect((await ask(at, 'HEAD')).status).toBe(404)
    await expect(readFile(path)).rejects.toThrow('ENOENT')
  })

  test('is what other programs speak', async () => {
    const bytes = Buffer.alloc(300_000, 'abc')
    const { at, id } = await begin(bytes.length)
    await new Promise<void>((resolve, reject) => {
      const upload = new TusUpload(bytes, {
        uploadUrl: at,
        chunkSize: 100_000,
        headers: { authorization: `Bearer ${token}` },
        onSuccess: () => resolve(),
        onError: reject,
      })
      upload.start()
    })
    await client.uploads.complete({ uploadId: id })
    expect(Buffer.from(await (await client.uploads.download(id)).arrayBuffer())).toEqual(bytes)
  })
})

test.each(['PATCH', 'PUT'])('%s of nobody is refused', async (method) => {
  const { at } = await begin()
  const headers = { ...tus, 'upload-offset': '0' }
  const answers = [
    await fetch(at, { method, headers, body: 'x' }),
    await fetch(at, { method, headers: { ...headers, authorization: 'Bearer dev_x.y' }, body: 'x' }),
    await fetch(at, { method, headers: { ...headers, cookie: `__Host-antiphon=${token}` }, body: 'x' }),
    await fetch(at, {
      method,
      headers: { ...headers, cookie: `__Host-antiphon=${token}`, origin: 'https://evil.example' },
      body: 'x',
    }),
  ]
  const codes = await Promise.all(answers.map(async (answer) => Object(await answer.json()).code))
  expect(codes).toEqual(['NOT_SIGNED_IN', 'TOKEN_INVALID', 'ORIGIN_REFUSED', 'ORIGIN_REFUSED'])
  const trusted = { ...headers, cookie: `__Host-antiphon=${token}`, origin: allowed }
  expect((await fetch(at, { method, headers: trusted, body: 'x' })).status).toBe(204)
})

test('pages of allowed origins may upload and read', async () => {
  const { at } = await begin()
  const ask = {
    origin: allowed,
    'access-control-request-method': 'PATCH',
    'access-control-request-headers': 'upload-offset',
  }
  const leave = await fetch(at, { method: 'OPTIONS', headers: ask })
  expect(leave.headers.get('access-control-allow-methods')).toContain('PATCH')
  expect(leave.headers.get('access-control-allow-headers')).toContain('upload-offset')
  const head = await fetch(at, { method: 'HEAD', headers: { origin: allowed, authorization: `Bearer ${token}` } })
  expect(head.headers.get('access-control-expose-headers')).toContain('upload-offset')
})

describe('what goes wrong on the way', () => {
  test('of a connection that is cut, what came stays', async () => {
    const { at, path } = await begin()
    const { socket } = await openRequest(path, { length: 10 })
    socket.write('12345')
    await vi.waitFor(async () =>
      expect((await readdir(filesDirectory, { recursive: true })).join()).toContain(path.slice(9)),
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    socket.destroy()
    await vi.waitFor(async () => expect(await ask(at, 'HEAD')).toMatchObject({ offset: '5' }))
    expect(await patch(at, 5, '67890')).toMatchObject({ status: 204, offset: '10' })
  })

  test('of two writers at once one is refused, also at another instance', async () => {
    const { at, path, id } = await begin()
    const { socket, status } = await openRequest(path, { length: 10 })
    socket.write('12345')
    await isWriting(id)
    expect(await patch(at, 0, '9999999999')).toMatchObject({ status: 409, code: 'UPLOAD_BUSY' })
    expect(await ask(at, 'PUT', {}, '9999999999')).toMatchObject({ status: 409, code: 'UPLOAD_BUSY' })
    expect(await patch(other.url + path, 0, '9999999999')).toMatchObject({ status: 409, code: 'UPLOAD_BUSY' })
    socket.write('67890')
    expect(await status()).toBe(204)
    await client.uploads.complete({ uploadId: id })
    expect(await (await client.uploads.download(id)).text()).toBe('1234567890')
  })

  test('a writer that was given up writes no more', async () => {
    const { at, path, id } = await begin(40_000_000)
    const { socket, status } = await openRequest(path, { length: 40_000_000 })
    socket.write(Buffer.alloc(1_000))
    await isWriting(id)
    // As if it had been silent for longer than writers may.
    await query(`update uploads set writing_until = now() - interval '1 second' where id = $1`, [id])
    expect(await patch(at, 0, 'anew')).toMatchObject({ status: 204, offset: '4' })
    socket.write(Buffer.alloc(39_999_000))
    expect(await status()).toBe(409)
    expect(await ask(at, 'HEAD')).toMatchObject({ offset: '4' })
    expect((await readFile(await pathOf(id), 'utf8')).slice(0, 4)).toBe('anew')
  })

  test('bytes that nobody noted are dropped', async () => {
    const { at, id } = await begin()
    await patch(at, 0, '12345')
    await query('update uploads set received_bytes = 2 where id = $1', [id])
    expect(await patch(at, 2, 'x')).toMatchObject({ status: 204, offset: '3' })
    expect(await readFile(await pathOf(id), 'utf8')).toBe('12x')
  })

  test('bytes that are missing are asked for again', async () => {
    const { at, id } = await begin()
    await patch(at, 0, '12345')
    await rm(await pathOf(id))
    expect(await patch(at, 5, '67890')).toMatchObject({ status: 409, code: 'UPLOAD_OFFSET' })
    expect(await ask(at, 'HEAD')).toMatchObject({ offset: '0' })
    expect(await patch(at, 0, '1234567890')).toMatchObject({ status: 204 })
    await rm(await pathOf(id))
    const early = await client.uploads.complete.safe({ uploadId: id })
    expect(early).toMatchObject({ ok: false, error: { code: 'UPLOAD_INCOMPLETE' } })
    expect(await ask(at, 'HEAD')).toMatchObject({ offset: '0' })
  })

  test.runIf(process.platform === 'linux')(
    'who is refused in the middle of a body goes on by the same connection',
    async () => {
      const { at, path, id } = await begin(8_000_000)
      await patch(at, 0, '123')
      const place = await pathOf(id)
      await rm(place)
      await symlink('/dev/full', place)
      await query('update uploads set received_bytes = 0 where id = $1', [id])
      const { socket, status } = await openRequest(path, { length: 8_000_000 })
      let text = ''
      socket.on('data', (data) => {
        text += data
      })
      socket.write(Buffer.alloc(8_000_000))
      expect(await status()).toBe(507)
      socket.write(`HEAD ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`)
      await vi.waitFor(() => expect(text).toContain('HTTP/1.1 200'), 5_000)
      await rm(place)
    },
  )

  test.runIf(process.platform === 'linux')('a full disk is told of, and what was there stays', async () => {
    const { at, id } = await begin()
    await patch(at, 0, '123')
    const path = await pathOf(id)
    await rm(path)
    await symlink('/dev/full', path)
    await query('update uploads set received_bytes = 0 where id = $1', [id])
    const full = await patch(at, 0, '1234567890')
    expect(full).toMatchObject({ status: 507, code: 'STORAGE_FULL' })
    await rm(path)
    expect(await ask(at, 'HEAD')).toMatchObject({ status: 200, offset: '0' })
    expect(await patch(at, 0, '1234567890')).toMatchObject({ status: 204 })
  })
})
