import { z } from 'zod'
import { roomId, userId } from '../ids.ts'
import { maxPage, pageInput, pageOf } from '../page.ts'
import { text } from '../text.ts'
import { seq } from './rooms/schema.ts'

const clientId = text({ min: 1, max: 64 }).describe(
  'Your own key for this send, 1 to 64 characters. A retry under the same key sends nothing new. The SDK sets one.',
)

const body = text({ max: 4_000 })

export const message = z
  .object({
    roomId,
    seq: seq.describe('Number of the message in its room; the pair of room and number names it.'),
    senderId: userId,
    clientId: clientId
      .nullable()
      .describe('The key it was sent under; null where there was none and in messages of others.'),
    body: body.describe('Text, up to 4,000 characters.'),
    sentAt: z.date().describe('When the server took it.'),
  })
  .meta({ id: 'Message', description: 'A message in a room.' })

export const sentMessage = message
  .extend({ duplicate: z.boolean().describe('True where this was a retry of a message that the room already had.') })
  .meta({ id: 'SentMessage', description: 'A message as the room has it after sending.' })

export const sendInput = z.object({
  roomId,
  body: text({ min: 1, max: 4_000, tooShort: 'BODY_EMPTY', tooLong: 'BODY_TOO_LONG', visible: true }).describe(
    'Text, 1 to 4,000 characters of any script, emoji included.',
  ),
  clientId: clientId.optional(),
})

export const listInput = z.object({ roomId, ...pageInput })

export const messagePage = pageOf(message)

export const sinceInput = z.object({
  roomId,
  after: seq.describe('The last number you have; 0 for all.'),
  limit: z.int().min(1).max(maxPage).default(maxPage).describe('How many events at most, up to 200.'),
})

const eventFields = {
  seq: seq.describe('Number of the event in its room.'),
  at: z.date().describe('When it happened.'),
  actorId: userId.describe('Who did it.'),
}

export const roomEvent = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('room.created'), ...eventFields }),
    z.object({ kind: z.literal('member.left'), ...eventFields }),
    z.object({ kind: z.literal('message.sent'), ...eventFields, message }),
  ])
  .meta({ id: 'RoomEvent', description: 'Something that happened in a room.', open: true })

export const eventRange = z
  .object({
    roomId,
    from: seq.describe('The range begins after this number: the `after` that was asked.'),
    to: seq.describe('The range ends with this number; ask on from here.'),
    lastSeq: seq.describe('The newest number of the room; when `to` has reached it you have everything.'),
    events: z.array(roomEvent).max(maxPage).describe('All that you may see of the numbers from + 1 to `to`, in order.'),
  })
  .meta({
    id: 'EventRange',
    description: 'Everything that happened in a room within a range of its numbers, as a whole.',
  })
