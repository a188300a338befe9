import { ApiError } from '../errors.ts'
import type { ProviderError } from './provider.ts'

/** What a caller is told where the provider may do it later; undefined for what it will not do by itself. */
export function laterRefusal({ problem, message, cause }: ProviderError): ApiError | undefined {
  const wait = (until: Date) => Math.max(1_000, until.getTime() - Date.now())
  switch (problem.kind) {
    case 'transient':
      return new ApiError('UNAVAILABLE', { message, cause, retryAfterMs: 2_000 })
    case 'rateLimited':
      return new ApiError('RATE_LIMITED', { message, cause, retryAfterMs: wait(problem.retryAt) })
    case 'quota':
      return new ApiError('RATE_LIMITED', { message, cause, retryAfterMs: wait(problem.resetAt) })
    default:
      return undefined
  }
}
