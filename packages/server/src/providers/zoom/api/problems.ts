import { z } from 'zod'
import { ProviderError, type ProviderProblem } from '../../provider.ts'
import type { Answer } from './http.ts'

type PlainKind = 'notFound' | 'conflict' | 'unauthorized' | 'forbidden' | 'transient' | 'bug'

interface Row {
  /** Of HTTP; left out where the code says all. */
  readonly status?: number
  /** Zoom's own; left out where the status says all. */
  readonly code?: number
  readonly kind: PlainKind
  readonly words: string
}

const noMeeting = 'Zoom has no such meeting (any more).'
const noUser = 'Zoom has no such user in this account.'
const noRecording = 'Zoom has no such recording (any more).'
const noToken = 'Zoom does not accept the credentials of this account any more.'
const noScope = 'The app at Zoom lacks a scope.'

/** What Zoom's refusals mean. The status and the code say things of their own: the first row that fits counts. */
export const refusals: readonly Row[] = [
  { code: 124, kind: 'unauthorized', words: noToken },
  { status: 401, code: 201, kind: 'unauthorized', words: noToken },
  { status: 401, code: 200, kind: 'unauthorized', words: noToken },
  { code: 200, kind: 'forbidden', words: "Zoom does not allow it: the account's plan or the user's rights lack it." },
  { status: 404, code: 300, kind: 'notFound', words: noMeeting },
  { code: 300, kind: 'bug', words: 'Zoom does not accept what it was asked for.' },
  { code: 1001, kind: 'notFound', words: noUser },
  { code: 1010, kind: 'notFound', words: noUser },
  { code: 3001, kind: 'notFound', words: noMeeting },
  { code: 3002, kind: 'conflict', words: 'Zoom does not do this while the meeting runs.' },
  { code: 3003, kind: 'forbidden', words: 'Zoom lets only the host of the meeting do this.' },
  { code: 3161, kind: 'forbidden', words: 'This user may not hold meetings at Zoom.' },
  { code: 3301, kind: 'notFound', words: noRecording },
  { code: 3322, kind: 'notFound', words: noRecording },
  { code: 4700, kind: 'forbidden', words: noScope },
  { code: 4711, kind: 'forbidden', words: noScope },
  { status: 401, kind: 'unauthorized', words: noToken },
  { status: 403, kind: 'forbidden', words: 'Zoom does not allow it.' },
  { status: 404, kind: 'notFound', words: 'Zoom has no such thing (any more).' },
  { status: 408, kind: 'transient', words: 'Zoom took too long.' },
  { status: 409, kind: 'conflict', words: 'Zoom cannot do this as things are.' },
]

const body = z.object({
  code: z.coerce.number().int().optional(),
  message: z.string().max(10_000).optional(),
  errors: z
    .array(z.object({ field: z.string().max(200) }))
    .max(100)
    .optional(),
})

export type Refusal = Pick<Answer, 'status' | 'headers' | 'json'>

export function codeOf({ json }: Refusal): number | undefined {
  return body.safeParse(json).data?.code
}

/** What a refusal means, in the words of providers. */
export function problemOf(refusal: Refusal, now = Date.now()): ProviderError {
  const { status } = refusal
  const { code, message = '', errors = [] } = body.safeParse(refusal.json).data ?? {}
  // The limit of changes that one host has a day comes under more than one status.
  if (status === 429 || code === 429 || (code === 300 && /daily rate limit/i.test(message))) {
    return tooMany(refusal.headers, message, now)
  }
  const row = refusals.find((row) => [undefined, status].includes(row.status) && [undefined, code].includes(row.code))
  const known = row ?? (status >= 500 ? down : odd)
  const fields = errors.map(({ field }) => field).filter((field) => /^[\w.[\]]+$/.test(field))
  const scopes = code === 4700 || code === 4711 ? (message.match(/[a-z_]+(?::[a-z_]+)+/g) ?? []) : []
  const named = [...fields, ...scopes].slice(0, 5).join(', ')
  const words = known === down || known === odd ? known.words.replace('%', String(status)) : known.words
  return new ProviderError({ kind: known.kind }, named === '' ? words : words.replace(/\.$/, `: ${named}.`))
}

const down: Row = { kind: 'transient', words: 'Zoom has a problem of its own (HTTP %).' }
const odd: Row = { kind: 'bug', words: 'Zoom refuses it for a reason that is not known here (HTTP %).' }

const secondMs = 1_000
const dayMs = 86_400_000

/** Too many in a second, at once, or in a day: when it goes on is told in three ways. */
function tooMany(headers: Headers, message: string, now: number): ProviderError {
  const isDaily = /daily/i.test(headers.get('x-ratelimit-type') ?? '') || /daily/i.test(message)
  const after = momentOf(headers.get('retry-after'), now)
  if (isDaily) {
    // Zoom's days end at midnight UTC.
    const resetAt = new Date(after ?? (Math.floor(now / dayMs) + 1) * dayMs)
    return new ProviderError(quota(resetAt), 'The calls that Zoom allows for today are used up.')
  }
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * secondMs
  const wanted = after ?? (Number.isNaN(reset) ? now : reset)
  const retryAt = new Date(Math.min(Math.max(wanted, now + secondMs), now + dayMs))
  return new ProviderError({ kind: 'rateLimited', retryAt }, 'Zoom was asked too often.')
}

function quota(resetAt: Date): ProviderProblem {
  return { kind: 'quota', resetAt }
}

/** A time as ISO 8601 has it, or so many seconds from now; undefined for anything else, and what is past or far away. */
function momentOf(text: string | null, now: number): number | undefined {
  if (text === null) return undefined
  const at = /^\d+$/.test(text) ? now + Number(text) * secondMs : Date.parse(text)
  return at > now && at <= now + 2 * dayMs ? at : undefined
}
