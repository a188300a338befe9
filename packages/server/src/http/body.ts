import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { ApiError, type ErrorDetails } from '../errors.ts'
import { failureOf } from './failure.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** Takes JSON in UTF-8 as text, and nothing else: other content types, charsets and encodings are refused. */
export function acceptJsonText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, readText(request, body))
    } catch (error) {
      done(error instanceof Error ? error : new Error('The body cannot be read.'))
    }
  })
}

function readText({ headers }: FastifyRequest, body: string | Buffer): string {
  const charset = /;\s*charset="?([^";\s]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8'
  const encoding = headers['content-encoding'] ?? 'identity'
  if (!/^utf-?8$/i.test(charset) || encoding !== 'identity') {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', {
      message: 'The body has to be JSON in UTF-8, without content encoding.',
    })
  }
  try {
    return typeof body === 'string' ? body : utf8.decode(body)
  } catch (cause) {
    throw new ApiError('MALFORMED_REQUEST', { message: 'The body is not well-formed UTF-8.', cause })
  }
}

/** Describes the error of a request and logs what is the server's fault, or the database's. */
export function reportFailure(
  log: Logger,
  error: unknown,
  about: { requestId: string; path?: string | undefined },
): ErrorDetails {
  const failure = failureOf(error)
  if (failure.code === 'UNAVAILABLE')
    log.warn({ ...about, reason: reasonOf(error) }, 'a call could not be served just now')
  else if (failure.status >= 500) log.error({ ...about, err: error }, 'a call failed')
  return failure
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error)
}
