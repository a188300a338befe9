import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Auth } from '../access.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { type Context, createTurns } from '../trpc.ts'
import { authenticateToken } from '../users/devices.ts'

/** Makes the context of the calls in an HTTP request. */
export function contextOf(db: Db, log: Logger, request: FastifyRequest): Context {
  let auth: Promise<Auth> | undefined
  return {
    db,
    log,
    requestId: request.id,
    inTurn: createTurns(),
    authenticate: () => {
      auth ??= authenticate(db, request)
      return auth
    },
  }
}

async function authenticate(db: Db, { headers }: FastifyRequest): Promise<Auth> {
  if (headers['antiphon-as'] !== undefined) {
    throw new ApiError('NOT_ALLOWED', { message: 'This token may not act for others (header Antiphon-As).' })
  }
  if (headers.authorization === undefined) return { kind: 'anyone' }
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization)?.[1]
  if (token === undefined) {
    throw new ApiError('TOKEN_INVALID', { message: 'The Authorization header is not "Bearer <token>".' })
  }
  return authenticateToken(db, token)
}
