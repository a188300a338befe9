import { Readable } from 'node:stream'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import type { ByteRange } from '../storage.ts'
import { asStorageError, isMissing, reasonOf } from './failures.ts'

export interface S3Settings {
  bucket: string
  /** Address of a store that is not AWS, such as `https://s3.example.com`. */
  endpoint?: string
  /** `us-east-1` unless given. */
  region?: string
  /** Left out: as programs of AWS find them (environment, files, role of the machine). */
  credentials?: { accessKeyId: string; secretAccessKey: string }
}

export interface Part {
  number: number
  etag: string
  size: number
}

/** An upload in parts that was begun and not ended. */
export interface OpenUpload {
  name: string
  id: string
  begunAt: number
}

/** The calls of a bucket that files take. Each has an end: by its time, or by `signal`. */
export interface Bucket {
  sizeOf(name: string, signal?: AbortSignal): Promise<number | undefined>
  read(name: string, range?: ByteRange): Promise<Readable | undefined>
  put(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>
  remove(name: string): Promise<void>
  /** The names that begin so, in order. */
  names(prefix: string): AsyncIterable<string>
  begin(name: string, signal: AbortSignal): Promise<string>
  putPart(name: string, id: string, number: number, bytes: Uint8Array, signal: AbortSignal): Promise<Part>
  parts(name: string, id: string): Promise<Part[]>
  complete(name: string, id: string, parts: readonly Part[], signal: AbortSignal): Promise<void>
  abort(upload: OpenUpload): Promise<void>
  /** The uploads in parts whose names begin so, in the order of their names. */
  uploads(prefix: string): AsyncIterable<OpenUpload>
}

/** With all attempts. Bytes may take longer than questions. */
const [questionMs, bytesMs] = [15_000, 45_000]

/** An answer of which nothing comes for so long is cut; so is ours. */
const idleMs = 60_000

/** Opens a bucket and makes sure that it is there. Throws one line for people where it is not to be had. */
export async function openBucket(settings: S3Settings): Promise<Bucket> {
  // Here, and not above: it takes a while, and few have it.
  const s3 = await import('@aws-sdk/client-s3')
  const client = new s3.S3Client(configOf(settings))
  const Bucket = settings.bucket
  await client.send(new s3.HeadBucketCommand({ Bucket }), within(10_000)).catch((error: unknown) => {
    throw new Error(`The bucket "${Bucket}" at ${settings.endpoint ?? 'AWS'} cannot be used: ${reasonOf(error)}.`)
  })
  return {
    async sizeOf(Key, signal) {
      const head = await unlessMissing(
        client.send(new s3.HeadObjectCommand({ Bucket, Key }), within(questionMs, signal)),
      )
      return head && (head.ContentLength ?? 0)
    },
    async read(Key, range) {
      const Range = range && `bytes=${range.start}-${range.end}`
      const ends = new AbortController()
      // Until the answer begins: how long it then goes on is up to who reads it.
      const timer = setTimeout(() => ends.abort(), questionMs)
      const answer = await unlessMissing(
        client.send(new s3.GetObjectCommand({ Bucket, Key, Range }), { abortSignal: ends.signal }),
      ).finally(() => clearTimeout(timer))
      if (answer === undefined) return undefined
      if (!(answer.Body instanceof Readable)) throw new Error('The store answered without bytes.')
      return answer.Body
    },
    async put(Key, Body, signal) {
      await stored(client.send(new s3.PutObjectCommand({ Bucket, Key, Body }), within(bytesMs, signal)))
    },
    async remove(Key) {
      await unlessMissing(client.send(new s3.DeleteObjectCommand({ Bucket, Key }), within(questionMs)))
    },
    async *names(Prefix) {
      for (let ContinuationToken: string | undefined; ; ) {
        const command = new s3.ListObjectsV2Command({ Bucket, Prefix, ContinuationToken })
        const page = await stored(client.send(command, within(questionMs)))
        yield* (page.Contents ?? []).flatMap(({ Key }) => Key ?? [])
        ContinuationToken = page.NextContinuationToken
        if (!page.IsTruncated || ContinuationToken === undefined) return
      }
    },
    async begin(Key, signal) {
      const command = new s3.CreateMultipartUploadCommand({ Bucket, Key })
      const { UploadId } = await stored(client.send(command, within(questionMs, signal)))
      return UploadId ?? fail('The store began an upload without an id.')
    },
    async putPart(Key, UploadId, PartNumber, Body, signal) {
      const command = new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body })
      const { ETag } = await stored(client.send(command, within(bytesMs, signal)))
      return { number: PartNumber, etag: ETag ?? '', size: Body.length }
    },
    async parts(Key, UploadId) {
      const found: Part[] = []
      for (let PartNumberMarker: string | undefined; ; ) {
        const command = new s3.ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker })
        const page = await unlessMissing(client.send(command, within(questionMs)))
        for (const { PartNumber = 0, ETag = '', Size = 0 } of page?.Parts ?? [])
          found.push({ number: PartNumber, etag: ETag, size: Size })
        PartNumberMarker = page?.NextPartNumberMarker
        if (!page?.IsTruncated || PartNumberMarker === undefined) return found
      }
    },
    async complete(Key, UploadId, parts, signal) {
      const MultipartUpload = { Parts: parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag })) }
      const command = new s3.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload })
      await stored(client.send(command, within(bytesMs, signal)))
    },
    async abort({ name: Key, id: UploadId }) {
      await unlessMissing(
        client.send(new s3.AbortMultipartUploadCommand({ Bucket, Key, UploadId }), within(questionMs)),
      )
    },
    async *uploads(Prefix) {
      for (let markers: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {}; ; ) {
        const command = new s3.ListMultipartUploadsCommand({ Bucket, Prefix, ...markers })
        const page = await stored(client.send(command, within(questionMs)))
        for (const { Key = '', UploadId = '', Initiated } of page.Uploads ?? [])
          yield { name: Key, id: UploadId, begunAt: Initiated?.getTime() ?? 0 }
        markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        if (!page.IsTruncated || markers.KeyMarker === undefined) return
      }
    },
  }
}

function configOf({ endpoint, region = 'us-east-1', credentials }: S3Settings): S3ClientConfig {
  return {
    region,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(credentials && { credentials }),
    maxAttempts: 3,
    // Many stores know no others.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: 5_000,
      socketTimeout: idleMs,
      // A download holds its connection for as long as it goes on.
      httpAgent: { maxSockets: 2_000 },
      httpsAgent: { maxSockets: 2_000 },
    },
  }
}

function within(ms: number, signal?: AbortSignal): { abortSignal: AbortSignal } {
  const time = AbortSignal.timeout(ms)
  return { abortSignal: signal === undefined ? time : AbortSignal.any([time, signal]) }
}

async function unlessMissing<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work
  } catch (error) {
    if (isMissing(error)) return undefined
    throw asStorageError(error)
  }
}

async function stored<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    throw asStorageError(error)
  }
}

function fail(message: string): never {
  throw new Error(message)
}
