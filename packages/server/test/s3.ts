import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { vi } from 'vitest'
import type { S3Settings } from '../src/storage/s3/bucket.ts'
import { temporaryDirectory } from './temporary.ts'

const script = fileURLToPath(new URL('../../../../shared/kit/s3-up.sh', import.meta.url))
const programs = ['swift-proxy-server', 'swift-object-server', 'memcached', 'curl']

/** Why no store can be started here, where none can. */
export const withoutS3 = !existsSync(script)
  ? 'shared/kit/s3-up.sh is not there, which starts an S3 store'
  : programs.some((name) => spawnSync('which', [name]).status !== 0)
    ? `an S3 store is not installed (${programs.join(', ')})`
    : undefined

/** A store on loopback with a bucket of its own. */
export async function startS3() {
  const directory = await temporaryDirectory()
  const port = await freePorts()
  await promisify(execFile)('bash', [script, directory], { env: { ...process.env, S3_PORT: String(port) } })
  const pids = (await readFile(`${directory}/pids`, 'utf8')).trim().split('\n').map(Number)
  const kill = () => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It is gone already.
      }
    }
  }
  // A test that is ended half-way must not leave a store behind.
  process.once('exit', kill)
  const endpoint = `http://127.0.0.1:${port}`
  const credentials = { accessKeyId: 'test:tester', secretAccessKey: 'testing' }
  const settings = { bucket: 'antiphon-tests', endpoint, region: 'us-east-1', credentials } satisfies S3Settings
  const checksums = {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const
  const client = new S3Client({ ...settings, ...checksums, forcePathStyle: true })
  const Bucket = settings.bucket
  // It answers before it is ready for this.
  await vi.waitFor(() => client.send(new CreateBucketCommand({ Bucket })), { timeout: 30_000, interval: 500 })
  return {
    settings,
    /** What there is of objects and of open uploads in parts, by their names. */
    async names() {
      const objects = await client.send(new ListObjectsV2Command({ Bucket }))
      const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket }))
      return {
        objects: (objects.Contents ?? []).map(({ Key }) => Key ?? ''),
        uploads: (uploads.Uploads ?? []).map(({ Key }) => Key ?? ''),
      }
    },
    put: (Key: string) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })),
    async stop() {
      client.destroy()
      process.off('exit', kill)
      kill()
      await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    },
  }
}

export type TestStore = Awaited<ReturnType<typeof startS3>>

/** The first of five ports in a row that are free just now. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000)
    const free = await Promise.all([0, 1, 2, 3, 4].map((more) => isFree(first + more)))
    if (free.every(Boolean)) return first
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
