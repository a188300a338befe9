import {
  buildOpenApi,
  decodeFlat,
  decodeJson,
  describeRouter,
  encodeJson,
  FlatError,
  isDownload,
  keyField,
  openApiText,
  type ProcedureDescription,
  plainMethods,
  type Shape,
  type Shapes,
} from '@antiphon/codegen'
import { callTRPCProcedure } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError, errorCodes } from '../errors.ts'
import { appRouter } from '../root.ts'
import { serverVersion } from '../version.ts'
import { checkSize } from '../wire.ts'
import { acceptJsonText, reportFailure } from './body.ts'
import { type ContextDependencies, contextOf } from './context.ts'
import { sendProblem } from './failure.ts'
import { isStream, sendItems } from './items.ts'

/**
 * Plain JSON for curl and other languages: `POST /api/v1/<procedure>` with the input as body, queries also by GET with
 * flat parameters; problems by RFC 9457; described at `/openapi.json`.
 */
export async function rest(app: FastifyInstance, dependencies: ContextDependencies): Promise<void> {
  const { log } = dependencies.services
  const router = describeRouter(appRouter, { strict: true })
  const document = openApiText(buildOpenApi(router, { title: 'Antiphon', version: serverVersion(), errorCodes }))
  acceptJsonText(app)
  app.setErrorHandler((error, request, reply) =>
    sendProblem(reply, reportFailure(log, error, { requestId: request.id })),
  )
  app.get('/openapi.json', (_request, reply) => reply.type('application/json').send(document))
  app.all<{ Params: { path: string } }>('/api/v1/:path', async (request, reply) => {
    const { path } = request.params
    const procedure = router.procedures.get(path)
    if (procedure === undefined) throw unknownProcedure(path)
    const methods = methodsOf(procedure, router.shapes)
    if (!methods.includes(request.method)) {
      reply.header('allow', methods.join(', '))
      const how =
        methods.length === 0 ? `is a stream: /trpc/${path} has it.` : `is called by ${methods.join(' or ')} here.`
      throw new ApiError('METHOD_NOT_ALLOWED', { message: `This procedure ${how}` })
    }
    const context = contextOf(dependencies, request, reply)
    if (procedure.input === undefined) readNothing(request)
    const result = await callTRPCProcedure({
      router: appRouter,
      path,
      type: procedure.type,
      ctx: context,
      // Read once the call was let in and counted: what strangers send costs nothing.
      getRawInput: async () => readInput(procedure, router.shapes, request),
      signal: abortOf(reply),
      batchIndex: 0,
    })
    if (isStream(result))
      return sendItems(reply, result, (error) => reportFailure(log, error, { requestId: request.id, path }))
    if (result === undefined) return reply.code(204).send()
    return reply.type('application/json').send(JSON.stringify(encodeJson(result)))
  })
}

/** Told by name where it looks like one, and not like a secret that got into the address. */
function unknownProcedure(path: string): ApiError {
  const isName = /^[a-z]+(\.[a-zA-Z]+)+$/.test(path)
  return new ApiError('UNKNOWN_PROCEDURE', isName ? { message: `There is no procedure "${path}".` } : {})
}

/** Aborts when the caller has gone. */
function abortOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort())
  return controller.signal
}

/** HEAD asks as GET does, but a download is not to be made for nobody. */
function methodsOf(procedure: ProcedureDescription, shapes: Shapes): string[] {
  const methods = plainMethods(procedure, shapes)
  return methods.flatMap((method) => (method === 'GET' && !isDownload(procedure) ? [method, 'HEAD'] : [method]))
}

/** Where there is no input, what was sent has to be JSON still, such as `{}`, and not much of it. */
function readNothing({ method, body }: FastifyRequest): void {
  if (method !== 'POST') return
  if (typeof body === 'string' && body.length > 1_000)
    throw new ApiError('TOO_LARGE', { message: 'This procedure takes no input.' })
  parseBody(body)
}

function readInput(procedure: ProcedureDescription, shapes: Shapes, request: FastifyRequest): unknown {
  const { input: shape } = procedure
  const body = request.method === 'POST' ? parseBody(request.body) : undefined
  if (shape === undefined) return undefined
  const field = keyField(procedure, shapes)
  const json = request.method === 'POST' ? withKey(body, field, request) : parseQuery(shape, shapes, request)
  return decodeJson(shape, json, shapes)
}

/** The header Idempotency-Key stands for the procedure's key, where it has one and the body has none. */
function withKey(body: unknown, field: string | undefined, { headers }: FastifyRequest): unknown {
  const key = headers['idempotency-key']
  if (key === undefined || field === undefined || body === null || Array.isArray(body)) return body
  return typeof body === 'object' || body === undefined ? { [field]: key, ...body } : body
}

function parseBody(body: unknown): unknown {
  if (typeof body !== 'string' || body === '') return undefined
  const parsed = parseJson(body)
  checkSize(parsed)
  return parsed
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ApiError('MALFORMED_REQUEST', { message: 'The body is not well-formed JSON.', cause })
  }
}

function parseQuery(shape: Shape, shapes: Shapes, { url }: FastifyRequest): unknown {
  const at = url.indexOf('?')
  const parameters = new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
  try {
    return decodeFlat(shape, parameters, shapes)
  } catch (cause) {
    if (cause instanceof FlatError)
      throw new ApiError('MALFORMED_REQUEST', { message: `The address has ${cause.message}.`, cause })
    throw cause
  }
}
