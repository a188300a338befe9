import { ApiError } from '../../errors.ts'
import { ProviderError } from '../../providers/provider.ts'

/** What who connects an account is told where the provider refuses it. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error
  const { problem, message, cause } = error
  switch (problem.kind) {
    case 'unauthorized':
      return new ApiError('PROVIDER_CREDENTIALS', { message, cause })
    case 'forbidden':
      return new ApiError('PROVIDER_SCOPES', { message, cause })
    case 'transient':
      return new ApiError('UNAVAILABLE', { message, cause, retryAfterMs: 2_000 })
    case 'rateLimited':
      return new ApiError('RATE_LIMITED', { message, cause, retryAfterMs: waitMs(problem.retryAt) })
    case 'quota':
      return new ApiError('RATE_LIMITED', { message, cause, retryAfterMs: waitMs(problem.resetAt) })
    default:
      return new ApiError('PROVIDER_FAILED', { message, cause })
  }
}

/** What is said of an app that lacks scopes. */
export function lackOf(lacking: readonly string[]): string {
  return `The app at the provider lacks ${lacking.length === 1 ? 'the scope' : 'the scopes'} ${lacking.join(', ')}.`
}

function waitMs(until: Date): number {
  return Math.max(1_000, until.getTime() - Date.now())
}
