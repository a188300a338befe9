import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@antiphon/client'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../temporary.ts'
import { serve } from './command.ts'

async function dataDirectory(): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  return directory
}

/** The process id of the bundled Postgres of a data directory. */
async function postmasterOf(data: string): Promise<number> {
  return Number((await readFile(join(data, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n', 1)[0])
}

test('the loss of the database ends calls, not the process, and nothing acknowledged', async () => {
  const data = await dataDirectory()
  const server = await serve(data)
  onTestFinished(async () => {
    server.child.kill('SIGTERM')
    await server.ended
  })
  const { user, token } = await createClient({ url: server.url }).users.signUp({
    userName: 'survivor',
    email: 's@example.com',
    password: 'correct horse',
  })
  const client = createClient({ url: server.url, token, maxRetries: 0 })
  const room = await client.messages.rooms.create({ name: 'Storm' })
  const acknowledged: number[] = []
  const codes = new Set<string>()
  for (let round = 0; round < 3; round++) {
    process.kill(await postmasterOf(data), 'SIGKILL')
    const deadline = Date.now() + 20_000
    for (let healthy = 0; healthy < 10; ) {
      const sent = await client.messages.send.safe({ roomId: room.id, body: 'Are you there?' })
      if (sent.ok) acknowledged.push(sent.data.seq)
      else codes.add(sent.error.code)
      healthy = sent.ok ? healthy + 1 : 0
      if (Date.now() > deadline) throw new Error('The server did not recover.')
    }
    expect(await fetch(`${server.url}/health/ready`).then(({ status }) => status)).toBe(200)
  }
  expect([...codes]).toEqual(['UNAVAILABLE'])
  const { events } = await client.messages.since({ roomId: room.id, after: 0 })
  for (const seq of acknowledged) expect(events.some((event) => event.seq === seq)).toBe(true)
  expect((await client.users.me()).id).toBe(user.id)
  expect(server.child.exitCode).toBeNull()
})

test.skipIf(process.platform !== 'linux')('while the database does not answer, health says why', async () => {
  const data = await dataDirectory()
  const server = await serve(data)
  const postmaster = await postmasterOf(data)
  const children = (await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8'))
    .trim()
    .split(' ')
    .map(Number)
  const all = [postmaster, ...children]
  for (const pid of all) process.kill(pid, 'SIGSTOP')
  try {
    const ready = await fetch(`${server.url}/health/ready`)
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ready: false, problems: { database: 'cannot be reached' } },
    ])
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
  } finally {
    for (const pid of all) process.kill(pid, 'SIGCONT')
  }
  await expect
    .poll(() => fetch(`${server.url}/health/ready`).then(({ status }) => status), { timeout: 10_000 })
    .toBe(200)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
})
