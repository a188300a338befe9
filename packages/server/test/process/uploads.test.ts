import { rm } from 'node:fs/promises'
import { createClient } from '@antiphon/client'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../temporary.ts'
import { serve } from './command.ts'

test('an upload goes on by itself after kill -9 of the server, and has every byte', async () => {
  const data = await temporaryDirectory()
  onTestFinished(() => rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  let server = await serve(data)
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const { port } = new URL(server.url)
  const account = { userName: 'ann', email: 'ann@example.com', password: 'correct horse' }
  const { token } = await createClient({ url: server.url }).users.signUp(account)
  const client = createClient({ url: server.url, token })

  const bytes = Buffer.alloc(20_000_000)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(at, at)
  const told: number[] = []
  let restarted: Promise<void> | undefined
  const restart = async () => {
    await server.ended
    server = await serve(data, '--port', port)
  }
  const upload = await client.uploads.upload(bytes, {
    onProgress({ sentBytes }) {
      told.push(sentBytes)
      if (sentBytes < 5_000_000 || restarted !== undefined) return
      server.child.kill('SIGKILL')
      restarted = restart()
    },
  })
  await restarted
  expect(restarted).toBeDefined()
  // What was acknowledged was never sent again.
  expect(told).toEqual([...told].sort((a, b) => a - b))
  const read = await client.uploads.download(upload.id)
  expect(Buffer.from(await read.arrayBuffer()).equals(bytes)).toBe(true)
}, 90_000)
