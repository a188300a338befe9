import { expect, test } from 'vitest'
import { ask } from './ask.ts'
import { link } from './link.ts'
import { ProviderError } from './provider.ts'
import { createProviders } from './registry.ts'

const kindOf = (error: unknown) => (error instanceof ProviderError ? error.problem.kind : error)

test('any address is always among the providers', () => {
  const own = { id: 'own', capabilities: new Set([]) }
  expect([...createProviders([own])]).toEqual([
    ['link', link],
    ['own', own],
  ])
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
