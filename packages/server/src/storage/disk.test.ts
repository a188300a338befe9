import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../../test/temporary.ts'
import { newId } from '../ids.ts'
import { createDiskStorage } from './disk.ts'
import { StorageFull } from './storage.ts'

const megabyte = 1_048_576

/** A disk with room for eight megabytes; undefined where none can be made. */
async function smallDisk(): Promise<string | undefined> {
  const directory = await temporaryDirectory()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory], { stdio: 'ignore' })
  } catch {
    await rm(directory, { recursive: true })
    return undefined
  }
  onTestFinished(async () => {
    execFileSync('umount', ['-l', directory])
    await rm(directory, { recursive: true })
  })
  return directory
}

test('a disk that is full refuses what has no room, and keeps what it has', async ({ skip }) => {
  const directory = await smallDisk()
  if (directory === undefined) return skip('no small disk can be mounted (that takes root on Linux)')
  const storage = createDiskStorage(directory)
  const bytes = randomBytes(6 * megabyte)
  const write = async (key: string, offset: number, part: Uint8Array) => {
    const body = (async function* () {
      for (let at = 0; at < part.length; at += 65_536) yield part.subarray(at, at + 65_536)
    })()
    let kept = 0
    try {
      for await (kept of storage.append(key, { offset, size: bytes.length, body })) {
      }
    } catch (error) {
      return { kept, error }
    }
    return { kept }
  }
  const [one, two] = [newId('upload'), newId('upload')]
  expect(await write(one, 0, bytes.subarray(0, 3 * megabyte))).toEqual({ kept: 3 * megabyte })
  expect(await write(two, 0, bytes.subarray(0, 4 * megabyte))).toEqual({ kept: 4 * megabyte })
  const { kept, error } = await write(one, 3 * megabyte, bytes.subarray(3 * megabyte))
  expect(error).toBeInstanceOf(StorageFull)
  expect(kept).toBeGreaterThanOrEqual(3 * megabyte)
  expect(kept).toBeLessThan(5 * megabyte)
  const known = await storage.read(one, { start: 0, end: kept - 1 })
  expect((await buffer(known!)).equals(bytes.subarray(0, kept))).toBe(true)
  // One more finds no room at all, and leaves nothing that is in the way.
  expect((await write(newId('upload'), 0, bytes)).error).toBeInstanceOf(StorageFull)
  await storage.remove(two)
  expect(await write(one, kept, bytes.subarray(kept))).toEqual({ kept: bytes.length })
  expect((await buffer((await storage.read(one))!)).equals(bytes)).toBe(true)
})
