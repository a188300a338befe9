/** A field of the input that was refused, and why. */
export interface FieldProblem {
  /** The way to the field, such as `attachments.0.name`. */
  readonly path: string
  readonly message: string
}

/** The codes of a call that got no proper answer; their `status` is 0. */
export type TransportErrorCode = 'NETWORK' | 'TIMEOUT' | 'ABORTED' | 'BAD_RESPONSE'

export interface ErrorDetails {
  readonly code: string
  readonly status: number
  readonly message: string
  readonly fields?: readonly FieldProblem[] | undefined
  readonly requestId?: string | undefined
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/** The same symbol in every copy of this module, so that guards know the errors of another copy. */
const mark = Symbol.for('@antiphon/codegen/error')

/** The one kind of error that calls end with. */
export class CallError<Code extends string = string> extends Error {
  static {
    Object.defineProperty(CallError.prototype, mark, { value: true })
  }

  /** What went wrong, as a word to branch on. */
  readonly code: Code
  /** The HTTP status, or 0 where the server did not answer properly. */
  readonly status: number
  /** The fields of the input that were refused. */
  readonly fields: readonly FieldProblem[]
  /** What to quote when reporting the problem to the people who run the server. */
  readonly requestId: string | undefined
  /** How long the server asks to wait before trying again. */
  readonly retryAfterMs: number | undefined

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause })
    // A newer server may send a code that this SDK does not know; it is passed on as it came.
    this.code = details.code as Code
    this.status = details.status
    this.fields = details.fields ?? []
    this.requestId = details.requestId
    this.retryAfterMs = details.retryAfterMs
  }
}

/** Makes the SDK's own error. */
export type ErrorClass = new (details: ErrorDetails) => CallError

/** Whether a caught value is an SDK's error, from whatever copy of it; of this name and one of the codes if they are given. */
export function isCallError(error: unknown, name?: string, codes: readonly string[] = []): error is CallError {
  if (!(error instanceof Error) || !(mark in error) || (name !== undefined && error.name !== name)) return false
  return codes.length === 0 || ('code' in error && codes.some((code) => code === error.code))
}

/** A failure on the way, before it becomes the SDK's error. */
export class Failure extends Error {
  readonly details: ErrorDetails
  /** The HTTP status of an answer that was none of the server's own, such as a proxy's 503. */
  readonly httpStatus: number

  constructor(details: ErrorDetails, httpStatus: number = details.status) {
    super(details.message, { cause: details.cause })
    this.details = details
    this.httpStatus = httpStatus
  }
}

/** A request that was never sent. */
export function unsent(cause: unknown): Failure {
  return new Failure({
    code: 'NETWORK',
    status: 0,
    message: `The request could not be sent: ${reasonOf(cause)}`,
    cause,
  })
}

/** An answer that broke off. */
export function cutOff(cause: unknown): Failure {
  return new Failure({ code: 'NETWORK', status: 0, message: `The answer broke off: ${reasonOf(cause)}`, cause })
}

/** What happened, in the words of the innermost error that says something. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  // fetch says only "fetch failed"; what happened is in its cause.
  return cause.cause instanceof Error && cause.cause.message !== '' ? cause.cause.message : cause.message
}

/** Throws outside of the work at hand, so that the runtime reports it as uncaught. */
export function throwLater(error: unknown): void {
  setTimeout(() => {
    throw error
  })
}
