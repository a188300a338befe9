import type { FastifyReply } from 'fastify'
import superjson from 'superjson'
import { describeError, type ErrorDetails, errorCodes } from '../errors.ts'

/** What to answer for an error of HTTP itself (a body too large, a content type unknown) or of a procedure. */
export function failureOf(error: unknown): ErrorDetails {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  if (status === 413) return refusal('TOO_LARGE')
  if (status === 415) return refusal('UNSUPPORTED_MEDIA_TYPE')
  if (status === 503) return { ...refusal('UNAVAILABLE'), retryAfterMs: 1_000 }
  if (typeof status === 'number' && status >= 400 && status < 500) return refusal('MALFORMED_REQUEST')
  return describeError(error)
}

function refusal(code: keyof typeof errorCodes): ErrorDetails {
  const { status, description } = errorCodes[code]
  return { code, status, message: description }
}

/** Answers with a problem of RFC 9457. */
export function sendProblem(reply: FastifyReply, { message, status, ...details }: ErrorDetails): FastifyReply {
  if (details.retryAfterMs !== undefined) reply.header('retry-after', retryAfterSeconds(details.retryAfterMs))
  const title = errorCodes[details.code].description
  const problem = { type: 'about:blank', title, status, detail: message, ...details, requestId: reply.request.id }
  return reply.code(status).type('application/problem+json').send(JSON.stringify(problem))
}

/** Answers in the form of tRPC, for requests that never reached it. */
export function sendTrpcError(reply: FastifyReply, { message, status, ...details }: ErrorDetails): FastifyReply {
  const data = { ...details, httpStatus: status, requestId: reply.request.id }
  return reply
    .code(status)
    .send({ error: superjson.serialize({ message, code: status < 500 ? -32_600 : -32_603, data }) })
}

/** Whole seconds for the Retry-After header. */
export function retryAfterSeconds(milliseconds: number): string {
  return String(Math.ceil(milliseconds / 1_000))
}
