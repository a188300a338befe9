import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { limitRequest, patiently } from './patience.ts'

const [limitMs, idleMs] = [600, 500]

/** Reads what is sent to `/patient` as long as it keeps coming, and everything else within a time. */
const server = createServer(async (request, response) => {
  limitRequest(request, limitMs)
  let size = 0
  try {
    for await (const chunk of request.url === '/patient' ? patiently(request, idleMs) : request) size += chunk.length
    response.end(String(size))
  } catch {
    response.destroy()
  }
}).listen(0, '127.0.0.1')
afterAll(() => void server.close())
await once(server, 'listening')

/** Sends ten bytes, one after each wait; the answer, or nothing where it is cut. */
async function trickle(path: string, waitMs: number): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => {})
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\n`)
  for (let sent = 0; sent < 10 && !socket.destroyed; sent++) {
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    socket.write('x')
  }
  await closed
  return text.slice(0, 12)
}

test('a request takes its time where it may, and no other one', async () => {
  expect(await trickle('/patient', 100)).toBe('HTTP/1.1 200')
  expect(await trickle('/other', 100)).toBe('')
  expect(await trickle('/other', 5)).toBe('HTTP/1.1 200')
})

test('also where it may, it is cut once nothing comes', async () => {
  const since = performance.now()
  expect(await trickle('/patient', 1_000)).toBe('')
  expect(performance.now() - since).toBeLessThan(5_000)
})
