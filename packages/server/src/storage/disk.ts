import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Append, type Storage, StorageFull, TooManyBytes } from './storage.ts'

/** Bytes that are not yet kept for good at most, and for how long. */
const unsyncedBytes = 16_777_216
const unsyncedMs = 4_000

const keyPattern = /^[a-z]{3}_[0-9a-z]{26}$/
const folderPattern = /^[a-z]{3}_[0-9a-z]{5}$/

/** Files below a directory, which is made on first use. Ids begin with their time: a folder has those of some nine hours. */
export function createDiskStorage(directory: string): Storage {
  const root = resolve(directory)
  const pathOf = (key: string) => {
    if (!keyPattern.test(key)) throw new Error('A key of the storage is an id.')
    return join(root, key.slice(0, 9), key)
  }
  return {
    append: (key, to) => appendTo(pathOf(key), to),
    end: (key, at) => appendTo(pathOf(key), { ...at, body: nothing() }),
    size: async (key) => (await unlessMissing(stat(pathOf(key))))?.size,
    async read(key, range) {
      const file = await unlessMissing(open(pathOf(key), 'r'))
      return file?.createReadStream(range)
    },
    remove: (key) => rm(pathOf(key), { force: true }),
    async *keys() {
      for (const folder of await namesIn(root, folderPattern)) {
        yield* await namesIn(join(root, folder), keyPattern)
      }
    },
  }
}

async function namesIn(directory: string, fitting: RegExp): Promise<string[]> {
  const names = (await unlessMissing(readdir(directory))) ?? []
  return names.filter((name) => fitting.test(name)).sort()
}

async function* appendTo(path: string, { offset, size, body }: Append): AsyncGenerator<number> {
  const file = await openForWriting(path)
  try {
    const { size: present } = await file.stat()
    if (present < offset) {
      yield present
      return
    }
    if (present > offset) await file.truncate(offset)
    let [position, kept, keptAt] = [offset, offset, performance.now()]
    const keep = async () => {
      await file.datasync()
      kept = position
      keptAt = performance.now()
    }
    try {
      for await (const chunk of body) {
        if (position + chunk.length > size) throw new TooManyBytes('There are more bytes than were announced.')
        // Before the next bytes: a writer that was paused is told first that it is one no more.
        if (position - kept >= unsyncedBytes || performance.now() - keptAt >= unsyncedMs) {
          await keep()
          yield kept
        }
        await writeAll(file, chunk, position)
        position += chunk.length
      }
    } catch (error) {
      if (
        position > kept &&
        (await keep()
          .then(() => true)
          .catch(() => false))
      )
        yield kept
      throw error
    }
    await keep()
    yield kept
  } catch (error) {
    throw asStorageError(error)
  } finally {
    await file.close()
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function openForWriting(path: string): Promise<FileHandle> {
  try {
    const known = await unlessMissing(open(path, constants.O_RDWR))
    if (known !== undefined) return known
    const folder = dirname(path)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    for (const directory of [folder, dirname(folder)]) await syncDirectory(directory)
    return file
  } catch (error) {
    throw asStorageError(error)
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done)
    done += bytesWritten
  }
}

async function syncDirectory(directory: string): Promise<void> {
  // Not every system can; Windows cannot.
  const handle = await open(directory).catch(() => undefined)
  await handle?.sync().catch(() => {})
  await handle?.close()
}

async function unlessMissing<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function asStorageError(error: unknown): unknown {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error))
    ? new StorageFull('There is no room for more files.', { cause: error })
    : error
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
