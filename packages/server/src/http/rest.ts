import { decodeJson, describeRouter, encodeJson } from '@antiphon/codegen'
import { callTRPCProcedure } from '@trpc/server'
import type { FastifyInstance } from 'fastify'
import { ApiError } from '../errors.ts'
import { appRouter } from '../root.ts'
import { checkSize } from '../wire.ts'
import { contextOf } from './context.ts'
import { failureOf, sendProblem } from './failure.ts'
import type { HttpDependencies } from './server.ts'

/** Plain JSON for curl and other languages: `POST /api/v1/<procedure>`, the input as body, problems by RFC 9457. */
export async function rest(app: FastifyInstance, { db, log }: HttpDependencies): Promise<void> {
  const { procedures, shapes } = describeRouter(appRouter, { strict: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error)
    if (failure.status >= 500) log.error({ err: error, requestId: request.id }, 'request failed')
    return sendProblem(reply, failure)
  })
  app.all<{ Params: { path: string } }>('/api/v1/:path', async (request, reply) => {
    const { path } = request.params
    const procedure = procedures.get(path)
    if (procedure === undefined)
      throw new ApiError('UNKNOWN_PROCEDURE', { message: `There is no procedure "${path}".` })
    if (request.method !== 'POST' || procedure.type === 'subscription') {
      reply.header('allow', 'POST')
      throw new ApiError('METHOD_NOT_ALLOWED', { message: 'Procedures are called by POST here.' })
    }
    const body = parseBody(request.body)
    const input = procedure.input === undefined ? undefined : decodeJson(procedure.input, body, shapes)
    const result = await callTRPCProcedure({
      router: appRouter,
      path,
      type: procedure.type,
      ctx: contextOf(db, log, request),
      getRawInput: async () => input,
      signal: undefined,
      batchIndex: 0,
    })
    if (result === undefined) return reply.code(204).send()
    return reply.type('application/json').send(JSON.stringify(encodeJson(result)))
  })
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
