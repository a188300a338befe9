import { initTRPC } from '@trpc/server'
import type { Logger } from 'pino'
import type { Auth } from './access.ts'
import type { Db } from './db/connect.ts'
import { ApiError, describeError, type ErrorCode } from './errors.ts'
import { transformer } from './wire.ts'

/** What every procedure has at hand. */
export interface Context {
  readonly db: Db
  readonly requestId: string
  readonly log: Logger
  /** Who calls: found out on first use, once per request. */
  readonly authenticate: () => Promise<Auth>
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
  /** Who may call at all. Set by the base procedure. */
  auth?: 'anyone' | 'user'
  /** A retry has no further effect. */
  idempotent?: boolean
}

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    transformer,
    isDev: false,
    errorFormatter({ shape, error, ctx }) {
      const { message, status, ...details } = describeError(error)
      return { ...shape, message, data: { ...details, httpStatus: status, requestId: ctx?.requestId ?? null } }
    },
  })

export const router = t.router

const procedure = t.procedure.use(({ ctx, type, next }) => (type === 'mutation' ? ctx.inTurn(() => next()) : next()))

/** For procedures that work without a token. */
export const anyone = procedure.meta({ auth: 'anyone' })

/** For procedures that need a signed-in user, in `ctx.auth`. */
export const signedIn = procedure
  .meta({ auth: 'user' })
  .use(async ({ ctx, next }) => next({ ctx: { auth: await requireSignedIn(ctx) } }))

/**
 * Who makes the call, when that is a user.
 * @throws NOT_SIGNED_IN, TOKEN_INVALID
 */
export async function requireSignedIn({ authenticate }: Context): Promise<Exclude<Auth, { kind: 'anyone' }>> {
  const auth = await authenticate()
  if (auth.kind === 'anyone') throw new ApiError('NOT_SIGNED_IN')
  return auth
}
