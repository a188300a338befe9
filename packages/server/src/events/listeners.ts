import { ApiError } from '../errors.ts'
import type { RoomId, UserId } from '../ids.ts'
import type { Interval } from '../messages/visible/store.ts'
import type { Connection } from './connection.ts'

const maxPerUser = 20
const maxPerAddress = 500

/** The open streams of this instance, by user and by room. */
export class Listeners {
  readonly #byUser = new Map<UserId, Set<Connection>>()
  readonly #byRoom = new Map<RoomId, Set<Connection>>()
  readonly #perAddress = new Map<string, number>()

  /** @throws RATE_LIMITED where the user or the address has too many */
  admit(connection: Connection): void {
    const { userId, address } = connection
    const own = this.#byUser.get(userId) ?? new Set()
    const near = address === null ? 0 : (this.#perAddress.get(address) ?? 0)
    if (own.size >= maxPerUser || near >= maxPerAddress) {
      throw new ApiError('RATE_LIMITED', { message: 'There are too many streams open.', retryAfterMs: 5_000 })
    }
    this.#byUser.set(userId, own.add(connection))
    if (address !== null) this.#perAddress.set(address, near + 1)
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
