import type { CallerAuth } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import type { UserId } from '../../ids.ts'
import type { Scope } from './schema.ts'

export interface WantedKey {
  kind: 'personal' | 'service'
  scopes: readonly Scope[]
  expiresAt?: Date | undefined
}

/**
 * Whose a new key is and when it ends: never more than its maker may do, nor longer.
 * @throws NOT_ALLOWED, SCOPE_TOO_WIDE
 */
export function limitsOfNewKey(
  auth: CallerAuth,
  { kind, scopes, expiresAt = undefined }: WantedKey,
  now: Date,
): { owner: UserId | null; expiresAt: Date | null } {
  if (auth.kind === 'user' && auth.acting) throw notAllowed('Who acts for a user makes no keys for them.')
  if (auth.kind === 'service' && kind === 'personal') throw notAllowed('A service has no personal keys.')
  // It would outlive the standing of its owner.
  if (kind === 'service' && auth.key?.kind === 'personal') throw notAllowed('A personal key makes no service keys.')
  if (expiresAt !== undefined && expiresAt <= now) {
    throw new ApiError('INVALID_INPUT', { field: 'expiresAt', message: 'has to be in the future' })
  }
  const { key } = auth
  const beyond = scopes.filter((scope) => !mayGrant(auth, scope))
  if (beyond.length > 0) {
    throw new ApiError('SCOPE_TOO_WIDE', { field: 'scopes', message: `You cannot grant ${beyond.join(' and ')}.` })
  }
  if (key?.expiresAt != null && expiresAt !== undefined && expiresAt > key.expiresAt) {
    throw new ApiError('SCOPE_TOO_WIDE', { field: 'expiresAt', message: 'A key makes none that outlives it.' })
  }
  return {
    owner: kind === 'personal' && auth.kind === 'user' ? auth.userId : null,
    expiresAt: expiresAt ?? key?.expiresAt ?? null,
  }
}

function mayGrant(auth: CallerAuth, scope: Scope): boolean {
  if (auth.kind === 'service' || auth.key !== null) return auth.key?.scopes.includes(scope) === true
  return scope !== 'act-as' || auth.roles.includes('admin')
}

function notAllowed(message: string): ApiError {
  return new ApiError('NOT_ALLOWED', { message })
}
