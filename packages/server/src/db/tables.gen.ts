// Generated from the migrated database by `pnpm gen`. Do not edit.
import type { ColumnType } from 'kysely'
import type { AccountId, AdjustmentId, ApiKeyId, CalendarFeedId, ConnectionId, DeviceId, ImportId, LabelId, ListenerId, MailTokenId, MeetingId, MeetingRoomId, PaymentId, RecordingFileId, RecordingId, RecordingLinkId, RecordingViewId, RoomId, RunId, SessionId, SourceId, TrackId, TransactionId, UploadId, UserId } from '../ids.ts'

type Generated<T> = T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>
type Timestamp = ColumnType<Date, Date | string, Date | string>
type Int8 = ColumnType<bigint, bigint | number, bigint | number>
type Numeric = ColumnType<string, string | bigint, string | bigint>
type Json = ColumnType<unknown, string, string>

export interface AntiphonMigrations {
  name: string
  checksum: string
  applied_at: Generated<Timestamp>
}

export interface ApiKeys {
  id: ApiKeyId
  kind: 'personal' | 'service'
  /** Whose rights a personal key has; a service has none of a user. */
  owner_id: UserId | null
  name: string
  scopes: string[]
  /** SHA-256 of the secret half of the key. */
  secret_hash: Buffer
  created_by: UserId | null
  created_at: Generated<Timestamp>
  expires_at: Timestamp | null
  last_used_at: Timestamp | null
}

export interface AuditLog {
  id: Generated<Int8>
  at: Generated<Timestamp>
  action: string
  /** Whose rights were used. */
  user_id: UserId | null
  /** The API key that was used; with a user other than its owner, it acted for that user. */
  key_id: ApiKeyId | null
  /** The name of the service, where it was one. */
  service: string | null
  /** The id of the thing it was done to. */
  target: string | null
  /** From where; cut to its network after 30 days. */
  address: string | null
  request_id: string | null
  details: Generated<Json>
}

export interface Blocks {
  blocker_id: UserId
  blocked_id: UserId
  created_at: Generated<Timestamp>
}

export interface CalendarFeeds {
  id: CalendarFeedId
  user_id: UserId
  secret_hash: Buffer
  created_at: Generated<Timestamp>
}

export interface Devices {
  id: DeviceId
  user_id: UserId
  /** SHA-256 of the secret half of the token. */
  secret_hash: Buffer
  created_at: Generated<Timestamp>
  name: Generated<string>
  /** The address it was last seen from; cut to its network after 30 days. */
  address: string | null
  /** To about a minute: written for many devices at once. */
  last_seen_at: Generated<Timestamp>
}

export interface DirectRooms {
  user_low: UserId
  user_high: UserId
  room_id: RoomId
}

export interface Ephemera {
  id: Generated<Int8>
  xid: Generated<string>
  kind: string
  room_id: RoomId | null
  user_id: UserId
  detail: string | null
  at: Generated<Timestamp>
}

export interface FileStore {
  id: Generated<boolean>
  name: Generated<string>
}

export interface Friendships {
  user_low: UserId
  user_high: UserId
  requested_by: UserId
  created_at: Generated<Timestamp>
  accepted_at: Timestamp | null
}

export interface IdempotencyKeys {
  /** SHA-256 of caller, procedure and key. */
  id: Buffer
  /** HMAC of the input under the key. */
  input_tag: Buffer
  /** The answer, encrypted under the key. */
  answer: Buffer | null
  created_at: Generated<Timestamp>
}

export interface Identities {
  issuer: string
  subject: string
  user_id: UserId
  created_at: Generated<Timestamp>
}

export interface ImportProblems {
  import_id: ImportId
  /** Line of the file, or number of the entry where it is JSON; from 1. */
  line: number
  code: string
  message: string
  raw: string
  resolution: 'accepted' | 'late' | 'discarded' | null
  resolved_at: Timestamp | null
}

export interface ImportSources {
  id: SourceId
  name: string
  kind: 'streams' | 'listeners' | 'tracks'
  url: string
  format: Generated<Json>
  every_minutes: number
  paused: Generated<boolean>
  next_at: Generated<Timestamp>
  holder: string | null
  held_until: Timestamp | null
  failures: Generated<number>
  last_at: Timestamp | null
  /** How the last try ended: imported, unchanged, or why it failed. */
  last_code: string | null
  last_message: string | null
  last_import_id: ImportId | null
  etag: string | null
  created_at: Generated<Timestamp>
  modified_at: Generated<Timestamp>
}

export interface Imports {
  /** What streams name it by. */
  key: Generated<number>
  id: ImportId
  kind: 'streams' | 'listeners' | 'tracks'
  state: Generated<'waiting' | 'running' | 'done' | 'failed' | 'duplicate'>
  file_name: string
  upload_id: UploadId | null
  source_id: SourceId | null
  /** How the file is to be read: what was asked for, then what was found. */
  format: Generated<Json>
  /** Of the bytes and of what was asked for: the same again has no effect. */
  digest: Buffer | null
  duplicate_of: ImportId | null
  /** Why the file as a whole was not taken. */
  code: string | null
  problem: string | null
  bytes: Generated<Int8>
  /** Where to go on after a crash: all before it is committed. */
  bytes_done: Generated<Int8>
  lines_done: Generated<number>
  rows_read: Generated<number>
  rows_accepted: Generated<number>
  rows_quarantined: Generated<number>
  rows_flagged: Generated<number>
  /** When its rows were in; then they are added to the totals, and it is done. */
  loaded_at: Timestamp | null
  holder: string | null
  held_until: Timestamp | null
  created_at: Generated<Timestamp>
  started_at: Timestamp | null
  finished_at: Timestamp | null
}

export interface LabelMembers {
  label_id: LabelId
  user_id: UserId
  added_at: Generated<Timestamp>
}

export interface Labels {
  id: LabelId
  kind: Generated<'label' | 'holder'>
  name: string
  /** The name folded, so that one name is there once. */
  name_key: string
  created_at: Generated<Timestamp>
  modified_at: Generated<Timestamp>
}

export interface LedgerAccounts {
  id: AccountId
  kind: 'subscriptions' | 'payable' | 'suspense' | 'payments' | 'adjustments'
  label_id: LabelId | null
  currency: string
  created_at: Generated<Timestamp>
}

export interface LedgerEntries {
  id: Generated<Int8>
  transaction_id: TransactionId
  account_id: AccountId
  period: string
  /** Debits above zero, credits below it. Each transaction comes to zero. */
  amount_minor: Int8
  posted_at: Generated<Timestamp>
}

export interface LedgerTransactions {
  id: TransactionId
  idempotency_key: string
  kind: 'run' | 'reversal' | 'adjustment' | 'payment'
  /** The period it is accounted in. */
  period: string
  memo: string
  reverses: TransactionId | null
  occurred_at: Timestamp
  posted_at: Generated<Timestamp>
}

export interface ListenerFees {
  period: string
  listener_key: number
  /** The period it is accounted in: a later one where its own was closed. */
  booked: string
  plan: Generated<string>
  gross_minor: Int8
  origin: string
  import_key: number | null
  line: number | null
}

export interface Listeners {
  /** What streams, fees and rollups name them by. */
  key: Generated<number>
  id: ListenerId
  external_id: string
  /** The user who they are, who sees their report. */
  user_id: UserId | null
  created_at: Generated<Timestamp>
  modified_at: Generated<Timestamp>
}

export interface MailTokens {
  id: MailTokenId
  user_id: UserId
  purpose: 'verification' | 'reset' | 'invitation'
  /** The address it was sent to: it proves that one, and no later one. */
  email_key: string
  secret_hash: Buffer
  created_at: Generated<Timestamp>
  expires_at: Timestamp
}

export interface MeetingAttendance {
  meeting_id: MeetingId
  original_at: Timestamp
  user_id: UserId
  joined_at: Generated<Timestamp>
  /** Null where nobody can tell, or they are still there. */
  left_at: Timestamp | null
}

export interface MeetingInvitations {
  meeting_id: MeetingId
  /** The id of the user, or the e-mail address in normalised form. */
  invitee: string
  user_id: UserId | null
  email: string | null
  response: Generated<'none' | 'yes' | 'no' | 'maybe'>
  responded_at: Timestamp | null
  invited_by: UserId
  invited_at: Generated<Timestamp>
}

export interface MeetingLobby {
  meeting_id: MeetingId
  original_at: Timestamp
  user_id: UserId
  state: Generated<'waiting' | 'admitted' | 'denied'>
  asked_at: Generated<Timestamp>
  decided_at: Timestamp | null
  decided_by: UserId | null
}

export interface MeetingOccurrences {
  meeting_id: MeetingId
  /** When the series has it, whatever it was moved to: its name within the series. */
  original_at: Timestamp
  starts_at: Timestamp
  ends_at: Timestamp
  /** Null for that of the series. */
  title: string | null
  cancelled_at: Timestamp | null
}

export interface MeetingRooms {
  id: MeetingRoomId
  source: string
  provider: string
  external_id: string
  meeting_id: MeetingId | null
  title: Generated<string>
  host_name: string | null
  /** In normalised form. */
  host_email: string | null
  join_url: string | null
  /** Encrypted: of a room that no meeting of ours has. */
  passcode: Buffer | null
  known_at: Generated<Timestamp>
  /** As of when the provider told of it. */
  told_at: Timestamp | null
  /** When somebody was in it last. */
  live_at: Timestamp | null
  gone_at: Timestamp | null
}

export interface Meetings {
  id: MeetingId
  host_id: UserId
  created_by: UserId
  title: string
  description: Generated<string>
  /** When the first occurrence begins; the clock in time_zone shows the same time for all of them. */
  starts_at: Timestamp
  duration_minutes: number
  time_zone: string
  /** RRULE of RFC 5545; null for a single meeting. */
  recurrence: string | null
  /** Up to when occurrences are written out; null where all are. */
  expanded_to: Timestamp | null
  provider: string
  link: string | null
  /** Encrypted: the host and those invited are shown it. */
  passcode: Buffer | null
  lobby: Generated<boolean>
  /** SEQUENCE of RFC 5545: how often what calendars show was changed. */
  sequence: Generated<number>
  /** The room at the provider: being made or changed, as it should be, not to be had, or deleted. */
  room_state: Generated<'pending' | 'ready' | 'failed' | 'gone'>
  room_problem: string | null
  /** Of the room at the provider; null before it is made, and where none has to be. */
  external_id: string | null
  join_url: string | null
  created_at: Generated<Timestamp>
  modified_at: Generated<Timestamp>
  cancelled_at: Timestamp | null
  removed_at: Timestamp | null
  connection_id: ConnectionId | null
}

export interface Memberships {
  room_id: RoomId
  user_id: UserId
  /** The member sees what has a higher number. */
  from_seq: Int8
  /** The last number the member saw, that of leaving; null for who is in the room. */
  to_seq: Int8 | null
  /** When that was: what was edited later is shown to them as it was then. */
  left_at: Timestamp | null
}

export interface MessageUploads {
  room_id: RoomId
  seq: Int8
  upload_id: UploadId
}

export interface MessageVersions {
  room_id: RoomId
  seq: Int8
  version: number
  body: string
  written_at: Timestamp
}

export interface Messages {
  room_id: RoomId
  seq: Int8
  sender_id: UserId
  /** The sender's key for this send: a retry under it has one effect, for as long as the row lives. */
  client_id: string | null
  /** SHA-256 of what was sent, to tell a retry from another message under the same key. */
  content_hash: Buffer
  /** Empty once the message is deleted. */
  body: string
  sent_at: Timestamp
  /** For its sender alone: the other of a direct room blocked the sender when it was sent. */
  hidden: Generated<boolean>
  shared: Generated<boolean>
  version: Generated<number>
  edited_at: Timestamp | null
  deleted_at: Timestamp | null
  deleted_by: UserId | null
  reply_to: Int8 | null
  mentions: Generated<UserId[]>
  /** When the sender's program says that it was sent. */
  client_sent_at: Timestamp | null
  words: Generated<string | null>
  attachments: Generated<Json>
}

export interface MfaSecrets {
  user_id: UserId
  /** The TOTP secret, encrypted. */
  secret: Buffer
  confirmed_at: Timestamp | null
  /** The time step of the last code that was used: none is taken twice. */
  last_step: Generated<Int8>
  created_at: Generated<Timestamp>
}

export interface Presences {
  user_id: UserId
  /** What somebody says of themselves, until expires_at; null for nothing. */
  status: 'available' | 'away' | 'busy' | 'offline' | null
  text: Generated<string>
  expires_at: Timestamp | null
  modified_at: Generated<Timestamp>
  /** The last call of their own, to about a minute: written for many people at once. */
  seen_at: Timestamp | null
}

export interface ProviderCalls {
  source: string
  day: Timestamp
  category: string
  calls: number
}

export interface ProviderConnections {
  id: ConnectionId
  provider: string
  name: string
  /** What names the account; no secrets. */
  settings: Json
  /** Encrypted: what opens the account. Null once it is removed. */
  secrets: Buffer | null
  default_passcode: Buffer | null
  /** Encrypted: the access token in use, one for all servers. */
  token: Buffer | null
  token_until: Timestamp | null
  /** Until then one server asks for another token. */
  token_claimed_until: Timestamp | null
  state: Generated<'ok' | 'broken'>
  problem: string | null
  /** What the last check found. */
  details: Generated<Json>
  checked_at: Timestamp | null
  created_by: UserId
  created_at: Generated<Timestamp>
  modified_at: Generated<Timestamp>
  removed_at: Timestamp | null
}

export interface ProviderInbox {
  id: Generated<Int8>
  source: string
  dedupe_key: Buffer
  headers: Json
  body: Buffer
  received_at: Generated<Timestamp>
  folded_at: Timestamp | null
  tries: Generated<number>
  retry_at: Timestamp | null
  problem: string | null
}

export interface ProviderSources {
  /** Of the connection; of a provider without connections, its own. */
  id: string
  provider: string
  holder: string | null
  held_until: Timestamp | null
  /** When it was last asked for anything; answered_at, when the last question was put that it answered. */
  asked_at: Timestamp | null
  answered_at: Timestamp | null
  /** When the last complete list of its sessions was asked for. */
  swept_at: Timestamp | null
  paused_until: Timestamp | null
  /** When it last told something by itself. */
  heard_at: Timestamp | null
  problem: string | null
  problem_since: Timestamp | null
}

export interface RateLimits {
  /** What is limited and a keyed hash of for whom: no address, no name. */
  key: string
  points: Generated<number>
  /** When the row is void, in milliseconds since 1970. */
  expire: Int8 | null
}

export interface Reactions {
  room_id: RoomId
  seq: Int8
  emoji: string
  user_id: UserId
  at: Generated<Timestamp>
}

export interface ReceiptLog {
  room_id: RoomId
  user_id: UserId
  kind: 'delivered' | 'read'
  upto_seq: Int8
  at: Generated<Timestamp>
}

export interface RecordingCopies {
  provider: string
  external_id: string
  recording_id: RecordingId
  found_at: Generated<Timestamp>
}

export interface RecordingFiles {
  id: RecordingFileId
  recording_id: RecordingId
  name: string
  /** The bytes; null until the first of them are copied from the provider. */
  upload_id: UploadId | null
  source: 'upload' | 'room' | 'provider'
  state: 'copying' | 'preparing' | 'ready' | 'failed'
  problem: string | null
  duration_ms: Int8 | null
  provider: string | null
  /** Of the file at the provider that it is copied from. */
  external_id: string | null
  recorded_at: Timestamp | null
  created_at: Generated<Timestamp>
}

export interface RecordingLinks {
  id: RecordingLinkId
  recording_id: RecordingId
  name: string
  secret_hash: Buffer
  password_hash: string | null
  expires_at: Timestamp | null
  max_views: number | null
  views: Generated<number>
  may_download: Generated<boolean>
  created_by: UserId
  created_at: Generated<Timestamp>
  revoked_at: Timestamp | null
}

export interface RecordingViewParts {
  view_id: RecordingViewId
  file_id: RecordingFileId
  /** Which bytes of the file went out in this view. */
  seen: Generated<string>
}

export interface RecordingViewers {
  recording_id: RecordingId
  /** The id of the user, or the e-mail address in normalised form. */
  viewer: string
  user_id: UserId | null
  email: string | null
  may_download: Generated<boolean>
  shared_by: UserId
  shared_at: Generated<Timestamp>
}

export interface RecordingViews {
  id: RecordingViewId
  recording_id: RecordingId
  user_id: UserId | null
  link_id: RecordingLinkId | null
  /** The device or key by which the user called: with it the view ends. Null for others. */
  token_id: string | null
  /** Of the secret in the addresses of the player, which ask for access anew at every request. */
  secret_hash: Buffer
  /** That of the recording when its password was given. */
  lock: number
  opened_at: Generated<Timestamp>
  last_at: Timestamp | null
  sent_bytes: Generated<Int8>
  downloads: Generated<number>
}

export interface Recordings {
  id: RecordingId
  meeting_id: MeetingId | null
  owner_id: UserId
  title: string
  visibility: Generated<'private' | 'link' | 'members'>
  /** Whether those who see it by visibility "members" may download. */
  members_download: Generated<boolean>
  password_hash: string | null
  /** Counts the passwords: whoever gave an earlier one gives the new one. */
  lock: Generated<number>
  created_at: Generated<Timestamp>
  modified_at: Generated<Timestamp>
  /** When the newest of its files came; null where it has none. Retention counts from then. */
  filled_at: Timestamp | null
  removed_at: Timestamp | null
}

export interface RecoveryCodes {
  user_id: UserId
  code_hash: Buffer
}

export interface Reports {
  id: Generated<Int8>
  room_id: RoomId
  seq: Int8
  reporter_id: UserId
  reason: string
  at: Generated<Timestamp>
}

export interface RoomBans {
  room_id: RoomId
  user_id: UserId
  banned_by: UserId
  banned_at: Generated<Timestamp>
}

export interface RoomEvents {
  room_id: RoomId
  seq: Int8
  /** The transaction that wrote the row, for readers that follow all rooms by snapshot. */
  xid: Generated<string>
  kind: string
  actor_id: UserId
  at: Timestamp
  /** The number of the message that it is about. */
  target: Int8 | null
  /** The user that it is about. */
  subject_id: UserId | null
  /** An emoji, a role or a number. */
  detail: string | null
  /** The room's history as of then: seen by those who join later, too. */
  shared: Generated<boolean>
}

export interface RoomMembers {
  room_id: RoomId
  user_id: UserId
  role: 'owner' | 'admin' | 'member'
  joined_at: Generated<Timestamp>
  delivered_seq: Generated<Int8>
  /** How far the member has read, as others see it. */
  read_seq: Generated<Int8>
  /** How far the member has read without telling the others. */
  private_read_seq: Generated<Int8>
}

export interface Rooms {
  id: RoomId
  kind: 'group' | 'direct'
  name: Generated<string>
  /** The newest number of the room's sequence, given out under this row's lock. */
  last_seq: Generated<Int8>
  created_by: UserId
  created_at: Generated<Timestamp>
  last_event_at: Generated<Timestamp>
  topic: Generated<string>
  /** Who may join: `closed`, whom an administrator adds; `open`, everybody. */
  access: Generated<'closed' | 'open'>
  /** What is sent is seen by: `shared`, who joins later, too; `joined`, who is in the room then. */
  history: Generated<'shared' | 'joined'>
  retention_days: number | null
  /** Everything up to this number was purged. */
  min_seq: Generated<Int8>
  /** The number under which somebody last left or was removed. */
  departed_seq: Generated<Int8>
  /** Nothing above this number is for those who came later. */
  shared_until: Generated<Int8>
  archived_at: Timestamp | null
  removed_at: Timestamp | null
  /** The id of an upload. */
  avatar: string | null
}

export interface RoyaltyAdjustments {
  id: AdjustmentId
  period: string
  /** The closed period that it corrects. */
  for_period: string | null
  kind: 'manual' | 'late' | 'suspense'
  payee: string
  track_key: number | null
  amount_minor: Int8
  reason: string
  run_id: RunId | null
  transaction_id: TransactionId
  created_at: Generated<Timestamp>
}

export interface RoyaltyOrigins {
  name: string
  from_period: string
  counts_ppm: number
}

export interface RoyaltyPayments {
  id: PaymentId
  period: string
  label_id: LabelId
  booked: string
  amount_minor: Int8
  reference: string
  paid_at: Timestamp
  transaction_id: TransactionId
  created_at: Generated<Timestamp>
}

export interface RoyaltyPeriods {
  id: string
  /** frozen: a run stands, what it was made of does not change; closed: for good. */
  state: Generated<'open' | 'frozen' | 'closed'>
  /** Of all its money: set by the first fee. So far all periods have the same. */
  currency: string | null
  /** What the fees of its listeners leave to pay out, in millionths of a minor unit. */
  pool_micro: Generated<Numeric>
  /** How many listeners have a fee in it. */
  listeners: Generated<number>
  created_at: Generated<Timestamp>
  closed_at: Timestamp | null
}

export interface RoyaltyPolicies {
  from_period: string
  version: Generated<number>
  fee_rounding: 'none' | 'perListener'
  /** A stream shorter than this does not count where streams are counted. */
  minimum_seconds: number
  minimum_payout_minor: Int8
  /** More seconds than this in one day are flagged. */
  suspicious_seconds: number
  created_at: Generated<Timestamp>
}

export interface RoyaltyRunLines {
  run_id: RunId
  period: string
  payee: string
  track_key: number
  seconds: Int8
  streams: Int8
  share_ppm: number
  weight: Numeric
  amount_minor: Int8
}

export interface RoyaltyRunPayees {
  run_id: RunId
  period: string
  /** A label's id, or why nobody is paid: unassigned, unheard. */
  payee: string
  seconds: Int8
  streams: Int8
  listeners: Int8
  weight: Numeric
  amount_minor: Int8
}

export interface RoyaltyRuns {
  id: RunId
  period: string
  model: string
  /** Of all that it was made of, and of what it came to. */
  digest: Buffer
  /** The rules that it went by. */
  policy: Json
  currency: string
  pool_micro: Numeric
  pool_minor: Int8
  payouts_minor: Int8
  suspense_minor: Int8
  listeners: number
  streams: Int8
  seconds: Int8
  /** Null where there was nothing to post. */
  transaction_id: TransactionId | null
  reversal_id: TransactionId | null
  created_at: Generated<Timestamp>
  reversed_at: Timestamp | null
}

export interface RoyaltyStatements {
  period: string
  label_id: LabelId
  run_id: RunId
  currency: string
  opening_minor: Int8
  earnings_minor: Int8
  adjustments_minor: Int8
  payments_minor: Int8
  closing_minor: Int8
  minimum_payout_minor: Int8
  /** What is to be paid now: 0 where the balance is carried forward. */
  payable_minor: Int8
  created_at: Generated<Timestamp>
}

export interface RoyaltyTotals {
  period: string
  model: string
  /** A label's id, or why nobody is paid: unassigned, unheard. */
  payee: string
  seconds: Int8
  streams: Int8
  listeners: Int8
  /** The part of the pool is in proportion to it: millionths of what the model counts. */
  weight: Numeric
}

export interface SecretCheck {
  id: Generated<boolean>
  fingerprint: Buffer
}

export interface SessionFacts {
  session_id: SessionId
  key: string
  kind: 'joined' | 'left'
  at: Timestamp
  /** Told by the provider; else concluded from who is on its lists. */
  told: boolean
}

export interface SessionPeople {
  session_id: SessionId
  /** What the provider tells one stay, or one person, from another by. */
  key: string
  name: Generated<string>
  user_id: UserId | null
  missing_since: Timestamp | null
  /** In the built-in room: when their browser last said that they are there; null once they left. */
  seen_at: Timestamp | null
  banned: Generated<boolean>
  /** In the built-in room: when they were sent out, unless they came again. */
  kicked_at: Timestamp | null
}

export interface SessionStays {
  session_id: SessionId
  key: string
  joined_at: Timestamp
  left_at: Timestamp | null
}

export interface Sessions {
  id: SessionId
  room_id: MeetingRoomId
  source: string
  session_key: string
  /** Which time of the meeting it was, where that is known. */
  original_at: Timestamp | null
  started_at: Timestamp
  /** Whether the provider told the start; else it is the earliest that is known. */
  started_told: Generated<boolean>
  ended_at: Timestamp | null
  /** Whether the provider told the end, which is final; else it was missed in two snapshots. */
  ended_told: Generated<boolean>
  /** When it was last proven to run, by the clock of this database. */
  observed_at: Timestamp
  observed_by: 'webhook' | 'snapshot' | 'presence'
  /** As of when the first of the last complete lists did not have it. */
  missing_since: Timestamp | null
  /** How many are in it besides those in session_stays; null where nobody tells. */
  unnamed_count: number | null
  locked: Generated<boolean>
  end_state: 'requested' | 'accepted' | 'timedOut' | null
  end_requested_at: Timestamp | null
  end_requested_by: UserId | null
  end_problem: string | null
  created_at: Generated<Timestamp>
}

export interface StreamChanges {
  id: Generated<Int8>
  stream_id: Int8
  kind: 'created' | 'updated' | 'removed'
  before: Json | null
  after: Json | null
  reason: Generated<string>
  /** Id of the user, or name of the service. */
  changed_by: string
  changed_at: Generated<Timestamp>
}

export interface Streams {
  id: Generated<Int8>
  period: string
  /** The period it is accounted in: a later one where its own was closed. */
  booked: string
  listener_key: number
  track_key: number
  played_on: string
  seconds: number
  region: Generated<string>
  /** The import it came with; 0 where it was entered by hand. It counts once that import is done. */
  import_key: Generated<number>
  line: Generated<number>
  /** More seconds than a day should have. */
  flagged: Generated<boolean>
}

export interface TrackRights {
  track_key: number
  from_period: string
  label_id: LabelId
  /** In millionths. What is missing to 1,000,000 is suspended. */
  share_ppm: number
  /** The import that said it; null where it was set by hand. */
  import_key: number | null
}

export interface Tracks {
  /** What streams and rollups name it by. */
  key: Generated<number>
  id: TrackId
  external_id: string
  /** Null where only streams speak of it. */
  title: string | null
  isrc: string | null
  created_at: Generated<Timestamp>
  modified_at: Generated<Timestamp>
}

export interface Uploads {
  id: UploadId
  owner_id: UserId
  name: string
  /** The media type: as announced, and once complete as it was found to be. */
  type: string
  size_bytes: Int8
  /** What the bytes have to be, where that was announced. */
  sha256: Buffer | null
  /** So many bytes are kept for good; what the store has beyond is dropped. */
  received_bytes: Generated<Int8>
  width: number | null
  height: number | null
  /** The one request that may write now, until writing_until. */
  writer: string | null
  writing_until: Timestamp | null
  created_at: Generated<Timestamp>
  completed_at: Timestamp | null
  /** From then on it counts as gone, and is removed unless something uses it; null while something does. */
  due_at: Timestamp | null
  /** Its size is not known yet: size_bytes is the most that it may have. */
  growing: Generated<boolean>
  received_at: Timestamp | null
}

export interface Users {
  id: UserId
  email: string | null
  /** Normalised e-mail address: what has to be unique. */
  email_key: string | null
  user_name: string
  /** Normalised user name: what has to be unique, and the order of lists. */
  user_name_key: string
  first_name: Generated<string>
  last_name: Generated<string>
  password_hash: string | null
  created_at: Generated<Timestamp>
  modified_at: Generated<Timestamp>
  email_verified_at: Timestamp | null
  roles: Generated<string[]>
  /** Signing in asks for a code. The secret is in mfa_secrets. */
  mfa: Generated<boolean>
  /** When the account was removed: nothing but the id and dates is left then. */
  removed_at: Timestamp | null
  sight: Generated<number>
  /** The id of an upload. */
  avatar: string | null
}

export interface Tables {
  antiphon_migrations: AntiphonMigrations
  api_keys: ApiKeys
  audit_log: AuditLog
  blocks: Blocks
  calendar_feeds: CalendarFeeds
  devices: Devices
  direct_rooms: DirectRooms
  ephemera: Ephemera
  file_store: FileStore
  friendships: Friendships
  idempotency_keys: IdempotencyKeys
  identities: Identities
  import_problems: ImportProblems
  import_sources: ImportSources
  imports: Imports
  label_members: LabelMembers
  labels: Labels
  ledger_accounts: LedgerAccounts
  ledger_entries: LedgerEntries
  ledger_transactions: LedgerTransactions
  listener_fees: ListenerFees
  listeners: Listeners
  mail_tokens: MailTokens
  meeting_attendance: MeetingAttendance
  meeting_invitations: MeetingInvitations
  meeting_lobby: MeetingLobby
  meeting_occurrences: MeetingOccurrences
  meeting_rooms: MeetingRooms
  meetings: Meetings
  memberships: Memberships
  message_uploads: MessageUploads
  message_versions: MessageVersions
  messages: Messages
  mfa_secrets: MfaSecrets
  presences: Presences
  provider_calls: ProviderCalls
  provider_connections: ProviderConnections
  provider_inbox: ProviderInbox
  provider_sources: ProviderSources
  rate_limits: RateLimits
  reactions: Reactions
  receipt_log: ReceiptLog
  recording_copies: RecordingCopies
  recording_files: RecordingFiles
  recording_links: RecordingLinks
  recording_view_parts: RecordingViewParts
  recording_viewers: RecordingViewers
  recording_views: RecordingViews
  recordings: Recordings
  recovery_codes: RecoveryCodes
  reports: Reports
  room_bans: RoomBans
  room_events: RoomEvents
  room_members: RoomMembers
  rooms: Rooms
  royalty_adjustments: RoyaltyAdjustments
  royalty_origins: RoyaltyOrigins
  royalty_payments: RoyaltyPayments
  royalty_periods: RoyaltyPeriods
  royalty_policies: RoyaltyPolicies
  royalty_run_lines: RoyaltyRunLines
  royalty_run_payees: RoyaltyRunPayees
  royalty_runs: RoyaltyRuns
  royalty_statements: RoyaltyStatements
  royalty_totals: RoyaltyTotals
  secret_check: SecretCheck
  session_facts: SessionFacts
  session_people: SessionPeople
  session_stays: SessionStays
  sessions: Sessions
  stream_changes: StreamChanges
  streams: Streams
  track_rights: TrackRights
  tracks: Tracks
  uploads: Uploads
  users: Users
}

export const tableNames = [
  'antiphon_migrations',
  'api_keys',
  'audit_log',
  'blocks',
  'calendar_feeds',
  'devices',
  'direct_rooms',
  'ephemera',
  'file_store',
  'friendships',
  'idempotency_keys',
  'identities',
  'import_problems',
  'import_sources',
  'imports',
  'label_members',
  'labels',
  'ledger_accounts',
  'ledger_entries',
  'ledger_transactions',
  'listener_fees',
  'listeners',
  'mail_tokens',
  'meeting_attendance',
  'meeting_invitations',
  'meeting_lobby',
  'meeting_occurrences',
  'meeting_rooms',
  'meetings',
  'memberships',
  'message_uploads',
  'message_versions',
  'messages',
  'mfa_secrets',
  'presences',
  'provider_calls',
  'provider_connections',
  'provider_inbox',
  'provider_sources',
  'rate_limits',
  'reactions',
  'receipt_log',
  'recording_copies',
  'recording_files',
  'recording_links',
  'recording_view_parts',
  'recording_viewers',
  'recording_views',
  'recordings',
  'recovery_codes',
  'reports',
  'room_bans',
  'room_events',
  'room_members',
  'rooms',
  'royalty_adjustments',
  'royalty_origins',
  'royalty_payments',
  'royalty_periods',
  'royalty_policies',
  'royalty_run_lines',
  'royalty_run_payees',
  'royalty_runs',
  'royalty_statements',
  'royalty_totals',
  'secret_check',
  'session_facts',
  'session_people',
  'session_stays',
  'sessions',
  'stream_changes',
  'streams',
  'track_rights',
  'tracks',
  'uploads',
  'users'
] as const satisfies (keyof Tables)[]
