import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import type { RecordingFile } from '../provider.ts'
import { all, errorOf, openZoom, options, problemOf } from './zoom.fixture.ts'
import { createZoom } from './zoom.ts'

const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251)

async function open() {
  const opened = await openZoom()
  const { id } = opened.server.createMeeting({ host: 'ann-id', topic: 'Choir' })
  return { ...opened, id, room: String(id) }
}

const fetchAll = async ({ zoom }: Pick<Awaited<ReturnType<typeof open>>, 'zoom'>, file: RecordingFile, offset = 0) => {
  const fetched = await zoom.fetchRecording!(file, { ...options, offset })
  return { ...fetched, body: await buffer(fetched.body) }
}

test('files of all runs are told, the oldest first; those with a slash in their uuid too', async () => {
  const { zoom, server, id, room, paths } = await open()
  const uuids = ['/abc+12==', 'ab//cd==', 'ef/gh==', 'plain==']
  for (const uuid of uuids) {
    server.start(id, { uuid })
    server.record(id, { bytes: bytes.subarray(0, uuid.length) })
    server.end(id)
  }
  server.start(id)
  server.end(id)
  const files = await all(zoom.recordings!(room, options))
  expect(files.map(({ id }) => id.split(':')[0])).toEqual(uuids)
  expect(files[0]).toEqual({
    ...{ id: expect.stringMatching(/^\/abc\+12==:[\w-]{36}$/), type: 'video/mp4', sizeBytes: 9, sha256: null },
    name: 'Choir (shared screen with speaker view).mp4',
    ...{ recordedAt: expect.any(Date), durationSeconds: 60 },
  })
  expect(await all(zoom.recordings!(room, options))).toEqual(files)
  expect(paths('%252Fabc%252B12')).toHaveLength(2)
})

test('there are none of a meeting that is not known, or that was not recorded', async () => {
  const { zoom, room } = await open()
  expect(await all(zoom.recordings!(room, options))).toEqual([])
  expect(await all(zoom.recordings!('1', options))).toEqual([])
})

test('a list that cannot be read is not taken for an empty one', async () => {
  const { zoom, server, id, room } = await open()
  server.start(id)
  server.record(id, { bytes })
  server.end(id)
  for (const part of ['/instances', '/recordings']) {
    server.misbehave(({ path }) => (path.includes(part) ? { html: 404 } : undefined))
    expect(await problemOf(all(zoom.recordings!(room, options)))).toEqual({ kind: 'transient' })
  }
})

test('bytes come from another host, which is not told who we are, from where they are wanted', async () => {
  const opened = await open()
  const { zoom, server, id, room } = opened
  server.start(id)
  server.record(id, { bytes, fileType: 'M4A' })
  const [file] = await all(zoom.recordings!(room, options))
  expect(file).toMatchObject({ type: 'audio/mp4', name: 'Choir (audio only).m4a', sizeBytes: bytes.length })
  const whole = await fetchAll(opened, file!)
  expect([whole.offset, whole.sizeBytes, whole.body.equals(bytes)]).toEqual([0, bytes.length, true])
  const rest = await fetchAll(opened, file!, 40_000)
  expect([rest.offset, rest.sizeBytes]).toEqual([40_000, bytes.length])
  expect(rest.body.equals(bytes.subarray(40_000))).toBe(true)
  const asked = server.log.filter(({ host, path }) => host === 'files' || path.startsWith('/rec/'))
  expect(asked.map(({ host, isAuthorized }) => [host, isAuthorized])).toEqual([
    ...[
      ['zoom', true],
      ['files', false],
    ],
    ...[
      ['zoom', true],
      ['files', false],
    ],
  ])
})

test('what lets us have a file is asked for anew where it ended, or was never known', async () => {
  const opened = await open()
  const { zoom, server, id, room, settings } = opened
  server.start(id)
  server.record(id, { bytes })
  const [file] = await all(zoom.recordings!(room, options))
  let refused = 0
  server.misbehave(({ path }) => (path.startsWith('/rec/') && refused++ === 0 ? { html: 200 } : undefined))
  expect((await fetchAll(opened, file!)).body.equals(bytes)).toBe(true)
  expect(refused).toBe(2)
  expect((await fetchAll({ zoom: createZoom(settings) }, file!)).body.equals(bytes)).toBe(true)
  server.misbehave(({ path }) => (path.startsWith('/rec/') ? { html: 200 } : undefined))
  expect(await problemOf(fetchAll(opened, file!))).toEqual({ kind: 'forbidden' })
  server.misbehave(({ path }) => (path.startsWith('/rec/') ? { status: 503 } : undefined))
  expect(await problemOf(fetchAll(opened, file!))).toEqual({ kind: 'transient' })
  server.misbehave(() => undefined)
  expect(await problemOf(fetchAll(opened, { ...file!, id: 'unknown' }))).toEqual({ kind: 'notFound' })
})

test('an address of somebody else is asked without a word of who we are; turning round and round has an end', async () => {
  const { zoom, server, id, room, settings } = await open()
  const heard: (string | undefined)[] = []
  const other = createServer((request, response) => {
    heard.push(request.headers.authorization)
    if (request.url === '/round') response.writeHead(302, { location: '/round' }).end()
    else response.writeHead(206, { 'content-range': 'bytes 2-3/4' }).end('cd')
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const address = other.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const told = (path: string) => ({
    uuid: 'u',
    recording_files: [{ id: 'f', file_type: 'MP4', recording_start: '2030-01-01T00:00:00Z', download_url: path }],
  })
  server.start(id)
  server.misbehave(({ path }) =>
    path.includes('/recordings') ? { text: JSON.stringify(told(`http://127.0.0.1:${address.port}/file`)) } : undefined,
  )
  const [file] = await all(zoom.recordings!(room, options))
  const fetched = await zoom.fetchRecording!(file!, { ...options, offset: 2 })
  expect([fetched.offset, fetched.sizeBytes, String(await buffer(fetched.body))]).toEqual([2, 4, 'cd'])
  server.misbehave(({ path }) =>
    path.includes('/recordings') ? { text: JSON.stringify(told(`http://127.0.0.1:${address.port}/round`)) } : undefined,
  )
  const error = await errorOf(createZoom(settings).fetchRecording!(file!, { ...options, offset: 0 }))
  expect([error.problem.kind, heard.filter((one) => one !== undefined)]).toEqual(['bug', []])
})

test.each(['http://', 'file:///etc/passwd', '/\\', 'http://127.0.0.1:1/x'])(
  'an address that leads nowhere is no crash (%s)',
  async (url) => {
    const { zoom, server, id, room } = await open()
    server.start(id)
    const files = [{ id: 'f', recording_start: '2030-01-01T00:00:00Z', download_url: url }]
    const text = JSON.stringify({ uuid: 'u', recording_files: files, download_access_token: 'a\nb' })
    server.misbehave(({ path }) => (path.includes('/recordings') ? { text } : undefined))
    const [file] = await all(zoom.recordings!(room, options))
    const error = await errorOf(zoom.fetchRecording!(file!, { ...options, offset: 0 }))
    expect(['bug', 'transient']).toContain(error.problem.kind)
    expect(String(error.cause)).not.toContain('a\\nb')
  },
)

test('a file goes to the trash, once', async () => {
  const { zoom, server, id, room, paths } = await open()
  server.start(id, { uuid: '/x//y==' })
  server.record(id, { bytes })
  server.record(id, { bytes, fileType: 'TRANSCRIPT' })
  const [file, other] = await all(zoom.recordings!(room, options))
  await zoom.deleteRecording!(file!, options)
  await zoom.deleteRecording!(file!, options)
  expect(paths('DELETE')[0]).toMatch(
    /\/v2\/meetings\/%252Fx%252F%252Fy%253D%253D\/recordings\/[\w-]{36}\?action=trash$/,
  )
  expect(await all(zoom.recordings!(room, options))).toEqual([other])
})
