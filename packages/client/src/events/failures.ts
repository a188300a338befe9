import { AntiphonError } from '../generated/index.ts'

/** Whether a failure may be one for now. */
export function isPassing({ status }: AntiphonError): boolean {
  return status < 400 || status >= 500 || [408, 425, 429].includes(status)
}

export function closed(): AntiphonError {
  return new AntiphonError({ code: 'ABORTED', status: 0, message: 'The view is closed.' })
}

export function stuck(): AntiphonError {
  return new AntiphonError({
    code: 'BAD_RESPONSE',
    status: 0,
    message: 'The server gave an empty range, and says there is more.',
  })
}
