import { z } from 'zod'
import { apiKeyId, idempotencyKey } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'

/** What a key can be for: reading and writing by router, and acting for others. */
export const scopes = [
  ...([
    'users:read',
    'users:write',
    'meetings:read',
    'meetings:write',
    'messages:read',
    'messages:write',
    'uploads:read',
    'uploads:write',
    'sessions:read',
    'sessions:write',
    'royalties:read',
    'royalties:write',
  ] as const),
  ...(['events:read', 'act-as'] as const),
] as const

export type Scope = (typeof scopes)[number]

/** The scopes in a row of the database; what this version does not know grants nothing. */
export const scopeNames = z.array(z.string()).transform((names) => scopes.filter((name) => names.includes(name)))

const scope = z.enum(scopes).meta({
  id: 'Scope',
  description:
    'What an API key may be used for: `<router>:read` for queries, `<router>:write` for mutations, `act-as` to act for ' +
    'users named by the header `Antiphon-As`.',
  open: true,
})

const kind = z
  .enum(['personal', 'service'])
  .describe(
    '`personal`: has the rights of its owner. `service`: is nobody; it manages users, and acts for users with `act-as`.',
  )

export const apiKey = z
  .object({
    id: apiKeyId,
    kind,
    name: text({ max: 100 }).describe('What its maker calls it.'),
    scopes: z.array(scope).max(100).describe('What it may be used for.'),
    createdAt: z.date().describe('When it was made.'),
    expiresAt: z.date().nullable().describe('When it stops working; null for never.'),
    lastUsedAt: z.date().nullable().describe('When it was last used, to about a minute; null for never.'),
  })
  .meta({ id: 'ApiKey', description: 'A key for programs, without its secret.' })

export const createInput = z.object({
  name: text({ min: 1, max: 100, visible: true }).describe('A name to tell it by, 1 to 100 characters.'),
  scopes: z.array(scope).min(1).max(20).describe('What it may be used for. A key can make keys within its own scopes.'),
  kind: kind.default('personal'),
  expiresAt: z.date().optional().describe('When it stops working; left out, never (or with the key that makes it).'),
  code: text({ min: 6, max: 40 })
    .optional()
    .describe('A fresh code of your second factor, where one is on and you are not using a key.'),
  idempotencyKey,
})

export const createdApiKey = z
  .object({
    apiKey,
    secret: z.string().max(200).describe('The key to send as `Authorization: Bearer <key>`; shown this once.'),
  })
  .meta({ id: 'CreatedApiKey', description: 'A new API key with its secret.' })

export const listInput = z.object({
  kind: kind.default('personal').describe('`personal`: your own. `service`: those of services, for administrators.'),
  ...pageInput,
})

export const apiKeyPage = pageOf(apiKey)

export const revokeInput = z.object({ apiKeyId })
