import type { MeetingId, UserId } from '../ids.ts'

/** What a provider can do. The methods that belong to it are named with each. */
export type Capability =
  /** Rooms are made for meetings: `ensureRoom`, `updateRoom`, `deleteRoom`. */
  | 'create'
  /** Everybody gets an address of their own: `joinLink`. */
  | 'signedJoin'
  /** A running session can be ended: `end`. */
  | 'end'
  /** It tells which sessions run: `snapshot`. */
  | 'listLive'
  /** It tells cheaply whether one room is in use: `status`. */
  | 'roomStatus'
  /** It tells who is in a session: `participants`. */
  | 'listParticipants'
  /** Somebody can be sent out: `kick`. */
  | 'kick'
  /** A session can be closed to those who are not in it: `lock`. */
  | 'lock'
  /** It records, and gives the files: `recordings`, `fetchRecording`. */
  | 'recordings'
  /** Recording can be begun and ended: `record`. */
  | 'recordingControl'
  /** Its copy of a recording can be deleted: `deleteRecording`. */
  | 'deleteRecording'
  /** It tells what happens by itself: `verifyWebhook`, `parseWebhook`. */
  | 'webhooks'

/** Goes with every call that leaves the process. */
export interface CallOptions {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** What a room is made for. */
export interface RoomPlan {
  readonly meetingId: MeetingId
  readonly host: Participant
  readonly title: string
  readonly description: string
  /** When it begins; of a series, the first time. */
  readonly startsAt: Date
  readonly durationMinutes: number
  /** Of IANA. */
  readonly timeZone: string
  /** How it is repeated, as an RRULE; null where it is not. */
  readonly recurrence: string | null
  readonly passcode: string | null
  /** Whether the host lets in one by one. */
  readonly lobby: boolean
}

/** Somebody of ours, as a provider is told of them. */
export interface Participant {
  readonly id: UserId
  /** To be shown to others. */
  readonly name: string
  /** Proven to be theirs; null where there is none. */
  readonly email: string | null
}

/** A room as the provider has it. */
export interface ProviderRoom {
  /** The provider's name for it. */
  readonly externalId: string
  /** Where everybody joins; null where each needs a link or ticket of their own. */
  readonly joinUrl: string | null
}

/** What a provider tells of a room that it has, whoever made it. What it does not tell is left out. */
export interface RoomFacts {
  readonly title?: string
  /** Who holds what takes place there. */
  readonly hostName?: string
  readonly hostEmail?: string
  readonly joinUrl?: string
  /** To be typed in where the address does not hold it. */
  readonly passcode?: string
}

/** Somebody in a session, as the provider sees them. */
export interface LiveParticipant {
  /** Names one stay of one person, or the person: who comes again may have the same. */
  readonly key: string
  /** As the provider shows it; it may be empty. */
  readonly name: string
  /** Of ours, where the provider knows. */
  readonly userId: UserId | null
  /** As the provider has it; null where it does not tell. */
  readonly email: string | null
  /** Null where the provider does not tell. */
  readonly joinedAt: Date | null
}

/** A session that runs: a room in which somebody is or may be. */
export interface LiveSession {
  readonly externalId: string
  /** Names one run of the room: the next one has another. */
  readonly sessionKey: string
  /** Null where the provider does not tell. */
  readonly startedAt: Date | null
  /** Null where the provider does not tell. */
  readonly participantCount: number | null
  /** Everybody who is in it; left out where it takes a call of its own. */
  readonly participants?: readonly LiveParticipant[]
  readonly room?: RoomFacts
  /**
   * Up to when it counts, by the provider's clock: when the request went out. What the provider told later by itself is newer.
   */
  readonly observedAt: Date
}

/** Whether a room is in use. */
export interface RoomStatus {
  readonly session: LiveSession | null
  readonly room: RoomFacts
  /** As that of a session. */
  readonly observedAt: Date
}

/** A file of a recording. */
export interface RecordingFile {
  /** The provider's name for it, the same at every asking. */
  readonly id: string
  readonly name: string
  /** Its media type: `video/mp4`. */
  readonly type: string
  /** Null where the provider does not tell. */
  readonly sizeBytes: number | null
  /** In hexadecimal; null where the provider does not tell. */
  readonly sha256: string | null
  readonly recordedAt: Date
  /** Null where the provider does not tell. */
  readonly durationSeconds: number | null
}

/** The bytes of a file. */
export interface FetchedFile {
  /** Where they begin: what was asked for, or 0 where the provider cannot go on in the middle. */
  readonly offset: number
  /** How many the whole file has; null where the provider does not tell. */
  readonly sizeBytes: number | null
  readonly body: AsyncIterable<Uint8Array>
}

/** What a provider sent by itself, as it came. */
export interface WebhookRequest {
  readonly body: Buffer
  /** In lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** With path and query, as the provider called it: some sign it. */
  readonly url: string
}

/** Whether the provider sent it: only then it is parsed. A challenge is answered with the body, and says nothing else. */
export type WebhookVerdict =
  | { readonly kind: 'verified' }
  | { readonly kind: 'challenge'; readonly body: string; readonly contentType: string }
  | { readonly kind: 'rejected'; readonly reason: string }

/** What happened at a provider, told by it. It may come late, twice, in another order, or not at all. */
export type ProviderEvent = {
  /** The same for one event however often it comes, another one for every other. */
  readonly key: string
  readonly externalId: string
  /** Null where the provider does not tell. */
  readonly sessionKey: string | null
  /** When it happened, by the provider's clock. */
  readonly at: Date
  readonly room?: RoomFacts
} & (
  | { readonly kind: 'session.started' | 'session.ended' | 'recording.ready' }
  /** The room was made or changed, or is no more. Such an event has no session. */
  | { readonly kind: 'room.changed' | 'room.gone' }
  | { readonly kind: 'participant.joined'; readonly participant: LiveParticipant }
  /** Who left: `joinedAt` of it is not looked at. */
  | { readonly kind: 'participant.left'; readonly participant: LiveParticipant }
)

/** Why a provider did not do what it was asked for. */
export type ProviderProblem =
  /** There is no such room, session, person or file (any more). */
  | { readonly kind: 'notFound' }
  /** It cannot be done as things are: a running meeting cannot be deleted. */
  | { readonly kind: 'conflict' }
  /** Our credentials do not count (any more). */
  | { readonly kind: 'unauthorized' }
  /** Our credentials do not allow it, or the plan lacks it. */
  | { readonly kind: 'forbidden' }
  /** Too many calls; not before this time. */
  | { readonly kind: 'rateLimited'; readonly retryAt: Date }
  /** All of something is used up, until this time. */
  | { readonly kind: 'quota'; readonly resetAt: Date }
  /** The provider cannot do this. */
  | { readonly kind: 'unsupported'; readonly capability: Capability }
  /** It was down, slow or cut off: another try may succeed, and the work may have been done. */
  | { readonly kind: 'transient' }
  /** The provider said something that it should not, or we did. */
  | { readonly kind: 'bug' }

/** What providers throw. The message is for hosts to read: one sentence, without secrets. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError'
  readonly problem: ProviderProblem

  constructor(problem: ProviderProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.problem = problem
  }
}

/**
 * Where meetings take place. A provider has the methods of its capabilities; they throw ProviderError and nothing else, and end
 * soon after their signal aborts. Whatever they do may be asked for twice.
 */
export interface MeetingProvider {
  /** What meetings name it by: `zoom`. */
  readonly id: string
  readonly capabilities: ReadonlySet<Capability>
  /** Makes a room, or finds the one that was made under the same key. */
  ensureRoom?(plan: RoomPlan, idempotencyKey: string, options: CallOptions): Promise<ProviderRoom>
  /** Changes a room to what the plan says now. */
  updateRoom?(externalId: string, plan: RoomPlan, options: CallOptions): Promise<ProviderRoom>
  /** Deletes a room, also while it is in use: whoever is there is sent out. */
  deleteRoom?(externalId: string, options: CallOptions): Promise<void>
  /** An address that lets one person in, for a short time. */
  joinLink?(externalId: string, who: JoinRequest, options: CallOptions): Promise<string>
  end?(externalId: string, options: CallOptions): Promise<'ended' | 'alreadyEnded'>
  /** All sessions that run. Only when it has come to its end, those that it did not name are known not to run. */
  snapshot?(options: CallOptions): AsyncIterable<LiveSession>
  /** How long to leave between two snapshots so that its limits are kept; every period unless given. */
  snapshotEveryMs?(): number
  /** The session that runs in a room, null for none; with what the provider tells of the room. */
  status?(externalId: string, options: CallOptions): Promise<RoomStatus>
  /** What its clock shows now, as far as its answers told: the one that it tells times by. Ours unless given. */
  now?(): Date
  /** Everybody who is in a room now. */
  participants?(externalId: string, options: CallOptions): Promise<readonly LiveParticipant[]>
  /** Sends somebody out; with `ban`, for the rest of the session at least. */
  kick?(externalId: string, participantKey: string, options: CallOptions & { readonly ban?: boolean }): Promise<void>
  lock?(externalId: string, locked: boolean, options: CallOptions): Promise<void>
  record?(externalId: string, what: 'start' | 'stop', options: CallOptions): Promise<void>
  /** The files that were recorded in a room and are complete, the oldest first. */
  recordings?(externalId: string, options: CallOptions): AsyncIterable<RecordingFile>
  /** The bytes of a file, from an offset on. */
  fetchRecording?(file: RecordingFile, options: CallOptions & { readonly offset: number }): Promise<FetchedFile>
  /** Deletes the provider's copy. */
  deleteRecording?(file: RecordingFile, options: CallOptions): Promise<void>
  verifyWebhook?(request: WebhookRequest, now: Date): WebhookVerdict
  /** What a verified request tells; nothing where it is about something else. */
  parseWebhook?(request: Pick<WebhookRequest, 'body' | 'headers'>): readonly ProviderEvent[]
}

/** Who is to be let in. */
export interface JoinRequest {
  readonly user: Participant
  readonly role: 'host' | 'guest'
  /** How long the address is to work, where the provider can limit that. */
  readonly ttlSeconds: number
}
