import { z } from 'zod'
import { mark } from '../../events/schema.ts'
import { roomId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { seq } from '../rooms/schema.ts'

const upTo = seq.min(1).describe('The mark goes to this number, or stays where it is further.')

export const deliveredInput = z.object({ roomId, seq: upTo })

export const readInput = deliveredInput.extend({
  private: z.boolean().default(false).describe('Not to be seen by others: for what counts as unread to you alone.'),
})

export const ownMarks = z
  .object({
    roomId,
    deliveredSeq: seq.describe('Messages up to this number reached you.'),
    readSeq: seq.describe('Messages up to this number you have read, as the others see it.'),
    privateReadSeq: seq.describe('Messages up to this number you have read without telling the others.'),
  })
  .meta({ id: 'OwnMarks', description: 'How far you have got in a room.' })

export const receiptsInput = z.object({
  roomId,
  seq: seq.min(1).optional().describe('A message, for when each member got and read it.'),
  ...pageInput,
})

export const receipt = mark
  .extend({
    deliveredAt: z
      .date()
      .nullable()
      .describe('When the message asked for reached them; null where it did not, or none was asked for.'),
    readAt: z
      .date()
      .nullable()
      .describe('When they read the message asked for; null where they did not, or none was asked for.'),
  })
  .meta({ id: 'Receipt', description: 'How far a member of a room has got, and when they got and read a message.' })

export const receiptPage = pageOf(receipt)

export const unreadInput = z
  .object({
    roomIds: z.array(roomId).min(1).max(200).optional().describe('Only of these rooms, up to 200. Left out: of all.'),
  })
  .optional()

/** Counting ends there. */
export const maxUnread = 1_000

export const unreadRoom = z
  .object({
    roomId,
    count: z
      .int()
      .min(1)
      .max(maxUnread)
      .describe('Messages of others that you have not read; 1,000 means so many or more.'),
    mentions: z.int().min(0).max(maxUnread).describe('How many of these, the newest 1,000 of them, mention you.'),
  })
  .meta({ id: 'UnreadRoom', description: 'What you have not read in a room.' })

export const unreadRooms = z.array(unreadRoom).max(1_000)
