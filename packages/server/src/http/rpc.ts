import { fastifyRequestHandler } from '@trpc/server/adapters/fastify'
import type { FastifyInstance } from 'fastify'
import { ApiError, describeError } from '../errors.ts'
import { appRouter } from '../root.ts'
import { acceptJsonText, reportFailure } from './body.ts'
import { type ContextDependencies, contextOf } from './context.ts'
import { retryAfterSeconds, sendTrpcError } from './failure.ts'

/** More calls than this in one request are refused. */
export const maxBatchSize = 20

/** The tRPC endpoint, `/trpc/<procedure>[,<procedure>...]`: JSON only, queries by GET or POST. */
export async function rpc(app: FastifyInstance, dependencies: ContextDependencies): Promise<void> {
  const { log } = dependencies.services
  acceptJsonText(app)
  app.setErrorHandler((error, request, reply) =>
    sendTrpcError(reply, reportFailure(log, error, { requestId: request.id })),
  )
  app.addHook('onSend', async (_request, reply, payload) => {
    // The headers of its answers take the place of those there are, such as the `Vary: Origin` of CORS.
    const vary = reply.getHeader('vary')
    if (payload instanceof Response && vary !== undefined) payload.headers.append('vary', String(vary))
    return payload
  })
  app.all<{ Params: { path: string } }>('/trpc/:path', (request, reply) => {
    const { path } = request.params
    if (!['GET', 'HEAD', 'POST'].includes(request.method)) throw new ApiError('METHOD_NOT_ALLOWED')
    if (path.split(',').length > maxBatchSize) {
      throw new ApiError('TOO_LARGE', { message: `A request has at most ${maxBatchSize} calls.` })
    }
    return fastifyRequestHandler({
      router: appRouter,
      req: request,
      res: reply,
      path,
      allowMethodOverride: true,
      createContext: () => contextOf(dependencies, request, reply),
      onError: ({ error, path }) => void reportFailure(log, error, { requestId: request.id, path }),
      responseMeta: ({ errors }) => {
        const waits = errors.map((error) => describeError(error).retryAfterMs ?? 0)
        const longest = Math.max(0, ...waits)
        return longest === 0 ? {} : { headers: { 'retry-after': retryAfterSeconds(longest) } }
      },
    })
  })
}
