import { create as contentDisposition } from 'content-disposition'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { parseToken, sameHash } from '../auth/tokens.ts'
import { ApiError } from '../errors.ts'
import { recordingFileId, recordingViewId } from '../ids.ts'
import { wholeParts } from '../meetings/recordings/playing/parts.ts'
import { playerPath } from '../meetings/recordings/playing/schema.ts'
import { findPlaying, noteSent, type Sent } from '../meetings/recordings/playing/store.ts'
import type { Services } from '../trpc.ts'
import { oldestAlive } from '../users/devices/tokens.ts'
import { reportFailure } from './body.ts'
import { type ContextDependencies, contextOf } from './context.ts'
import { sendProblem } from './failure.ts'
import { askEveryMs, sendFile } from './files/send.ts'

const parameters = z.object({ token: z.string(), fileId: recordingFileId })
const query = z.object({ download: z.string().optional() })

/** Answers of one view that run at once: a player needs two or three. */
const maxRunning = 12

/** Who calls is not asked here: the addresses come from `playback` and `openLink`, and what they open is asked each time. */
export async function recordings(app: FastifyInstance, dependencies: ContextDependencies): Promise<void> {
  const { services } = dependencies
  const { log, storage } = services
  const running = new Map<string, number>()
  app.setErrorHandler((error, request, reply) =>
    sendProblem(reply, reportFailure(log, error, { requestId: request.id })),
  )
  app.route({
    method: ['GET', 'HEAD'],
    url: `${playerPath}/:token/:fileId`,
    handler: async (request, reply) => {
      reply.headers({ 'cache-control': 'private, no-store', 'x-robots-tag': 'noindex' })
      await contextOf(dependencies, request, reply).countCall({ kind: 'anyone' })
      const given = parameters.safeParse(request.params).data
      const asked = given && askedFor(given)
      if (asked === undefined) throw new ApiError('NOT_FOUND')
      const file = await playing(services, asked)
      if (file === undefined) throw new ApiError('NOT_FOUND')
      const isDownload = query.safeParse(request.query).data?.download !== undefined
      if (isDownload && !file.mayDownload) throw new ApiError('NOT_ALLOWED')
      const { viewId, fileId } = asked
      if ((running.get(viewId) ?? 0) >= maxRunning) throw new ApiError('RATE_LIMITED', { retryAfterMs: 2_000 })
      const notes = createNotes(services, { viewId, fileId, isDownload, sizeBytes: file.sizeBytes })
      const leave = () => {
        const left = (running.get(viewId) ?? 1) - 1
        if (left === 0) running.delete(viewId)
        else running.set(viewId, left)
      }
      return sendFile(reply, request, {
        ...{ storage, key: file.uploadId, sizeBytes: file.sizeBytes, etag: `"${file.uploadId}"` },
        headers: headersOf(file, isDownload),
        onStart: (position) => {
          running.set(viewId, (running.get(viewId) ?? 0) + 1)
          notes.begin(position)
        },
        guard: {
          everyMs: askEveryMs,
          async check() {
            await notes.write()
            const now = await playing(services, asked)
            return now?.uploadId === file.uploadId && (!isDownload || now.mayDownload)
          },
          onSent: notes.add,
          onEnd: () => {
            leave()
            void notes.write().catch((error: unknown) => log.warn({ err: error, viewId }, 'a view is not noted'))
          },
        },
      })
    },
  })
}

type Asked = Pick<Sent, 'viewId' | 'fileId'> & { secretHash: Buffer }

function askedFor({ token, fileId }: z.infer<typeof parameters>): Asked | undefined {
  const parsed = parseToken(token)
  const viewId = recordingViewId.safeParse(parsed?.id).data
  return parsed && viewId && { viewId, fileId, secretHash: parsed.secretHash }
}

/** The file, if the view gives it now. */
async function playing({ db, sessions }: Services, { viewId, fileId, secretHash }: Asked) {
  const found = await findPlaying(db, { viewId, fileId, since: oldestAlive(sessions) })
  return found && sameHash(found.secretHash, secretHash) ? found : undefined
}

/** What of a file went out, noted now and then. */
function createNotes(
  { db }: Services,
  { sizeBytes, isDownload, ...file }: Pick<Sent, 'viewId' | 'fileId' | 'isDownload'> & { sizeBytes: number },
) {
  let [from, position, noted] = [0, 0, 0]
  let isCounted = !isDownload
  let last: Promise<void> = Promise.resolve()
  const writeNow = async () => {
    const end = position
    if (end === noted && isCounted) return
    const part = wholeParts(from, end, sizeBytes)
    await noteSent(db, { ...file, bytes: end - noted, parts: part ? [part] : [], isDownload: !isCounted })
    noted = end
    isCounted = true
  }
  return {
    begin(at: number) {
      ;[from, position, noted] = [at, at, at]
    },
    add(bytes: number) {
      position += bytes
    },
    /** One after the other; what could not be noted is noted the next time. */
    write(): Promise<void> {
      const written = last.then(writeNow)
      last = written.catch(() => {})
      return written
    },
  }
}

/** Other pages may show it in their players; no page of ours runs what is in it. */
function headersOf({ name, type }: { name: string; type: string }, isDownload: boolean): Record<string, string> {
  return {
    'content-type': type,
    'content-disposition': contentDisposition(name, { type: isDownload ? 'attachment' : 'inline' }),
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
  }
}
