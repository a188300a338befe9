import { randomBytes, randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startS3, type TestStore, withoutS3 } from '../../test/s3.ts'
import { temporaryDirectory } from '../../test/temporary.ts'
import { newId } from '../ids.ts'
import { createDiskStorage } from './disk.ts'
import { createS3Storage } from './s3/s3.ts'
import { type Storage, TooManyBytes } from './storage.ts'

interface Kind {
  /** Opens what there is, as another process would. */
  open: () => Promise<Storage>
  /** Puts something there that is no file of the server. */
  stop: () => Promise<void>
}

const kinds: Record<string, () => Promise<Kind>> = {
  async disk() {
    const directory = await temporaryDirectory()
    return {
      open: async () => createDiskStorage(directory),
      stop: () => rm(directory, { recursive: true, force: true }),
    }
  },
  async S3() {
    const store: TestStore = await startS3()
    const prefix = randomUUID()
    return { open: () => createS3Storage(store.settings, prefix), stop: store.stop }
  },
}

/** More than one part of a store, and more than two; no multiples of anything. */
const long = randomBytes(9_500_123)
const longer = randomBytes(17_000_123)

async function* chunks(bytes: Uint8Array, length = 65_536) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function* broken(bytes: Uint8Array) {
  yield* chunks(bytes)
  throw new Error('broken off')
}

describe.each(Object.keys(kinds))('%s', (name) => {
  const isMissing = name === 'S3' && withoutS3 !== undefined
  let kind: Kind
  let storage: Storage
  beforeAll(async () => {
    if (isMissing) return
    kind = await kinds[name]!()
    storage = await kind.open()
  })
  afterAll(() => kind?.stop())
  beforeEach(({ skip }) => skip(isMissing, withoutS3))

  const append = async (key: string, offset: number, size: number, body: AsyncIterable<Uint8Array>) => {
    const positions: number[] = []
    let error: unknown
    try {
      for await (const kept of storage.append(key, { offset, size, body })) positions.push(kept)
    } catch (thrown) {
      error = thrown
    }
    expect(positions).toEqual([...positions].sort((a, b) => a - b))
    return { kept: positions.at(-1), error }
  }
  const write = async (key: string, offset: number, size: number, body: Uint8Array) => {
    const { kept, error } = await append(key, offset, size, chunks(body))
    if (error !== undefined) throw error
    return kept
  }
  const read = async (key: string, range?: { start: number; end: number }) => {
    const bytes = await (await kind.open()).read(key, range)
    return bytes && buffer(bytes)
  }
  const textOf = async (key: string) => (await read(key))?.toString()
  const keys = async () => {
    const found: string[] = []
    for await (const key of (await kind.open()).keys()) found.push(key)
    return found
  }

  test('has nothing where nothing is', async () => {
    const key = newId('upload')
    expect([await storage.size(key), await storage.read(key)]).toEqual([undefined, undefined])
    await storage.remove(key)
    expect(await keys()).not.toContain(key)
  })

  test('keeps a file, and reads parts of it', async () => {
    const key = newId('upload')
    expect(await write(key, 0, long.length, long)).toBe(long.length)
    expect(await storage.size(key)).toBe(long.length)
    expect((await read(key))?.equals(long)).toBe(true)
    for (const [start, end] of [
      [0, 0],
      [8_388_607, 8_388_608],
      [long.length - 5, long.length - 1],
    ] as const)
      expect(await read(key, { start, end })).toEqual(long.subarray(start, end + 1))
    await storage.remove(key)
    expect([await storage.size(key), await storage.read(key)]).toEqual([undefined, undefined])
  })

  test.each([
    ['less than a part', [100_000, 300_000]],
    ['some parts and a rest', [8_388_609, 9_000_000, 9_499_000]],
    ['whole parts', [8_388_608]],
  ])('ends a file where it is: %s', async (_what, ends) => {
    const [key, size] = [newId('upload'), 100_000_000]
    let at = 0
    for (const end of ends) {
      storage = await kind.open()
      expect(await write(key, at, size, long.subarray(at, end))).toBe(end)
      at = end
    }
    const end = async (offset: number) => {
      let kept = -1
      for await (kept of (await kind.open()).end(key, { offset, size }));
      return kept
    }
    // Of one that has less than was thought nothing is made.
    expect(await end(at + 1)).toBe(at)
    // Nobody may have taken note: it is ended again, or gone on with.
    for (const _time of [1, 2]) {
      expect(await end(at)).toBe(at)
      expect((await read(key))?.equals(long.subarray(0, at))).toBe(true)
    }
    expect(await write(key, at, size, long.subarray(at, at + 1_000))).toBe(at + 1_000)
    expect(await end(at + 1_000)).toBe(at + 1_000)
    expect((await read(key))?.equals(long.subarray(0, at + 1_000))).toBe(true)
    expect(await storage.size(key)).toBe(at + 1_000)
    await storage.remove(key)
    expect(await keys()).not.toContain(key)
  })

  test.each([
    ['small steps at first', [1, 500_000, 8_388_607]],
    ['the end of a part', [8_388_608]],
    ['far into parts', [8_388_609, 9_000_000, 9_500_122]],
  ])('goes on by %s, as another process would', async (_how, ends) => {
    const key = newId('upload')
    let at = 0
    for (const end of [...ends, long.length]) {
      storage = await kind.open()
      expect(await write(key, at, long.length, long.subarray(at, end))).toBe(end)
      expect(await storage.size(key)).toBe(end)
      at = end
    }
    expect((await read(key))?.equals(long)).toBe(true)
    await storage.remove(key)
  })

  test('drops what comes after the offset', async () => {
    const key = newId('upload')
    await write(key, 0, 10, Buffer.from('12345'))
    expect(await write(key, 2, 10, Buffer.from('x'))).toBe(3)
    expect(await write(key, 3, 10, Buffer.from('4567890'))).toBe(10)
    expect(await textOf(key)).toBe('12x4567890')
    // Also what was complete, and nobody took note of.
    expect(await write(key, 4, 10, Buffer.from('yz'))).toBe(6)
    expect(await write(key, 6, 10, Buffer.from('7890'))).toBe(10)
    expect(await textOf(key)).toBe('12x4yz7890')
    expect(await write(key, 0, 10, Buffer.from('anew'))).toBe(4)
    expect(await storage.size(key)).toBe(4)
    expect(await write(key, 4, 10, Buffer.from('567890'))).toBe(10)
    expect(await textOf(key)).toBe('anew567890')
  })

  test('drops whole parts that come after the offset, also of what was complete', async () => {
    const key = newId('upload')
    const size = longer.length
    await write(key, 0, size, longer.subarray(0, 17_000_000))
    let expected = longer
    for (const offset of [8_388_608, 9_000_000]) {
      expected = Buffer.concat([expected.subarray(0, offset), randomBytes(size - offset)])
      expect(await write(key, offset, size, expected.subarray(offset))).toBe(size)
      expect((await read(key))?.equals(expected)).toBe(true)
    }
    await storage.remove(key)
  })

  test('says what is missing before the offset, and writes nothing', async () => {
    const key = newId('upload')
    expect(await write(key, 5, 10, Buffer.from('67890'))).toBe(0)
    await write(key, 0, 10, Buffer.from('123'))
    expect(await write(key, 5, 10, Buffer.from('67890'))).toBe(3)
    expect(await storage.size(key)).toBe(3)
  })

  test('takes the end again', async () => {
    const key = newId('upload')
    await write(key, 0, 3, Buffer.from('123'))
    expect(await write(key, 3, 3, Buffer.from(''))).toBe(3)
    expect((await append(key, 3, 3, chunks(Buffer.from('4')))).error).toBeInstanceOf(TooManyBytes)
    expect(await textOf(key)).toBe('123')
  })

  test.each([3, 9_000_000])('keeps what came of a body that breaks off after %i bytes', async (length) => {
    const key = newId('upload')
    const { kept, error } = await append(key, 0, long.length, broken(long.subarray(0, length)))
    expect([kept, error]).toEqual([length, new Error('broken off')])
    expect(await write(key, length, long.length, long.subarray(length))).toBe(long.length)
    expect((await read(key))?.equals(long)).toBe(true)
    await storage.remove(key)
  })

  test('takes no more than was announced', async () => {
    const key = newId('upload')
    const { kept, error } = await append(key, 0, 4, chunks(Buffer.from('123456'), 3))
    expect([kept, error]).toEqual([3, expect.any(TooManyBytes)])
    expect(await write(key, 3, 4, Buffer.from('4'))).toBe(4)
    expect(await textOf(key)).toBe('1234')
  })

  test('lets go where nobody wants to hear of it any more', async () => {
    const key = newId('upload')
    let isLetGo = false
    const body = (async function* () {
      try {
        yield* chunks(long)
      } finally {
        isLetGo = true
      }
    })()
    for await (const _ of storage.append(key, { offset: 0, size: long.length, body })) if (isLetGo) break
    for await (const kept of storage.append(key, { offset: 0, size: long.length, body: chunks(long) }))
      if (kept > 0) break
    expect(await write(key, 0, 4, Buffer.from('anew'))).toBe(4)
    expect(await textOf(key)).toBe('anew')
  })

  test('lists its keys in order, half done ones too, each once', async () => {
    for (const key of await keys()) await storage.remove(key)
    const all = Array.from({ length: 6 }, () => newId('upload'))
    const [whole, small, half, parts, gone, recording] = [...all.slice(0, 5), newId('recording')]
    await write(whole!, 0, 3, Buffer.from('123'))
    await write(small!, 0, 4, Buffer.from('123'))
    await write(half!, 0, long.length, long.subarray(0, 5))
    await write(parts!, 0, long.length, long.subarray(0, 9_000_000))
    await write(gone!, 0, long.length, long.subarray(0, 9_000_000))
    await write(recording!, 0, 3, Buffer.from('123'))
    await storage.remove(gone!)
    const expected = [whole, small, half, parts, recording].sort()
    expect(await keys()).toEqual(expected)
    for (const key of expected) await storage.remove(key!)
    expect(await keys()).toEqual([])
  })

  test('knows ids as keys, and nothing else', async () => {
    for (const key of ['../../etc/passwd', '', 'upl_', 'upl_../../../../../../etc/passwd', `upl_${'a'.repeat(25)}/`]) {
      const works = [
        async () => storage.size(key),
        async () => storage.read(key),
        async () => storage.remove(key),
        async () => write(key, 0, 1, Buffer.from('x')),
      ]
      for (const work of works) await expect(work()).rejects.toThrow('is an id')
    }
  })
})
