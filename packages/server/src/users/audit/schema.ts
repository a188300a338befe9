import { z } from 'zod'
import { apiKeyId, userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'

export const auditEntry = z
  .object({
    id: z
      .bigint()
      .min(0n)
      .max(2n ** 63n - 1n)
      .describe('Number of the line; later lines have higher ones.'),
    at: z.date().describe('When it was done.'),
    action: z.string().describe('What was done: the path of a procedure, sometimes with a word more.'),
    userId: userId.nullable().describe('Whose rights were used; null for services and strangers.'),
    apiKeyId: apiKeyId.nullable().describe('The API key that was used.'),
    service: z.string().nullable().describe('The name of the service whose key it was.'),
    target: z.string().nullable().describe('The id of the thing it was done to.'),
    address: z.string().nullable().describe('From where; after 30 days only the network.'),
    requestId: z.string().nullable().describe('The request it was part of.'),
    details: z.record(z.string(), z.string()).describe('More, by name.'),
  })
  .meta({ id: 'AuditEntry', description: 'A line of the audit log: who did what to which thing from where.' })

export const listInput = z.object({
  userId: userId.optional().describe('Only what was done with the rights of this user.'),
  target: text({ min: 1, max: 64 }).optional().describe('Only what was done to the thing of this id.'),
  action: text({ min: 1, max: 100 }).optional().describe('Only this action, such as `users.setRoles`.'),
  ...pageInput,
})

export const auditPage = pageOf(auditEntry)
