import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { ProviderEvent, WebhookRequest, WebhookVerdict } from '../provider.ts'
import { factsOf, personOf } from './facts.ts'
import { type Event, event } from './shapes.ts'

const maxAgeMs = 5 * 60_000

const challenge = z.object({
  event: z.literal('endpoint.url_validation'),
  payload: z.object({ plainToken: z.string().min(1).max(1_000) }),
})

const hmac = (secret: string) => createHmac('sha256', secret)

/** Whether Zoom sent it, lately. */
export function verifyWebhook({ body, headers }: WebhookRequest, secret: string, now: Date): WebhookVerdict {
  const rejected = (reason: string) => ({ kind: 'rejected', reason }) as const
  const signature = headers['x-zm-signature']
  const timestamp = headers['x-zm-request-timestamp'] ?? ''
  if (signature === undefined || !/^\d{1,12}$/.test(timestamp)) return rejected('It is not signed as Zoom signs.')
  const signed = hmac(secret).update(`v0:${timestamp}:`).update(body).digest('hex')
  if (secret === '' || !isSame(signature, `v0=${signed}`)) return rejected('Its signature does not fit.')
  if (Math.abs(now.getTime() - Number(timestamp) * 1_000) > maxAgeMs) return rejected('It was signed at another time.')
  const asked = challenge.safeParse(jsonOf(body))
  if (!asked.success) return { kind: 'verified' }
  const { plainToken } = asked.data.payload
  const answer = { plainToken, encryptedToken: hmac(secret).update(plainToken).digest('hex') }
  return { kind: 'challenge', body: JSON.stringify(answer), contentType: 'application/json' }
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

/** What a verified request tells; nothing where it is about something else, or cannot be read. */
export function parseWebhook({ body }: WebhookRequest): ProviderEvent[] {
  const told = event.safeParse(jsonOf(body))
  const parsed = told.success ? eventOf(told.data) : undefined
  return parsed === undefined ? [] : [parsed]
}

function eventOf(told: Event): ProviderEvent | undefined {
  const { object, operation } = told.payload
  const sentAt = new Date(told.event_ts)
  const base = { externalId: object.id, room: factsOf(object) }
  const session = { ...base, sessionKey: object.uuid ?? null }
  const room = { ...base, sessionKey: null }
  switch (told.event) {
    case 'meeting.started':
      // Its start_time may be the planned one.
      return { ...session, kind: 'session.started', at: sentAt, key: keyOf(told) }
    case 'meeting.ended':
      return { ...session, kind: 'session.ended', at: object.end_time ?? sentAt, key: keyOf(told) }
    case 'recording.completed':
      return { ...session, kind: 'recording.ready', at: sentAt, key: keyOf(told) }
    case 'meeting.created':
    case 'meeting.updated':
      return { ...room, kind: 'room.changed', at: sentAt, key: keyOf(told) }
    case 'meeting.deleted':
      // One time of a series may be taken out.
      return { ...room, kind: operation === 'single' ? 'room.changed' : 'room.gone', at: sentAt, key: keyOf(told) }
    case 'meeting.participant_joined':
    case 'meeting.participant_left':
      return movementOf(told, session)
    default:
      return undefined
  }
}

function movementOf(told: Event, session: Pick<ProviderEvent, 'externalId' | 'sessionKey'>): ProviderEvent | undefined {
  const { participant: moved } = told.payload.object
  const participant = moved && personOf(moved)
  if (moved === undefined || participant === undefined) return undefined
  const hasJoined = told.event === 'meeting.participant_joined'
  const at = (hasJoined ? moved.join_time : moved.leave_time) ?? new Date(told.event_ts)
  const key = keyOf(told, participant.key, at)
  return { ...session, kind: hasJoined ? 'participant.joined' : 'participant.left', participant, at, key }
}

/** The same at every delivery, whose other words may differ: the token of a recording does. */
function keyOf({ event, event_ts, payload: { object } }: Event, participant = '', at = new Date(event_ts)): string {
  const parts = [event, object.uuid ?? object.id, participant, at.getTime()]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
