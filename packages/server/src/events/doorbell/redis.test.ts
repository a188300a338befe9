import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createClient } from '@antiphon/client'
import { afterAll, expect, test, vi } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { temporaryDirectory } from '../../../test/temporary.ts'

const isThere = spawnSync('redis-server', ['--version']).status === 0

let redis: ChildProcess | undefined
async function startRedis(port: number): Promise<void> {
  redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    cwd: await temporaryDirectory(),
    stdio: 'ignore',
  })
}
async function stopRedis(): Promise<void> {
  if (redis === undefined || redis.exitCode !== null) return
  redis.kill('SIGKILL')
  await once(redis, 'exit')
}
afterAll(stopRedis)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('wakes other instances by Redis; without it they hear of everything, later', { timeout: 60_000 }, async ({
  skip,
}) => {
  skip(!isThere, 'no redis-server is installed')
  const port = await freePort()
  await startRedis(port)
  const redisUrl = `redis://127.0.0.1:${port}`
  const one = await startTestServer({ redisUrl })
  const two = await startTestServer({ redisUrl, database: one.databaseUrl })
  const [ann, bob] = [await one.signUp(), await one.signUp()]
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Ring', memberIds: [bob.user.id] })
  const view = createClient({ url: two.url, token: bob.token }).events().room(roomId)
  await vi.waitFor(() => expect(view.status).toBe('live'), 5_000)
  const latencyOf = async (body: string) => {
    const { seq } = await ann.client.messages.send({ roomId, body })
    const start = performance.now()
    await vi.waitFor(() => expect(view.lastSeq).toBe(seq), { timeout: 5_000, interval: 1 })
    return performance.now() - start
  }
  const median = async (name: string) => {
    const times: number[] = []
    for (let at = 0; at < 15; at++) times.push(await latencyOf(`${name} ${at}`))
    return times.sort((a, b) => a - b)[7]!
  }
  await vi.waitFor(async () => expect(await median('rung')).toBeLessThan(100), 20_000)
  await stopRedis()
  await median('silent')
  await startRedis(port)
  await vi.waitFor(async () => expect(await median('rung again')).toBeLessThan(100), 20_000)
  expect(view.messages).toHaveLength(view.lastSeq - 1)
  view.close()
})
