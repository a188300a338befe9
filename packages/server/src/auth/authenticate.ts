import type { Auth, CallerAuth, KeyInUse, UserAuth } from '../access.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { type ApiKeyId, userId } from '../ids.ts'
import { scopeNames } from '../users/apiKeys/schema.ts'
import { findApiKey } from '../users/apiKeys/store.ts'
import { authenticateDevice, type SessionTimes } from '../users/devices/tokens.ts'
import { userOfIdentity } from '../users/identities.ts'
import { roleNames } from '../users/schema.ts'
import { findStanding } from '../users/store.ts'
import type { Activity } from './activity.ts'
import type { Issuers } from './issuers.ts'
import { parseToken, sameHash } from './tokens.ts'

/** What it takes to find out who calls. */
export interface Gate {
  readonly db: Db
  readonly sessions: SessionTimes
  readonly issuers: Issuers
  readonly activity: Activity
}

/** What a request says of its caller. */
export interface Credentials {
  readonly token: string | undefined
  /** The user to act for, from the header `Antiphon-As`. */
  readonly actFor: string | undefined
  readonly address: string | null
}

/**
 * Who makes a call: by the token of a device, an API key, or the token of a trusted issuer.
 * @throws TOKEN_INVALID; NOT_ALLOWED where the token may not act for others, or there is nobody to act for
 */
export async function authenticate(gate: Gate, { token, actFor, address }: Credentials): Promise<Auth> {
  if (token === undefined) {
    if (actFor !== undefined) throw new ApiError('NOT_SIGNED_IN')
    return { kind: 'anyone' }
  }
  if (token.startsWith('key_')) return byKey(gate, token, actFor)
  if (actFor !== undefined) throw notForOthers()
  const auth = gate.issuers.handles(token) ? await byIssuer(gate, token) : await byDevice(gate, token, address)
  return auth
}

async function byDevice({ db, sessions, activity }: Gate, token: string, address: string | null): Promise<UserAuth> {
  const { auth, lastSeenAt } = await authenticateDevice(db, token, sessions)
  activity.sawDevice(auth, lastSeenAt, address)
  return auth
}

async function byIssuer({ db, issuers, activity }: Gate, token: string): Promise<UserAuth> {
  const claims = await issuers.verify(token)
  const { id, roles } = await userOfIdentity(db, claims)
  activity.sawUser(id)
  const until = claims.expiresAt
  return { kind: 'user', userId: id, roles: roleNames.parse(roles), deviceId: null, key: null, acting: false, until }
}

async function byKey({ db, activity }: Gate, token: string, actFor: string | undefined): Promise<CallerAuth> {
  const parsed = parseToken(token)
  const found = parsed && (await findApiKey(db, parsed.id as ApiKeyId))
  if (
    found === undefined ||
    !sameHash(found.secretHash, parsed?.secretHash ?? Buffer.alloc(0)) ||
    (found.expiresAt !== null && found.expiresAt.getTime() <= Date.now())
  )
    throw new ApiError('TOKEN_INVALID')
  activity.sawKey(found.id, found.lastUsedAt)
  const { id, kind, name, expiresAt, ownerId, roles } = found
  const key: KeyInUse = { id, kind, name, scopes: scopeNames.parse(found.scopes), expiresAt }
  const standing = roleNames.parse(roles)
  if (actFor !== undefined && actFor !== ownerId) {
    // A personal key has what its owner has now, who may have been an administrator when it was made.
    if (ownerId !== null && !standing.includes('admin')) throw notForOthers()
    return actingFor(db, key, actFor)
  }
  if (ownerId === null) return { kind: 'service', key }
  return { kind: 'user', userId: ownerId, roles: standing, deviceId: null, key, acting: false }
}

/** A key with the scope `act-as` in the name of a user, with that user's rights. */
export async function actingFor(db: Db, key: KeyInUse, actFor: string): Promise<UserAuth> {
  if (!key.scopes.includes('act-as')) throw notForOthers()
  const parsed = userId.safeParse(actFor)
  const user = parsed.success ? await findStanding(db, parsed.data) : undefined
  if (user === undefined) throw new ApiError('NOT_ALLOWED', { message: 'There is no user of the id in Antiphon-As.' })
  return { kind: 'user', userId: user.id, roles: roleNames.parse(user.roles), deviceId: null, key, acting: true }
}

function notForOthers(): ApiError {
  return new ApiError('NOT_ALLOWED', { message: 'This token may not act for others (header Antiphon-As).' })
}
