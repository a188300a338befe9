import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { requireAccess } from '../access.ts'
import { ApiError } from '../errors.ts'
import { type UploadId, uploadId } from '../ids.ts'
import { type Context, enter, requireUser } from '../trpc.ts'
import { receive } from '../uploads/receive.ts'
import { removeIfUnused } from '../uploads/remove.ts'
import { uploadsPath } from '../uploads/schema.ts'
import { isSigned } from '../uploads/signed.ts'
import { findUpload, holdingsOf, type UploadRecord } from '../uploads/store.ts'
import { releaseUploads } from '../uploads/uses/store.ts'
import { reportFailure } from './body.ts'
import { type ContextDependencies, contextOf } from './context.ts'
import { sendProblem } from './failure.ts'
import { limitRequest, patiently } from './patience.ts'

const tusVersion = '1.0.0'

/** Where nothing comes for so long, an upload is cut; it goes on from what has come. */
const idleMs = 10_000

/** A storage that is slow may take so long to say how far it is, before the bytes are wanted. */
const waitingMs = 120_000

/** What is left of a refused body is read up to here, so that the sender hears of the refusal; longer ones are cut. */
const maxDrainedBytes = 16_777_216
const drainingMs = 30_000

const idParameter = z.object({ uploadId })
const offsetHeader = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)

/**
 * The bytes of uploads that `uploads.begin` announced: in parts by tus 1.0.0 (HEAD asks how far it is, PATCH goes on from
 * there), or all at once by PUT, also without a token by a signed address. Nothing is created here.
 */
export async function uploads(app: FastifyInstance, dependencies: ContextDependencies): Promise<void> {
  const { log } = dependencies.services
  app.removeAllContentTypeParsers()
  // The body is not read here: it goes to the storage as it comes.
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  app.setErrorHandler((error, request, reply) => {
    if (!request.raw.complete) drain(request, reply)
    return sendProblem(reply, reportFailure(log, error, { requestId: request.id }))
  })
  app.route({
    method: ['HEAD', 'PATCH', 'PUT', 'DELETE'],
    url: `${uploadsPath}/:uploadId`,
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      reply.header('tus-resumable', tusVersion)
      const context = contextOf(dependencies, request, reply)
      const id = idParameter.safeParse(request.params).data?.uploadId
      if (hasSignature(request)) await enterSigned(context, id, request)
      else {
        const auth = requireUser(await enter(context, 'uploads.bytes', 'mutation'))
        await requireAccess(context.db, auth, 'upload.own', id === undefined ? [] : [id])
      }
      if (id === undefined) throw new ApiError('NOT_FOUND')
      const upload = await findUpload(context.db, id)
      if (upload === undefined) throw new ApiError('NOT_FOUND')
      return answer({ dependencies, upload, request, reply })
    },
  })
}

/** Reads what is left of a refused body, if that is not much: on the same connection others follow. */
function drain({ raw, headers }: FastifyRequest, reply: FastifyReply): void {
  if (!(Number(headers['content-length'] ?? Number.NaN) <= maxDrainedBytes)) {
    reply.header('connection', 'close')
    return
  }
  limitRequest(raw, drainingMs)
  raw.resume()
}

/** Whether it goes by a signed address; a token beside it does not count then. */
function hasSignature({ query }: FastifyRequest): boolean {
  return typeof query === 'object' && query !== null && 'signature' in query
}

async function enterSigned(
  context: Context,
  id: UploadId | undefined,
  { method, query }: FastifyRequest,
): Promise<void> {
  await context.countCall({ kind: 'anyone' })
  if (method !== 'PUT' || id === undefined || !isSigned(context.vault, id, query))
    throw new ApiError('SIGNATURE_INVALID')
}

interface Parts {
  dependencies: ContextDependencies
  upload: UploadRecord
  request: FastifyRequest
  reply: FastifyReply
}

async function answer(parts: Parts): Promise<FastifyReply> {
  const { request, reply, upload } = parts
  switch (request.method) {
    case 'HEAD':
      return reply.code(200).headers(offsets(upload.receivedBytes, upload)).send()
    case 'DELETE':
      await remove(parts)
      return reply.code(204).send()
    case 'PUT':
      return take(parts, 'anew')
    default: {
      requireTus(request, reply)
      const offset = offsetHeader.safeParse(request.headers['upload-offset'])
      if (!offset.success) throw new ApiError('MALFORMED_REQUEST', { message: 'The header Upload-Offset is missing.' })
      return take(parts, offset.data)
    }
  }
}

function offsets(received: number, { sizeBytes, growing }: UploadRecord): Record<string, string> {
  const length = growing ? { 'upload-defer-length': '1' } : { 'upload-length': String(sizeBytes) }
  return { 'upload-offset': String(received), ...length }
}

function requireTus({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (headers['tus-resumable'] !== tusVersion) {
    reply.header('tus-version', tusVersion)
    throw new ApiError('MALFORMED_REQUEST', { message: `The header Tus-Resumable has to be ${tusVersion}.` })
  }
  if (headers['content-type'] !== 'application/offset+octet-stream') {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', {
      message: 'The content type has to be application/offset+octet-stream.',
    })
  }
}

async function take({ dependencies, upload, request, reply }: Parts, offset: number | 'anew'): Promise<FastifyReply> {
  const from = offset === 'anew' ? 0 : offset
  const length = Number(request.headers['content-length'] ?? 0)
  if (from + length > upload.sizeBytes) {
    throw new ApiError('TOO_LARGE', {
      message: upload.growing
        ? `A file has at most ${upload.sizeBytes.toLocaleString('en')} bytes here.`
        : 'There are more bytes than were announced.',
    })
  }
  const most = upload.growing ? await roomFor(dependencies, upload, from) : Number.POSITIVE_INFINITY
  if (length > most) throw new ApiError('UPLOAD_QUOTA')
  limitRequest(request.raw, waitingMs)
  const kept = await receive(dependencies.services, { upload, offset, body: bodyOf(request, most) })
  return reply.code(204).headers(offsets(kept, upload)).send()
}

/** What is left of the quota for one that grows: others may have come since it was begun. */
async function roomFor({ services }: ContextDependencies, upload: UploadRecord, from: number): Promise<number> {
  const { bytes } = await holdingsOf(services.db, upload.ownerId)
  return services.uploadLimits.quotaBytes - (bytes - upload.receivedBytes) - from
}

async function* bodyOf({ raw }: FastifyRequest, most: number): AsyncGenerator<Uint8Array> {
  let left = most
  try {
    for await (const chunk of patiently(raw, idleMs)) {
      left -= chunk.length
      if (left < 0) throw new ApiError('UPLOAD_QUOTA')
      yield chunk
    }
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    throw new ApiError('MALFORMED_REQUEST', { message: 'The body broke off.', cause })
  }
}

async function remove({ dependencies, upload }: Parts): Promise<void> {
  const { db, storage } = dependencies.services
  if (upload.dueAt === null) throw new ApiError('UPLOAD_IN_USE')
  await releaseUploads(db, [upload.id])
  await removeIfUnused(db, storage, upload.id)
}
