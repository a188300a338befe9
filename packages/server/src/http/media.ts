import { create as contentDisposition } from 'content-disposition'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { requireAccess } from '../access.ts'
import { ApiError } from '../errors.ts'
import { uploadId } from '../ids.ts'
import type { Storage } from '../storage/storage.ts'
import { enter } from '../trpc.ts'
import { mediaPath } from '../uploads/schema.ts'
import { findComplete, type UploadRecord } from '../uploads/store.ts'
import { isPicture } from '../uploads/types.ts'
import { reportFailure } from './body.ts'
import { type ContextDependencies, contextOf } from './context.ts'
import { sendProblem } from './failure.ts'
import { rangeOf } from './ranges.ts'

const idParameter = z.object({ uploadId })

/** The bytes of complete uploads, for whoever may see them at the time of the request. */
export async function media(app: FastifyInstance, dependencies: ContextDependencies): Promise<void> {
  const { db, storage, log } = dependencies.services
  app.setErrorHandler((error, request, reply) =>
    sendProblem(reply, reportFailure(log, error, { requestId: request.id })),
  )
  app.route({
    method: ['GET', 'HEAD'],
    url: `${mediaPath}/:uploadId`,
    handler: async (request, reply) => {
      reply.header('cache-control', 'private, no-cache')
      const context = contextOf(dependencies, request, reply)
      const auth = await enter(context, 'uploads.read', 'query')
      const id = idParameter.safeParse(request.params).data?.uploadId
      if (id === undefined) throw new ApiError('NOT_FOUND')
      await requireAccess(db, auth, 'upload.read', [id])
      const file = await findComplete(db, id)
      if (file === undefined) throw new ApiError('NOT_FOUND')
      return send(storage, file, request, reply)
    },
  })
}

async function send(storage: Storage, file: UploadRecord, request: FastifyRequest, reply: FastifyReply) {
  const { id, sizeBytes } = file
  // The bytes of an id never change.
  const etag = `"${id}"`
  reply.headers({ ...headersOf(file), etag, 'accept-ranges': 'bytes' })
  const { range, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = request.headers
  if (ifNoneMatch !== undefined && names(ifNoneMatch, etag)) return reply.code(304).send()
  const wanted = ifRange === undefined || ifRange === etag ? rangeOf(range, sizeBytes) : 'all'
  if (wanted === 'none') {
    reply.header('content-range', `bytes */${sizeBytes}`)
    return reply.code(416).send()
  }
  const part = wanted === 'all' ? { start: 0, end: sizeBytes - 1 } : wanted
  reply.header('content-length', part.end - part.start + 1)
  if (wanted !== 'all') reply.code(206).header('content-range', `bytes ${part.start}-${part.end}/${sizeBytes}`)
  if (request.method === 'HEAD') return reply.send()
  const bytes = await storage.read(id, part)
  if (bytes === undefined) throw new Error('The bytes of a file are missing in the storage.')
  return reply.send(bytes)
}

/** Only pictures are shown in place. Whatever a file holds, no page of ours runs it. */
function headersOf({ name, type }: UploadRecord): Record<string, string> {
  return {
    'content-type': type,
    'content-disposition': contentDisposition(name, { type: isPicture(type) ? 'inline' : 'attachment' }),
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
  }
}

function names(header: string, etag: string): boolean {
  return header.split(',').some((one) => ['*', etag, `W/${etag}`].includes(one.trim()))
}
