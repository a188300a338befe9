import type { Logger } from 'pino'
import type { Activity } from '../auth/activity.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import type { UserId } from '../ids.ts'
import { Connection, type Frame } from './connection.ts'
import { tellEvents } from './durable.ts'
import { Listeners } from './listeners.ts'
import { tellEphemera, tellPresence } from './passing.ts'
import { createPresences } from './presences.ts'
import { blocksOf, roomsOfListeners } from './store.ts'
import type { TailBatch } from './tail.ts'

/** Streams that open at the same moment are looked up together, so many at most. */
const maxOpening = 200
const maxInWelcome = 500
const stillHereMs = 60_000

export interface HubOptions {
  db: Db
  log: Logger
  activity: Activity
  /** Called when the first stream opens, and awaited before it looks at its rooms; and when the last one closed. */
  onFirst: () => Promise<void>
  onLast: () => void
  /** Called when the last stream of a user here has closed. */
  onGone: (userId: UserId) => void
}

export interface Listener {
  readonly userId: UserId
  readonly address: string | null
  /** Whether it is the user, who is there as long as it lasts, not a program with a key. */
  readonly inPerson: boolean
}

/** All streams of this instance. */
export interface Hub {
  /** What the tail brings, to be handed to those who may see it. */
  onBatch(batch: TailBatch): Promise<void>
  /** What was handed over may not be true any more. */
  onReset(): void
  /** The stream of a user: first where all their rooms are, then what happens from there on. */
  listen(listener: Listener, signal: AbortSignal | undefined): AsyncGenerator<Frame, void>
  close(): void
}

export function createHub({ db, log, activity, onFirst, onLast, onGone }: HubOptions): Hub {
  const listeners = new Listeners()
  const presences = createPresences({ db, log, activity, tell: (ids) => tellPresence(db, listeners, ids) })
  const inTurn = createTurn()
  let opening: Connection[] = []
  const openWaiting = async () => {
    const waiting = opening.splice(0, maxOpening)
    if (waiting.length === 0) return
    await welcome(db, listeners, waiting).catch((error: unknown) => {
      for (const connection of waiting) connection.cut(error instanceof Error ? error : new Error(String(error)))
    })
  }
  const stillHere = setInterval(() => {
    for (const { userId, inPerson } of listeners.all) if (inPerson) activity.sawUser(userId)
  }, stillHereMs).unref()

  return {
    onBatch: (batch) =>
      inTurn(async () => {
        await tellEvents(db, listeners, batch.events)
        await tellEphemera(db, listeners, batch.ephemera)
        presences.hear(batch.ephemera, listeners)
      }),
    onReset() {
      for (const connection of listeners.all) {
        connection.cut(
          new ApiError('UNAVAILABLE', { message: 'The database is another: connect anew.', retryAfterMs: 0 }),
        )
      }
    },
    async *listen({ userId, address, inPerson }, signal) {
      const connection = new Connection(userId, address, inPerson)
      listeners.admit(connection)
      if (inPerson) presences.arrived(userId)
      try {
        await onFirst()
        opening.push(connection)
        // In turn with what the tail brings: neither may change who is in which room under the other's hands.
        void inTurn(openWaiting)
        yield* connection.frames(signal)
      } finally {
        opening = opening.filter((other) => other !== connection)
        listeners.dismiss(connection)
        if (inPerson) presences.left(userId, listeners)
        if (listeners.ofUser(userId).length === 0) onGone(userId)
        if (listeners.userIds.length === 0) onLast()
      }
    },
    close() {
      clearInterval(stillHere)
      presences.close()
      for (const connection of listeners.all) connection.cut(new ApiError('UNAVAILABLE', { retryAfterMs: 1_000 }))
    },
  }
}

/** Does one thing after the other. */
function createTurn(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
}

/** Begins streams with where the rooms of their users are. */
async function welcome(db: Db, listeners: Listeners, connections: readonly Connection[]): Promise<void> {
  const userIds = [...new Set(connections.map(({ userId }) => userId))]
  const [blocked, rooms] = [await blocksOf(db, userIds), await roomsOfListeners(db, userIds)]
  for (const connection of connections) {
    if (!listeners.has(connection)) continue
    connection.blocked = new Set(blocked.get(connection.userId))
    const own = rooms.get(connection.userId) ?? []
    for (const { roomId, intervals } of own) listeners.enter(connection, roomId, intervals)
    const positions = own.map(({ roomId, lastSeq }) => ({ roomId, lastSeq }))
    let at = 0
    do {
      const more = at + maxInWelcome < positions.length
      connection.push({ kind: 'welcome', rooms: positions.slice(at, at + maxInWelcome), more })
      at += maxInWelcome
    } while (at < positions.length)
    connection.isWelcome = true
  }
}
