import { type CallOptions, ProviderError } from './provider.ts'

/**
 * Asks a provider for something, for so long at most, whether it heeds its signal or not.
 * @throws ProviderError, whatever the provider threw
 */
export async function ask<Answer>(
  work: (options: CallOptions) => Promise<Answer>,
  { timeoutMs, signal: given }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = given === undefined ? timeout : AbortSignal.any([timeout, given])
  const tooLate = () => new ProviderError({ kind: 'transient' }, 'The provider does not answer.')
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(tooLate())
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    return await Promise.race([work({ signal }), aborted.promise])
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause
    if (signal.aborted) throw tooLate()
    throw new ProviderError({ kind: 'bug' }, 'The provider failed.', { cause })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
