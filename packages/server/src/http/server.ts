import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { newId } from '../ids.ts'
import { serverVersion } from '../version.ts'
import { sendProblem } from './failure.ts'
import { health, type ReadinessProblems } from './health.ts'
import { rest } from './rest.ts'
import { rpc } from './rpc.ts'
import { web } from './web.ts'

export interface HttpDependencies {
  readonly db: Db
  readonly log: Logger
  readonly readiness: () => Promise<ReadinessProblems>
  /** The directory of a built web app to serve at `/`. */
  readonly webRoot?: string | undefined
}

/** Requests with a larger body are refused with TOO_LARGE, in bytes. */
export const maxBodyBytes = 1_048_576

/** The HTTP server with all its routes, not yet listening. */
export async function createHttpServer(dependencies: HttpDependencies): Promise<FastifyInstance> {
  const { log, readiness, webRoot } = dependencies
  const version = serverVersion()
  const app = fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    genReqId: () => newId('request'),
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 4_000 },
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    reply.header('antiphon-version', version)
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'no-referrer')
  })
  // The path without its query: inputs of queries may be in there.
  app.addHook('onResponse', async (request, reply) => {
    const path = request.url.split('?', 1)[0]
    const details = {
      requestId: request.id,
      method: request.method,
      path,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    }
    log.debug(details, 'answered')
  })
  await app.register(rpc, dependencies)
  await app.register(rest, dependencies)
  await app.register(async (scope) => health(scope, readiness))
  if (webRoot !== undefined) await web(app, webRoot)
  app.setNotFoundHandler((request, reply) => {
    const page = webRoot !== undefined && request.method === 'GET' && request.headers.accept?.includes('text/html')
    if (page && !/^\/(trpc|api|health)\b/.test(request.url)) return reply.sendFile('index.html', webRoot)
    return sendProblem(
      reply,
      new ApiError('UNKNOWN_PROCEDURE', { message: 'There is nothing at this address.' }).details,
    )
  })
  return app
}
