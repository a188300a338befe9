import { buffer } from 'node:stream/consumers'
import type { Append } from '../storage.ts'
import type { Bucket, Part } from './bucket.ts'
import { begunOf, firstOf, partSizeFor, removeAll, removeParts, tailOf } from './parts.ts'

/** Where a file is gone on with. */
interface Begun {
  position: number
  uploadId?: string | undefined
  /** Whole ones. */
  parts: Part[]
  /** What follows on them. */
  rest: Uint8Array
  /** Whether all is there, as one object. */
  isWhole?: boolean
}

interface Target {
  name: string
  size: number
  begun: Begun
  signal: AbortSignal
}

const nothing: Begun = { position: 0, parts: [], rest: Buffer.alloc(0) }

/** Finds what there is before an offset; what comes after it does not count any more. */
export async function beginAt(
  bucket: Bucket,
  name: string,
  to: Pick<Append, 'offset' | 'size'> & { ends?: boolean },
): Promise<Begun> {
  const { offset, size, ends = offset === size } = to
  if (offset === 0) {
    await removeAll(bucket, name)
    return nothing
  }
  const whole = await bucket.sizeOf(name)
  if (ends && whole === offset) return { ...nothing, position: offset, isWhole: true }
  if (whole !== undefined && whole >= offset) await takeApart(bucket, name, to)
  const partSize = partSizeFor(size)
  const { upload, parts } = await begunOf(bucket, name)
  const before = Math.min(parts.length, Math.floor(offset / partSize))
  const rest = await firstOf(bucket, tailOf(name, before), offset - before * partSize)
  const position = before * partSize + rest.length
  return { position, uploadId: upload?.id, parts: parts.slice(0, before), rest }
}

/** Makes parts of a file that was ended, of which nobody took note: it was ended on the way to telling. */
async function takeApart(bucket: Bucket, name: string, { offset, size }: Pick<Append, 'offset' | 'size'>) {
  const { signal } = new AbortController()
  const bytes = async (start: number, end: number) => {
    const found = await bucket.read(name, { start, end })
    return found === undefined ? Buffer.alloc(0) : buffer(found)
  }
  const partSize = partSizeFor(size)
  const before = Math.floor(offset / partSize)
  await removeParts(bucket, name)
  const id = before > 0 ? await bucket.begin(name, signal) : ''
  for (let part = 0; part < before; part++) {
    await bucket.putPart(name, id, part + 1, await bytes(part * partSize, (part + 1) * partSize - 1), signal)
  }
  const start = before * partSize
  if (start < offset) await bucket.put(tailOf(name, before), await bytes(start, offset - 1), signal)
  await bucket.remove(name)
}

/** Puts a file together. */
export function createWriter(bucket: Bucket, { name, size, begun, signal }: Target) {
  const partSize = partSizeFor(size)
  const held = Buffer.allocUnsafe(begun.isWhole ? 0 : Math.min(partSize, size))
  const parts = [...begun.parts]
  let { uploadId, position, isWhole = false } = begun
  let fill = begun.rest.length
  held.set(begun.rest)
  const putPart = async () => {
    uploadId ??= await bucket.begin(name, signal)
    parts.push(await bucket.putPart(name, uploadId, parts.length + 1, held.subarray(0, fill), signal))
    fill = 0
  }
  const end = async () => {
    if (isWhole) return
    if (parts.length === 0) await bucket.put(name, held.subarray(0, fill), signal)
    else {
      if (fill > 0) await putPart()
      await completeOnce(bucket, { name, size: position, id: uploadId ?? '', parts, signal })
    }
    isWhole = true
  }
  return {
    /** Takes as much as there is room for; how much that is. */
    take(bytes: Uint8Array): number {
      const taken = Math.min(bytes.length, held.length - fill)
      held.set(bytes.subarray(0, taken), fill)
      fill += taken
      position += taken
      return taken
    },
    isFull: () => fill === held.length,
    /** Makes one file of all that came. */
    end,
    /** Keeps all that came for good; up to where. */
    async keep(): Promise<number> {
      if (isWhole) return position
      if (position === size) await end()
      else if (fill === held.length) await putPart()
      else if (fill > 0) await bucket.put(tailOf(name, parts.length), held.subarray(0, fill), signal)
      return position
    },
    /** Removes what was kept for the time being. */
    async tidy(): Promise<void> {
      if (isWhole) {
        if (begun.position > 0) await removeParts(bucket, name)
      } else if (begun.rest.length > 0 && begun.parts.length < parts.length) {
        await bucket.remove(tailOf(name, begun.parts.length))
      }
    },
  }
}

interface Completing {
  name: string
  size: number
  id: string
  parts: readonly Part[]
  signal: AbortSignal
}

/** A completion whose answer was lost, and that was asked for again, finds no upload any more, but the file. */
async function completeOnce(bucket: Bucket, { name, size, id, parts, signal }: Completing): Promise<void> {
  try {
    await bucket.complete(name, id, parts, signal)
  } catch (error) {
    if ((await bucket.sizeOf(name, signal)) !== size) throw error
  }
}
