import { z } from 'zod'
import { connectionId, idempotencyKey, meetingId, recordingId, userId } from '../ids.ts'
import { pageInput, pageOf } from '../page.ts'
import { text } from '../text.ts'
import { invitee, responses } from './invitations/schema.ts'
import { problemOf } from './occurrences/recurrence.ts'
import { isZone } from './occurrences/zones.ts'
import { recordingPassword } from './recordings/schema.ts'

const title = text({ min: 1, max: 200, visible: true, line: true }).describe('Title, 1 to 200 characters.')
const description = text({ max: 4_000 }).describe('What it is about, up to 4,000 characters.')
const durationMinutes = z.int().min(1).max(1_440).describe('How long it takes: 1 to 1,440 minutes.')
const startsAt = z.date().min(new Date('1970-01-01')).max(new Date('2200-01-01'))

const timeZone = text({ min: 1, max: 64 })
  .refine(isZone, { error: 'is no time zone of IANA, such as Europe/Berlin' })
  .describe('Time zone of IANA, such as `Europe/Berlin`: a series is at the same time of the clock there all the year.')

const recurrence = text({ min: 1, max: 500 })
  .superRefine((rule, context) => {
    const problem = problemOf(rule)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })
  .describe(
    'How it is repeated: an RRULE of RFC 5545 about days, `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10`. Up to 1,000 times; without an end, ' +
      'always a year ahead.',
  )

const link = z
  .url({ protocol: /^https$/, error: 'is no address that begins with https://' })
  .max(2_000)
  .describe('Where it takes place, for the provider `link`: an address that begins with https://.')

const passcode = text({ min: 4, max: 32, visible: true }).describe(
  'Whoever is not invited gives it to join, 4 to 32 characters.',
)

const roomState = z
  .enum(['pending', 'ready', 'failed', 'gone'])
  .meta({ open: true })
  .describe('The room at the provider: `pending`, being made or changed; `ready`; `failed`, see `roomProblem`; `gone`.')

const roomProblem = text({ max: 500 })
  .nullable()
  .describe('What could not be done at the provider; null where all is well.')

const myResponse = z
  .enum(responses)
  .meta({ open: true })
  .nullable()
  .describe('What you said to the invitation, `none` for nothing so far; null where you are not invited, as the host.')

export const meeting = z
  .object({
    id: meetingId,
    hostId: userId.describe('Who holds it.'),
    title: text({ max: 200 }).describe('Title.'),
    description: text({ max: 4_000 }).describe('What it is about.'),
    startsAt: startsAt.describe('When it begins; of a series, the first time that the rule hits.'),
    durationMinutes,
    timeZone: text({ max: 64 }).describe('Time zone of IANA whose clock counts.'),
    recurrence: text({ max: 500 }).nullable().describe('How it is repeated, as an RRULE; null where it is not.'),
    provider: text({ max: 32 }).describe('Where the room is: `peer`, built in; `link`, any address; `zoom`.'),
    connectionId: connectionId
      .nullable()
      .describe('The account at the provider that holds the room; null where it takes none.'),
    link: text({ max: 2_000 })
      .nullable()
      .describe(
        'Its address, for the host, and for those invited where there is neither a passcode nor a lobby. null for others, who get ' +
          'it by `join`, and for rooms of providers.',
      ),
    hasPasscode: z.boolean().describe('Whether whoever is not invited needs a passcode.'),
    passcode: text({ max: 32 }).optional().describe('The passcode, for the host and those invited.'),
    lobby: z.boolean().describe('Whether the host lets in one by one.'),
    roomState,
    roomProblem,
    nextAt: z.date().nullable().describe('When it begins next, or has begun and is not over; null where it is over.'),
    recordingId: recordingId
      .nullable()
      .describe(
        'Its recording, prepared from the beginning; whoever may see the meeting need not see that. null where removed.',
      ),
    myResponse,
    cancelledAt: z.date().nullable().describe('When it was cancelled as a whole; null where it was not.'),
    createdAt: z.date(),
    modifiedAt: z.date(),
  })
  .meta({ id: 'Meeting', description: 'A meeting, or a series of them.' })

export const occurrence = z
  .object({
    meetingId,
    originalAt: z.date().describe('When the series has it: its name, also where it was moved.'),
    startsAt: z.date().describe('When it begins.'),
    endsAt: z.date().describe('When it ends.'),
    title: text({ max: 200 }).describe('Its own title, or that of the series.'),
    hostId: userId,
    myResponse,
    cancelledAt: z.date().nullable().describe('When it was cancelled; null where it was not.'),
    roomState,
    roomProblem,
  })
  .meta({ id: 'Occurrence', description: 'One time of a meeting.' })

export const createInput = z.object({
  title,
  description: description.optional(),
  startsAt: startsAt.describe(
    'When it begins, also in the past. Of a series, the rule counts from here: the first time is the first one that it hits.',
  ),
  durationMinutes,
  timeZone,
  recurrence: recurrence.optional(),
  provider: text({ min: 1, max: 32 })
    .optional()
    .describe(
      'Where the room is: `peer`, the built-in room; `link`, any address; `zoom`; or another provider of the server. Left out: ' +
        '`link` where a `link` is given, else `peer`.',
    ),
  connectionId: connectionId
    .optional()
    .describe('The account at the provider that holds the room. Left out, the oldest one that works.'),
  link: link.optional(),
  passcode: passcode.optional(),
  lobby: z.boolean().default(false).describe('Whether the host lets in one by one.'),
  invitees: z
    .array(invitee)
    .max(200)
    .optional()
    .describe('Whom to invite at once, up to 200, each by `{ userId }` or `{ email }`; a mail tells them.'),
  recordingPassword: recordingPassword.optional().describe('A password for its recording, 4 to 200 characters.'),
  idempotencyKey,
})

export const meetingInput = z.object({ meetingId })

const originalAt = z.date().describe('Only this time of the series, by its `originalAt`. Left out, all of them.')

export const updateInput = z.object({
  meetingId,
  occurrence: originalAt.optional(),
  title: title.optional(),
  description: description.optional(),
  startsAt: startsAt.optional().describe('When it begins; of a series, the first of the times from now on.'),
  durationMinutes: durationMinutes.optional(),
  timeZone: timeZone.optional(),
  recurrence: recurrence.nullable().optional(),
  link: link.optional(),
  passcode: passcode.nullable().optional().describe('Another passcode; null for none.'),
  lobby: z.boolean().optional().describe('Whether the host lets in one by one.'),
})

export const cancelInput = z.object({ meetingId, occurrence: originalAt.optional() })

export const listInput = z.object({
  scope: z
    .enum(['mine', 'invited', 'all'])
    .default('mine')
    .describe(
      '`mine`: those you hold or are invited to. `invited`: those alone. `all`: of everybody, for administrators.',
    ),
  meetingId: meetingId.optional().describe('Only the times of this meeting.'),
  since: z.date().optional().describe('Only what ends after this time. Left out, now.'),
  until: z.date().optional().describe('Only what begins before this time.'),
  order: z
    .enum(['coming', 'past'])
    .default('coming')
    .describe('`coming`: the next first. `past`: what is over, the last first.'),
  ...pageInput,
})

export const occurrencePage = pageOf(occurrence)
