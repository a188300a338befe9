import { ApiError } from '../../errors.ts'
import { StorageFull } from '../storage.ts'

/** What stores say where they have no room, or a quota is used up. */
const full =
  /^(QuotaExceeded|EntityTooLarge|InsufficientStorage|InsufficientCapacity|XMinioStorageFull|XMinioAdminBucketQuotaExceeded)/

export function isMissing(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound', 'NoSuchUpload'].includes(nameOf(error))
}

/** What helps by itself after a while. */
const away =
  /^(TimeoutError|AbortError|SlowDown|RequestTimeout|ServiceUnavailable|InternalError|E(CONN|HOST|NET)\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/

export function asStorageError(error: unknown): unknown {
  const [name, status = 0] = [nameOf(error), statusOf(error)]
  if (full.test(name) || status === 507) return new StorageFull('There is no room for more files.', { cause: error })
  return status >= 500 || status === 429 || away.test(name) || away.test(codeOf(error)) ? unavailable(error) : error
}

export function unavailable(cause?: unknown): ApiError {
  const message = 'The storage cannot serve this just now; try again.'
  return new ApiError('UNAVAILABLE', { message, retryAfterMs: 1_000, cause })
}

/** Why a bucket cannot be used, in a line for people. */
export function reasonOf(error: unknown): string {
  const status = statusOf(error)
  if (status === 404) return 'there is none of this name'
  if (status === 403) return 'the keys are wrong, or may not use it (S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY)'
  if (status === 301 || status === 400) return `the store refuses it (${status}); S3_REGION may be another one`
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) }
  if (name === 'CredentialsProviderError') return 'there are no keys (S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY)'
  if (name === 'AbortError' || name === 'TimeoutError') return 'it does not answer'
  return (message.split('\n', 1)[0] || name).replace(/\.$/, '')
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined
  const data: unknown = error.$metadata
  const status = typeof data === 'object' && data !== null && 'httpStatusCode' in data ? data.httpStatusCode : undefined
  return typeof status === 'number' ? status : undefined
}
