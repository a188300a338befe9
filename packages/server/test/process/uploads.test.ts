import { readFile, rm } from 'node:fs/promises'
import { createClient } from '@antiphon/client'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startS3, type TestStore, withoutS3 } from '../s3.ts'
import { temporaryDirectory } from '../temporary.ts'
import { antiphon } from './command.ts'

let store: TestStore | undefined
beforeAll(async () => {
  if (withoutS3 === undefined) store = await startS3()
})
afterAll(() => store?.stop())

function settingsOf({ settings: { bucket, endpoint, credentials } }: TestStore): Record<string, string> {
  const { accessKeyId, secretAccessKey } = credentials
  const keys = { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey }
  return { S3_BUCKET: bucket, S3_ENDPOINT: endpoint, ...keys }
}

/** A server that can be started anew on its data, where it was. */
async function start(kind: string) {
  const env = kind === 'S3' && store !== undefined ? settingsOf(store) : {}
  const data = await temporaryDirectory()
  const serve = async (port: string) => {
    const command = antiphon(['serve', '--data', data, '--port', port], { ...env, LOG_LEVEL: 'trace' })
    const [, url = ''] = await command.printed(/ready at (http:\S+)/)
    return { ...command, url }
  }
  let server = await serve('0')
  const output: string[] = []
  onTestFinished(async () => {
    server.child.kill('SIGKILL')
    await server.ended
    await rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  })
  const { port } = new URL(server.url)
  const account = { userName: 'ann', email: 'ann@example.com', password: 'correct horse' }
  const { token } = await createClient({ url: server.url }).users.signUp(account)
  return {
    client: createClient({ url: server.url, token }),
    pid: () => server.child.pid,
    output: () => [...output, server.output()].join(''),
    async killAndStart() {
      server.child.kill('SIGKILL')
      await server.ended
      output.push(server.output())
      server = await serve(port)
    },
  }
}

/** The most memory that a process ever had, in megabytes. */
async function peakOf(pid: number | undefined): Promise<number> {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1_024
}

function counted(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at += 4) bytes.writeUInt32LE(at, at)
  return bytes
}

describe.each(['disk', 'S3'])('an upload, kept on %s,', (kind) => {
  test('goes on by itself after kill -9 of the server, and has every byte', { timeout: 90_000 }, async ({ skip }) => {
    skip(kind === 'S3' && withoutS3 !== undefined, withoutS3)
    const server = await start(kind)
    const { client } = server
    const bytes = counted(20_000_000)
    const told: number[] = []
    let restarted: Promise<void> | undefined
    const upload = await client.uploads.upload(bytes, {
      onProgress({ sentBytes }) {
        told.push(sentBytes)
        if (sentBytes >= 5_000_000) restarted ??= server.killAndStart()
      },
    })
    await restarted
    expect(restarted).toBeDefined()
    // What was acknowledged was never sent again.
    expect(told).toEqual([...told].sort((a, b) => a - b))
    const read = await client.uploads.download(upload.id)
    expect(Buffer.from(await read.arrayBuffer()).equals(bytes)).toBe(true)
    expect(server.output()).not.toMatch(/testing|AWS4-HMAC/)
  })

  test('takes memory that does not grow with it', { timeout: 90_000 }, async ({ skip }) => {
    skip(process.platform !== 'linux', 'only Linux tells how much memory a process had at most')
    skip(kind === 'S3' && withoutS3 !== undefined, withoutS3)
    const { client, pid } = await start(kind)
    const size = 100_000_000
    await client.uploads.upload(counted(20_000_000))
    const before = await peakOf(pid())
    const { id } = await client.uploads.upload(counted(size))
    let came = 0
    for await (const chunk of (await client.uploads.download(id)).body ?? []) came += chunk.length
    expect(came).toBe(size)
    expect((await peakOf(pid())) - before).toBeLessThan(64)
  })
})
