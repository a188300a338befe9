import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { parseOrigins } from '../auth/origins.ts'
import { ApiError } from '../errors.ts'
import { newId } from '../ids.ts'
import { appRouter } from '../root.ts'
import { serverVersion } from '../version.ts'
import { reportFailure } from './body.ts'
import { calendars } from './calendars.ts'
import type { ContextDependencies } from './context.ts'
import { sendProblem } from './failure.ts'
import { health, type ReadinessProblems } from './health/health.ts'
import { media } from './media.ts'
import { limitRequest } from './patience.ts'
import { recordings } from './recordings.ts'
import { rest } from './rest.ts'
import { rpc } from './rpc.ts'
import { uploads } from './uploads.ts'
import { web } from './web.ts'
import { webhooks } from './webhooks.ts'

export interface HttpDependencies extends ContextDependencies {
  /** How many proxies before the server are to be believed about where a request comes from. */
  readonly trustedProxies: number
  readonly readiness: () => Promise<ReadinessProblems>
  /** Whether the server is about to stop: connections are not kept for further requests. */
  readonly isClosing: () => boolean
  /** The directory of a built web app to serve at `/`. */
  readonly webRoot?: string | undefined
}

/** Requests with a larger body are refused with TOO_LARGE, in bytes. */
export const maxBodyBytes = 1_048_576

const maxConnections = 5_000

const requestTimeoutMs = 30_000

/** The HTTP server with all its routes, not yet listening. */
export async function createHttpServer(dependencies: HttpDependencies): Promise<FastifyInstance> {
  const { readiness, webRoot, trustedProxies } = dependencies
  const allowedOrigins = parseOrigins(dependencies.allowedOrigins.join(','))
  const { log } = dependencies.services
  const app = fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    genReqId: () => newId('request'),
    trustProxy: (_address: string, hop: number) => hop < trustedProxies,
    // A reader or writer that makes no progress for this long is cut.
    connectionTimeout: 60_000,
    // Uploads take longer than any other request may: that is seen to below.
    requestTimeout: 0,
    keepAliveTimeout: 30_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 5_000 },
    return503OnClosing: false,
    routerOptions: { maxParamLength: 4_000 },
    frameworkErrors: (error, request, reply) =>
      sendProblem(reply, reportFailure(log, error, { requestId: request.id })),
  })
  app.server.maxConnections = maxConnections
  addHooks(app, dependencies)
  await app.register(cookie)
  if (allowedOrigins.length > 0) await app.register(cors, corsOptions(allowedOrigins))
  await app.register(rpc, { ...dependencies, allowedOrigins })
  await app.register(rest, { ...dependencies, allowedOrigins })
  await app.register(uploads, { ...dependencies, allowedOrigins })
  await app.register(media, { ...dependencies, allowedOrigins })
  await app.register(recordings, { ...dependencies, allowedOrigins })
  await app.register(calendars, { ...dependencies, allowedOrigins })
  await app.register(webhooks, { ...dependencies, allowedOrigins })
  await app.register(async (scope) => health(scope, readiness))
  if (webRoot !== undefined) await web(app, webRoot)
  app.setErrorHandler((error, request, reply) =>
    sendProblem(reply, reportFailure(log, error, { requestId: request.id })),
  )
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && request.headers.accept?.includes('text/html')
    if (webRoot !== undefined && isPage && !/^\/(trpc|api|health|assets|uploads|media|webhooks)\b/.test(request.url)) {
      return reply.sendFile('index.html', webRoot)
    }
    return sendProblem(reply, new ApiError('NOT_FOUND', { message: 'There is nothing at this address.' }).details)
  })
  return app
}

function corsOptions(origins: readonly string[]) {
  return {
    // Others get none of the headers below, not only no leave.
    origin: async (origin: string | undefined) => (origin !== undefined && origins.includes(origin) ? origin : false),
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      ...['authorization', 'content-type', 'idempotency-key', 'last-event-id', 'traceparent', 'tracestate'],
      ...['antiphon-as', 'antiphon-session', 'tus-resumable', 'upload-offset', 'range', 'if-range'],
    ],
    exposedHeaders: [
      ...['retry-after', 'x-request-id', 'antiphon-version'],
      ...['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'],
      ...['tus-resumable', 'upload-offset', 'upload-length'],
      ...['etag', 'accept-ranges', 'content-range', 'content-disposition'],
    ],
    maxAge: 600,
  }
}

function addHooks(app: FastifyInstance, { services: { log }, isClosing }: HttpDependencies): void {
  const version = serverVersion()
  app.addHook('onRequest', async (request, reply) => {
    limitRequest(request.raw, requestTimeoutMs)
    reply.header('x-request-id', request.id)
    reply.header('antiphon-version', version)
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'no-referrer')
    if (/^\/(trpc|api)\b/.test(request.url)) reply.header('cache-control', 'no-store')
  })
  app.addHook('onSend', async (_request, reply, payload) => {
    if (isClosing()) reply.header('connection', 'close')
    return payload
  })
  app.addHook('onResponse', async (request, reply) => {
    const details = {
      requestId: request.id,
      method: request.method,
      path: pathOf(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    }
    log.debug(details, 'answered')
  })
}

/** The route of a request with its procedures. What else an address holds is not for a log: inputs, secrets by mistake. */
function pathOf({ routeOptions, params }: FastifyRequest): string | undefined {
  const path = (params as { path?: string } | undefined)?.path ?? ''
  const isKnown = path.split(',').every((name) => Object.hasOwn(appRouter._def.procedures, name))
  return routeOptions.url?.replace(':path', isKnown ? path : '*')
}
