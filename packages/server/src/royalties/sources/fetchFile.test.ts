import { readFile, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { temporaryDirectory } from '../../../test/temporary.ts'
import { FetchFailure, type FetchMeans, fetchFile, type Wanted } from './fetchFile.ts'
import { certificate, startHttps } from './https.fixture.ts'

const answers: Record<string, RequestListener> = {
  '/file.csv': (request, response) => {
    const etag = '"one"'
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
    return response.writeHead(200, { etag, 'set-cookie': 'a=b' }).end('listener,track\n')
  },
  '/moved': (_, response) => response.writeHead(302, { location: '/moved/again' }).end(),
  '/moved/again': (_, response) => response.writeHead(308, { location: 'file.csv' }).end(),
  '/moved/file.csv': (_, response) => response.writeHead(301, { location: '../file.csv' }).end(),
  '/round': (_, response) => response.writeHead(302, { location: '/round' }).end(),
  '/nowhere': (_, response) => response.writeHead(302, { location: 'https://:x' }).end(),
  '/plain': (_, response) => response.writeHead(302, { location: `http://localhost:${port}/file.csv` }).end(),
  '/inside': (_, response) => response.writeHead(302, { location: `https://127.0.0.1:${port}/file.csv` }).end(),
  '/metadata': (_, response) => response.writeHead(302, { location: 'https://169.254.169.254/latest' }).end(),
  '/packed': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
  '/large': (_, response) => response.writeHead(200, { 'content-length': '2000' }).end('x'.repeat(2_000)),
  '/endless': (_, response) => {
    const timer = setInterval(() => response.write('x'.repeat(300)), 5)
    response.on('close', () => clearInterval(timer))
  },
  '/silent': () => {},
  '/stuck': (_, response) => response.write('x'),
  '/trickle': (_, response) => {
    const timer = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(timer))
  },
  '/short': (request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('x', () => request.socket.destroy())
  },
}

const seen: { path: string; headers: object }[] = []
const { port } = await startHttps((request, response) => {
  const { url: path = '', headers } = request
  seen.push({ path, headers })
  const answer = answers[path]
  if (answer === undefined) response.writeHead(404).end()
  else answer(request, response)
})
const directory = await temporaryDirectory()
const path = join(directory, 'file')
const ownHosts = new Set([`localhost:${port}`])
const means: FetchMeans = { ownHosts, ca: certificate, limits: { maxBytes: 1_000, idleMs: 300, totalMs: 1_000 } }

beforeEach(async () => {
  seen.length = 0
  await rm(path, { force: true })
})

async function get(url: string, wanted: Partial<Wanted> = {}, given = means) {
  const full = url.startsWith('/') ? `https://localhost:${port}${url}` : url
  const signal = new AbortController().signal
  return fetchFile(given, { url: full, etag: null, path, signal, ...wanted })
}

async function failureOf(...call: Parameters<typeof get>) {
  const failure = await get(...call).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(FetchFailure)
  const { code, message } = failure as FetchFailure
  return { code, message }
}

test('a file comes as it is, with the name of its version; the same version does not come again', async () => {
  expect(await get('/file.csv')).toEqual({ etag: '"one"' })
  expect(await readFile(path, 'utf8')).toBe('listener,track\n')
  expect(await get('/file.csv', { etag: '"one"' })).toBeUndefined()
  expect(await get('/file.csv', { etag: '"other"' })).toEqual({ etag: '"one"' })
  expect(seen[0]?.headers).toEqual({
    ...{ host: `localhost:${port}`, accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'antiphon' },
    connection: 'close',
  })
})

test('three redirects are followed, no more', async () => {
  expect(await get('/moved')).toEqual({ etag: '"one"' })
  expect(seen.map((request) => request.path)).toEqual(['/moved', '/moved/again', '/moved/file.csv', '/file.csv'])
  expect(await failureOf('/round')).toMatchObject({ code: 'BAD_ANSWER' })
  expect(await failureOf('/nowhere')).toMatchObject({ code: 'BAD_ANSWER' })
})

test('no redirect leads into a private network, or to http', async () => {
  for (const from of ['/inside', '/metadata', '/plain']) expect((await failureOf(from)).code).toBe('ADDRESS_REFUSED')
  expect(seen.map((request) => request.path)).toEqual(['/inside', '/metadata', '/plain'])
})

test('a name that leads to a private network is refused before anything is sent, and not told where it leads', async () => {
  const strangers = { ...means, ownHosts: new Set<string>() }
  for (const url of [`https://localhost:${port}/file.csv`, 'https://localhost/', 'https://127.0.0.1/'])
    expect(await failureOf(url, {}, strangers)).toEqual({
      code: 'ADDRESS_REFUSED',
      message: 'The address leads to a network that is not public.',
    })
  expect(seen).toEqual([])
})

test('a certificate that nobody knows is not trusted', async () => {
  expect(await failureOf('/file.csv', {}, { ...means, ca: undefined })).toMatchObject({ code: 'UNREACHABLE' })
  expect(seen).toEqual([])
})

test.each([
  ['/missing', 'BAD_ANSWER', 'The server answers with status 404.'],
  ['/packed', 'BAD_ANSWER', 'The server sends the file packed, which it was not asked for.'],
  ['/large', 'TOO_LARGE', 'The file is larger than the server takes.'],
  ['/endless', 'TOO_LARGE', 'The file is larger than the server takes.'],
  ['/silent', 'TIMED_OUT', 'The server sends nothing.'],
  ['/stuck', 'TIMED_OUT', 'The server sends nothing.'],
  ['/trickle', 'TIMED_OUT', 'The file does not come to its end in time.'],
  ['/short', 'UNREACHABLE', 'The host cannot be reached, or breaks off (ECONNRESET).'],
])('%s: %s', async (url, code, message) => {
  expect(await failureOf(url)).toEqual({ code, message })
})

test('a name that nobody has is told as such', async () => {
  const patient = { ...means, limits: { maxBytes: 1_000 } }
  expect(await failureOf('https://no.such.host.invalid/', {}, patient)).toEqual({
    code: 'UNREACHABLE',
    message: 'The name of the host is not known.',
  })
}, 40_000)

test('it stops when it is told to', async () => {
  const controller = new AbortController()
  const fetching = get('/trickle', { signal: controller.signal })
  setTimeout(() => controller.abort(new Error('enough')), 50)
  await expect(fetching).rejects.toThrow('enough')
})
