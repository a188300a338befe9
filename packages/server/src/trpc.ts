import { initTRPC } from '@trpc/server'
import type { Logger } from 'pino'
import type { z } from 'zod'
import type { Auth, CallerAuth, UserAuth } from './access.ts'
import type { Activity } from './auth/activity.ts'
import type { LiveStreams } from './auth/live.ts'
import type { Vault } from './auth/vault.ts'
import type { Db } from './db/connect.ts'
import { ApiError, describeError, type ErrorCode } from './errors.ts'
import type { Hub } from './events/hub.ts'
import type { ExactLimits } from './limits/exact.ts'
import type { SlowReads } from './limits/lanes.ts'
import type { Providers } from './providers/registry.ts'
import type { Sources } from './royalties/sources/fetcher.ts'
import type { ConnectedAccounts } from './sessions/connections/accounts.ts'
import type { PeerRooms } from './sessions/peer/upkeep.ts'
import type { Storage } from './storage/storage.ts'
import type { Scope } from './users/apiKeys/schema.ts'
import { scopeNames } from './users/apiKeys/schema.ts'
import { audit } from './users/audit/record.ts'
import type { SessionTimes } from './users/devices/tokens.ts'
import { transformer } from './wire.ts'

/** What the server has once, for all its calls. */
export interface Services {
  readonly db: Db
  readonly log: Logger
  readonly vault: Vault
  readonly limits: ExactLimits
  /** Has reads that can be slow wait for each other. */
  readonly slowly: SlowReads
  readonly activity: Activity
  readonly live: LiveStreams
  readonly sessions: SessionTimes
  /** How far back lists of messages go unless a call says otherwise. */
  readonly messagesWindowDays: number
  /** Where meetings take place. */
  readonly providers: Providers
  /** The accounts there. */
  readonly accounts: ConnectedAccounts
  /** Where what providers tell by themselves waits to be looked at. */
  readonly inbox: { wake(): void }
  /** What this instance has for built-in rooms. */
  readonly peer: PeerRooms
  /** Where imports are fetched from. */
  readonly sources: Pick<Sources, 'refusalOf' | 'wake'>
  /** How often accounts are asked what runs there: what was proven two periods ago is not known any more. */
  readonly sessionPeriodMs: number
  /** Where the bytes of files are. */
  readonly storage: Storage
  /** How large a file may be, and all files of a user together. */
  readonly uploadLimits: { readonly maxBytes: number; readonly quotaBytes: number }
  /** Where people find the server: links lead there. */
  readonly publicUrl: () => string
  /** The address that mails come from. */
  readonly senderEmail: string
  /** The streams of this instance. */
  readonly hub: Hub
  /** Tells all instances that something happened; after a commit. */
  readonly ring: () => void
}

/** What every procedure has at hand. */
export interface Context extends Services {
  readonly requestId: string
  /** From where the call comes; null for calls within the process. */
  readonly address: string | null
  /** What the caller's program calls itself. */
  readonly userAgent: string | undefined
  /** Who calls: found out on first use, once per request. */
  readonly authenticate: () => Promise<Auth>
  /** Counts a call for its caller. RATE_LIMITED beyond the limit. */
  readonly countCall: (auth: Auth) => Promise<void>
  /** Hands a token to the caller: as the answer's text, or as a cookie, with an empty text for the answer. */
  readonly giveToken: (token: string) => string
  /** Takes the cookie back, where there is one. */
  readonly dropToken: () => void
  /** Does the mutations of one request one after the other, in the order of its calls. */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>
}

/** A queue for the mutations of one request. */
export function createTurns(): Context['inTurn'] {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
}

/** What a procedure says of itself; it reaches contract, SDK, OpenAPI and reference. */
export interface Meta {
  /** One sentence. */
  summary?: string
  /** More, where one sentence is not enough. */
  description?: string
  /** Its own error codes; the common ones go without saying. */
  errors?: readonly ErrorCode[]
  /**
   * Who may call at all. Set by the base procedure: `anyone`; `caller`, a user or a service; `user`; `person`, a user who
   * signed in, not a key.
   */
  auth?: 'anyone' | 'caller' | 'user' | 'person'
  /** A retry has no further effect. */
  idempotent?: boolean
  /** The schema of what a subscription yields. */
  event?: z.ZodType
  /** A subscription that ends by itself. */
  finite?: boolean
}

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    transformer,
    isDev: false,
    sse: {
      ping: { enabled: true, intervalMs: 10_000 },
      maxDurationMs: 30 * 60_000,
      client: { reconnectAfterInactivityMs: 25_000 },
    },
    errorFormatter({ shape, error, ctx }) {
      const { message, status, ...details } = describeError(error)
      return { ...shape, message, data: { ...details, httpStatus: status, requestId: ctx?.requestId ?? null } }
    },
  })

export const router = t.router

const procedure = t.procedure.use(async ({ ctx, type, next }) => {
  if (type !== 'mutation') return next()
  const result = await ctx.inTurn(() => next())
  if (result.ok) ctx.ring()
  return result
})

/** For procedures that work without a token. `ctx.auth` is nobody. */
export const anyone = procedure.meta({ auth: 'anyone' }).use(async ({ ctx, next }) => {
  const auth: Auth = { kind: 'anyone' }
  await ctx.countCall(auth)
  return next({ ctx: { auth } })
})

/** For procedures that users and services may call, in `ctx.auth`. */
export const caller = procedure.meta({ auth: 'caller' }).use(async ({ ctx, path, type, signal, next }) => {
  const auth = await enter(ctx, path, type)
  const result = await next({ ctx: { auth } })
  if (type !== 'subscription' || !result.ok) return result
  return { ...result, data: ctx.live.guard(auth, result.data as AsyncIterable<unknown>, signal) }
})

/** For procedures of a user, in `ctx.auth`: signed in, by a key of theirs, or by a key that acts for them. */
export const signedIn = caller
  .meta({ auth: 'user' })
  .use(async ({ ctx, next }) => next({ ctx: { auth: requireUser(ctx.auth) } }))

/** For what only the person does, signed in: no key, nobody acting for them. */
export const inPerson = signedIn.meta({ auth: 'person' }).use(async ({ ctx, next }) => {
  requirePerson(ctx.auth)
  return next()
})

/**
 * Who makes the call, when that is known. It counts in any case.
 * @throws NOT_SIGNED_IN, TOKEN_INVALID, RATE_LIMITED
 */
async function requireCaller({ authenticate, countCall }: Context): Promise<CallerAuth> {
  const auth = await authenticate()
  await countCall(auth)
  if (auth.kind === 'anyone') throw new ApiError('NOT_SIGNED_IN')
  return auth
}

/** @throws NOT_ALLOWED for a service in its own name */
export function requireUser(auth: CallerAuth): UserAuth {
  if (auth.kind === 'user') return auth
  throw new ApiError('NOT_ALLOWED', {
    message: 'A service does this in the name of a user only: the header Antiphon-As names one.',
  })
}

/** @throws NOT_ALLOWED for keys */
export function requirePerson(auth: CallerAuth): UserAuth {
  if (auth.kind === 'user' && auth.key === null) return auth
  throw new ApiError('NOT_ALLOWED', { message: 'This is for people who are signed in, not for API keys.' })
}

/**
 * Lets a call of a user or a service in: with the scope for it where that is a key.
 * @throws NOT_SIGNED_IN, TOKEN_INVALID, RATE_LIMITED, NOT_ALLOWED
 */
export async function enter(ctx: Context, path: string, type: string): Promise<CallerAuth> {
  const auth = await requireCaller(ctx)
  if (auth.key !== null) {
    const [scope] = scopeNames.parse([scopeOf(path, type)])
    if (scope === undefined || !auth.key.scopes.includes(scope)) {
      throw new ApiError('NOT_ALLOWED', { message: `This key lacks the scope ${scopeOf(path, type)}.` })
    }
    const { db, requestId, address } = ctx
    if (auth.kind === 'user' && auth.acting) {
      await audit(db, { auth, requestId, address }, { action: path, details: { acting: 'yes' } })
    }
  }
  return auth
}

/** The scope that a key needs for a procedure. */
export function scopeOf(path: string, type: string): Scope | (string & {}) {
  return `${path.split('.', 1)[0]}:${type === 'mutation' ? 'write' : 'read'}`
}
