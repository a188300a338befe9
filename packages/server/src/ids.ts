import { randomFillSync } from 'node:crypto'
import { z } from 'zod'
import { text } from './text.ts'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Every kind of thing that has an id, and the prefix of its ids. */
export const idPrefixes = {
  user: 'usr',
  device: 'dev',
  apiKey: 'key',
  mailToken: 'mlt',
  room: 'rom',
  meeting: 'mtg',
  calendarFeed: 'cal',
  meetingRoom: 'mrm',
  session: 'ses',
  connection: 'con',
  recording: 'rec',
  recordingFile: 'fil',
  recordingLink: 'lnk',
  recordingView: 'viw',
  upload: 'upl',
  label: 'lbl',
  track: 'trk',
  listener: 'lsn',
  import: 'imp',
  source: 'src',
  run: 'run',
  adjustment: 'adj',
  payment: 'pay',
  account: 'acc',
  transaction: 'ltx',
  request: 'req',
} as const

export type IdKind = keyof typeof idPrefixes
export type Id<Kind extends IdKind> = `${(typeof idPrefixes)[Kind]}_${string}`
export type UserId = Id<'user'>
export type DeviceId = Id<'device'>
export type ApiKeyId = Id<'apiKey'>
export type MailTokenId = Id<'mailToken'>
export type RoomId = Id<'room'>
export type MeetingId = Id<'meeting'>
export type CalendarFeedId = Id<'calendarFeed'>
export type MeetingRoomId = Id<'meetingRoom'>
export type SessionId = Id<'session'>
export type ConnectionId = Id<'connection'>
export type RecordingId = Id<'recording'>
export type RecordingFileId = Id<'recordingFile'>
export type RecordingLinkId = Id<'recordingLink'>
export type RecordingViewId = Id<'recordingView'>
export type UploadId = Id<'upload'>
export type LabelId = Id<'label'>
export type TrackId = Id<'track'>
export type ListenerId = Id<'listener'>
export type ImportId = Id<'import'>
export type SourceId = Id<'source'>
export type RunId = Id<'run'>
export type AdjustmentId = Id<'adjustment'>
export type PaymentId = Id<'payment'>
export type AccountId = Id<'account'>
export type TransactionId = Id<'transaction'>

/** A new id: the kind's prefix and a time-ordered UUIDv7 (RFC 9562) in Crockford base32, `usr_01j...`. */
export function newId<Kind extends IdKind>(kind: Kind, now = Date.now()): Id<Kind> {
  const bytes = new Uint8Array(16)
  randomFillSync(bytes, 6)
  new DataView(bytes.buffer).setUint32(0, Math.floor(now / 0x10000))
  new DataView(bytes.buffer).setUint16(4, now % 0x10000)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  let bits = 0n
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte)
  let text = ''
  for (let digit = 0; digit < 26; digit++, bits >>= 5n) text = alphabet[Number(bits & 31n)] + text
  return `${idPrefixes[kind]}_${text}` as Id<Kind>
}

/** The zod schema of one kind of id; in the SDK a template-literal type, so that kinds cannot be mixed up. */
export function idSchema<Kind extends IdKind>(kind: Kind, name: string, description: string) {
  const tail = z.string().regex(/[0-7][0-9a-hjkmnp-tv-z]{25}/)
  const kindOfId = description.replace(/^[A-Z]/, (first) => first.toLowerCase()).replace(/, .*/, '')
  const error = ({ input }: { input?: unknown }) =>
    input === undefined ? undefined : `is no ${kindOfId}, such as ${idPrefixes[kind]}_01j...`
  return z.templateLiteral([`${idPrefixes[kind]}_`, tail], { error }).meta({ id: name, description })
}

export const userId = idSchema('user', 'UserId', 'Id of a user, `usr_...`.')
export const deviceId = idSchema('device', 'DeviceId', 'Id of a device, `dev_...`.')
export const apiKeyId = idSchema('apiKey', 'ApiKeyId', 'Id of an API key, `key_...`.')
export const calendarFeedId = idSchema('calendarFeed', 'CalendarFeedId', 'Id of a calendar address, `cal_...`.')
export const roomId = idSchema('room', 'RoomId', 'Id of a room, `rom_...`.')
export const meetingId = idSchema('meeting', 'MeetingId', 'Id of a meeting, `mtg_...`.')
export const meetingRoomId = idSchema('meetingRoom', 'MeetingRoomId', 'Id of a room for meetings, `mrm_...`.')
export const sessionId = idSchema('session', 'SessionId', 'Id of a session, `ses_...`.')
export const connectionId = idSchema('connection', 'ConnectionId', 'Id of an account at a provider, `con_...`.')
export const recordingId = idSchema('recording', 'RecordingId', 'Id of a recording, `rec_...`.')
export const recordingFileId = idSchema('recordingFile', 'RecordingFileId', 'Id of a file of a recording, `fil_...`.')
export const recordingLinkId = idSchema('recordingLink', 'RecordingLinkId', 'Id of a link to a recording, `lnk_...`.')
export const recordingViewId = idSchema('recordingView', 'RecordingViewId', 'Id of a view of a recording, `viw_...`.')
export const uploadId = idSchema('upload', 'UploadId', 'Id of an upload, `upl_...`.')
export const labelId = idSchema('label', 'LabelId', 'Id of a label or another holder of rights, `lbl_...`.')
export const trackId = idSchema('track', 'TrackId', 'Id of a track, `trk_...`.')
export const listenerId = idSchema('listener', 'ListenerId', 'Id of a listener, `lsn_...`.')
export const importId = idSchema('import', 'ImportId', 'Id of an import, `imp_...`.')
export const sourceId = idSchema('source', 'SourceId', 'Id of a source of imports, `src_...`.')
export const runId = idSchema('run', 'RunId', 'Id of a run, `run_...`.')
export const adjustmentId = idSchema('adjustment', 'AdjustmentId', 'Id of an adjustment, `adj_...`.')
export const paymentId = idSchema('payment', 'PaymentId', 'Id of a payment, `pay_...`.')
export const accountId = idSchema('account', 'AccountId', 'Id of an account of the ledger, `acc_...`.')
export const transactionId = idSchema('transaction', 'TransactionId', 'Id of a transaction of the ledger, `ltx_...`.')

/** The input field of mutations that create: with it a retry has no second effect and gets the first answer. */
export const idempotencyKey = text({ min: 1, max: 64 })
  .optional()
  .describe(
    'Your own key for this call, 1 to 64 characters, hard to guess. A retry under the same key within 24 hours has no second ' +
      'effect and gets the first answer. The SDK sets one.',
  )
