/** Memory of the server and speed while a large file goes up by the SDK and down again. `pnpm bench uploads` runs it. */
import { randomBytes } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@antiphon/client'
import { antiphon } from '../test/process/command.ts'
import { startS3, withoutS3 } from '../test/s3.ts'
import { temporaryDirectory } from '../test/temporary.ts'

const megabytes = Number(process.env.MEGABYTES ?? 2_048)
const megabyte = 1_048_576

async function memoryOf(pid: number | undefined) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const read = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024)
  return { now: read('VmRSS'), most: read('VmHWM') }
}

async function measure(kind: string, env: Record<string, string>): Promise<void> {
  const data = await temporaryDirectory()
  const server = antiphon(['serve', '--data', data, '--port', '0'], { UPLOAD_MAX_MB: '100000', ...env })
  try {
    const [, url = ''] = await server.printed(/ready at (http:\S+)/)
    const account = { userName: 'bench', email: 'bench@example.com', password: 'correct horse' }
    const { token } = await createClient({ url }).users.signUp(account)
    const { uploads } = createClient({ url, token })
    const path = join(data, 'large')
    const file = await open(path, 'w')
    const block = randomBytes(megabyte)
    for (let count = 0; count < megabytes; count++) {
      block.writeUInt32LE(count)
      await file.write(block)
    }
    await file.close()
    await uploads.upload(block)
    const before = await memoryOf(server.child.pid)
    const start = performance.now()
    const { id } = await uploads.upload(await openAsBlob(path), { name: 'large' })
    const sentIn = performance.now() - start
    const sent = await memoryOf(server.child.pid)
    const read = performance.now()
    let size = 0
    for await (const chunk of (await uploads.download(id)).body ?? []) size += chunk.length
    const readIn = performance.now() - read
    if (size !== megabytes * megabyte) throw new Error(`${size} bytes came back`)
    const most = (await memoryOf(server.child.pid)).most
    const speed = (ms: number) => `${Math.round(megabytes / (ms / 1_000))} MB/s`
    console.log(
      `${kind}: ${megabytes} MB up at ${speed(sentIn)}, down at ${speed(readIn)}; memory ${before.now} MB before, ` +
        `at most ${sent.most} MB while it went up, ${most} MB until it was down`,
    )
  } finally {
    server.child.kill('SIGTERM')
    await server.ended
    await rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

await measure('disk', {})
if (withoutS3 !== undefined) console.log(`S3: left out, ${withoutS3}`)
else {
  const { settings, stop } = await startS3()
  const { accessKeyId, secretAccessKey } = settings.credentials
  const keys = { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey }
  await measure('S3', { S3_BUCKET: settings.bucket, S3_ENDPOINT: settings.endpoint, ...keys }).finally(stop)
}
