import { z } from 'zod'
import { roomId, userId } from '../../ids.ts'
import { text } from '../../text.ts'
import { newAttachment } from '../attachments/schema.ts'
import { seq } from '../rooms/schema.ts'
import { message, time } from '../schema.ts'

/** Texts and attachments of a batch, in bytes of UTF-8. */
export const maxBatchBytes = 1_000_000

const content = {
  body: text({ max: 100_000 })
    .default('')
    .describe('Text, 1 to 4,000 characters, with attachments also none; another one is rejected by itself.'),
  attachments: z
    .array(newAttachment)
    .max(100)
    .optional()
    .describe('Pictures and other files, up to 10; a message with more is rejected by itself.'),
  clientId: text({ min: 1, max: 64 }).describe(
    'Your own key for this message, 1 to 64 characters: under it the whole call can be made again, with one effect.',
  ),
  replyTo: seq.min(1).optional().describe('The number of the message in the same room that this answers.'),
  clientSentAt: time.optional().describe('When it was sent by your clock, kept beside the time of the server.'),
  senderId: userId
    .optional()
    .describe('In whose name, for keys with the scope `act-as`; a service in its own name has to say it.'),
}

const batchItem = z
  .union(
    [
      z.strictObject({ roomId, ...content }),
      z.strictObject({
        recipientId: userId.describe('To whom: into the one room of you two, which is made on first use.'),
        ...content,
      }),
      z.strictObject({
        recipientUserName: text({ min: 1, max: 32 }).describe('The same by user name, in any case.'),
        ...content,
      }),
    ],
    { error: 'Give exactly one of roomId, recipientId and recipientUserName.' },
  )
  .meta({ id: 'BatchItem', description: 'A message of a batch.' })

export type BatchItem = z.infer<typeof batchItem>

export const batchInput = z
  .object({
    items: z.array(batchItem).min(1).max(100).describe('The messages, 1 to 100, up to 1 MB in total.'),
    mode: z
      .enum(['partial', 'atomic'])
      .default('partial')
      .describe('`partial`: what can be sent is sent. `atomic`: all of them or none.'),
  })
  .meta({
    examples: [{ items: [{ recipientUserName: 'bob', body: 'Your lesson starts soon.', clientId: 'lesson-17' }] }],
  })

export const refusals = [
  ...(['NOT_FOUND', 'BODY_EMPTY', 'BODY_TOO_LONG', 'REPLY_UNKNOWN', 'BLOCKED'] as const),
  ...(['ROOM_ARCHIVED', 'CLIENT_ID_REUSED', 'BATCH_REFUSED'] as const),
  ...(['UPLOAD_UNKNOWN', 'UPLOAD_INCOMPLETE', 'TOO_MANY_ATTACHMENTS'] as const),
] as const

export type Refusal = (typeof refusals)[number]

export const batchResult = z
  .discriminatedUnion('status', [
    z.object({ status: z.literal('sent'), message }),
    z.object({
      status: z.literal('duplicate'),
      message: message.describe('The message that the room has under this `clientId` already.'),
    }),
    z.object({
      status: z.literal('rejected'),
      code: z
        .enum(refusals)
        .meta({ open: true })
        .describe('Why; `BATCH_REFUSED` where only another message of an atomic batch was refused.'),
    }),
  ])
  .meta({ id: 'BatchResult', description: 'What became of a message of a batch.' })

export const batchResults = z.array(batchResult).max(100)
