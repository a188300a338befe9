import { expect, test } from 'vitest'
import { type MeetingProvider, ProviderError } from './provider.ts'
import { watched } from './watched.ts'

const signal = AbortSignal.timeout(10_000)
const session = { externalId: 'r', sessionKey: 's', startedAt: null, participantCount: null, observedAt: new Date() }

function listening(provider: Partial<MeetingProvider>) {
  const heard: string[] = []
  const whole: MeetingProvider = { id: 'own', capabilities: new Set(), ...provider }
  const seen = watched(whole, {
    succeeded: async (method) => void heard.push(method),
    refused: async (method, { problem }) => void heard.push(`${method}: ${problem.kind}`),
  })
  return { seen, heard }
}

const refusal = new ProviderError({ kind: 'unauthorized' }, 'No.')

test('what is told of each call is heard before the caller goes on', async () => {
  const { seen, heard } = listening({
    end: async (id) => (id === 'r' ? 'ended' : Promise.reject(refusal)),
    verifyWebhook: () => ({ kind: 'verified' }),
    snapshotEveryMs: () => 7,
  })
  expect([seen.id, seen.capabilities.size, seen.kick, seen.snapshotEveryMs?.()]).toEqual(['own', 0, undefined, 7])
  expect(await seen.end?.('r', { signal })).toBe('ended')
  expect(heard).toEqual(['end'])
  await expect(seen.end?.('other', { signal })).rejects.toBe(refusal)
  expect(heard).toEqual(['end', 'end: unauthorized'])
  expect(seen.verifyWebhook?.({ body: Buffer.alloc(0), headers: {}, url: '' }, new Date())).toEqual({
    kind: 'verified',
  })
  expect(heard).toHaveLength(2)
})

test('a list has succeeded at its end, not when it begins or is left', async () => {
  let fails = false
  const { seen, heard } = listening({
    async *snapshot() {
      yield session
      if (fails) throw refusal
      yield session
    },
  })
  const all = async (most = 9) => {
    let count = 0
    for await (const _ of seen.snapshot?.({ signal }) ?? []) if (++count === most) break
    return count
  }
  expect([await all(1), heard]).toEqual([1, []])
  expect([await all(), heard]).toEqual([2, ['snapshot']])
  fails = true
  await expect(all()).rejects.toBe(refusal)
  expect(heard).toEqual(['snapshot', 'snapshot: unauthorized'])
})

test('what is no refusal of a provider is not heard, and passed on', async () => {
  const fault = new Error('a fault of its own')
  const { seen, heard } = listening({ end: () => Promise.reject(fault) })
  await expect(seen.end?.('r', { signal })).rejects.toBe(fault)
  expect(heard).toEqual([])
})
