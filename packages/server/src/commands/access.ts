import { z } from 'zod'
import { newToken } from '../auth/tokens.ts'
import { ConfigError } from '../config.ts'
import type { Db } from '../db/connect.ts'
import { newId } from '../ids.ts'
import { scopes as knownScopes, type Scope } from '../users/apiKeys/schema.ts'
import { deleteKeysOfOwner, insertApiKey } from '../users/apiKeys/store.ts'
import { audit, type Doer } from '../users/audit/record.ts'
import { deleteDevicesOf } from '../users/devices/store.ts'
import { removeMfa } from '../users/mfa/store.ts'
import { normalise } from '../users/names.ts'
import { findCredentials, updateUser } from '../users/store.ts'

/** Whoever may run commands on the server's machine. */
export const operator: Doer = { auth: { kind: 'anyone' }, requestId: null, address: null }

/** Makes a user an administrator; says what was done. */
export async function makeAdmin(db: Db, identifier: string): Promise<string> {
  const found = await findCredentials(db, normalise(identifier))
  if (found === undefined) throw new ConfigError(`There is no user "${identifier}".`)
  const { id, userName, roles, emailVerified } = found.user
  if (identifier.includes('@') && emailVerified !== true)
    throw new ConfigError(`"${identifier}" has not been verified: anybody can claim an address. Give the user name.`)
  if (roles.includes('admin')) return `${userName} is an administrator already.`
  await db.transaction().execute(async (tx) => {
    await updateUser(tx, id, { roles: [...roles, 'admin'] })
    await deleteDevicesOf(tx, id)
    await deleteKeysOfOwner(tx, id)
    const details = { from: roles.join(' '), to: [...roles, 'admin'].join(' '), by: 'the command' }
    await audit(tx, operator, { action: 'users.setRoles', target: id, details })
  })
  return `${userName} is an administrator now, and has to sign in anew.`
}

/** Turns off the second factor of a user; says what was done. */
export async function resetMfa(db: Db, identifier: string): Promise<string> {
  const found = await findCredentials(db, normalise(identifier))
  if (found === undefined) throw new ConfigError(`There is no user "${identifier}".`)
  const { id, userName, mfa } = found.user
  if (!mfa) return `${userName} has no second factor.`
  await db.transaction().execute(async (tx) => {
    await removeMfa(tx, id)
    await deleteDevicesOf(tx, id)
    await audit(tx, operator, { action: 'users.mfa.disable', target: id, details: { by: 'the command' } })
  })
  return `${userName} signs in by password alone now, and has to sign in anew.`
}

const dayMs = 86_400_000

interface ServiceKey {
  name: string
  scopes: readonly Scope[]
  expiresAt: Date | null
}

/**
 * The key that flags of the command line ask for.
 * @throws ConfigError
 */
export function readServiceKey(given: { name: string; scopes: string; days?: string }): ServiceKey {
  const name = z.string().trim().min(1).max(100).safeParse(given.name)
  if (!name.success) throw new ConfigError('--name has 1 to 100 characters.')
  const wanted = given.scopes.split(',').map((scope) => parseScope(scope.trim()))
  const days = z.coerce.number().int().min(1).max(3_650).optional().safeParse(given.days)
  if (!days.success) throw new ConfigError('--days is a number from 1 to 3650.')
  const expiresAt = days.data === undefined ? null : new Date(Date.now() + days.data * dayMs)
  return { name: name.data, scopes: [...new Set(wanted)], expiresAt }
}

/** Makes a key for a service; gives its secret, alone on a line. */
export async function createKey(db: Db, { name, scopes, expiresAt }: ServiceKey): Promise<string> {
  const { id, token, secretHash } = newToken(newId('apiKey'))
  await db.transaction().execute(async (tx) => {
    const owners = { kind: 'service', ownerId: null, createdBy: null } as const
    await insertApiKey(tx, { id, ...owners, name, scopes, secretHash, expiresAt })
    const details = { kind: 'service', scopes: scopes.join(' '), by: 'the command' }
    await audit(tx, operator, { action: 'users.apiKeys.create', target: id, details })
  })
  return token
}

function parseScope(text: string): Scope {
  const scope = knownScopes.find((known) => known === text)
  if (scope === undefined) throw new ConfigError(`There is no scope "${text}"; there are ${knownScopes.join(', ')}.`)
  return scope
}
