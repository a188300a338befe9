import { ApiError } from '../../errors.ts'
import { ProviderError } from '../../providers/provider.ts'
import { laterRefusal } from '../../providers/refusal.ts'

/** What who connects an account is told where the provider refuses it. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error
  const { problem, message, cause } = error
  if (problem.kind === 'unauthorized') return new ApiError('PROVIDER_CREDENTIALS', { message, cause })
  if (problem.kind === 'forbidden') return new ApiError('PROVIDER_SCOPES', { message, cause })
  return laterRefusal(error) ?? new ApiError('PROVIDER_FAILED', { message, cause })
}

/** What is said of an app that lacks scopes. */
export function lackOf(lacking: readonly string[]): string {
  return `The app at the provider lacks ${lacking.length === 1 ? 'the scope' : 'the scopes'} ${lacking.join(', ')}.`
}
