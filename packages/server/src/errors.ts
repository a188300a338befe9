import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { errorCodes } from './errors/codes.ts'

export { errorCodes }

export type ErrorCode = keyof typeof errorCodes

export interface FieldProblem {
  path: string
  message: string
}

export interface ErrorDetails {
  code: ErrorCode
  status: number
  message: string
  fields?: FieldProblem[]
  retryAfterMs?: number
}

type Extra = { message?: string; field?: string; retryAfterMs?: number; cause?: unknown }

/** A refusal with a declared code: what procedures throw. */
export class ApiError extends TRPCError {
  readonly details: ErrorDetails

  constructor(code: ErrorCode, { message, field, retryAfterMs, cause }: Extra = {}) {
    const { status, description } = errorCodes[code]
    const text = message ?? description
    // As inputs that do not fit are told of: where, and why.
    const whole = code === 'INVALID_INPUT' && field !== undefined ? `${field}: ${text}` : text
    super({ code: trpcCode(status), message: whole, cause })
    this.details = {
      code,
      status,
      message: whole,
      ...(field === undefined ? {} : { fields: [{ path: field, message: text }] }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
  }
}

function trpcCode(status: number): TRPCError['code'] {
  switch (status) {
    case 400:
      return 'BAD_REQUEST'
    case 401:
      return 'UNAUTHORIZED'
    case 403:
      return 'FORBIDDEN'
    case 404:
      return 'NOT_FOUND'
    case 405:
      return 'METHOD_NOT_SUPPORTED'
    case 409:
      return 'CONFLICT'
    case 413:
      return 'PAYLOAD_TOO_LARGE'
    case 415:
      return 'UNSUPPORTED_MEDIA_TYPE'
    case 429:
      return 'TOO_MANY_REQUESTS'
    case 503:
      return 'SERVICE_UNAVAILABLE'
    default:
      return 'INTERNAL_SERVER_ERROR'
  }
}

const internal: ErrorDetails = {
  code: 'INTERNAL',
  status: 500,
  message: 'Something went wrong on the server. Quote the request id when you report it.',
}

const fromTrpc: Partial<Record<TRPCError['code'], ErrorCode>> = {
  PARSE_ERROR: 'MALFORMED_REQUEST',
  BAD_REQUEST: 'MALFORMED_REQUEST',
  NOT_FOUND: 'UNKNOWN_PROCEDURE',
  METHOD_NOT_SUPPORTED: 'METHOD_NOT_ALLOWED',
  PAYLOAD_TOO_LARGE: 'TOO_LARGE',
  UNSUPPORTED_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
}

/** What a caller may know of any error. All that is not declared is INTERNAL, without its text. */
export function describeError(error: unknown): ErrorDetails {
  if (error instanceof ApiError) return error.details
  if (error instanceof TRPCError) {
    if (error.code === 'BAD_REQUEST' && error.cause instanceof z.core.$ZodError) return describeInput(error.cause)
    const code = fromTrpc[error.code]
    if (code !== undefined) return new ApiError(code).details
    return error.cause === undefined ? internal : describeError(error.cause)
  }
  return describeDatabaseError(error) ?? internal
}

const maxFields = 20

function describeInput(error: z.core.$ZodError): ErrorDetails {
  const issues = error.issues.flatMap(asMeant)
  const fields = issues.slice(0, maxFields).map((issue) => ({
    path: issue.path.join('.'),
    message: wordsFor(issue),
  }))
  const own = issues[0]?.code === 'custom' ? issues[0].params?.code : undefined
  const code = typeof own === 'string' && own in errorCodes ? (own as ErrorCode) : 'INVALID_INPUT'
  const message = fields.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  return { code, status: errorCodes[code].status, message, fields }
}

/** Of an input of several forms, what is wrong with the form that was meant: the only one with all the keys that were given. */
function asMeant(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const [meant, ...others] = issue.errors.filter((form) => form.every(({ code }) => code !== 'unrecognized_keys'))
  if (meant === undefined || others.length > 0) return [issue]
  return meant.flatMap((one) => asMeant({ ...one, path: [...issue.path, ...one.path] }))
}

/** Our own words for the checks of zod that speak of types; schemas may give theirs. */
function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.expected === 'date' && !issue.message.endsWith('undefined'))
    return 'is a date and time of ISO 8601, such as 2037-05-04T17:00:00Z'
  const few = issue.code === 'too_small'
  if (!(few || issue.code === 'too_big') || !/^Too (small|big)/.test(issue.message)) return issue.message
  const bound = Number(few ? issue.minimum : issue.maximum)
  const limit = `at ${few ? 'least' : 'most'} ${bound.toLocaleString('en')}`
  if (issue.origin === 'string') return `has ${limit} characters`
  return issue.origin === 'array' || issue.origin === 'set' ? `has ${limit} items` : `is ${limit}`
}

/** SQLSTATE classes and codes, and errors of sockets and names, after which the same call may go through. */
const unavailable =
  /^(08|53|57|58)|^(25006|25P03|40001|40P01|55P03|E(CONN|HOST|NET)\w+|ENOENT|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EACCES)$/

/** What the database's own guards of periods answer. */
const shutCodes: Record<string, ErrorCode> = { RP001: 'PERIOD_CLOSED', RP002: 'PERIOD_FROZEN', RP006: 'CURRENCY_MIXED' }

function describeDatabaseError(error: unknown): ErrorDetails | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const lost =
    /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection|Cannot use a pool after)/
  if (unavailable.test(code) || lost.test(error.message)) {
    return new ApiError('UNAVAILABLE', {
      message: 'The database cannot serve this just now; try again.',
      retryAfterMs: 1000,
    }).details
  }
  const shut = shutCodes[code]
  if (shut !== undefined) return new ApiError(shut).details
  if (/^22/.test(code))
    return new ApiError('INVALID_INPUT', { message: 'A value is out of the range of its type.' }).details
  return undefined
}

/** A fault for the log, without the values of rows, which database errors carry in their details. */
export function describeFault(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error ? error.code : undefined
  const cause = error.cause instanceof Error ? describeFault(error.cause) : undefined
  return { type: error.name, message: error.message, code, stack: error.stack, cause }
}
