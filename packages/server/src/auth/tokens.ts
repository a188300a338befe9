import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A token, `id.secret`: the id is readable, the secret is known to its holder alone. */
export interface NewToken<Id extends string> {
  id: Id
  token: string
  secretHash: Buffer
}

/** A token of 256 random bits for an id. */
export function newToken<Id extends string>(id: Id): NewToken<Id> {
  const secret = randomBytes(32).toString('base64url')
  return { id, token: `${id}.${secret}`, secretHash: digest(secret) }
}

const tokenPattern = /^([a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25})\.([\w-]{43})$/

/** The parts of a token; undefined for any other text. */
export function parseToken(token: string): { id: string; secretHash: Buffer } | undefined {
  const [, id, secret] = (token.length <= 80 && tokenPattern.exec(token)) || []
  return id === undefined || secret === undefined ? undefined : { id, secretHash: digest(secret) }
}

/** Compares hashes in the same time wherever they differ. */
export function sameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** SHA-256: enough for secrets that are random. */
export function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
