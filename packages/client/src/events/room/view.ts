import {
  type AntiphonError,
  isAntiphonError,
  type Mark,
  type Member,
  type Message,
  type Room,
  type RoomId,
  type StreamEvent,
  type UserId,
} from '../../generated/index.ts'
import { isPassing } from '../failures.ts'
import { Listeners } from '../listeners.ts'
import type {
  DraftMessage,
  MarkReadOptions,
  MessageReceipts,
  PendingMessage,
  RoomSnapshot,
  RoomView,
  RoomViewStatus,
} from '../types.ts'
import { Advancer } from './advancer.ts'
import { addPage, beginPage, endPage } from './fold.ts'
import { Follower } from './follower.ts'
import { loadPage } from './load.ts'
import type { RoomOptions } from './options.ts'
import type { Outbox } from './outbox.ts'
import { countUnread, newestOfOthers, receiptsOf } from './receipts.ts'
import { OwnTyping, Typing } from './typing.ts'

const olderPage = 50
const deliveredEveryMs = 1_000
const readEveryMs = 250
const nothing: RoomSnapshot = {
  ...{ status: 'loading', room: undefined, members: [], messages: [], receipts: new Map(), typing: [], pending: [] },
  ...{ readSeq: 0, unread: 0, lastSeq: 0, hasMore: false, error: undefined },
}
const empty = { ...nothing, marks: nothing.receipts, applied: 0, cursor: null }

export interface LiveRoomOptions extends RoomOptions {
  readonly outbox: Outbox
  /** What is unread is another number, and the stream does not say so. */
  readonly onReadAlone: () => void
  readonly onClose: () => void
}

/** A view of a room, with what its stream has to tell it. */
export class LiveRoom implements RoomView {
  readonly roomId: RoomId
  #snapshot: RoomSnapshot = nothing
  #older: Promise<void> | undefined
  readonly #typing = new Typing(() => this.#changed())
  readonly #follower: Follower
  readonly #delivered: Advancer
  readonly #read: Advancer
  readonly #readAlone: Advancer
  readonly #ownTyping: OwnTyping
  readonly #listeners: Listeners
  readonly #options: LiveRoomOptions
  readonly subscribe: RoomView['subscribe']

  constructor(options: LiveRoomOptions) {
    const { client, roomId, outbox, report } = options
    this.roomId = roomId
    this.#options = options
    this.#listeners = new Listeners(report)
    this.subscribe = this.#listeners.subscribe
    const { messages } = client
    const onFailure = (error: unknown) => isAntiphonError(error) && isPassing(error)
    const advancer = (everyMs: number, send: (seq: number) => Promise<unknown>) =>
      new Advancer({ send, everyMs, onFailure })
    this.#delivered = advancer(deliveredEveryMs, (seq) => messages.markDelivered({ roomId, seq }))
    this.#read = advancer(readEveryMs, (seq) => messages.markRead({ roomId, seq }))
    this.#readAlone = advancer(readEveryMs, async (seq) => {
      await messages.markRead({ roomId, seq, private: true })
      options.onReadAlone()
    })
    this.#ownTyping = new OwnTyping((typing) => void messages.typing.safe({ roomId, typing }).catch(report))
    this.#follower = new Follower({ ...options, report, onChange: () => this.#changed() })
    outbox.listen({ onChange: () => this.#changed(), onSent: (message) => this.#onSent(message) })
    this.#changed()
  }

  get status(): RoomViewStatus {
    return this.#snapshot.status
  }
  get room(): Room | undefined {
    return this.#snapshot.room
  }
  get members(): readonly Member[] {
    return this.#snapshot.members
  }
  get messages(): readonly Message[] {
    return this.#snapshot.messages
  }
  get receipts(): ReadonlyMap<UserId, Mark> {
    return this.#snapshot.receipts
  }
  get readSeq(): number {
    return this.#snapshot.readSeq
  }
  get unread(): number {
    return this.#snapshot.unread
  }
  get typing(): readonly UserId[] {
    return this.#snapshot.typing
  }
  get pending(): readonly PendingMessage[] {
    return this.#snapshot.pending
  }
  get lastSeq(): number {
    return this.#snapshot.lastSeq
  }
  get hasMore(): boolean {
    return this.#snapshot.hasMore
  }
  get error(): AntiphonError | undefined {
    return this.#snapshot.error
  }

  readonly snapshot = (): RoomSnapshot => this.#snapshot

  readonly loadMore = (): Promise<void> => {
    this.#older ??= this.#loadMore().finally(() => {
      this.#older = undefined
    })
    return this.#older
  }

  readonly verify = (): Promise<void> => this.#follower.verify()

  readonly send = (message: DraftMessage): PendingMessage => {
    this.#ownTyping.sent()
    return this.#options.outbox.send(message)
  }

  readonly retry = (clientId: string): void => this.#options.outbox.retry(clientId)

  readonly discard = (clientId: string): void => this.#options.outbox.discard(clientId)

  readonly markRead = (seq = this.messages.at(-1)?.seq ?? 0, { private: alone }: MarkReadOptions = {}): void => {
    const upTo = Math.min(seq, this.lastSeq)
    if (this.status === 'gone' || this.#follower.isClosed) return
    const mark = alone === true ? this.#readAlone : this.#read
    mark.advance(upTo)
    this.#changed()
  }

  readonly markTyping = (isTyping = true): void => {
    if (this.status !== 'gone' && !this.#follower.isClosed) this.#ownTyping.set(isTyping)
  }

  readonly receiptsOf = (seq: number): MessageReceipts => receiptsOf(this.#snapshot, seq)

  readonly close = (): void => this.end()

  /** What the stream tells of this room. */
  hear(event: StreamEvent): void {
    if (event.kind === 'room.range') {
      this.#follower.hear(event)
      for (const one of event.events) if (one.kind === 'message.sent') this.#typing.hear(one.actorId, false)
    } else if (event.kind === 'room.entered') this.#follower.connected(true, event.lastSeq)
    else if (event.kind === 'room.left') this.#follower.left()
    else if (event.kind === 'room.marks') this.#follower.hearMarks(event.marks)
    else if (event.kind === 'room.typing') this.#typing.hear(event.userId, event.typing)
  }

  /** Whether the stream tells what happens, and where the room is; null where the stream does not have the room. */
  connected(isConnected: boolean, position?: number | null): void {
    if (position === null) this.#follower.left()
    this.#follower.connected(isConnected, position ?? 0)
    if (isConnected) this.#options.outbox.wake()
  }

  reload(): void {
    this.#follower.reload()
  }

  /** Stops, for a reason where there is one. */
  end(error?: AntiphonError): void {
    if (this.#follower.isClosed) return
    this.#follower.close(error)
    this.#typing.close()
    this.#ownTyping.sent()
    for (const mark of [this.#delivered, this.#read, this.#readAlone]) {
      if (error === undefined && this.status !== 'gone') mark.finish()
      else mark.cancel()
    }
    this.#changed()
    this.#options.outbox.listen(undefined)
    this.#options.onClose()
  }

  async #loadMore(): Promise<void> {
    const { client, roomId } = this.#options
    const follower = this.#follower
    const oldest = this.messages[0]?.seq
    // Again where everything was loaded anew meanwhile and the page does not fit any more, and where it brought what is here.
    for (let isAwaited = true; isAwaited; ) {
      const cursor = follower.fold?.cursor ?? null
      if (cursor === null || follower.isClosed) return
      follower.change(beginPage)
      const page = await loadPage(client, roomId, { cursor, limit: olderPage }).catch((error: unknown) => {
        follower.change(endPage)
        throw error
      })
      isAwaited = follower.fold?.below === undefined
      follower.change((known) => addPage(known, page))
      isAwaited ||= follower.fold?.messages[0]?.seq === oldest
    }
  }

  #onSent(message: Message): void {
    const { roomId, seq, sentAt: at, senderId: actorId } = message
    const event = { kind: 'message.sent', seq, at, actorId, message } as const
    this.#follower.hear({ roomId, from: seq - 1, to: seq, lastSeq: seq, events: [event] })
    this.#changed()
  }

  /** Makes the next snapshot, and tells of it where anything is different. */
  #changed(): void {
    const { fold, status, error, viewerId } = this.#follower
    const { outbox } = this.#options
    if (fold !== undefined) outbox.settle(fold)
    const { room, members, messages, marks, applied, cursor } = fold ?? empty
    const readSeq = this.#ownReadSeq()
    const next: RoomSnapshot = {
      ...{ status, room, members, messages, receipts: marks, error, typing: this.#typing.userIds },
      ...{ pending: outbox.pending, lastSeq: applied, hasMore: cursor !== null },
      ...{ readSeq, unread: countUnread({ messages, members }, readSeq, viewerId) },
    }
    if (Object.entries(next).every(([name, value]) => value === Reflect.get(this.#snapshot, name))) return
    this.#snapshot = next
    this.#tellDelivered()
    this.#listeners.tell()
  }

  #ownReadSeq(): number {
    const { fold, viewerId } = this.#follower
    const told = (viewerId && fold?.marks.get(viewerId)?.readSeq) ?? 0
    return Math.max(told, this.#read.wanted, this.#readAlone.wanted)
  }

  #tellDelivered(): void {
    const { viewerId, status, fold } = this.#follower
    if (status === 'gone') this.#delivered.cancel()
    if (fold === undefined || status === 'gone') return
    const own = viewerId && fold.marks.get(viewerId)
    if (own !== undefined) this.#delivered.has(own.deliveredSeq)
    const newest = newestOfOthers(fold.messages, viewerId)
    if (newest !== undefined) this.#delivered.advance(newest.seq)
  }
}
