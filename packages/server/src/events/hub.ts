import type { Logger } from 'pino'
import type { Activity } from '../auth/activity.ts'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import type { RoomId, UserId } from '../ids.ts'
import { assemble, type FullEvent, seenBy } from '../messages/timeline/assemble.ts'
import { Connection, type Frame } from './connection.ts'
import { addEphemeron } from './ephemera.ts'
import { blockedBy, intervalsOf, marksOf, roomsOfListener, whoKnow } from './store.ts'
import type { TailBatch, TailEphemeron } from './tail.ts'

/** What happened in one room, in order. */
interface RoomNews {
  roomId: RoomId
  events: FullEvent[]
}

const maxPerUser = 20
const maxPerAddress = 500
const maxInFrame = 200
const maxInWelcome = 500
const stillHereMs = 60_000

export interface HubOptions {
  db: Db
  log: Logger
  activity: Activity
  /** Called when the first stream opens, and awaited before it looks at its rooms; and when the last one closed. */
  onFirst: () => Promise<void>
  onLast: () => void
}

export type Hub = ReturnType<typeof createHub>

/** All streams of this instance: hands what the tail brings to those who may see it, without a query for each of them. */
export function createHub({ db, log, activity, onFirst, onLast }: HubOptions) {
  const byUser = new Map<UserId, Set<Connection>>()
  const byRoom = new Map<RoomId, Set<Connection>>()
  const perAddress = new Map<string, number>()
  /** Streams that are looking at their rooms, and what came meanwhile. */
  const opening = new Map<Connection, RoomNews[]>()
  const all = () => [...byUser.values()].flatMap((set) => [...set])

  const admit = (connection: Connection) => {
    const { userId, address } = connection
    const own = byUser.get(userId) ?? new Set()
    const near = address === null ? 0 : (perAddress.get(address) ?? 0)
    if (own.size >= maxPerUser || near >= maxPerAddress) {
      throw new ApiError('RATE_LIMITED', { message: 'There are too many streams open.', retryAfterMs: 5_000 })
    }
    byUser.set(userId, own.add(connection))
    if (address !== null) perAddress.set(address, near + 1)
  }
  const dismiss = (connection: Connection) => {
    const { userId, address } = connection
    opening.delete(connection)
    const own = byUser.get(userId)
    own?.delete(connection)
    if (own?.size === 0) {
      byUser.delete(userId)
      addEphemeron(db, { kind: 'presence', userId }).catch(() => {})
    }
    for (const roomId of connection.rooms.keys()) leave(connection, roomId)
    if (address !== null) {
      const left = (perAddress.get(address) ?? 1) - 1
      if (left === 0) perAddress.delete(address)
      else perAddress.set(address, left)
    }
    if (byUser.size === 0) onLast()
  }
  const enter = (connection: Connection, roomId: RoomId) => {
    byRoom.set(roomId, (byRoom.get(roomId) ?? new Set()).add(connection))
  }
  const leave = (connection: Connection, roomId: RoomId) => {
    const listeners = byRoom.get(roomId)
    listeners?.delete(connection)
    if (listeners?.size === 0) byRoom.delete(roomId)
  }

  /** Membership first: who comes in sees their own coming, who leaves their own leaving. */
  const refreshMembers = async (news: readonly RoomNews[]) => {
    const changed = news.filter(({ events }) =>
      events.some(({ event }) => /^(member\.|room\.(created|removed))/.test(event?.kind ?? '')),
    )
    const listeners = [...byUser.keys()]
    if (changed.length === 0 || listeners.length === 0) return
    const roomIds = changed.map(({ roomId }) => roomId)
    const rows = await intervalsOf(db, roomIds, listeners)
    const byMember = Map.groupBy(rows, ({ roomId, userId }) => `${roomId} ${userId}`)
    for (const [, intervals] of byMember) {
      const [first] = intervals
      if (first === undefined) continue
      for (const connection of byUser.get(first.userId) ?? []) {
        const isNew = !connection.rooms.has(first.roomId)
        connection.rooms.set(
          first.roomId,
          intervals.map(({ from, to }) => ({ from, to })),
        )
        if (isNew || intervals.at(-1)?.to === null) enter(connection, first.roomId)
      }
    }
  }
  const dropLeavers = (news: RoomNews) => {
    for (const connection of byRoom.get(news.roomId) ?? []) {
      if (connection.rooms.get(news.roomId)?.some(({ to }) => to === null)) continue
      connection.push({ kind: 'room.left', roomId: news.roomId })
      connection.rooms.delete(news.roomId)
      leave(connection, news.roomId)
    }
  }

  const onEvents = async (batch: TailBatch) => {
    const heard = batch.events.filter(
      ({ roomId, kind }) => byRoom.has(roomId) || opening.size > 0 || /^(member\.joined|room\.created)$/.test(kind),
    )
    if (heard.length === 0) return
    const full = await assemble(db, heard)
    const news = [...Map.groupBy(full, ({ roomId }) => roomId)].map(([roomId, events]) => ({ roomId, events }))
    await refreshMembers(news)
    for (const one of news) {
      for (const backlog of opening.values()) backlog.push(one)
      for (const connection of byRoom.get(one.roomId) ?? []) tell(connection, one)
      dropLeavers(one)
    }
  }
  const onEphemera = async (ephemera: readonly TailEphemeron[]) => {
    const marks = ephemera.filter(({ kind, roomId }) => kind === 'marks' && roomId !== null && byRoom.has(roomId))
    if (marks.length > 0) await tellMarks(marks)
    for (const { kind, roomId, userId, detail } of ephemera) {
      if (kind === 'typing' && roomId !== null) {
        for (const connection of byRoom.get(roomId) ?? []) {
          if (connection.userId !== userId && !connection.blocked.has(userId))
            connection.push({ kind: 'room.typing', roomId, userId, typing: detail === 'on' })
        }
      } else if (kind === 'blocks') await refreshBlocks(userId)
      else if (kind === 'presence') await tellPresence(userId)
    }
  }
  const tellMarks = async (marks: readonly TailEphemeron[]) => {
    const rooms = [...new Set(marks.flatMap(({ roomId }) => roomId ?? []))]
    const rows = await marksOf(db, rooms, [...new Set(marks.map(({ userId }) => userId))])
    for (const [roomId, moved] of Map.groupBy(rows, (row) => row.roomId)) {
      const shown = moved.map(({ userId, deliveredSeq, readSeq }) => ({
        ...{ userId, deliveredSeq: Number(deliveredSeq), readSeq: Number(readSeq) },
      }))
      for (let at = 0; at < shown.length; at += maxInFrame) {
        const frame: Frame = { kind: 'room.marks', roomId, marks: shown.slice(at, at + maxInFrame) }
        for (const connection of byRoom.get(roomId) ?? []) connection.push(frame)
      }
    }
  }
  const refreshBlocks = async (userId: UserId) => {
    const own = byUser.get(userId)
    if (own === undefined) return
    const blocked = new Set(await blockedBy(db, userId))
    for (const connection of own) {
      connection.blocked = blocked
      connection.push({ kind: 'resync' })
    }
  }
  const tellPresence = async (userId: UserId) => {
    const others = [...byUser.keys()].filter((id) => id !== userId)
    if (others.length === 0) return
    for (const id of await whoKnow(db, userId, others)) {
      for (const connection of byUser.get(id) ?? []) connection.push({ kind: 'presence.changed', userId })
    }
  }

  const stillHere = setInterval(() => {
    for (const userId of byUser.keys()) activity.sawUser(userId)
  }, stillHereMs).unref()

  return {
    async onBatch(batch: TailBatch): Promise<void> {
      await onEvents(batch)
      await onEphemera(batch.ephemera)
    },
    onReset(): void {
      for (const connection of all()) connection.push({ kind: 'resync' })
    },
    /** The stream of a user: first where all their rooms are, then what happens from there on. */
    async *listen(
      userId: UserId,
      address: string | null,
      signal: AbortSignal | undefined,
    ): AsyncGenerator<Frame, void> {
      const connection = new Connection(userId, address)
      const isFirst = !byUser.has(userId)
      admit(connection)
      opening.set(connection, [])
      try {
        await onFirst()
        connection.blocked = new Set(await blockedBy(db, userId))
        const rooms = await roomsOfListener(db, userId)
        for (const { roomId, intervals } of rooms) {
          connection.rooms.set(roomId, intervals)
          enter(connection, roomId)
        }
        const backlog = opening.get(connection) ?? []
        opening.delete(connection)
        activity.sawUser(userId)
        if (isFirst)
          addEphemeron(db, { kind: 'presence', userId }).catch((error) => log.debug({ err: error }, 'presence'))
        const positions = rooms.map(({ roomId, lastSeq }) => ({ roomId, lastSeq }))
        let at = 0
        do {
          const more = at + maxInWelcome < positions.length
          yield { kind: 'welcome', rooms: positions.slice(at, at + maxInWelcome), more }
          at += maxInWelcome
        } while (at < positions.length)
        for (const news of backlog) if (connection.rooms.has(news.roomId)) tell(connection, news)
        yield* connection.frames(signal)
      } finally {
        dismiss(connection)
      }
    },
    /** How many streams are open. */
    size: () => all().length,
    close(): void {
      clearInterval(stillHere)
      for (const connection of all()) connection.cut(new ApiError('UNAVAILABLE', { retryAfterMs: 1_000 }))
    },
  }
}

/** Hands over what a listener may see, in frames that say which numbers they cover. */
function tell(connection: Connection, { roomId, events }: RoomNews): void {
  const view = {
    viewerId: connection.userId,
    intervals: connection.rooms.get(roomId) ?? [],
    blocked: connection.blocked,
  }
  const lastSeq = Number(events.at(-1)?.seq ?? 0)
  for (let at = 0; at < events.length; at += maxInFrame) {
    const part = events.slice(at, at + maxInFrame)
    const [from, to] = [Number(part[0]?.seq ?? 1n) - 1, Number(part.at(-1)?.seq ?? 0n)]
    connection.push({
      kind: 'room.range',
      roomId,
      from,
      to,
      lastSeq,
      events: part.flatMap((one) => seenBy(view, one) ?? []),
    })
  }
}
