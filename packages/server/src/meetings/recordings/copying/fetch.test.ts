import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import type { FetchedFile, MeetingProvider, RecordingFile } from '../../../providers/provider.ts'
import { fetchFile } from './fetch.ts'

const file: RecordingFile = {
  ...{ id: 'one', name: 'one', type: 'video/mp4', sizeBytes: 100, sha256: null, recordedAt: new Date() },
  durationSeconds: null,
}
const never = new AbortController().signal
const means = { offset: 0, turnMs: 60_000, signal: never, isWanted: async () => true }

/** A provider that sends what a body gives, and tells of the end of its signal. */
function sending(body: AsyncIterable<Uint8Array>, offset = 0) {
  const ended: string[] = []
  const provider: MeetingProvider = {
    ...{ id: 'test', capabilities: new Set(['recordings'] as const) },
    async fetchRecording(_file, { signal }): Promise<FetchedFile> {
      signal.addEventListener('abort', () => ended.push('ended'))
      return { offset, sizeBytes: null, body }
    },
  }
  return { provider, ended }
}

async function* bytes(count: number, pauseMs = 0) {
  for (let at = 0; at < count; at++) {
    if (pauseMs > 0) await delay(pauseMs)
    yield Uint8Array.of(at)
  }
}

async function* silence() {
  yield Uint8Array.of(1)
  await new Promise<never>(() => {})
}

async function countOf(body: AsyncIterable<Uint8Array>): Promise<number> {
  let count = 0
  for await (const chunk of body) count += chunk.length
  return count
}

afterEach(() => void vi.useRealTimers())

test('a body comes whole, and the provider is told that nobody listens any more', async () => {
  const { provider, ended } = sending(bytes(10))
  const { body } = await fetchFile(provider, file, means)
  expect([await countOf(body), ended]).toEqual([10, ['ended']])
})

test('it ends when its turn is over, and when nobody wants it', async () => {
  const slow = sending(bytes(1_000, 20))
  const part = await countOf((await fetchFile(slow.provider, file, { ...means, turnMs: 200 })).body)
  expect(part).toBeGreaterThan(0)
  expect([part < 30, slow.ended]).toEqual([true, ['ended']])
  const unwanted = sending(bytes(1_000, 20))
  vi.spyOn(performance, 'now').mockImplementation(() => Date.now() * 100)
  const fetched = await fetchFile(unwanted.provider, file, { ...means, turnMs: 1e9, isWanted: async () => false })
  expect(await countOf(fetched.body)).toBeLessThan(30)
  vi.restoreAllMocks()
})

test('where nothing comes any more, it is given up after a while', async () => {
  vi.useFakeTimers()
  const { provider, ended } = sending(silence())
  const counted = countOf((await fetchFile(provider, file, means)).body)
  const failure = expect(counted).rejects.toMatchObject({
    problem: { kind: 'transient' },
    message: expect.stringContaining('sends nothing'),
  })
  await vi.advanceTimersByTimeAsync(21_000)
  await failure
  expect(ended).toEqual(['ended'])
})

test('a provider that sends another part is refused, and one that stops is left', async () => {
  const other = sending(bytes(10), 3)
  await expect(fetchFile(other.provider, file, { ...means, offset: 5 })).rejects.toMatchObject({
    problem: { kind: 'bug' },
  })
  const stopping = new AbortController()
  const { provider } = sending(silence())
  const { body } = await fetchFile(provider, file, { ...means, signal: stopping.signal })
  const counted = expect(countOf(body)).rejects.toThrow('the server stops')
  stopping.abort(new Error('the server stops'))
  await counted
})
