import { AntiphonError, type AntiphonClient as GeneratedClient, type UploadId } from '../generated/index.ts'
import type { Bytes } from './bytes.ts'
import { limited, offsetOf, passing, pause, tus } from './sending.ts'
import type { GrowingOptions, GrowingUpload } from './types.ts'

/** So much goes at once, and so much waits at most. */
const [largestPart, mostWaiting] = [4_194_304, 67_108_864]

/** So often in a row a part may fail, with growing waits of about two minutes together. */
const maxFailures = 18

/** Begins an upload whose size is not known yet. */
export async function grow(
  uploads: GeneratedClient['uploads'],
  bytes: Bytes,
  { name = 'file', type = 'application/octet-stream', signal }: GrowingOptions,
): Promise<GrowingUpload> {
  const { id } = await uploads.begin({ name, type }, { signal })
  const sender = createSender(bytes, id, signal)
  return {
    id,
    append: sender.append,
    async complete() {
      await sender.rest()
      return uploads.complete({ uploadId: id }, { signal })
    },
    rest: sender.rest,
  }
}

/** Sends one part after the other; what waits meanwhile goes together. */
function createSender(bytes: Bytes, id: UploadId, signal: AbortSignal | undefined) {
  const path = `/uploads/${id}`
  let waiting = new Blob([])
  /** Where the waiting bytes begin. */
  let at = 0
  let running: Promise<void> | undefined
  let failure: unknown
  const ask = async () => offsetOf(await bytes.send({ method: 'HEAD', path, headers: tus, signal: limited(signal) }))
  const sendPart = async () => {
    const headers = { ...tus, 'upload-offset': String(at), 'content-type': 'application/offset+octet-stream' }
    const body = waiting.slice(0, largestPart)
    return offsetOf(await bytes.send({ method: 'PATCH', path, headers, body, signal: limited(signal) }))
  }
  const run = async () => {
    let isLost = false
    for (let failures = 0; waiting.size > 0; ) {
      try {
        const kept = await (isLost ? ask() : sendPart())
        isLost = false
        if (kept < at) throw lost()
        waiting = waiting.slice(kept - at)
        at = kept
        failures = 0
      } catch (error) {
        if (!(error instanceof AntiphonError) || !passing.includes(error.code) || ++failures > maxFailures) throw error
        isLost = true
        await pause(Math.max(error.retryAfterMs ?? 0, Math.min(8_000, 250 * 2 ** failures)), signal)
      }
    }
  }
  const start = () => {
    running ??= run()
      .catch((error: unknown) => {
        failure = error
      })
      .finally(() => {
        running = undefined
      })
    return running
  }
  return {
    append(part: Blob | Uint8Array<ArrayBuffer>): void {
      if (failure === undefined && waiting.size + sizeOf(part) > mostWaiting) {
        failure = new AntiphonError({ code: 'TIMEOUT', status: 0, message: 'The bytes come faster than they go.' })
      }
      if (failure !== undefined) throw failure
      waiting = new Blob([waiting, part])
      void start()
    },
    async rest(): Promise<void> {
      while (waiting.size > 0 && failure === undefined) await start()
      if (failure !== undefined) throw failure
    },
  }
}

function sizeOf(part: Blob | Uint8Array): number {
  return part instanceof Blob ? part.size : part.byteLength
}

function lost(): AntiphonError {
  return new AntiphonError({ code: 'BAD_RESPONSE', status: 0, message: 'The server has less than it said it has.' })
}
