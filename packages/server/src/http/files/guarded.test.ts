import { get, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { ApiError } from '../../errors.ts'
import { png, uploadOf } from '../../uploads/files.fixture.ts'
import { guarded, stillAllowed } from './guarded.ts'

const everyMs = 20
const forever = () =>
  Readable.from(
    (async function* () {
      for (;;) yield setTimeout(1, Buffer.alloc(100))
    })(),
  )
const closed = (stream: Readable) => vi.waitFor(() => expect(stream.closed).toBe(true))

describe('guarded bytes', () => {
  test('arrive as they are, and are counted', async () => {
    const source = Readable.from([Buffer.from('abc'), Buffer.from('defg')])
    let [sent, ends] = [0, 0]
    const out = guarded(source, {
      everyMs,
      check: async () => true,
      onSent: (bytes) => {
        sent += bytes
      },
      onEnd: () => void ends++,
    })
    expect((await buffer(out)).toString()).toBe('abcdefg')
    expect([sent, ends]).toEqual([7, 1])
  })

  test('go on for as long as they may, then end, and let go of their source', async () => {
    const source = forever()
    let asked = 0
    const out = guarded(source, { everyMs, check: async () => ++asked < 4 })
    await expect(buffer(out)).rejects.toThrow('may not go on')
    expect(asked).toBe(4)
    await closed(source)
  })

  test('end also while nobody reads, and where no more bytes come', async () => {
    const slow = guarded(forever(), { everyMs, check: async () => false }).on('error', () => {})
    const stuck = new Readable({ read() {} })
    const waiting = guarded(stuck, { everyMs, check: async () => false })
    await expect(buffer(waiting)).rejects.toThrow('may not go on')
    await closed(slow)
    await closed(stuck)
  })

  test.each([
    ['fails', () => Promise.reject(new Error('away'))],
    ['does not answer', () => new Promise<boolean>(() => {})],
  ])('end where the second question %s as well', async (_what, answer) => {
    let asked = 0
    const once = guarded(forever(), { everyMs, check: async () => (++asked === 1 ? answer() : true) })
    const never = guarded(forever(), { everyMs, check: answer }).on('error', () => {})
    once.on('error', () => {})
    const start = performance.now()
    await closed(never)
    expect(performance.now() - start).toBeGreaterThanOrEqual(2 * everyMs - 2)
    if (asked > 1) expect(once.destroyed).toBe(false)
    once.destroy()
  })

  test('end for a reader who goes away, without another question', async () => {
    const source = forever()
    let [asked, ends] = [0, 0]
    const out = guarded(source, { everyMs, check: async () => ++asked > 0, onEnd: () => void ends++ })
    out.destroy()
    await closed(source)
    await setTimeout(3 * everyMs)
    expect([asked, ends]).toEqual([0, 1])
  })

  test('end with the fault of their source', async () => {
    const source = new Readable({ read: () => void source.destroy(new Error('torn')) })
    await expect(buffer(guarded(source, { everyMs, check: async () => true }))).rejects.toThrow('torn')
  })

  test('are allowed unless they are refused', async () => {
    expect(await stillAllowed(async () => {})).toBe(true)
    expect(await stillAllowed(() => Promise.reject(new ApiError('NOT_FOUND')))).toBe(false)
    await expect(stillAllowed(() => Promise.reject(new ApiError('UNAVAILABLE')))).rejects.toThrow()
    await expect(stillAllowed(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
  })
})

describe('a running download', async () => {
  const { url, signUp } = await startTestServer()
  const ann = await signUp()
  afterEach(() => void vi.useRealTimers())

  /** Begins to read, and holds on to it. */
  async function begin(path: string, token: string): Promise<IncomingMessage> {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` }
      // A connection of its own: the buffers of one that was read from before are large.
      get(url + path, { headers, agent: false }, (answer) => resolve(answer.once('error', () => {}))).once(
        'error',
        reject,
      )
    })
  }

  /** Reads to the end; how many bytes came, and whether they were all. */
  async function rest(answer: IncomingMessage) {
    let bytes = 0
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    await new Promise((resolve) => answer.once('close', resolve))
    return { bytes, whole: answer.complete }
  }

  async function shared() {
    const bob = await signUp()
    const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Shared', memberIds: [bob.user.id] })
    const upload = await uploadOf(ann.client, png(2, 2, 20_000_000))
    const { seq } = await ann.client.messages.send({ roomId, attachments: [{ uploadId: upload.id }] })
    return { bob, upload, unshare: () => ann.client.messages.remove({ roomId, seq }) }
  }

  test('goes on while its reader may see it', async () => {
    const { bob, upload } = await shared()
    const answer = await begin(upload.url, bob.token)
    await vi.advanceTimersByTimeAsync(90_000)
    expect(await rest(answer)).toEqual({ bytes: upload.sizeBytes, whole: true })
  })

  test.each(['unshared', 'signed out'])('is cut within a minute where it was %s', async (how) => {
    const { bob, upload, unshare } = await shared()
    const answer = await begin(upload.url, bob.token)
    if (how === 'unshared') await unshare()
    else await bob.client.users.signOut()
    await setTimeout(600)
    await vi.advanceTimersByTimeAsync(30_000)
    await setTimeout(300)
    const { bytes, whole } = await rest(answer)
    expect(whole).toBe(false)
    expect(bytes).toBeLessThan(upload.sizeBytes!)
  })
})
