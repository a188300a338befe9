import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Auth } from '../access.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import type { Context } from '../trpc.ts'
import { authenticateToken } from '../users/devices.ts'

/** Makes the context of the calls in an HTTP request. */
export function contextOf(db: Db, log: Logger, request: FastifyRequest): Context {
  let auth: Promise<Auth> | undefined
  return {
    db,
    log,
    requestId: request.id,
    authenticate: () => {
      auth ??= authenticateHeader(db, request.headers.authorization)
      return auth
    },
  }
}

async function authenticateHeader(db: Db, header: string | undefined): Promise<Auth> {
  if (header === undefined) return { kind: 'anyone' }
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1]
  if (token === undefined)
    throw new ApiError('TOKEN_INVALID', { message: 'The Authorization header is not "Bearer <token>".' })
  return authenticateToken(db, token)
}
