import { z } from 'zod'
import { idempotencyKey, roomId, userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'
import { avatarUrl, newAvatar } from '../../uploads/schema.ts'

/** A number in a room's sequence. */
export const seq = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

export const roomRoles = ['owner', 'admin', 'member'] as const

export const roomRole = z.enum(roomRoles).meta({
  id: 'RoomRole',
  description:
    '`owner`: everything, and there is one. `admin`: manages members and settings, deletes messages of others. `member`: reads ' +
    'and writes.',
  open: true,
})

const access = z
  .enum(['closed', 'open'])
  .meta({ open: true })
  .describe('Who may join: `closed`, whom an administrator adds; `open`, every user.')

const history = z
  .enum(['shared', 'joined'])
  .meta({ open: true })
  .describe(
    'Who sees what is sent from now on: `shared`, also who joins later; `joined`, only who is in the room when it is sent.',
  )

const name = text({ min: 1, max: 100, visible: true, line: true }).describe('Name of the room, 1 to 100 characters.')
const topic = text({ max: 500 }).describe('What the room is about, up to 500 characters.')
const retentionDays = z
  .int()
  .min(1)
  .max(3_650)
  .nullable()
  .describe('Messages are purged after so many days, 1 to 3,650; null for never.')

/** What a room is, whoever looks. */
export const roomInfo = {
  kind: z.enum(['group', 'direct']).describe('`direct` is the one room of two people; `group` any other.'),
  name: text({ max: 100 }).describe('Name of a group; empty for a direct room.'),
  topic,
  avatarUrl,
  access,
  history,
  retentionDays,
  minSeq: seq.describe('Everything up to this number was purged.'),
  archivedAt: z.date().nullable().describe('Since when nothing can be written any more; null for rooms in use.'),
  createdAt: z.date().describe('When the room was made.'),
}

export const roomState = z
  .object(roomInfo)
  .meta({ id: 'RoomState', description: 'The settings of a room, as they are for everybody.' })

export const room = z
  .object({
    id: roomId,
    ...roomInfo,
    peerId: userId.nullable().describe('In a direct room the other person, or yourself; null in a group.'),
    role: roomRole.nullable().describe('What you are in the room; null where you are not in it.'),
    lastSeq: seq.describe('The newest number of the room: events are numbered 1, 2, 3 ... without gaps.'),
    lastEventAt: z.date().describe('When something last happened in the room.'),
  })
  .meta({ id: 'Room', description: 'A place where people exchange messages.' })

export const createInput = z.object({
  name,
  topic: topic.optional(),
  access: access.default('closed'),
  history: history.default('shared'),
  memberIds: z.array(userId).max(100).default([]).describe('Who else is in the room from the start, up to 100.'),
  idempotencyKey,
})

export const directInput = z.object({ userId: userId.describe('The other person.') })

export const listInput = z.object({
  scope: z
    .enum(['mine', 'open', 'all'])
    .default('mine')
    .describe(
      '`mine`: the rooms you are in. `open`: those that everybody may join. `all`: every room, the newest first; for ' +
        'administrators, who see what it is, not what is said in it.',
    ),
  userId: userId
    .optional()
    .describe('Of these only the rooms that this user is in as well; of open rooms, those where you are, too.'),
  ...pageInput,
})

export const roomPage = pageOf(room)

export const roomInput = z.object({ roomId })

export const updateInput = z.object({
  roomId,
  name: name.optional(),
  topic: topic.optional(),
  avatar: newAvatar,
  access: access.optional(),
  history: history.optional(),
  retentionDays: retentionDays.optional(),
})

export const archiveInput = z.object({
  roomId,
  archived: z.boolean().default(true).describe('false takes the room back into use.'),
})
