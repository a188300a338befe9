import { z } from 'zod'
import { meetingId, roomId, sessionId, userId } from '../ids.ts'
import { seq } from '../messages/rooms/schema.ts'
import { rangeFields } from '../messages/schema.ts'

export const subscribeInput = z.object({}).optional()

const position = z
  .object({ roomId, lastSeq: seq.describe('The newest number of the room.') })
  .meta({ id: 'RoomPosition', description: 'How far a room has got.' })

export const mark = z
  .object({
    userId,
    deliveredSeq: seq.describe('Messages up to this number reached them.'),
    readSeq: seq.describe('Messages up to this number they have read.'),
  })
  .meta({ id: 'Mark', description: 'How far a member of a room has got.' })

/** What those who are in a built-in room are told through their streams. */
export const peerFrame = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('peer.signal'),
    sessionId,
    to: z.string().max(64).describe('Your `participantKey`: another page of yours may be meant.'),
    from: z.string().max(64).describe('The `key` of who sent it.'),
    data: z.string().max(65_536).describe('An offer, an answer or a candidate, as JSON.'),
  }),
  z.object({
    kind: z.literal('peer.closed'),
    sessionId,
    participantKey: z.string().max(64).describe('Your place in the room, which is no more.'),
    reason: z
      .enum(['ended', 'kicked', 'gone'])
      .meta({ open: true })
      .describe('`ended`: for all. `kicked`: you were sent out. `gone`: not heard of for too long; join again.'),
  }),
])

/** What comes through the stream of a client. */
export const streamEvent = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('welcome'),
      rooms: z.array(position).max(500).describe('Rooms you are in; further ones come in further welcomes.'),
      more: z.boolean().describe('Whether another welcome follows.'),
    }),
    z.object({ kind: z.literal('room.range'), ...rangeFields }),
    z.object({ kind: z.literal('room.entered'), roomId, lastSeq: seq.describe('The newest number of the room.') }),
    z.object({ kind: z.literal('room.left'), roomId }),
    z.object({ kind: z.literal('room.marks'), roomId, marks: z.array(mark).max(200).describe('Marks that moved.') }),
    z.object({ kind: z.literal('room.typing'), roomId, userId, typing: z.boolean().describe('false: stopped.') }),
    z.object({ kind: z.literal('presence.changed'), userId: userId.describe('Whose; ask for it by presence.get.') }),
    z.object({
      kind: z.literal('meeting.lobby'),
      meetingId: meetingId.describe('To its host: ask `lobby.list` who waits. To who waits: `join` again.'),
    }),
    z.object({
      kind: z.literal('session.changed'),
      sessionId: sessionId.describe('To who may see it, and who is in it: ask `sessions.get` for it as it is.'),
    }),
    ...peerFrame.options,
    z.object({ kind: z.literal('resync') }).describe('What you have may not be true any more: fetch it anew.'),
  ])
  .meta({
    id: 'StreamEvent',
    description:
      'A frame of the stream. It may be lost, doubled or come out of order: a `room.range` says which numbers of its room it ' +
      'covers, and what is missing is fetched by `messages.since`.',
    open: true,
  })
