import { createHash, createHmac } from 'node:crypto'
import { z } from 'zod'
import { sameHash } from '../../auth/tokens.ts'
import type { Vault } from '../../auth/vault.ts'
import { meetingId, userId } from '../../ids.ts'

const validMs = 5 * 60_000

const contents = z.object({
  meetingId,
  /** Which time of the meeting. */
  originalAt: z.coerce.date(),
  userId,
  /** The mark of the passcode that they came by; not there for the host and those invited. */
  passcode: z.string().optional(),
  expires: z.int(),
})

export type Ticket = Omit<z.infer<typeof contents>, 'expires'>

/** What lets one person into the built-in room of a meeting, for a few minutes. */
export function issueTicket(vault: Vault, ticket: Ticket, now = Date.now()): string {
  const body = Buffer.from(JSON.stringify({ ...ticket, expires: now + validMs })).toString('base64url')
  return `${body}.${signatureOf(vault, body).toString('base64url')}`
}

/** What a ticket says; undefined where the server did not give it out, or it is past its time. */
export function readTicket(vault: Vault, ticket: string, now = Date.now()): Ticket | undefined {
  const [body = '', signature = ''] = ticket.split('.', 2)
  if (!sameHash(signatureOf(vault, body), Buffer.from(signature, 'base64url'))) return undefined
  const { expires, ...given } = contents.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')))
  return expires > now ? given : undefined
}

function signatureOf(vault: Vault, body: string): Buffer {
  return createHmac('sha256', vault.keyFor('peer tickets')).update(body).digest()
}

/** What tells a passcode from another that a meeting has later, and says nothing of it. */
export function markOf(sealed: Buffer): string {
  return createHash('sha256').update(sealed).digest('base64url')
}
