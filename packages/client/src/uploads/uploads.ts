import {
  AntiphonError,
  type AntiphonClient as GeneratedClient,
  type Upload,
  type UploadId,
} from '../generated/index.ts'
import type { Bytes } from './bytes.ts'
import { grow } from './growing.ts'
import { limited, offsetOf, passing, pause, tus } from './sending.ts'
import type { UploadOptions, UploadsApi } from './types.ts'

/** Parts are as large as goes in a few seconds. */
const [firstPart, smallestPart, largestPart] = [524_288, 65_536, 8_388_608]
const [shortMs, longMs] = [1_000, 8_000]

/** So often in a row a part may fail, with growing waits of half a minute together. */
const maxFailures = 8

/** What no further attempt mends: the bytes are not what they were said to be. */
const useless = ['UPLOAD_TYPE', 'UPLOAD_CHECKSUM']

/** The procedures of uploads, and what makes one of them. */
export function withBytes(uploads: GeneratedClient['uploads'], bytes: Bytes): UploadsApi {
  return {
    ...uploads,
    upload: (file, options = {}) => upload(uploads, bytes, file, options),
    grow: (options = {}) => grow(uploads, bytes, options),
    download: (id, { signal } = {}) => bytes.send({ method: 'GET', path: `/media/${id}`, signal }),
  }
}

async function upload(
  uploads: GeneratedClient['uploads'],
  bytes: Bytes,
  file: Blob | Uint8Array,
  options: UploadOptions,
): Promise<Upload> {
  const { signal, sha256 } = options
  const uploadId = options.uploadId ?? (await uploads.begin({ ...describe(file, options), sha256 }, { signal })).id
  try {
    await sendAll(bytes, uploadId, file, options)
    return await uploads.complete({ uploadId }, { signal })
  } catch (error) {
    const isUseless = error instanceof AntiphonError && useless.includes(error.code)
    if (signal?.aborted || isUseless) await uploads.abort.safe({ uploadId })
    throw error
  }
}

function describe(file: Blob | Uint8Array, { name, type }: UploadOptions) {
  const [ownName, ownType] = file instanceof Blob ? ['name' in file ? String(file.name) : '', file.type] : ['', '']
  return {
    name: name ?? (ownName || 'file'),
    type: type ?? (ownType.split(';', 1)[0]?.trim() || 'application/octet-stream'),
    sizeBytes: sizeOf(file),
  }
}

function sizeOf(file: Blob | Uint8Array): number {
  return file instanceof Blob ? file.size : file.byteLength
}

async function sendAll(
  bytes: Bytes,
  uploadId: UploadId,
  file: Blob | Uint8Array,
  options: UploadOptions,
): Promise<void> {
  const { onProgress, signal } = options
  const [path, totalBytes] = [`/uploads/${uploadId}`, sizeOf(file)]
  // Undefined where it is not known how far the server is.
  let at = options.uploadId === undefined ? 0 : undefined
  let part = firstPart
  for (let failures = 0; at === undefined || at < totalBytes; ) {
    try {
      at ??= offsetOf(await bytes.send({ method: 'HEAD', path, headers: tus, signal: limited(signal) }))
      onProgress?.({ uploadId, sentBytes: at, totalBytes })
      if (at >= totalBytes) return
      // Up to a multiple of the part: stores that keep whole parts have nothing left over then.
      const body = file.slice(at, at - (at % part) + part)
      const headers = { ...tus, 'upload-offset': String(at), 'content-type': 'application/offset+octet-stream' }
      const since = Date.now()
      at = offsetOf(await bytes.send({ method: 'PATCH', path, headers, body, signal: limited(signal) }))
      const ms = Date.now() - since
      if (ms < shortMs) part = Math.min(largestPart, part * 2)
      if (ms > longMs) part = Math.max(smallestPart, part / 2)
      failures = 0
    } catch (error) {
      if (!(error instanceof AntiphonError) || !passing.includes(error.code) || ++failures > maxFailures) throw error
      at = undefined
      part = smallestPart
      await pause(Math.max(error.retryAfterMs ?? 0, Math.min(8_000, 250 * 2 ** failures)), signal)
    }
  }
  onProgress?.({ uploadId, sentBytes: totalBytes, totalBytes })
}
