import { z } from 'zod'

/** What Zoom answers, as much of it as is read. Texts may be empty or missing; what is not known is ignored. */

const text = z.string().max(20_000)
const optional = text.nullish().transform((value) => (value === '' ? undefined : (value ?? undefined)))
const id = z.union([z.number().int(), z.string().regex(/^\d{1,20}$/)]).transform(String)
/** Of what it does not show, Zoom sends "". */
const time = optional.transform((value) => {
  const at = new Date(value ?? Number.NaN)
  return Number.isNaN(at.getTime()) ? undefined : at
})
const next_page_token = z.string().max(2_000).optional()

export const user = z.object({
  id: text.min(1),
  email: optional,
  display_name: optional,
  first_name: optional,
  last_name: optional,
  company: optional,
  role_id: z.union([z.string(), z.number()]).nullish().transform(String),
})
export type User = z.output<typeof user>

export const users = z.object({ users: z.array(user), next_page_token })

/** A meeting in a list, or by itself. */
export const meeting = z.object({
  id,
  uuid: optional,
  host_email: optional,
  topic: optional,
  agenda: optional,
  join_url: optional,
  password: optional,
  status: optional,
})
export type Meeting = z.output<typeof meeting>

export const meetings = z.object({ meetings: z.array(meeting), next_page_token })

export const liveMeetings = z.object({
  meetings: z.array(
    z.object({
      id,
      uuid: text.min(1),
      topic: optional,
      host: optional,
      email: optional,
      start_time: time,
      participants: z.number().int().min(0).nullish(),
    }),
  ),
  next_page_token,
})

const participantShape = {
  participant_uuid: optional,
  user_id: z.union([z.string(), z.number()]).nullish(),
  user_name: optional,
  email: optional,
  join_time: time,
  leave_time: time,
}
export const participant = z.object(participantShape)
export type Participant = z.output<typeof participant>

export const liveParticipants = z.object({ participants: z.array(participant), next_page_token })

export const instances = z.object({ meetings: z.array(z.object({ uuid: text.min(1), start_time: time })) })

export const recordings = z.object({
  uuid: text.min(1),
  topic: optional,
  start_time: time,
  // It becomes a header, and an error about one would show it.
  download_access_token: optional.transform((token) => (/^[\x21-\x7e]+$/.test(token ?? '') ? token : undefined)),
  recording_files: z
    .array(
      z.object({
        id: optional,
        status: optional,
        file_type: optional,
        file_extension: optional,
        file_size: z.number().min(0).nullish(),
        recording_type: optional,
        recording_start: time,
        recording_end: time,
        download_url: optional,
      }),
    )
    .nullish()
    .transform((files) => files ?? []),
})
export type Recordings = z.output<typeof recordings>

/** What an answer without content is read as. */
export const nothing = z.unknown()

/** What Zoom sends by itself. */
export const event = z.object({
  event: z.string().max(200),
  event_ts: z.number().int().min(0).max(8.64e15),
  payload: z.object({
    operation: optional,
    object: z.object({
      id,
      uuid: optional,
      topic: optional,
      join_url: optional,
      password: optional,
      host_email: optional,
      end_time: time,
      participant: participant.optional(),
    }),
  }),
})
export type Event = z.output<typeof event>
