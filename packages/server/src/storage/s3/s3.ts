import type { Append, Storage } from '../storage.ts'
import { appendTo, endAt } from './append.ts'
import { type Bucket, openBucket, type S3Settings } from './bucket.ts'
import { unavailable } from './failures.ts'
import { partSizeFor, removeAll, sizeOf, tailMark } from './parts.ts'

const keyPattern = /^[a-z]{3}_[0-9a-z]{26}$/

/** Parts that are being put together in memory may have so many bytes together. */
const heldBytesAtMost = 536_870_912

/** Files in a bucket of S3 or a store that speaks it, below a prefix. Throws one line where the bucket is not to be had. */
export async function createS3Storage(settings: S3Settings, prefix: string): Promise<Storage> {
  const bucket = await openBucket(settings)
  const nameOf = (key: string) => {
    if (!keyPattern.test(key)) throw new Error('A key of the storage is an id.')
    return `${prefix}/${key}`
  }
  let held = 0
  async function* holding({ size }: Pick<Append, 'size'>, work: AsyncIterable<number>) {
    const needed = Math.min(partSizeFor(size), size)
    if (held > 0 && held + needed > heldBytesAtMost) throw unavailable(new Error('too many files are written at once'))
    held += needed
    try {
      yield* work
    } finally {
      held -= needed
    }
  }
  return {
    append: (key, to) => holding(to, appendTo(bucket, nameOf(key), to)),
    end: (key, at) => holding(at, endAt(bucket, nameOf(key), at)),
    size: async (key) => sizeOf(bucket, nameOf(key)),
    read: async (key, range) => bucket.read(nameOf(key), range),
    remove: async (key) => removeAll(bucket, nameOf(key)),
    keys: () => keysIn(bucket, `${prefix}/`),
  }
}

/** The keys of files, of rests and of uploads in parts, each once. */
async function* keysIn(bucket: Bucket, prefix: string): AsyncGenerator<string> {
  let last = ''
  for await (const name of merged(bucket.names(prefix), uploadNames(bucket, prefix))) {
    const [key = ''] = name.slice(prefix.length).split(tailMark, 1)
    if (key !== last && keyPattern.test(key)) yield key
    last = key
  }
}

async function* uploadNames(bucket: Bucket, prefix: string): AsyncGenerator<string> {
  for await (const { name } of bucket.uploads(prefix)) yield name
}

/** Two ordered lists as one. */
async function* merged(one: AsyncIterable<string>, two: AsyncIterable<string>): AsyncGenerator<string> {
  const [left, right] = [one[Symbol.asyncIterator](), two[Symbol.asyncIterator]()]
  let [a, b] = await Promise.all([left.next(), right.next()])
  while (!a.done || !b.done) {
    if (b.done || (!a.done && a.value <= b.value)) {
      yield a.value
      a = await left.next()
    } else {
      yield b.value
      b = await right.next()
    }
  }
}
