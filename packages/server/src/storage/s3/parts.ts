import { buffer } from 'node:stream/consumers'
import type { Bucket, OpenUpload, Part } from './bucket.ts'

const megabyte = 1_048_576
const leastPart = 8 * megabyte

/** Stores take up to 10,000 parts. */
const partsAtMost = 9_000

/** What the rest of a file that is no whole part is kept under: `<name>.tail-<parts before it>`. */
export const tailMark = '.tail-'

/** All parts of a file but the last one have this size, whoever writes them: part n begins at (n - 1) times this. */
export function partSizeFor(size: number): number {
  return Math.max(leastPart, Math.ceil(size / partsAtMost / megabyte) * megabyte)
}

export function tailOf(name: string, partsBefore: number): string {
  return `${name}${tailMark}${String(partsBefore).padStart(5, '0')}`
}

/** What there is of a file that is not complete. */
export interface Begun {
  upload: OpenUpload | undefined
  /** Those that follow on each other from the first one on. */
  parts: Part[]
}

/** Of several uploads in parts, as two writers may leave them behind, the last one counts. */
export async function begunOf(bucket: Bucket, name: string): Promise<Begun> {
  let upload: OpenUpload | undefined
  for await (const one of uploadsOf(bucket, name))
    if (upload === undefined || one.begunAt >= upload.begunAt) upload = one
  if (upload === undefined) return { upload, parts: [] }
  const parts = (await bucket.parts(name, upload.id)).sort((a, b) => a.number - b.number)
  const gap = parts.findIndex(({ number }, at) => number !== at + 1)
  return { upload, parts: gap < 0 ? parts : parts.slice(0, gap) }
}

/** How many bytes there are, of which those of an incomplete file cannot be read yet. */
export async function sizeOf(bucket: Bucket, name: string): Promise<number | undefined> {
  const whole = await bucket.sizeOf(name)
  if (whole !== undefined) return whole
  const { upload, parts } = await begunOf(bucket, name)
  const tail = await bucket.sizeOf(tailOf(name, parts.length))
  if (upload === undefined && tail === undefined) return undefined
  return parts.reduce((sum, { size }) => sum + size, tail ?? 0)
}

/** The first bytes of an object; fewer where it has no more. */
export async function firstOf(bucket: Bucket, name: string, count: number): Promise<Buffer> {
  const bytes = count > 0 ? await bucket.read(name, { start: 0, end: count - 1 }) : undefined
  return bytes === undefined ? Buffer.alloc(0) : buffer(bytes)
}

export async function removeAll(bucket: Bucket, name: string): Promise<void> {
  await removeParts(bucket, name)
  await bucket.remove(name)
}

/** Removes all of a file but the whole one. */
export async function removeParts(bucket: Bucket, name: string): Promise<void> {
  for await (const upload of uploadsOf(bucket, name)) await bucket.abort(upload)
  for await (const tail of bucket.names(name + tailMark)) await bucket.remove(tail)
}

async function* uploadsOf(bucket: Bucket, name: string): AsyncGenerator<OpenUpload> {
  for await (const upload of bucket.uploads(name)) if (upload.name === name) yield upload
}
