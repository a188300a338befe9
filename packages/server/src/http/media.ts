import { create as contentDisposition } from 'content-disposition'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { requireAccess } from '../access.ts'
import { ApiError } from '../errors.ts'
import { uploadId } from '../ids.ts'
import { enter } from '../trpc.ts'
import { mediaPath } from '../uploads/schema.ts'
import { findComplete, type UploadRecord } from '../uploads/store.ts'
import { isPicture } from '../uploads/types.ts'
import { reportFailure } from './body.ts'
import { type ContextDependencies, contextOf } from './context.ts'
import { sendProblem } from './failure.ts'
import { stillAllowed } from './files/guarded.ts'
import { askEveryMs, sendFile } from './files/send.ts'

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
      // Whether the token still counts, and then whether it is still theirs to see.
      const mayGoOn = async () => requireAccess(db, await context.authenticate(), 'upload.read', [id])
      return sendFile(reply, request, {
        ...{ storage, key: id, sizeBytes: file.sizeBytes, headers: headersOf(file) },
        // The bytes of an id never change.
        etag: `"${id}"`,
        guard: { everyMs: askEveryMs, check: () => stillAllowed(mayGoOn) },
      })
    },
  })
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
