import { AntiphonError } from '../generated/index.ts'

const longestMs = 60_000

/** What helps after some time, or after a look at how far the server is. */
export const passing = ['NETWORK', 'UNAVAILABLE', 'RATE_LIMITED', 'UPLOAD_BUSY', 'UPLOAD_OFFSET']

export const tus = { 'tus-resumable': '1.0.0' }

export function limited(signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(longestMs)
  return signal === undefined ? limit : AbortSignal.any([signal, limit])
}

export function offsetOf(response: Response): number {
  const offset = response.headers.get('upload-offset')
  if (offset !== null && /^\d+$/.test(offset)) return Number(offset)
  throw new AntiphonError({
    code: 'BAD_RESPONSE',
    status: response.status,
    message: 'The server did not say how far it is.',
  })
}

export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      reject(
        new AntiphonError({ code: 'ABORTED', status: 0, message: 'The upload was aborted.', cause: signal?.reason }),
      )
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end)
      resolve()
    }, ms)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
  })
}
