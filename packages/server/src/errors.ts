import { TRPCError } from '@trpc/server'
import { z } from 'zod'

interface CodeDescription {
  readonly status: number
  readonly description: string
  /** Can come from any procedure, so procedures do not declare it. */
  readonly common?: true
  /** Comes from the token, so never from procedures for anyone. */
  readonly auth?: true
}

/** The closed list of error codes: HTTP status and the words that reach the SDK, OpenAPI and the reference. */
export const errorCodes = {
  INVALID_INPUT: { status: 400, common: true, description: 'The input does not fit; `fields` says where and why.' },
  MALFORMED_REQUEST: {
    status: 400,
    common: true,
    description: 'The request is not well-formed JSON of the wire format.',
  },
  AHEAD_OF_ROOM: {
    status: 409,
    description: 'The room has no such number yet: what you have is not from this database as it is.',
  },
  BAD_CURSOR: { status: 400, description: 'The cursor is not one that this list gave out.' },
  BODY_EMPTY: { status: 400, description: 'A message needs a text that is more than blanks.' },
  BODY_TOO_LONG: { status: 400, description: 'A message has at most 4,000 characters.' },
  LINK_NEEDED: { status: 400, description: 'A meeting at an address of its own needs that address (`link`).' },
  UNKNOWN_PROVIDER: { status: 400, description: 'The server has no provider of meetings of this name.' },
  PROVIDER_CREDENTIALS: { status: 400, description: 'The provider does not accept what is to open the account.' },
  PROVIDER_SCOPES: {
    status: 400,
    description: 'The account at the provider may not do all that is needed; `message` says what.',
  },
  RECURRENCE_EMPTY: { status: 400, description: 'The rule of the series never comes true.' },
  RECURRENCE_TOO_LONG: {
    status: 400,
    description: 'A series with an end has 1,000 times at most. Without an end it goes on for as long as you like.',
  },
  LINK_INVALID: { status: 400, description: 'The link is unknown, was used, or is past its time. Ask for a new one.' },
  REPLY_UNKNOWN: { status: 400, description: 'There is no message of this number in the room to answer.' },
  MARK_BEYOND_END: { status: 400, description: 'The room has no such number yet.' },
  UPLOAD_UNKNOWN: { status: 400, description: 'You have no such upload, or it is past its time.' },
  UPLOAD_CHECKSUM: { status: 400, description: 'The bytes are not those that were announced (`sha256`).' },
  TOO_MANY_ATTACHMENTS: { status: 400, description: 'A message has at most 10 attachments, each upload once.' },
  AVATAR_UNFIT: { status: 400, description: 'An avatar is a picture (PNG, JPEG, GIF, WebP, AVIF) of at most 5 MB.' },
  NOT_YOURSELF: { status: 400, description: 'This is for another person than yourself.' },
  NOT_SIGNED_IN: {
    status: 401,
    common: true,
    auth: true,
    description: 'The procedure needs a token and none was sent.',
  },
  TOKEN_INVALID: {
    status: 401,
    common: true,
    auth: true,
    description: 'The token is malformed, unknown, expired or revoked.',
  },
  WRONG_CREDENTIALS: { status: 401, description: 'No account has this identifier and password.' },
  WEBHOOK_REFUSED: {
    status: 401,
    description: 'The webhook is not signed as its provider signs, or was signed at another time.',
  },
  NOT_ALLOWED: { status: 403, common: true, auth: true, description: 'This token may not do that.' },
  ORIGIN_REFUSED: {
    status: 403,
    common: true,
    description: 'The session cookie counts only for requests from an origin that the server trusts.',
  },
  WRONG_PASSWORD: { status: 403, description: 'The password is not right.' },
  WRONG_PASSCODE: { status: 403, description: 'The passcode opens no such meeting.' },
  TICKET_INVALID: {
    status: 403,
    description: 'The ticket is not one that the server gave you, or is past its time: `meetings.join` gives another.',
  },
  ROOM_LOCKED: { status: 403, description: 'The host has locked the room for those who are not in it.' },
  KICKED: { status: 403, description: 'The host has sent you out of this session.' },
  LOBBY_DENIED: { status: 403, description: 'The host does not let you in.' },
  LINK_EXPIRED: { status: 403, description: 'The link is past its time.' },
  LINK_USED_UP: { status: 403, description: 'The link was opened as often as it can be.' },
  PASSWORD_NEEDED: { status: 403, description: 'It has a password: ask for it, and call again with it.' },
  MFA_REQUIRED: {
    status: 403,
    description: 'The account is protected by a second factor: ask for a code, and call again with `code`.',
  },
  WRONG_CODE: { status: 403, description: 'The code is not right, past its time, or was used before.' },
  SIGNATURE_INVALID: {
    status: 403,
    description: 'The signed address is not one that the server gave out for this upload, or is past its time.',
  },
  NOT_YOURS: { status: 403, description: 'This is for who wrote the message.' },
  ROLE_TOO_LOW: { status: 403, description: 'Your role in the room does not allow it.' },
  SCOPE_TOO_WIDE: { status: 403, description: 'A key can only be given what its maker may do.' },
  NOT_FOUND: { status: 404, description: 'There is no such thing, or it is not yours to see.' },
  UNKNOWN_PROCEDURE: { status: 404, common: true, description: 'There is no procedure of this name.' },
  METHOD_NOT_ALLOWED: { status: 405, common: true, description: 'This HTTP method does not fit the procedure.' },
  TOO_MANY_INVITATIONS: { status: 409, description: 'A meeting has 2,000 invitations at most.' },
  MEETING_OVER: { status: 409, description: 'The meeting was cancelled, or is over.' },
  ROOM_NOT_READY: { status: 409, description: 'The provider has no room for the meeting yet; `message` says why.' },
  ROOM_FULL: { status: 409, description: 'There are six people in the room already, counted by their pages.' },
  NOT_IN_ROOM: { status: 409, description: 'You are not in the room any more, after nothing was heard: join again.' },
  SESSION_ENDED: { status: 409, description: 'The session has ended.' },
  RECORDING_REMOVED: { status: 409, description: 'The recording of the meeting was removed: restore it first.' },
  RECORDING_EXISTS: {
    status: 409,
    description: 'The meeting has a recording, perhaps a removed one that can be restored.',
  },
  TOO_MANY_FILES: { status: 409, description: 'A recording has 200 files at most.' },
  TOO_MANY_VIEWERS: { status: 409, description: 'A recording is shared with 2,000 people by name at most.' },
  TOO_MANY_LINKS: { status: 409, description: 'A recording has 200 links at most; revoke one first.' },
  ACCOUNT_CONNECTED: { status: 409, description: 'This account at the provider is connected already.' },
  TOO_MANY_CONNECTIONS: { status: 409, description: 'At most 200 accounts are connected; remove one first.' },
  EMAIL_TAKEN: { status: 409, description: 'Another account has this e-mail address.' },
  USER_NAME_TAKEN: { status: 409, description: 'Another account has this user name.' },
  STALE_VERSION: {
    status: 409,
    description: 'The message was edited meanwhile; `expectedVersion` is not its version.',
  },
  MESSAGE_DELETED: { status: 409, description: 'The message was deleted.' },
  TOO_MANY_REACTIONS: { status: 409, description: 'A message takes 50 different reactions at most.' },
  BATCH_REFUSED: {
    status: 409,
    description: 'Another message of the batch was refused, and this one is sent as a whole or not at all.',
  },
  ROOM_ARCHIVED: { status: 409, description: 'The room is archived: nothing can be written there.' },
  BANNED: { status: 409, description: 'This person is banned from the room.' },
  OWNER_STAYS: { status: 409, description: 'A room has an owner: make somebody else the owner first.' },
  NOT_A_GROUP: { status: 409, description: 'This is for groups; a direct room has its two people.' },
  NO_EMAIL: { status: 409, description: 'The account has no e-mail address.' },
  MFA_ON: { status: 409, description: 'A second factor is on already.' },
  MFA_OFF: { status: 409, description: 'No second factor is on, or none waits to be confirmed.' },
  BLOCKED: { status: 409, description: 'You block this person. Remove the block first.' },
  LAST_ADMIN: { status: 409, description: 'This is the last administrator; make another one first.' },
  UPLOAD_INCOMPLETE: { status: 409, description: 'The upload is not complete: bytes are missing, or `complete` is.' },
  UPLOAD_COMPLETE: { status: 409, description: 'The upload is complete: nothing is written to it any more.' },
  UPLOAD_OFFSET: { status: 409, description: 'The bytes do not follow on those that the server has: ask it how many.' },
  UPLOAD_BUSY: { status: 409, description: 'Another request writes to this upload just now.' },
  UPLOAD_IN_USE: { status: 409, description: 'The upload is shown somewhere: remove it there.' },
  UPLOAD_QUOTA: { status: 409, description: 'Your files take up all the room that you have.' },
  TOO_MANY_UPLOADS: { status: 409, description: 'Twenty uploads of yours are open: complete or abort one first.' },
  CLIENT_ID_REUSED: { status: 409, description: 'This `clientId` was used for another message in this room.' },
  IDEMPOTENCY_KEY_REUSED: { status: 409, description: 'This `idempotencyKey` was used for another input.' },
  TOO_LARGE: { status: 413, common: true, description: 'The request is larger than the server accepts.' },
  UPLOAD_TOO_LARGE: { status: 413, description: 'The file is larger than the server takes.' },
  UPLOAD_TYPE: {
    status: 415,
    description: 'The file is not of the type that was announced, or cannot be read as such.',
  },
  NOT_MEDIA: { status: 415, description: 'A recording takes sound and pictures that move, nothing else.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, common: true, description: 'The content type has to be application/json.' },
  RATE_LIMITED: { status: 429, common: true, description: 'Too many requests; try again after `retryAfterMs`.' },
  INTERNAL: { status: 500, common: true, description: 'A fault of the server, kept under the request id.' },
  UNSUPPORTED: { status: 409, description: 'The provider cannot do this; `message` says why.' },
  PROVIDER_FAILED: { status: 502, description: 'The provider answered something that nobody expected.' },
  STORAGE_FULL: { status: 507, description: 'The server has no room for more files just now.' },
  UNAVAILABLE: { status: 503, common: true, description: 'The server cannot serve just now; try again.' },
} as const satisfies Record<string, CodeDescription>

export type ErrorCode = keyof typeof errorCodes

export interface FieldProblem {
  path: string
  message: string
}

export interface ErrorDetails {
  code: ErrorCode
  status: number
  message: string
  fields?: FieldProblem[]
  retryAfterMs?: number
}

type Extra = { message?: string; field?: string; retryAfterMs?: number; cause?: unknown }

/** A refusal with a declared code: what procedures throw. */
export class ApiError extends TRPCError {
  readonly details: ErrorDetails

  constructor(code: ErrorCode, { message, field, retryAfterMs, cause }: Extra = {}) {
    const { status, description } = errorCodes[code]
    const text = message ?? description
    // As inputs that do not fit are told of: where, and why.
    const whole = code === 'INVALID_INPUT' && field !== undefined ? `${field}: ${text}` : text
    super({ code: trpcCode(status), message: whole, cause })
    this.details = {
      code,
      status,
      message: whole,
      ...(field === undefined ? {} : { fields: [{ path: field, message: text }] }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
  }
}

function trpcCode(status: number): TRPCError['code'] {
  switch (status) {
    case 400:
      return 'BAD_REQUEST'
    case 401:
      return 'UNAUTHORIZED'
    case 403:
      return 'FORBIDDEN'
    case 404:
      return 'NOT_FOUND'
    case 405:
      return 'METHOD_NOT_SUPPORTED'
    case 409:
      return 'CONFLICT'
    case 413:
      return 'PAYLOAD_TOO_LARGE'
    case 415:
      return 'UNSUPPORTED_MEDIA_TYPE'
    case 429:
      return 'TOO_MANY_REQUESTS'
    case 503:
      return 'SERVICE_UNAVAILABLE'
    default:
      return 'INTERNAL_SERVER_ERROR'
  }
}

const internal: ErrorDetails = {
  code: 'INTERNAL',
  status: 500,
  message: 'Something went wrong on the server. Quote the request id when you report it.',
}

const fromTrpc: Partial<Record<TRPCError['code'], ErrorCode>> = {
  PARSE_ERROR: 'MALFORMED_REQUEST',
  BAD_REQUEST: 'MALFORMED_REQUEST',
  NOT_FOUND: 'UNKNOWN_PROCEDURE',
  METHOD_NOT_SUPPORTED: 'METHOD_NOT_ALLOWED',
  PAYLOAD_TOO_LARGE: 'TOO_LARGE',
  UNSUPPORTED_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
}

/** What a caller may know of any error. All that is not declared is INTERNAL, without its text. */
export function describeError(error: unknown): ErrorDetails {
  if (error instanceof ApiError) return error.details
  if (error instanceof TRPCError) {
    if (error.code === 'BAD_REQUEST' && error.cause instanceof z.core.$ZodError) return describeInput(error.cause)
    const code = fromTrpc[error.code]
    if (code !== undefined) return new ApiError(code).details
    return error.cause === undefined ? internal : describeError(error.cause)
  }
  return describeDatabaseError(error) ?? internal
}

const maxFields = 20

function describeInput(error: z.core.$ZodError): ErrorDetails {
  const issues = error.issues.flatMap(asMeant)
  const fields = issues.slice(0, maxFields).map((issue) => ({
    path: issue.path.join('.'),
    message: wordsFor(issue),
  }))
  const own = issues[0]?.code === 'custom' ? issues[0].params?.code : undefined
  const code = typeof own === 'string' && own in errorCodes ? (own as ErrorCode) : 'INVALID_INPUT'
  const message = fields.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  return { code, status: errorCodes[code].status, message, fields }
}

/** Of an input of several forms, what is wrong with the form that was meant: the only one with all the keys that were given. */
function asMeant(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const [meant, ...others] = issue.errors.filter((form) => form.every(({ code }) => code !== 'unrecognized_keys'))
  if (meant === undefined || others.length > 0) return [issue]
  return meant.flatMap((one) => asMeant({ ...one, path: [...issue.path, ...one.path] }))
}

/** Our own words for the checks of zod that speak of types; schemas may give theirs. */
function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.expected === 'date' && !issue.message.endsWith('undefined'))
    return 'is a date and time of ISO 8601, such as 2037-05-04T17:00:00Z'
  const few = issue.code === 'too_small'
  if (!(few || issue.code === 'too_big') || !/^Too (small|big)/.test(issue.message)) return issue.message
  const bound = Number(few ? issue.minimum : issue.maximum)
  const limit = `at ${few ? 'least' : 'most'} ${bound.toLocaleString('en')}`
  if (issue.origin === 'string') return `has ${limit} characters`
  return issue.origin === 'array' || issue.origin === 'set' ? `has ${limit} items` : `is ${limit}`
}

/** SQLSTATE classes and codes, and errors of sockets and names, after which the same call may go through. */
const unavailable =
  /^(08|53|57|58)|^(25006|25P03|40001|40P01|55P03|E(CONN|HOST|NET)\w+|ENOENT|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EACCES)$/

function describeDatabaseError(error: unknown): ErrorDetails | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const lost =
    /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection|Cannot use a pool after)/
  if (unavailable.test(code) || lost.test(error.message)) {
    return new ApiError('UNAVAILABLE', {
      message: 'The database cannot serve this just now; try again.',
      retryAfterMs: 1000,
    }).details
  }
  if (/^22/.test(code))
    return new ApiError('INVALID_INPUT', { message: 'A value is out of the range of its type.' }).details
  return undefined
}

/** A fault for the log, without the values of rows, which database errors carry in their details. */
export function describeFault(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error ? error.code : undefined
  const cause = error.cause instanceof Error ? describeFault(error.cause) : undefined
  return { type: error.name, message: error.message, code, stack: error.stack, cause }
}
