import { z } from 'zod'
import type { Vault } from '../../auth/vault.ts'
import type { ConnectionId } from '../../ids.ts'
import type { Token } from '../../providers/zoom/api/tokens.ts'
import type { SealedToken } from './store.ts'

const purpose = (id: ConnectionId, what: 'secrets' | 'passcode' | 'token') => `connection:${id}:${what}`

export function sealSecrets(vault: Vault, id: ConnectionId, secrets: object): Buffer {
  return vault.seal(purpose(id, 'secrets'), JSON.stringify(secrets))
}

/** What opens an account; undefined where it was sealed under a secret that is lost. */
export function openSecrets(vault: Vault, { id, secrets }: { id: ConnectionId; secrets: Buffer | null }): unknown {
  const text = opened(vault, purpose(id, 'secrets'), secrets)
  return text === null ? undefined : JSON.parse(text)
}

export function sealPasscode(vault: Vault, id: ConnectionId, passcode: string): Buffer {
  return vault.seal(purpose(id, 'passcode'), passcode)
}

/** The passcode of rooms of an account that have none that is known; null where there is none. */
export function defaultPasscodeOf(
  vault: Vault,
  { id, defaultPasscode }: { id: ConnectionId; defaultPasscode: Buffer | null },
): string | null {
  return opened(vault, purpose(id, 'passcode'), defaultPasscode)
}

/** An access token, and from when on another one is asked for. */
export interface KeptToken extends Token {
  readonly renewAt: Date
}

const tokenText = z.object({ token: z.string(), renewAt: z.iso.datetime().transform((text) => new Date(text)) })

/** At nine tenths of its life it is renewed. */
export function keptToken({ token, expiresAt }: Token, since: number): KeptToken {
  return { token, expiresAt, renewAt: new Date(since + 0.9 * (expiresAt.getTime() - since)) }
}

export function sealToken(vault: Vault, id: ConnectionId, { token, expiresAt, renewAt }: KeptToken): SealedToken {
  return { token: vault.seal(purpose(id, 'token'), JSON.stringify({ token, renewAt })), until: expiresAt }
}

export function openToken(
  vault: Vault,
  id: ConnectionId,
  { token, until }: { token: Buffer | null; until: Date | null },
): KeptToken | undefined {
  const text = opened(vault, purpose(id, 'token'), token)
  return text === null || until === null ? undefined : { ...tokenText.parse(JSON.parse(text)), expiresAt: until }
}

function opened(vault: Vault, purpose: string, sealed: Buffer | null): string | null {
  if (sealed === null) return null
  try {
    return vault.open(purpose, sealed)
  } catch {
    return null
  }
}
