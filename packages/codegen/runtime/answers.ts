import { type Api, deserialize } from './api.ts'
import { Failure, type FieldProblem } from './errors.ts'

/** A failure that the server itself tells of: its serialized error, with the head of the answer that it came in. */
export function refusalOf(api: Api, serialized: unknown, { status, headers }: Response, isShared = false): Failure {
  const shape = deserialize(api, serialized)
  const data = property(shape, 'data')
  const code = property(data, 'code')
  if (typeof code !== 'string') throw new Error('an error without a code')
  const fields = fieldProblems(property(data, 'fields'))
  const message = textOf(property(shape, 'message'))
  return new Failure({
    code,
    status: numberOf(property(data, 'httpStatus')) ?? status,
    message: isTelling(code, message, fields) ? message + skewNote(api, headers) : message,
    fields,
    requestId: textOf(property(data, 'requestId')) || (headers.get('x-request-id') ?? undefined),
    // The head of a batch speaks of all its calls.
    retryAfterMs: bounded(numberOf(property(data, 'retryAfterMs'))) ?? (isShared ? undefined : retryAfter(headers)),
  })
}

/** The failure that a whole answer tells of, which is not what was asked for. */
export function failureOf(api: Api, json: unknown, response: Response): Failure {
  const error = property(Array.isArray(json) ? json[0] : json, 'error')
  try {
    if (error !== undefined) return refusalOf(api, error, response)
  } catch {
    // Not an error of tRPC.
  }
  return unreadable(api, response)
}

/** An answer that is none of this API. */
export function unreadable(api: Api, { status, headers }: Response, cause?: unknown): Failure {
  const type = headers.get('content-type') ?? 'no content type'
  const message = `The server answered with status ${status} and ${type}, which is not an answer of this API.`
  const requestId = headers.get('x-request-id') ?? undefined
  const details = { code: 'BAD_RESPONSE', status: 0, requestId, retryAfterMs: retryAfter(headers), cause }
  return new Failure({ ...details, message: message + skewNote(api, headers) }, status)
}

/** Whether a refusal may come from SDK and server being of different versions. */
function isTelling(code: string, message: string, fields: readonly FieldProblem[]): boolean {
  if (/^(UNKNOWN_PROCEDURE|METHOD_NOT_(ALLOWED|SUPPORTED))$/.test(code)) return true
  if (/^(INVALID_INPUT|BAD_REQUEST)$/.test(code)) return fields.length > 0
  return code === 'NOT_FOUND' && message.startsWith('No procedure found')
}

/** A sentence on versions that are too far apart: major ones, or minor ones below 1.0. */
function skewNote({ version = '', versionHeader = '' }: Api, headers: Headers): string {
  const server = versionHeader === '' ? '' : (headers.get(versionHeader) ?? '')
  const [own, other] = [version, server].map((text) => /^v?(\d+)\.(\d+)/.exec(text)?.slice(1, 3).map(Number))
  if (own === undefined || other === undefined) return ''
  const [major = 0, minor = 0] = own
  const [serverMajor = 0, serverMinor = 0] = other
  const distance = major - serverMajor || (major === 0 ? minor - serverMinor : 0)
  if (distance === 0) return ''
  const advice = distance < 0 ? 'update the SDK' : 'update the server, or use an older SDK'
  return ` This SDK was made for version ${version} of the API and the server runs ${server}: they are too far apart; ${advice}.`
}

function fieldProblems(fields: unknown): FieldProblem[] {
  if (!Array.isArray(fields)) return []
  return fields.map((field) => ({ path: textOf(property(field, 'path')), message: textOf(property(field, 'message')) }))
}

/** The wait that `Retry-After` asks for, given in seconds or as a date. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (!value) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? bounded(ms) : undefined
}

const longestRetryAfterMs = 86_400_000

/** A wait that can be waited for: from nothing to a day. */
function bounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.min(Math.max(0, ms), longestRetryAfterMs)
}

/** The property of a value, whatever the value is. */
export function property(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined
}

/** A number that can be counted with. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
