import { ApiError } from '../errors.ts'
import type { RoomId, UserId } from '../ids.ts'
import type { Interval } from '../messages/visible/store.ts'
import type { Connection } from './connection.ts'

const maxPerUser = 20
const maxPerAddress = 500
/** How often a user opens one within a minute, here: each looks at all rooms of the user. */
const maxOpenings = 60

/** The open streams of this instance, by user and by room. */
export class Listeners {
  readonly #byUser = new Map<UserId, Set<Connection>>()
  readonly #byRoom = new Map<RoomId, Set<Connection>>()
  readonly #perAddress = new Map<string, number>()
  /** Of this minute. */
  #openings = new Map<UserId, number>()
  #minute = 0

  /** @throws RATE_LIMITED where the user or the address has too many */
  admit(connection: Connection): void {
    const { userId, address } = connection
    const own = this.#byUser.get(userId) ?? new Set()
    const near = address === null ? 0 : (this.#perAddress.get(address) ?? 0)
    if (own.size >= maxPerUser || near >= maxPerAddress) {
      throw new ApiError('RATE_LIMITED', { message: 'There are too many streams open.', retryAfterMs: 5_000 })
    }
    this.#countOpening(userId)
    this.#byUser.set(userId, own.add(connection))
    if (address !== null) this.#perAddress.set(address, near + 1)
  }

  #countOpening(userId: UserId): void {
    const minute = Math.floor(Date.now() / 60_000)
    if (minute !== this.#minute) this.#openings = new Map()
    this.#minute = minute
    const openings = (this.#openings.get(userId) ?? 0) + 1
    if (openings > maxOpenings) {
      const retryAfterMs = 60_000 - (Date.now() % 60_000)
      throw new ApiError('RATE_LIMITED', { message: 'Streams were opened too often.', retryAfterMs })
    }
    this.#openings.set(userId, openings)
  }

  dismiss(connection: Connection): void {
    const { userId, address } = connection
    const own = this.#byUser.get(userId)
    own?.delete(connection)
    if (own?.size === 0) this.#byUser.delete(userId)
    for (const roomId of connection.rooms.keys()) this.leave(connection, roomId)
    if (address === null) return
    const left = (this.#perAddress.get(address) ?? 1) - 1
    if (left === 0) this.#perAddress.delete(address)
    else this.#perAddress.set(address, left)
  }

  enter(connection: Connection, roomId: RoomId, intervals: readonly Interval[]): void {
    connection.rooms.set(roomId, intervals)
    const inRoom = this.#byRoom.get(roomId) ?? new Set()
    this.#byRoom.set(roomId, inRoom.add(connection))
  }

  leave(connection: Connection, roomId: RoomId): void {
    connection.rooms.delete(roomId)
    const inRoom = this.#byRoom.get(roomId)
    inRoom?.delete(connection)
    if (inRoom?.size === 0) this.#byRoom.delete(roomId)
  }

  has(connection: Connection): boolean {
    return this.#byUser.get(connection.userId)?.has(connection) === true
  }

  ofUser(userId: UserId): readonly Connection[] {
    return [...(this.#byUser.get(userId) ?? [])]
  }

  inRoom(roomId: RoomId): readonly Connection[] {
    return [...(this.#byRoom.get(roomId) ?? [])]
  }

  isHeard(roomId: RoomId): boolean {
    return this.#byRoom.has(roomId)
  }

  get userIds(): readonly UserId[] {
    return [...this.#byUser.keys()]
  }

  get all(): readonly Connection[] {
    return [...this.#byUser.values()].flatMap((own) => [...own])
  }
}
