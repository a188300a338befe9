import { z } from 'zod'
import { roomId, userId } from '../ids.ts'
import { maxPage, pageInput, pageOf } from '../page.ts'
import { text } from '../text.ts'
import { attachment, newAttachments } from './attachments/schema.ts'
import { member } from './members/schema.ts'
import { roomState, seq } from './rooms/schema.ts'

export const clientId = text({ min: 1, max: 64 }).describe(
  'Your own key for this message, 1 to 64 characters: a retry under the same key has one effect. The SDK sets one.',
)

/** What the database can keep, and calendars can say. */
export const time = z.date().min(new Date('0001-01-01')).max(new Date('9999-12-31'))

const body = text({ max: 4_000 })

/** The text of a message that is to be written, with something to be seen in it. */
export const newBody = text({
  min: 1,
  max: 4_000,
  tooShort: 'BODY_EMPTY',
  tooLong: 'BODY_TOO_LONG',
  visible: true,
})

/** The same where attachments may stand alone. */
export const newText = text({ max: 4_000, tooLong: 'BODY_TOO_LONG' }).describe(
  'Text, 1 to 4,000 characters of any script, emoji included; with attachments it may be left out. `@userName` mentions ' +
    'members of the room.',
)

interface Content {
  body: string
  attachments?: readonly unknown[] | undefined
}

/** A message has a text, attachments, or both. */
function requireContent({ value, issues }: z.core.ParsePayload<Content>): void {
  if ((value.attachments ?? []).length > 0) return
  for (const { message, ...issue } of newBody.safeParse(value.body).error?.issues ?? []) {
    if (issue.code === 'custom') issues.push({ ...issue, message, input: value.body, path: ['body'] })
  }
}

export const emoji = text({ min: 1, max: 32, visible: true }).describe('An emoji, or a short text instead of one.')

export const reaction = z
  .object({
    emoji,
    count: z.int().describe('How many people reacted with it.'),
    userIds: z.array(userId).max(200).describe('Who did, the first 200 of them.'),
  })
  .meta({ id: 'Reaction', description: 'What people reacted to a message with.' })

export const message = z
  .object({
    roomId,
    seq: seq.describe('Number of the message in its room; the pair of room and number names it.'),
    senderId: userId,
    clientId: clientId
      .nullable()
      .describe('The key it was sent under; null where there was none and in messages of others.'),
    body: body.describe('Text, up to 4,000 characters; empty where the message was deleted or has attachments alone.'),
    sentAt: z.date().describe('When the server took it.'),
    clientSentAt: z.date().nullable().describe('When the sender says that it was sent; null where nothing was said.'),
    version: z.int().min(1).describe('1, and one more with each edit.'),
    editedAt: z.date().nullable().describe('When it was last edited; null where it was not.'),
    deletedAt: z.date().nullable().describe('When it was deleted; null where it was not.'),
    replyTo: seq.nullable().describe('The number of the message that it answers.'),
    mentions: z.array(userId).max(50).describe('Who is mentioned in it.'),
    attachments: z.array(attachment).max(10).describe('Pictures and other files, in the order of the sender.'),
    reactions: z.array(reaction).max(100).describe('What people reacted with, the first reaction first.'),
  })
  .meta({ id: 'Message', description: 'A message in a room.' })

export const sentMessage = message
  .extend({ duplicate: z.boolean().describe('True where this was a retry of a message that the room already had.') })
  .meta({ id: 'SentMessage', description: 'A message as the room has it after sending.' })

const content = {
  body: newText.default(''),
  attachments: newAttachments,
  clientId: clientId.optional(),
  replyTo: seq.min(1).optional().describe('The number of the message in the same room that this answers.'),
  clientSentAt: time.optional().describe('When it was sent by your clock, kept beside the time of the server.'),
}

export const sendInput = z
  .union(
    [
      z.strictObject({ roomId, ...content }).check(requireContent),
      z
        .strictObject({
          recipientId: userId.describe('To whom: into the one room of you two, which is made on first use.'),
          ...content,
        })
        .check(requireContent),
      z
        .strictObject({
          recipientUserName: text({ min: 1, max: 32 }).describe('The same by user name, in any case.'),
          ...content,
        })
        .check(requireContent),
    ],
    { error: 'Give exactly one of roomId, recipientId and recipientUserName.' },
  )
  .meta({ examples: [{ recipientUserName: 'bob', body: 'Shall we?' }] })

export const window = z
  .union(
    [
      z.strictObject({ last: z.int().min(1).max(10_000).describe('The newest so many.') }),
      z.strictObject({ days: z.int().min(1).max(36_500).describe('What was sent within so many days.') }),
      z.strictObject({
        since: time.optional().describe('What was sent at this time or later.'),
        until: time.optional().describe('What was sent before this time.'),
      }),
    ],
    { error: 'Give { last }, { days } or { since, until }.' },
  )
  .meta({ id: 'Window', description: 'A part of the past: the newest so many, so many days, or between two times.' })

const windowed = window
  .optional()
  .describe('Which part of the past. Left out, so many days as the deployment has set: 30 unless it says otherwise.')

export const listInput = z.object({
  roomId,
  senderId: userId.optional().describe('Only what this user sent.'),
  window: windowed,
  ...pageInput,
})

export const recentInput = z.object({
  senderId: userId.optional().describe('Only from this user.'),
  mentioned: z.boolean().default(false).describe('Only what mentions you.'),
  window: windowed,
  ...pageInput,
})

export const messagePage = pageOf(message)

export const messageInput = z.object({ roomId, seq: seq.min(1).describe('Number of the message.') })

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

const aboutRoom = { ...eventFields, room: roomState.describe('The room as it is now.') }
const aboutMember = {
  ...eventFields,
  userId: userId.describe('Who it is about.'),
  member: member.nullable().describe('What they are in the room now; null where they are not in it.'),
}
const aboutMessage = { ...eventFields, message: message.describe('The message as it is now.') }

/** Events tell what happened and carry what is now, so that applying them in order ends with how things are. */
export const roomEvent = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('room.created'), ...aboutRoom }),
    z.object({ kind: z.literal('room.updated'), ...aboutRoom }),
    z.object({ kind: z.literal('room.purged'), ...aboutRoom, upTo: seq.describe('Everything up to it is gone.') }),
    z.object({ kind: z.literal('room.removed'), ...eventFields }),
    z.object({ kind: z.literal('member.joined'), ...aboutMember }),
    z.object({ kind: z.literal('member.left'), ...aboutMember }),
    z.object({ kind: z.literal('member.removed'), ...aboutMember }),
    z.object({ kind: z.literal('member.changed'), ...aboutMember }),
    z.object({ kind: z.literal('message.sent'), ...aboutMessage }),
    z.object({ kind: z.literal('message.edited'), ...aboutMessage }),
    z.object({ kind: z.literal('message.deleted'), ...aboutMessage }),
    z.object({ kind: z.literal('message.reacted'), ...aboutMessage }),
  ])
  .meta({
    id: 'RoomEvent',
    description: 'Something that happened in a room, with what it is about as it is now.',
    open: true,
  })

export const rangeFields = {
  roomId,
  from: seq.describe('The range begins after this number.'),
  to: seq.describe('The range ends with this number; ask on from here.'),
  lastSeq: seq.describe('The newest number of the room; when `to` has reached it you have everything.'),
  events: z.array(roomEvent).max(maxPage).describe('All that you may see of the numbers from + 1 to `to`, in order.'),
}

export const eventRange = z
  .object({
    ...rangeFields,
    sight: z
      .int()
      .min(0)
      .describe('Counts on when you block or unblock somebody: what you have of rooms is to be fetched anew then.'),
  })
  .meta({
    id: 'EventRange',
    description: 'Everything that happened in a room within a range of its numbers, as a whole.',
  })
