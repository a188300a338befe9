import { expect, test } from 'vitest'
import { newId } from '../ids.ts'
import { ask } from './ask.ts'
import { link } from './link.ts'
import { ProviderError } from './provider.ts'
import { createProviders } from './registry.ts'

const kindOf = (error: unknown) => (error instanceof ProviderError ? error.problem.kind : error)

const plainly = (provider: string) => ({ provider, connectionId: null })

test('any address is always among the providers', async () => {
  const own = { id: 'own', capabilities: new Set([]) }
  const providers = createProviders([own])
  expect([await providers.find(plainly('link')), await providers.ofSource('own')]).toEqual([link, own])
  expect(providers.kind('own')).toEqual({ ...own, needsAccount: false })
  expect([providers.kind('zoom'), await providers.find(plainly('zoom')), await providers.ofSource('zoom')]).toEqual([
    ...[undefined, undefined, undefined],
  ])
})

test('sessions are heard of from all accounts, and from providers that tell of them', async () => {
  const capabilities = new Set(['listLive'] as const)
  const live = { id: 'live', capabilities, async *snapshot() {} }
  const zoom = { id: 'zoom', capabilities: new Set(['recordings'] as const) }
  const [one, other] = [newId('connection'), newId('connection')]
  const providers = createProviders([live], {
    kinds: [zoom],
    find: async (id) => (id === one ? zoom : undefined),
    list: async () => [{ source: one, provider: 'zoom' }],
  })
  expect(await providers.sources()).toEqual([
    { source: 'live', provider: 'live' },
    { source: one, provider: 'zoom' },
  ])
  expect([providers.able('listLive'), providers.able('recordings')]).toEqual([['live'], ['zoom']])
  expect(providers.kind('zoom')).toMatchObject({ needsAccount: true })
  expect([await providers.ofSource(one), await providers.ofSource(other)]).toEqual([zoom, undefined])
  expect(await providers.find({ provider: 'zoom', connectionId: one })).toBe(zoom)
  // The account is of another provider, or none is named.
  expect(await providers.find({ provider: 'live', connectionId: one })).toBeUndefined()
  expect(await providers.find(plainly('zoom'))).toBeUndefined()
})

test('providers that are not what they say do not get in', () => {
  const capabilities = new Set(['create', 'end'] as const)
  expect(() => createProviders([{ id: 'half', capabilities }])).toThrow(
    'The provider "half" lacks ensureRoom, updateRoom, deleteRoom, end.',
  )
  expect(() => createProviders([link])).toThrow('There are two providers "link".')
  for (const id of ['', 'Zoom', '1st', 'x'.repeat(33)])
    expect(() => createProviders([{ id, capabilities: new Set() }])).toThrow('is no id of a provider')
})

test('a provider that does not answer is given up, whether it heeds its signal or not', async () => {
  const deaf = ask(() => new Promise(() => {}), { timeoutMs: 20 })
  expect(await deaf.catch(kindOf)).toBe('transient')
  const signal = AbortSignal.abort()
  expect(await ask(async () => 'too late', { timeoutMs: 1_000, signal }).catch(kindOf)).toBe('transient')
  const heeding = ask(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)), {
    timeoutMs: 20,
  })
  expect(await heeding.catch(kindOf)).toBe('transient')
})

test('what a provider throws besides is a bug of its own, of which nobody reads the words', async () => {
  const cause = new Error('password=secret')
  const error = await ask(() => Promise.reject(cause), { timeoutMs: 1_000 }).catch((thrown: unknown) => thrown)
  expect([kindOf(error), String(error)]).toEqual(['bug', 'ProviderError: The provider failed.'])
  expect(await ask(async () => 'done', { timeoutMs: 1_000 })).toBe('done')
})
