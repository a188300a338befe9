import type { AntiphonClient, EventStreamStatus, RoomId, StreamEvent, UserId } from '../generated/index.ts'
import { throwLater } from '../generated/runtime/errors.ts'
import { LivePresences } from './presences.ts'
import { findViewer } from './room/load.ts'
import type { RoomOptions } from './room/options.ts'
import { Outbox } from './room/outbox.ts'
import { LiveRoom } from './room/view.ts'
import { LiveRoomList } from './roomList.ts'
import { Timers } from './timers.ts'
import type { Events, EventsOptions, PresenceView, RoomList, RoomView } from './types.ts'

/** A stream that is open begins with where the rooms are; after this time it is taken for lost on the way. */
const welcomeMs = 2_000

/** Opens the stream of a client. */
export function openEvents(client: AntiphonClient, options: EventsOptions = {}): Events {
  return new LiveEvents(client, options)
}

class LiveEvents implements Events {
  readonly on: Events['on']
  readonly onAny: Events['onAny']
  readonly onStatus: Events['onStatus']
  #isWelcome = false
  #viewer: Promise<UserId | undefined> | undefined
  /** The rooms of the welcomes so far. */
  #listed = new Set<RoomId>()
  readonly #sight: RoomOptions['sight'] = { last: undefined }
  readonly #positions = new Map<RoomId, number>()
  readonly #rooms = new Map<RoomId, LiveRoom>()
  readonly #outboxes = new Map<RoomId, Outbox>()
  #list: LiveRoomList | undefined
  readonly #presences = new Set<LivePresences>()
  readonly #timers = new Timers()
  readonly #stream
  readonly #client: AntiphonClient
  readonly #report: (error: unknown) => void

  constructor(client: AntiphonClient, { onError }: EventsOptions) {
    this.#client = client
    this.#report = onError ?? throwLater
    // A server that shuts down in order ends its streams in order, too.
    this.#stream = client.events.subscribe({}, { endless: true, onError })
    this.#stream.onAny((event) => this.#hear(event))
    this.#stream.onStatus((status) => this.#follow(status))
    this.#follow(this.#stream.status)
    this.on = (kind: StreamEvent['kind'], handler: (event: never) => void) =>
      this.#stream.onAny((event) => event.kind === kind && handler(event as never))
    this.onAny = (handler) => this.#stream.onAny(handler)
    this.onStatus = (handler) => this.#stream.onStatus(handler)
  }

  get status(): EventStreamStatus {
    return this.#stream.status
  }

  get positions(): ReadonlyMap<RoomId, number> {
    return this.#positions
  }

  room(id: RoomId): RoomView {
    const open = this.#rooms.get(id)
    if (open !== undefined) return open
    const outbox = this.#outboxes.get(id) ?? new Outbox(this.#client, id, this.#report)
    this.#outboxes.set(id, outbox)
    const room = new LiveRoom({
      ...{ client: this.#client, roomId: id, outbox, report: this.#report },
      viewer: () => this.#findViewer(),
      sight: this.#sight,
      position: () => this.#positions.get(id),
      isConnected: this.#isWelcome,
      onReadAlone: () => this.#list?.count(id),
      onClose: () => {
        this.#rooms.delete(id)
        if (outbox.pending.length === 0) this.#outboxes.delete(id)
      },
    })
    this.#rooms.set(id, room)
    if (this.status.state === 'closed') this.#follow(this.status)
    return room
  }

  rooms(): RoomList {
    if (this.#list !== undefined) return this.#list
    const list = new LiveRoomList({
      ...{ client: this.#client, report: this.#report, viewer: () => this.#findViewer() },
      isConnected: this.#isWelcome,
      onClose: () => {
        this.#list = undefined
      },
    })
    this.#list = list
    if (this.status.state === 'closed') this.#follow(this.status)
    return list
  }

  presence(userIds: readonly UserId[]): PresenceView {
    const view = new LivePresences({
      ...{ client: this.#client, report: this.#report, userIds: [...new Set(userIds)] },
      onClose: () => this.#presences.delete(view),
    })
    this.#presences.add(view)
    if (this.status.state === 'closed') view.close()
    return view
  }

  close(): void {
    this.#stream.close()
  }

  #follow(status: EventStreamStatus): void {
    this.#isWelcome = false
    this.#listed.clear()
    this.#timers.stopAll()
    if (status.state === 'open') this.#timers.start('welcome', welcomeMs, () => this.#welcome())
    const error = 'error' in status ? status.error : undefined
    for (const room of this.#rooms.values()) {
      if (status.state === 'closed') room.end(error)
      else room.connected(false)
    }
    if (status.state === 'closed') {
      this.#list?.end(error)
      for (const view of this.#presences) view.close()
    } else this.#list?.connected(false)
  }

  #hear(event: StreamEvent): void {
    this.#list?.hear(event)
    for (const view of this.#presences) view.hear(event)
    if (event.kind === 'welcome') {
      for (const { roomId, lastSeq } of event.rooms) this.#positions.set(roomId, lastSeq)
      for (const { roomId } of event.rooms) this.#listed.add(roomId)
      if (event.more) return
      this.#welcome(this.#listed)
      this.#listed.clear()
    } else if (event.kind === 'resync') {
      this.#positions.clear()
      this.#sight.last = undefined
      for (const room of this.#rooms.values()) room.reload()
    } else if ('roomId' in event) {
      this.#position(event)
      this.#rooms.get(event.roomId)?.hear(event)
    }
  }

  /** From here on the stream tells everything. */
  #welcome(listed?: ReadonlySet<RoomId>): void {
    this.#timers.stop('welcome')
    this.#isWelcome = true
    for (const [id, room] of this.#rooms) {
      room.connected(true, listed?.has(id) === false ? null : this.#positions.get(id))
    }
    this.#list?.connected(true)
    for (const view of this.#presences) view.askAll()
  }

  #position(event: StreamEvent & { readonly roomId: RoomId }): void {
    if (event.kind === 'room.left') this.#positions.delete(event.roomId)
    else if ('lastSeq' in event) {
      this.#positions.set(event.roomId, Math.max(this.#positions.get(event.roomId) ?? 0, event.lastSeq))
    }
  }

  /** Asked once, and again where it could not be told. */
  #findViewer(): Promise<UserId | undefined> {
    this.#viewer ??= findViewer(this.#client).catch((error: unknown) => {
      this.#viewer = undefined
      throw error
    })
    return this.#viewer
  }
}
