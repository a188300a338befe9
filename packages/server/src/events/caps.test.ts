import { connect } from 'node:net'
import { createClient } from '@antiphon/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startTestServer } from '../../test/server.ts'
import { appRouter } from '../root.ts'

const { url, signUp } = await startTestServer()

function open(token: string) {
  const stream = createClient({ url, token, maxRetries: 0 }).events.subscribe()
  onTestFinished(() => stream.close())
  return stream
}

/** Opens a stream by hand and reads nothing until told to. */
async function openUnread(token: string, address = '203.0.113.1') {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await new Promise((resolve) => socket.once('connect', resolve))
  const headers = [
    'Host: localhost',
    `Authorization: Bearer ${token}`,
    'Accept: text/event-stream',
    `X-Forwarded-For: ${address}`,
  ]
  socket.write(`GET /trpc/events.subscribe HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
  return socket
}

test('a user has twenty streams at most; who closes one opens another', async () => {
  const ann = await signUp()
  const streams = Array.from({ length: 20 }, () => open(ann.token))
  await vi.waitFor(() => expect(streams.every(({ status }) => status.state === 'open')).toBe(true), 10_000)
  const frames: string[] = []
  const one = await openUnread(ann.token)
  one.on('data', (data) => frames.push(String(data)))
  await vi.waitFor(() => expect(frames.join('')).toContain('RATE_LIMITED'), 5_000)
  streams[0]?.close()
  await vi.waitFor(async () => {
    const seen: string[] = []
    const again = await openUnread(ann.token)
    again.on('data', (data) => seen.push(String(data)))
    await vi.waitFor(() => expect(seen.join('')).toContain('welcome'), 500)
  }, 5_000)
})

test('a reader that is too slow is cut, and resumes without a loss', { timeout: 60_000 }, async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const room = await ann.client.messages.rooms.create({ name: 'Flood', memberIds: [bob.user.id] })
  const socket = await openUnread(bob.token)
  const welcome = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
  expect(String(welcome)).toContain('text/event-stream')
  socket.pause()
  // More than sockets take (megabytes), and then more than may wait.
  const body = '€'.repeat(4_000)
  const sent = 40 * 80
  for (let call = 0; call < 40; call++) {
    const items = Array.from({ length: 80 }, (_, at) => ({ roomId: room.id, body, clientId: `${call}-${at}` }))
    await ann.client.messages.sendBatch({ items })
  }
  let [received, end] = [0, '']
  socket.on('data', (data) => {
    received += data.length
    end = (end + String(data)).slice(-2_000)
  })
  socket.resume()
  await new Promise((resolve) => socket.once('close', resolve))
  expect(end).toContain('The reader is too slow for this stream.')
  expect(received).toBeLessThan(25_000_000)
  const view = createClient({ url, token: bob.token }).events().room(room.id)
  onTestFinished(() => view.close())
  await vi.waitFor(() => expect([view.status, view.lastSeq]).toEqual(['live', sent + 1]), 20_000)
})

test('streams are pinged, and end after half an hour for the client to connect anew', () => {
  expect(appRouter._def._config.sse).toMatchObject({
    ping: { enabled: true, intervalMs: 10_000 },
    maxDurationMs: 1_800_000,
  })
})

test('an address has five hundred streams at most, whoever opens them', { timeout: 60_000 }, async () => {
  const people = await Promise.all(Array.from({ length: 26 }, () => signUp()))
  const address = '203.0.113.50'
  const socketOf = async (at: number) => {
    const frames: string[] = []
    const socket = await openUnread(people[at % 26]!.token, address)
    socket.on('data', (data) => frames.push(String(data)))
    return frames
  }
  const opened = await Promise.all(Array.from({ length: 500 }, (_, at) => socketOf(at)))
  await vi.waitFor(() => expect(opened.every((frames) => frames.join('').includes('welcome'))).toBe(true), 20_000)
  const [refused, elsewhere] = [await socketOf(25), await openUnread(people[25]!.token, '203.0.113.51')]
  await vi.waitFor(() => expect(refused.join('')).toContain('RATE_LIMITED'), 5_000)
  const frames: string[] = []
  elsewhere.on('data', (data) => frames.push(String(data)))
  await vi.waitFor(() => expect(frames.join('')).toContain('welcome'), 5_000)
})
