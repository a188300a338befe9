import { z } from 'zod'
import { pageInput, pageOf } from '../../page.ts'
import { messageInput, newText } from '../schema.ts'

export const editInput = messageInput.extend({
  body: newText,
  expectedVersion: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .optional()
    .describe('The version that you edit: nothing is changed where the message has another one by now.'),
})

export const messageVersion = z
  .object({
    version: z.int().min(1).describe('1 for what was sent first.'),
    body: z.string().max(4_000).describe('What the message said then.'),
    writtenAt: z.date().describe('When that was sent or edited.'),
  })
  .meta({ id: 'MessageVersion', description: 'What a message said before an edit.' })

export const versionsInput = messageInput.extend(pageInput)

export const versionPage = pageOf(messageVersion)
