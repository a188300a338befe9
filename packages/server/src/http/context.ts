import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Auth } from '../access.ts'
import { authenticate } from '../auth/authenticate.ts'
import type { Issuers } from '../auth/issuers.ts'
import { isTrustedOrigin, ownOrigin } from '../auth/origins.ts'
import { ApiError } from '../errors.ts'
import { networkOf, plainAddress } from '../limits/address.ts'
import type { CallLimits } from '../limits/calls.ts'
import { type Context, createTurns, type Services } from '../trpc.ts'

/** What it takes to make the context of a request. */
export interface ContextDependencies {
  readonly services: Services
  readonly issuers: Issuers
  readonly callLimits: CallLimits
  /** Origins whose pages may call with the cookies and tokens of their users. */
  readonly allowedOrigins: readonly string[]
  /** The address of the web app, where one is set. */
  readonly publicUrl: string | undefined
}

/** `__Host-` has browsers insist on Secure, the whole path and no other host. */
const cookieName = '__Host-antiphon'

/** For so long who calls is not asked again within one request. */
const keptMs = 500

/** Makes the context of the calls in an HTTP request. */
export function contextOf(dependencies: ContextDependencies, request: FastifyRequest, reply: FastifyReply): Context {
  const { services, callLimits } = dependencies
  const { headers } = request
  const address = plainAddress(request.ip) ?? plainAddress(request.socket.remoteAddress ?? '') ?? 'unknown'
  let auth: Promise<Auth> | undefined
  let foundAt = 0
  const count = async (key: string) => {
    const tell = (limit: number, remaining: number, resetMs: number) => {
      reply.header('ratelimit-limit', limit)
      reply.header('ratelimit-remaining', remaining)
      reply.header('ratelimit-reset', Math.ceil(resetMs / 1_000))
    }
    try {
      const { limit, remaining, resetMs } = callLimits.count(key)
      tell(limit, remaining, resetMs)
    } catch (error) {
      if (error instanceof ApiError) tell(callLimits.perMinute, 0, error.details.retryAfterMs ?? 0)
      throw error
    }
  }
  const authenticateOnce = async () => {
    const token = tokenOf(dependencies, request)
    try {
      const actFor = [headers['antiphon-as']].flat()[0]
      return await authenticate({ ...services, issuers: dependencies.issuers }, { token, actFor, address })
    } catch (error) {
      if (error instanceof ApiError && error.details.code === 'TOKEN_INVALID') {
        await count(`address ${networkOf(address)}`)
      }
      throw error
    }
  }
  const usesCookie = () => headers['antiphon-session'] === 'cookie'
  return {
    ...services,
    requestId: request.id,
    address,
    userAgent: headers['user-agent'],
    inTurn: createTurns(),
    authenticate: () => {
      // The calls of a batch come one after the other: a later one does not rest on what has long changed.
      if (Date.now() - foundAt > keptMs) auth = undefined
      if (auth === undefined) foundAt = Date.now()
      auth ??= authenticateOnce()
      return auth
    },
    async countCall(caller) {
      if (usesCookie() && !isTrusted(dependencies, request)) throw new ApiError('ORIGIN_REFUSED')
      await count(keyOf(caller, address))
    },
    giveToken(token) {
      if (!usesCookie() || token === '') return token
      reply.setCookie(cookieName, token, { ...cookieOptions, maxAge: Math.floor(services.sessions.maxMs / 1_000) })
      return ''
    },
    dropToken() {
      if (request.cookies[cookieName] !== undefined) reply.clearCookie(cookieName, cookieOptions)
    },
  }
}

const cookieOptions = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const

/** The header goes before the cookie; a cookie counts only from an origin that is trusted. */
function tokenOf(dependencies: ContextDependencies, request: FastifyRequest): string | undefined {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    if (token === undefined) {
      throw new ApiError('TOKEN_INVALID', { message: 'The Authorization header is not "Bearer <token>".' })
    }
    return token
  }
  const token = request.cookies[cookieName]
  if (token !== undefined && !isTrusted(dependencies, request)) throw new ApiError('ORIGIN_REFUSED')
  return token
}

function isTrusted({ allowedOrigins, publicUrl }: ContextDependencies, request: FastifyRequest): boolean {
  const { method, headers, host, protocol } = request
  return isTrustedOrigin({
    origin: headers.origin,
    method,
    fetchSite: [headers['sec-fetch-site']].flat()[0],
    ownOrigins: [ownOrigin({ publicUrl, host, protocol }) ?? []].flat(),
    allowed: allowedOrigins,
  })
}

/** Whose calls are counted together. */
function keyOf(auth: Auth, address: string): string {
  if (auth.kind === 'anyone') return `address ${networkOf(address)}`
  return auth.key === null && auth.kind === 'user' ? `user ${auth.userId}` : `key ${auth.key?.id}`
}
