import {
  type AntiphonClient,
  type AntiphonError,
  isAntiphonError,
  type Room,
  type RoomId,
  type StreamEvent,
  type UserId,
} from '../generated/index.ts'
import { closed, isPassing } from './failures.ts'
import { Listeners } from './listeners.ts'
import { Timers } from './timers.ts'
import type { ListedRoom, RoomList, RoomListSnapshot } from './types.ts'
import { Worker } from './worker.ts'

/** Rooms beyond these are not listed: those that were active the longest ago. */
const maxRooms = 1_000
const page = 200
/** How many rooms are looked at in one go. */
const atOnce = 20
/** What happens within this time is counted as one. */
const countAfterMs = 300
/** After so long without news everything is looked at anew: the last of them may have been lost. */
const quietMs = 300_000

export interface LiveRoomListOptions {
  readonly client: AntiphonClient
  readonly viewer: () => Promise<UserId | undefined>
  readonly report: (error: unknown) => void
  readonly isConnected: boolean
  readonly onClose: () => void
}

interface Unread {
  readonly count: number
  readonly mentions: number
}

/** The rooms of the viewer. What is unread is counted by the server, anew when something happened that may change it. */
export class LiveRoomList implements RoomList {
  #snapshot: RoomListSnapshot = { status: 'loading', rooms: [], error: undefined }
  #viewerId: UserId | undefined
  #rooms: ReadonlyMap<RoomId, Room> | undefined
  #unread: ReadonlyMap<RoomId, Unread> = new Map()
  #error: AntiphonError | undefined
  #wantsAll = true
  #isLoading = false
  #stale = new Set<RoomId>()
  #uncounted = new Set<RoomId>()
  #isConnected: boolean
  #isClosed = false
  readonly #timers = new Timers()
  readonly #worker: Worker
  readonly #listeners: Listeners
  readonly #options: LiveRoomListOptions
  readonly subscribe: RoomList['subscribe']

  constructor(options: LiveRoomListOptions) {
    this.#options = options
    this.#isConnected = options.isConnected
    this.#listeners = new Listeners(options.report)
    this.subscribe = this.#listeners.subscribe
    this.#worker = new Worker({ next: () => this.#next(), onFailure: (error) => this.#onFailure(error) })
    this.#look()
  }

  get status(): RoomListSnapshot['status'] {
    return this.#snapshot.status
  }
  get rooms(): readonly ListedRoom[] {
    return this.#snapshot.rooms
  }
  get error(): AntiphonError | undefined {
    return this.#snapshot.error
  }

  readonly snapshot = (): RoomListSnapshot => this.#snapshot

  readonly verify = (): Promise<void> => {
    if (this.#isClosed) return Promise.reject(closed())
    const done = this.#worker.whenIdle()
    this.#look()
    return done
  }

  readonly close = (): void => this.end()

  hear(event: StreamEvent): void {
    this.#timers.restart('quiet', quietMs, () => this.#look())
    // What is being loaded may be from before this.
    const isNew = this.#isLoading && /^room\.(range|left)$/.test(event.kind)
    if (event.kind === 'resync') this.#look()
    else if (event.kind === 'room.entered' || (isNew && 'roomId' in event)) this.#lookAt(event.roomId)
    else if (event.kind === 'room.left') this.#change(event.roomId, undefined)
    else if (event.kind === 'room.marks' && event.marks.some(({ userId }) => userId === this.#viewerId)) {
      this.count(event.roomId)
    } else if (event.kind === 'room.range') {
      const { roomId, to, events } = event
      const room = this.#rooms?.get(roomId)
      const at = events.filter(({ kind }) => kind !== 'room.purged').at(-1)?.at ?? room?.lastEventAt
      const isChanged = room === undefined || events.some(({ kind }) => !kind.startsWith('message.'))
      // Rooms that are not listed go on without a word: those with somebody who is blocked.
      if (isChanged && events.length > 0) this.#lookAt(roomId)
      else if (room !== undefined && at !== undefined && to > room.lastSeq)
        this.#change(roomId, { ...room, lastSeq: to, lastEventAt: at })
      this.count(roomId)
    }
  }

  connected(isConnected: boolean): void {
    this.#isConnected = isConnected
    if (isConnected) this.#look()
    this.#changed()
  }

  /** What is unread in a room may be another number. */
  count(roomId: RoomId): void {
    if (this.#isClosed) return
    this.#uncounted.add(roomId)
    this.#timers.start('count', countAfterMs, () => this.#worker.run())
  }

  end(error?: AntiphonError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#error = error
    this.#timers.stopAll()
    this.#worker.fail(error ?? closed())
    this.#worker.hurry()
    this.#changed()
    this.#options.onClose()
  }

  #look(): void {
    if (this.#isClosed) return
    this.#wantsAll = true
    this.#timers.restart('quiet', quietMs, () => this.#look())
    this.#worker.hurry()
  }

  #lookAt(roomId: RoomId): void {
    this.#stale.add(roomId)
    this.count(roomId)
  }

  #next(): (() => Promise<void>) | undefined {
    if (this.#isClosed) return undefined
    if (this.#wantsAll) return () => this.#loadAll()
    if (this.#stale.size > 0) return () => this.#loadSome([...this.#stale].slice(0, atOnce))
    return this.#uncounted.size > 0 ? () => this.#countSome([...this.#uncounted].slice(0, page)) : undefined
  }

  async #loadAll(): Promise<void> {
    const { client, viewer } = this.#options
    this.#wantsAll = false
    this.#isLoading = true
    const [stale, uncounted] = [this.#stale, this.#uncounted]
    this.#stale = new Set()
    this.#uncounted = new Set()
    try {
      const [rooms, unread, viewerId] = await Promise.all([loadRooms(client), client.messages.unread(), viewer()])
      this.#viewerId = viewerId
      this.#rooms = rooms
      this.#unread = new Map(unread.map(({ roomId, ...counts }) => [roomId, counts]))
      this.#error = undefined
      this.#changed()
    } catch (error) {
      this.#wantsAll = true
      for (const roomId of stale) this.#stale.add(roomId)
      for (const roomId of uncounted) this.#uncounted.add(roomId)
      throw error
    } finally {
      this.#isLoading = false
    }
  }

  async #loadSome(roomIds: readonly RoomId[]): Promise<void> {
    const { rooms } = this.#options.client.messages
    for (const id of roomIds) this.#stale.delete(id)
    const found = await Promise.all(roomIds.map((roomId) => rooms.get.safe({ roomId })))
    for (const [at, roomId] of roomIds.entries()) {
      const answer = found[at]
      // Whether a direct room is listed is for the list to say: those with somebody who is blocked are not.
      if (answer?.ok === true && answer.data.kind === 'direct' && this.#rooms?.has(roomId) !== true)
        this.#wantsAll = true
      else if (answer?.ok === true) this.#change(roomId, answer.data.role === null ? undefined : answer.data)
      else if (answer?.error.code === 'NOT_FOUND') this.#change(roomId, undefined)
      else if (answer !== undefined) {
        this.#wantsAll = true
        throw answer.error
      }
    }
  }

  async #countSome(roomIds: readonly RoomId[]): Promise<void> {
    for (const id of roomIds) this.#uncounted.delete(id)
    const mine = roomIds.filter((id) => this.#rooms?.has(id))
    if (mine.length === 0) return
    const counted = await this.#options.client.messages.unread.safe({ roomIds: mine })
    if (!counted.ok) {
      this.#wantsAll = true
      // One of the rooms may be none of theirs any more.
      if (counted.error.code === 'NOT_FOUND') return
      throw counted.error
    }
    const unread = new Map([...this.#unread].filter(([id]) => !mine.includes(id)))
    for (const { roomId, ...counts } of counted.data) unread.set(roomId, counts)
    this.#unread = unread
    this.#changed()
  }

  #onFailure(error: unknown): boolean {
    if (this.#isClosed) return false
    this.#worker.fail(error)
    if (!isAntiphonError(error)) {
      this.#options.report(error)
      return false
    }
    this.#error = error
    this.#changed()
    return isPassing(error)
  }

  #change(roomId: RoomId, room: Room | undefined): void {
    if (this.#rooms === undefined) return
    const others = [...this.#rooms].filter(([id]) => id !== roomId)
    this.#rooms = new Map(room === undefined ? others : [...others, [roomId, room]])
    this.#changed()
  }

  /** Makes the next snapshot, and tells of it where anything is different. */
  #changed(): void {
    const isLive = this.#isConnected && !this.#isClosed
    const { status, rooms, error } = this.#snapshot
    const next: RoomListSnapshot = {
      status: this.#rooms === undefined ? 'loading' : isLive ? 'live' : 'behind',
      rooms: listed(rooms, this.#rooms, this.#unread),
      error: this.#error,
    }
    if (next.status === status && next.rooms === rooms && next.error === error) return
    this.#snapshot = next
    this.#listeners.tell()
  }
}

async function loadRooms({ messages }: AntiphonClient): Promise<Map<RoomId, Room>> {
  const rooms = new Map<RoomId, Room>()
  for await (const room of messages.rooms.list.all({ limit: page })) {
    rooms.set(room.id, room)
    if (rooms.size === maxRooms) break
  }
  return rooms
}

/** The rooms in order; what is as before is the same. */
function listed(
  before: readonly ListedRoom[],
  rooms: ReadonlyMap<RoomId, Room> = new Map(),
  unread: ReadonlyMap<RoomId, Unread>,
): readonly ListedRoom[] {
  const known = new Map(before.map((room) => [room.id, room]))
  const next = [...rooms.values()]
    .map((room) => {
      const { count = 0, mentions = 0 } = unread.get(room.id) ?? {}
      const one = { ...room, unread: count, mentions }
      const same = known.get(room.id)
      return same !== undefined && isSame(same, one) ? same : one
    })
    .sort((a, b) => b.lastEventAt.getTime() - a.lastEventAt.getTime() || (a.id < b.id ? 1 : -1))
  return next.length === before.length && next.every((room, at) => room === before[at]) ? before : next
}

function isSame(one: ListedRoom, other: ListedRoom): boolean {
  return Object.entries(one).every(([name, value]) => {
    const counterpart: unknown = Reflect.get(other, name)
    return value instanceof Date && counterpart instanceof Date
      ? value.getTime() === counterpart.getTime()
      : value === counterpart
  })
}
