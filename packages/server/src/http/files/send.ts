import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Storage } from '../../storage/storage.ts'
import { type Guard, guarded } from './guarded.ts'
import { rangeOf } from './ranges.ts'

export interface SentFile {
  storage: Storage
  key: string
  sizeBytes: number
  /** With its quotes; another one for other bytes. */
  etag: string
  /** What it is and how it is shown. */
  headers: Record<string, string>
  /** Whether the bytes may go on; whoever calls has asked already whether they may go out at all. */
  guard: Guard
  /** Is told with which byte an answer with bytes begins. */
  onStart?: (position: number) => void
}

/** How often a running answer asks anew whether its bytes may go on. */
export const askEveryMs = 30_000

/** Answers with a file or the part of it that is asked for (GET or HEAD; Range, If-Range, If-None-Match). */
export async function sendFile(reply: FastifyReply, request: FastifyRequest, file: SentFile): Promise<FastifyReply> {
  const { storage, key, sizeBytes, etag, headers, guard, onStart } = file
  reply.headers({ ...headers, etag, 'accept-ranges': 'bytes' })
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
  const bytes = await storage.read(key, part)
  if (bytes === undefined) throw new Error('The bytes of a file are missing in the storage.')
  onStart?.(part.start)
  return reply.send(guarded(bytes, guard))
}

function names(header: string, etag: string): boolean {
  return header.split(',').some((one) => ['*', etag, `W/${etag}`].includes(one.trim()))
}
