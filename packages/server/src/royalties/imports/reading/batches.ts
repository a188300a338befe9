import type { Batch, Cutter, Place } from './row.ts'

const batchBytes = 2_097_152

export interface Reading {
  /** The bytes from the place on. */
  source: AsyncIterable<Uint8Array>
  from: Place
  cut: Cutter
  /** How many bytes are read at once, about. */
  size?: number
}

/** Reads a file batch by batch: memory is bounded by the size of one. */
export async function* readBatches({ source, from, cut, size = batchBytes }: Reading): AsyncGenerator<Batch> {
  let { bytes, lines } = from
  let parts: Buffer[] = []
  let held = 0
  let wanted = size
  let skipping = false
  let batch: Batch = { rows: [], bad: [], place: from }
  const take = (last: boolean): Batch | undefined => {
    let buffer = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
    if (skipping) {
      const end = lineEnd(buffer, last)
      skipping = end === undefined
      bytes += end ?? buffer.length
      if (!skipping || last) lines++
      buffer = buffer.subarray(end ?? buffer.length)
    }
    if (!skipping && buffer.length > 0) {
      const { rows, bad, consumed, skips = false, lines: more } = cut(buffer, { lines, last })
      bytes += consumed
      lines += more
      skipping = skips
      buffer = buffer.subarray(consumed)
      batch = { rows: [...batch.rows, ...rows], bad: [...batch.bad, ...bad], place: { bytes, lines } }
    }
    parts = [buffer]
    held = buffer.length
    wanted = held + size
    if (skipping && !last) return undefined
    const full = { ...batch, place: { bytes, lines } }
    batch = { rows: [], bad: [], place: full.place }
    return full
  }
  for await (const chunk of source) {
    parts.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    held += chunk.length
    if (held < wanted) continue
    const full = take(false)
    if (full !== undefined && (full.rows.length > 0 || full.bad.length > 0)) yield full
  }
  const end = take(true)
  if (end !== undefined) yield end
}

const [newLine, carriageReturn] = [10, 13]

/** Where the first line ends, its end included. */
function lineEnd(buffer: Buffer, last: boolean): number | undefined {
  for (let at = 0; at < buffer.length; at++) {
    if (buffer[at] === newLine) return at + 1
    if (buffer[at] !== carriageReturn) continue
    if (at + 1 === buffer.length) return last ? at + 1 : undefined
    return buffer[at + 1] === newLine ? at + 2 : at + 1
  }
  return undefined
}

/** Up to where a buffer has whole lines. */
export function wholeLines(buffer: Buffer, last: boolean): number {
  if (last) return buffer.length
  const end = buffer.lastIndexOf(newLine)
  if (end >= 0) return end + 1
  // A return at the very end may be the first half of a line's end.
  return buffer.subarray(0, -1).lastIndexOf(carriageReturn) + 1
}

/** Where the next line begins after so many line ends. */
export function afterLines(buffer: Buffer, count: number): number {
  let at = 0
  for (let n = 0; n < count; n++) at += lineEnd(buffer.subarray(at), true) ?? buffer.length - at
  return at
}
