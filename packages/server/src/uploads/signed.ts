import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { sameHash } from '../auth/tokens.ts'
import type { Vault } from '../auth/vault.ts'
import type { UploadId } from '../ids.ts'
import { uploadsPath } from './schema.ts'

const validMs = 3_600_000

const given = z.object({
  expires: z
    .string()
    .regex(/^\d{13}$/)
    .transform(Number),
  signature: z.string().regex(/^[\w-]{43}$/),
})

/** Where the bytes of an upload go without a token, for an hour from its beginning; the same each time it is asked for. */
export function signedUrlOf(vault: Vault, { id, createdAt }: { id: UploadId; createdAt: Date }): string {
  const expires = createdAt.getTime() + validMs
  return `${uploadsPath}/${id}?expires=${expires}&signature=${signatureOf(vault, id, expires).toString('base64url')}`
}

/** Whether the query of an address is that of one which was given out for this upload, and is not past its time. */
export function isSigned(vault: Vault, id: UploadId, query: unknown): boolean {
  const { data } = given.safeParse(query)
  if (data === undefined || data.expires <= Date.now()) return false
  return sameHash(signatureOf(vault, id, data.expires), Buffer.from(data.signature, 'base64url'))
}

function signatureOf(vault: Vault, id: UploadId, expires: number): Buffer {
  return createHmac('sha256', vault.keyFor('signed uploads')).update(`PUT ${id} ${expires}`).digest()
}
