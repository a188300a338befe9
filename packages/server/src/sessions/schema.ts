import { z } from 'zod'
import { connectionId, meetingId, meetingRoomId, sessionId, userId } from '../ids.ts'
import { pageInput, pageOf } from '../page.ts'
import { text } from '../text.ts'

const provider = text({ max: 32 }).describe('Where the room is: `peer`, built in; `zoom`; or another of the server.')
const title = text({ max: 300 }).describe('What it is about; empty where nobody tells.')

const hostName = text({ max: 200 })
  .nullable()
  .describe('Who holds it, to be shown; null where the provider does not tell.')

const joinUrl = text({ max: 4_000 })
  .nullable()
  .describe('Where to join, for who holds it, who is invited without a lobby, and administrators; null for others.')

const participant = z
  .object({
    key: text({ max: 500 }).describe('What this stay, or this person, is told from others by: for `kick`.'),
    name: text({ max: 200 }).describe('As the provider shows it; it may be empty.'),
    userId: userId.nullable().describe('Of ours, where that is known; else null.'),
    joinedAt: z.date().describe("By the provider's clock."),
    leftAt: z.date().nullable().describe("By the provider's clock; null for who is in."),
  })
  .meta({ id: 'SessionParticipant', description: 'That somebody is, or was, in a session.' })

/** That one was in a session, for an export of what is theirs. */
export const ownSession = z
  .object({
    sessionId,
    title,
    name: text({ max: 200 }).describe('As others saw it.'),
    joinedAt: z.date().describe('When you came first.'),
    leftAt: z.date().nullable().describe('When you left last; null where you are there, or nobody can tell.'),
  })
  .meta({ id: 'AttendedSession', description: 'That you were in a session.' })

const ending = z
  .object({
    state: z
      .enum(['requested', 'accepted', 'confirmed', 'timedOut'])
      .meta({ open: true })
      .describe(
        '`requested`: asked for. `accepted`: the provider says that it does. `confirmed`: it is over. `timedOut`: a minute ' +
          'later it was not; see `problem`, and ask again.',
      ),
    requestedAt: z.date(),
    requestedBy: userId.nullable().describe('Who asked for it; null where the account is gone.'),
    problem: text({ max: 500 }).nullable().describe('Why it is not over; null where nothing is wrong.'),
  })
  .meta({ id: 'SessionEnding', description: 'That somebody ended a session from here.' })

export const shownParticipants = 20

export const session = z
  .object({
    id: sessionId,
    roomId: meetingRoomId.describe('Where it takes place: the same for every session of one room.'),
    meetingId: meetingId.nullable().describe('Whose room that is; null for a room that only the provider knows.'),
    title,
    provider,
    connectionId: connectionId.nullable().describe('By which account; null for providers without.'),
    hostId: userId.nullable().describe('Who holds the meeting; null for rooms without one.'),
    hostName,
    startedAt: z.date().describe("By the provider's clock, or when it was first known of."),
    endedAt: z.date().nullable().describe('When it ended; null as long as nobody knows that it did.'),
    freshness: z
      .enum(['live', 'ending', 'ended', 'unknown'])
      .meta({ open: true })
      .describe(
        '`live`: proven to run. `ending`: somebody ended it here, which is not confirmed yet. `unknown`: it ran when it was last ' +
          'heard of, too long ago to say.',
      ),
    observedAt: z.date().describe('When it was last proven to run.'),
    provenUntil: z.date().describe('Without further proof it is `unknown` from then on: show it as that by yourself.'),
    source: z
      .enum(['webhook', 'snapshot', 'presence'])
      .meta({ open: true })
      .describe(
        'What proved it: `webhook`, the provider told; `snapshot`, it was asked; `presence`, the people in it are heard of here.',
      ),
    participantCount: z.int().min(0).nullable().describe('How many are in it; null where nobody tells.'),
    participants: z
      .array(participant)
      .max(shownParticipants)
      .describe(`The first ${shownParticipants} of who is in it, as far as is known; \`participants\` has all.`),
    joinUrl,
    locked: z.boolean().describe('Whether it is closed to those who are not in it.'),
    recording: z.boolean().describe('Whether it is being recorded, as far as is known.'),
    ending: ending.nullable().describe('null where nobody ended it from here.'),
    can: z
      .object({ end: z.boolean(), kick: z.boolean(), lock: z.boolean() })
      .describe('What you may do with it, and the provider can.'),
  })
  .meta({ id: 'Session', description: 'One time that a room is, or was, in use.' })

export const availableRoom = z
  .object({
    roomId: meetingRoomId,
    meetingId: meetingId.nullable().describe('Whose room it is; null for a room that only the provider knows.'),
    title,
    provider,
    connectionId: connectionId.nullable().describe('By which account; null for providers without.'),
    hostId: userId.nullable(),
    hostName,
    freshness: z
      .enum(['empty', 'unknown'])
      .meta({ open: true })
      .describe('`empty`: nobody is in it, by a look at the provider not long ago. `unknown`: nobody that we know of.'),
    nextAt: z
      .date()
      .nullable()
      .describe('When its meeting begins next, or has begun; null where there is no such time.'),
    lastUsedAt: z.date().nullable().describe('When somebody was in it last; null for never.'),
    joinUrl,
    passcode: text({ max: 200 })
      .nullable()
      .describe('To be typed in, where `joinUrl` does not hold it: its own, else the default one of the account.'),
  })
  .meta({ id: 'AvailableRoom', description: 'A room without anyone in it.' })

const scope = z
  .enum(['mine', 'all'])
  .default('mine')
  .describe(
    '`mine`: of meetings that you hold or are invited to, and what you hold at the provider. `all`: for administrators and support.',
  )

export const listInput = z.object({ scope, ...pageInput })
export const sessionInput = z.object({ sessionId })

export const participantsInput = z.object({
  sessionId,
  present: z
    .boolean()
    .default(true)
    .describe('Only who is in it now. `false`: everybody who was, each time that they were; for who holds it.'),
  ...pageInput,
})

const ofRoom = {
  meetingId: meetingId.optional().describe('The sessions of this meeting; this or `roomId` is needed.'),
  roomId: meetingRoomId.optional().describe('The sessions of this room, in place of `meetingId`.'),
}

function isOne({ meetingId, roomId }: { meetingId?: unknown; roomId?: unknown }): boolean {
  return (meetingId === undefined) !== (roomId === undefined)
}
const oneOf = { error: 'names one of meetingId and roomId' }

const example = { examples: [{ meetingId: `mtg_${'0'.repeat(26)}` as const }] }

export const historyInput = z
  .object({ ...ofRoom, ...pageInput })
  .refine(isOne, oneOf)
  .meta(example)
export const exportInput = z.object(ofRoom).refine(isOne, oneOf).meta(example)

export const maxExportCharacters = 4_000_000

export const exported = z
  .object({
    fileName: text({ max: 100 }),
    text: z
      .string()
      .max(maxExportCharacters)
      .describe('CSV of RFC 4180 with a line of names, times in UTC; safe to open in a spreadsheet.'),
  })
  .meta({ id: 'SessionExport', description: 'Who was in the sessions of a room, from when to when.' })

export const kickInput = z.object({
  sessionId,
  participantKey: text({ min: 1, max: 500 }).describe('Whom: the `key` of a participant.'),
  ban: z.boolean().default(false).describe('Whether they are not let in again at this time of the meeting.'),
})

export const sessionPage = pageOf(session)
export const roomPage = pageOf(availableRoom)
export const participantPage = pageOf(participant)
