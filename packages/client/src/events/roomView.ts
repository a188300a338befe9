import {
  type AntiphonClient,
  type AntiphonError,
  isAntiphonError,
  type Mark,
  type Member,
  type Message,
  type Room,
  type RoomId,
  type StreamEvent,
  type UserId,
} from '../generated/index.ts'
import { Advancer } from './advancer.ts'
import { addPage, beginPage, endPage } from './fold.ts'
import { Follower } from './follower.ts'
import { loadPage } from './load.ts'
import type { Outbox } from './outbox.ts'
import type { DraftMessage, PendingMessage, RoomSnapshot, RoomView, RoomViewStatus } from './types.ts'
import { Typing } from './typing.ts'
import { isPassing } from './worker.ts'

const olderPage = 50
const deliveredEveryMs = 1_000
const readEveryMs = 250
const nothing: RoomSnapshot = {
  ...{ status: 'loading', room: undefined, members: [], messages: [], marks: new Map(), typing: [], pending: [] },
  ...{ lastSeq: 0, hasMore: false, error: undefined },
}

export interface LiveRoomOptions {
  readonly client: AntiphonClient
  readonly roomId: RoomId
  readonly outbox: Outbox
  readonly viewer: () => Promise<UserId | undefined>
  readonly position: () => number | undefined
  readonly report: (error: unknown) => void
  readonly isConnected: boolean
  readonly onClose: () => void
}

/** A view of a room, with what its stream has to tell it. */
export class LiveRoom implements RoomView {
  readonly roomId: RoomId
  #snapshot: RoomSnapshot = nothing
  #listeners: readonly (() => void)[] = []
  #older: Promise<void> | undefined
  readonly #typing = new Typing(() => this.#changed())
  readonly #follower: Follower
  readonly #delivered: Advancer
  readonly #read: Advancer
  readonly #options: LiveRoomOptions

  constructor(options: LiveRoomOptions) {
    const { client, roomId, outbox, report } = options
    this.roomId = roomId
    this.#options = options
    const onFailure = (error: unknown) => isAntiphonError(error) && isPassing(error)
    this.#delivered = new Advancer({
      send: (seq) => client.messages.markDelivered({ roomId, seq }),
      ...{ everyMs: deliveredEveryMs, onFailure },
    })
    this.#read = new Advancer({
      send: (seq) => client.messages.markRead({ roomId, seq }),
      ...{ everyMs: readEveryMs, onFailure },
    })
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
  get marks(): ReadonlyMap<UserId, Mark> {
    return this.#snapshot.marks
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

  readonly subscribe = (listener: () => void): (() => void) => {
    const entry = () => listener()
    this.#listeners = [...this.#listeners, entry]
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== entry)
    }
  }

  readonly loadMore = (): Promise<void> => {
    this.#older ??= this.#loadMore().finally(() => {
      this.#older = undefined
    })
    return this.#older
  }

  readonly verify = (): Promise<void> => this.#follower.verify()

  readonly send = (message: DraftMessage): PendingMessage => this.#options.outbox.send(message)

  readonly retry = (clientId: string): void => this.#options.outbox.retry(clientId)

  readonly discard = (clientId: string): void => this.#options.outbox.discard(clientId)

  readonly markRead = (seq = this.messages.at(-1)?.seq ?? 0): void => {
    if (this.status !== 'gone') this.#read.advance(Math.min(seq, this.lastSeq))
  }

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
  }

  reload(): void {
    this.#follower.reload()
  }

  /** Stops, for a reason where there is one. */
  end(error?: AntiphonError): void {
    if (this.#follower.isClosed) return
    this.#follower.close(error)
    this.#typing.close()
    this.#delivered.cancel()
    this.#read.cancel()
    this.#changed()
    this.#options.outbox.listen(undefined)
    this.#options.onClose()
  }

  async #loadMore(): Promise<void> {
    const { client, roomId } = this.#options
    const follower = this.#follower
    // Again where everything was loaded anew meanwhile, and the page does not fit any more.
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
    const { fold, status, error } = this.#follower
    const { outbox, report } = this.#options
    if (fold !== undefined) outbox.settle(fold)
    const { room, members, messages, marks, applied, cursor } = fold ?? { ...nothing, applied: 0, cursor: null }
    const next: RoomSnapshot = {
      ...{ status, room, members, messages, marks, error, typing: this.#typing.userIds, pending: outbox.pending },
      ...{ lastSeq: applied, hasMore: cursor !== null },
    }
    if (Object.entries(next).every(([name, value]) => value === Reflect.get(this.#snapshot, name))) return
    this.#snapshot = next
    this.#tellDelivered()
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch (error) {
        report(error)
      }
    }
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

function newestOfOthers(messages: readonly Message[], viewerId: UserId | undefined): Message | undefined {
  for (let at = messages.length - 1; at >= 0; at--) {
    const message = messages[at]
    // The key of a message is told to its sender alone.
    const isOwn = viewerId === undefined ? message?.clientId !== null : message?.senderId === viewerId
    if (!isOwn) return message
  }
  return undefined
}
