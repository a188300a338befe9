import type {
  AntiphonError,
  EventStreamStatus,
  EventsSubscribeStream,
  Mark,
  Member,
  Message,
  NewAttachment,
  Presence,
  Room,
  RoomId,
  UserId,
} from '../generated/index.ts'

/**
 * `loading`: nothing to show yet. `live`: complete, and it follows what happens. `behind`: complete up to `lastSeq`; what came
 * after is being fetched, or the stream is not open. `gone`: you are not in the room; what was seen stays.
 */
export type RoomViewStatus = 'loading' | 'live' | 'behind' | 'gone'

/** A message of yours that is not in the room yet, as far as the view knows. */
export interface PendingMessage {
  /** Kept over retries, so that the room gets the message once. */
  readonly clientId: string
  /** Empty where it has attachments alone. */
  readonly body: string
  readonly attachments: readonly NewAttachment[]
  readonly replyTo: number | undefined
  readonly createdAt: Date
  readonly state: 'sending' | 'failed'
  /** Why it failed; while it is being sent, why it was not taken so far. */
  readonly error: AntiphonError | undefined
}

/** A room as a view shows it, at one moment. It never changes; what changed is in the next one. */
export interface RoomSnapshot {
  readonly status: RoomViewStatus
  /** Undefined until it was loaded, and where the room is none of yours any more. */
  readonly room: Room | undefined
  /** Who is in the room, in the order of the user ids. */
  readonly members: readonly Member[]
  /** In order, without a gap from the oldest one on; deleted ones are there with `deletedAt` and no text. */
  readonly messages: readonly Message[]
  /** How far the members have got. Who is not in here has got nowhere. For one message there is `receiptsOf`. */
  readonly receipts: ReadonlyMap<UserId, Mark>
  /** Up to this number you have read, as far as the view knows; a call of `markRead` counts at once. */
  readonly readSeq: number
  /**
   * How many of the messages are by others, came after you did, and are unread. Where `hasMore` there may be more of them:
   * `messages.unread` counts all.
   */
  readonly unread: number
  /** Who is writing, except yourself. */
  readonly typing: readonly UserId[]
  /** What you sent and the room does not have yet, in the order of sending. */
  readonly pending: readonly PendingMessage[]
  /** Everything up to this number of the room is in here. */
  readonly lastSeq: number
  /** Whether there are older messages; `loadMore` fetches them. */
  readonly hasMore: boolean
  /** What keeps the view from being up to date; it tries again by itself unless that is useless. */
  readonly error: AntiphonError | undefined
}

/** Whom a message has reached, of the members but its sender. */
export interface MessageReceipts {
  /** Those who have got it, also those who have read it. */
  readonly deliveredTo: readonly UserId[]
  readonly readBy: readonly UserId[]
  /** Those who have not got it yet. */
  readonly waitingFor: readonly UserId[]
}

/** What `send` of a view takes. */
export interface DraftMessage {
  /** 1 to 4,000 characters; with attachments it may be left out. */
  readonly body?: string | undefined
  /** Pictures and other files, up to 10: uploaded by `uploads.upload`, or on the web. */
  readonly attachments?: readonly NewAttachment[] | undefined
  /** The number of the message that it answers. */
  readonly replyTo?: number | undefined
}

/** What `markRead` of a view takes besides the number. */
export interface MarkReadOptions {
  /** Not to be seen by others: for what counts as unread to you alone. */
  readonly private?: boolean | undefined
}

/** A room that you are in: ordered, complete and up to date by itself. Its functions can be passed on as they are. */
export interface RoomView extends RoomSnapshot {
  readonly roomId: RoomId
  /** The state as one value; the same one as long as nothing changed. */
  readonly snapshot: () => RoomSnapshot
  /** Calls the listener after every change, until the function that it gives is called. */
  readonly subscribe: (listener: () => void) => () => void
  /** Fetches older messages, a page at a time. */
  readonly loadMore: () => Promise<void>
  /** Asks the server whether anything is missing, and resolves when nothing is. The view does that itself now and then. */
  readonly verify: () => Promise<void>
  /** Sends a message, which is in `pending` until the room has it. Messages are sent in the order of the calls. */
  readonly send: (message: DraftMessage) => PendingMessage
  /** Sends again what has failed, or waits for another try. However often that is, the room gets the message once. */
  readonly retry: (clientId: string) => void
  /** Takes a message out of `pending`. One that is on its way may still arrive. */
  readonly discard: (clientId: string) => void
  /**
   * Says that you have read up to a number; left out, all messages that are shown. Steps in between are left out. Call it when
   * messages are seen; that they were delivered the view says by itself.
   */
  readonly markRead: (seq?: number, options?: MarkReadOptions) => void
  /**
   * Says that you are writing, or with `false` that you have stopped. Call it at every keystroke: it is told now and then. Sending
   * and silence end it.
   */
  readonly markTyping: (isTyping?: boolean) => void
  /** Whom one of the messages has reached, as far as is known. `messages.receipts` has the times. */
  readonly receiptsOf: (seq: number) => MessageReceipts
  /** Stops following. What the view shows stays as it is; messages on their way are still sent. */
  readonly close: () => void
}

/** One of your rooms, with what is unread there. */
export interface ListedRoom extends Room {
  /** Messages of others that you have not read; 1,000 means so many or more. */
  readonly unread: number
  /** How many of these mention you. */
  readonly mentions: number
}

/** Your rooms as a list shows them, at one moment. It never changes; what changed is in the next one. */
export interface RoomListSnapshot {
  /** `loading`: nothing to show yet. `live`: it follows what happens. `behind`: the stream is not open. */
  readonly status: 'loading' | 'live' | 'behind'
  /** The most recently active first; up to 1,000. */
  readonly rooms: readonly ListedRoom[]
  /** What keeps the list from being up to date; it tries again by itself unless that is useless. */
  readonly error: AntiphonError | undefined
}

/** Your rooms, up to date by itself. Its functions can be passed on as they are. */
export interface RoomList extends RoomListSnapshot {
  /** The state as one value; the same one as long as nothing changed. */
  readonly snapshot: () => RoomListSnapshot
  /** Calls the listener after every change, until the function that it gives is called. */
  readonly subscribe: (listener: () => void) => () => void
  /** Looks at everything anew, and resolves when that is done. */
  readonly verify: () => Promise<void>
  /** Stops following. What the list shows stays as it is. */
  readonly close: () => void
}

/** Who is there, of some people, up to date by itself. Its functions can be passed on as they are. */
export interface PresenceView {
  /** By their ids. Who is not in here does not show it to you, or is not known yet. */
  readonly people: ReadonlyMap<UserId, Presence>
  /** The same as one value; the same one as long as nothing changed. */
  readonly snapshot: () => ReadonlyMap<UserId, Presence>
  /** Calls the listener after every change, until the function that it gives is called. */
  readonly subscribe: (listener: () => void) => () => void
  /** Stops following. What the view shows stays as it is. */
  readonly close: () => void
}

/** What can be said when the stream of a client is opened. */
export interface EventsOptions {
  /** Told of what handlers and listeners throw. Without it that is reported as uncaught. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** The one stream of a client, and the views that live on it. It resumes by itself. */
export interface Events {
  readonly status: EventStreamStatus
  /** Where your rooms are, as far as the stream told: the newest number of each. */
  readonly positions: ReadonlyMap<RoomId, number>
  /** The view of a room: the same one until it is closed. */
  room(id: RoomId): RoomView
  /** Your rooms with what is unread in each: the same list until it is closed. */
  rooms(): RoomList
  /** Who of these people is there: friends, people of your rooms, yourself. A view of its own with each call; close it. */
  presence(userIds: readonly UserId[]): PresenceView
  /** Hears events of a kind. The function that it gives ends that. */
  readonly on: EventsSubscribeStream['on']
  /** Hears every event, also of kinds that came after this SDK. The function that it gives ends that. */
  readonly onAny: EventsSubscribeStream['onAny']
  /** Hears of every change of the status. The function that it gives ends that. */
  readonly onStatus: EventsSubscribeStream['onStatus']
  /** Ends the stream, and closes its views. */
  close(): void
}
