import { fastifyRequestHandler } from '@trpc/server/adapters/fastify'
import type { FastifyInstance } from 'fastify'
import { describeError } from '../errors.ts'
import { appRouter } from '../root.ts'
import { contextOf } from './context.ts'
import { failureOf, retryAfterSeconds, sendTrpcError } from './failure.ts'
import type { HttpDependencies } from './server.ts'

/** More calls than this in one request are refused. */
export const maxBatchSize = 50

/** The tRPC endpoint, `/trpc/<procedure>[,<procedure>...]`: JSON only, queries by GET or POST. */
export async function rpc(app: FastifyInstance, { db, log }: HttpDependencies): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error)
    if (failure.status >= 500) log.error({ err: error, requestId: request.id }, 'request failed')
    return sendTrpcError(reply, failure)
  })
  app.all<{ Params: { path: string } }>('/trpc/:path', (request, reply) =>
    fastifyRequestHandler({
      router: appRouter,
      req: request,
      res: reply,
      path: request.params.path,
      maxBatchSize,
      allowMethodOverride: true,
      createContext: () => contextOf(db, log, request),
      onError: ({ error, path }) => {
        if (describeError(error).status >= 500) log.error({ err: error, path, requestId: request.id }, 'call failed')
      },
      responseMeta: ({ errors }) => {
        const waits = errors.map((error) => describeError(error).retryAfterMs ?? 0)
        const longest = Math.max(0, ...waits)
        return longest === 0 ? {} : { headers: { 'retry-after': retryAfterSeconds(longest) } }
      },
    }),
  )
}
