import { type Append, TooManyBytes } from '../storage.ts'
import type { Bucket } from './bucket.ts'
import { beginAt, createWriter } from './write.ts'

/** So often it is said at least that somebody is at it. */
const sayEveryMs = 4_000

/**
 * Writes to a file part by part, one of them in memory. What is no whole part in the end is kept as a rest, which the next one
 * to write reads back: all that it goes by is in the store.
 */
export async function* appendTo(bucket: Bucket, name: string, { offset, size, body }: Append): AsyncGenerator<number> {
  const ends = new AbortController()
  const during = <Result>(work: Promise<Result>, kept: number) => meanwhile(work, kept, ends)
  const begun = yield* during(beginAt(bucket, name, { offset, size }), offset)
  if (begun.position < offset) {
    yield begun.position
    return
  }
  const writer = createWriter(bucket, { name, size, begun, signal: ends.signal })
  const failures: unknown[] = []
  let [kept, saidAt] = [offset, performance.now()]
  for await (const chunk of untilItBreaks(upTo(body, size - offset), failures)) {
    for (let at = 0; at < chunk.length; ) {
      at += writer.take(chunk.subarray(at))
      if (!writer.isFull()) continue
      // A writer that was paused is told first that it is one no more.
      yield kept
      kept = yield* during(writer.keep(), kept)
      saidAt = 0
    }
    if (performance.now() - saidAt < sayEveryMs) continue
    yield kept
    saidAt = performance.now()
  }
  kept = yield* during(writer.keep(), kept)
  yield kept
  // What is left over is found again by who ends or removes the file.
  yield* during(
    writer.tidy().catch(() => {}),
    kept,
  )
  if (failures.length > 0) throw failures[0]
}

/** Puts a file together from what there is of it up to an offset. */
export async function* endAt(
  bucket: Bucket,
  name: string,
  { offset, size }: Omit<Append, 'body'>,
): AsyncGenerator<number> {
  const ends = new AbortController()
  const during = <Result>(work: Promise<Result>) => meanwhile(work, offset, ends)
  const begun = yield* during(beginAt(bucket, name, { offset, size, ends: true }))
  if (begun.position < offset) {
    yield begun.position
    return
  }
  const writer = createWriter(bucket, { name, size, begun, signal: ends.signal })
  yield* during(writer.end())
  yield offset
  yield* during(writer.tidy().catch(() => {}))
}

/** Waits for work, and says meanwhile what is kept; where nobody wants to hear of it, the work is given up. */
async function* meanwhile<Result>(
  work: Promise<Result>,
  kept: number,
  ends: AbortController,
): AsyncGenerator<number, Result> {
  let isOver = false
  const over = work.then(
    () => true,
    () => true,
  )
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined
      const time = new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, sayEveryMs, false)
      })
      isOver = await Promise.race([over, time]).finally(() => clearTimeout(timer))
      if (isOver) return await work
      yield kept
    }
  } finally {
    if (!isOver) ends.abort()
    await over
  }
}

/** The bytes up to where they break off; why goes to `failures`. */
async function* untilItBreaks(body: AsyncIterable<Uint8Array>, failures: unknown[]): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    failures.push(error)
  }
}

async function* upTo(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const chunk of body) {
    left -= chunk.length
    if (left < 0) throw new TooManyBytes('There are more bytes than were announced.')
    yield chunk
  }
}
