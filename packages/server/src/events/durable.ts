import type { Db } from '../db/connect.ts'
import type { RoomId } from '../ids.ts'
import { assemble, type FullEvent, seenBy } from '../messages/timeline/assemble.ts'
import type { EventRow } from '../messages/timeline/store.ts'
import { endOf } from '../messages/visible/view.ts'
import type { Connection } from './connection.ts'
import type { Listeners } from './listeners.ts'
import { intervalsOf } from './store.ts'

const maxInFrame = 200

/** What happened in one room, in order. */
interface RoomNews {
  roomId: RoomId
  first: bigint
  last: bigint
  events: FullEvent[]
}

/** Hands events of the log to those who may see them: a few queries for all of them, none for each listener. */
export async function tellEvents(db: Db, listeners: Listeners, rows: readonly EventRow[]): Promise<void> {
  const heard = rows.filter(({ roomId, kind }) => listeners.isHeard(roomId) || comings.has(kind))
  if (heard.length === 0) return
  const full = await assemble(db, heard)
  const news = [...Map.groupBy(full, ({ roomId }) => roomId)].map(([roomId, events]): RoomNews => {
    const first = events[0]?.seq ?? 0n
    return { roomId, first, last: events.at(-1)?.seq ?? first, events }
  })
  await refreshMembers(db, listeners, news)
  for (const one of news) {
    for (const connection of listeners.inRoom(one.roomId)) tell(connection, one)
    dropLeavers(listeners, one.roomId)
  }
}

/** What may bring a room to somebody who has not heard it so far. */
const comings: ReadonlySet<string> = new Set(['room.created', 'member.joined'])

const changesOfMembers: ReadonlySet<string> = new Set([...comings, 'member.left', 'member.removed', 'room.removed'])

/** Before anything is told: who comes in sees their own coming, who goes sees their own going. */
async function refreshMembers(db: Db, listeners: Listeners, news: readonly RoomNews[]): Promise<void> {
  const changed = news.filter(({ events }) => events.some(({ event }) => changesOfMembers.has(event?.kind ?? '')))
  const { userIds } = listeners
  if (changed.length === 0 || userIds.length === 0) return
  const byRoom = new Map(changed.map((one) => [one.roomId, one]))
  const rows = await intervalsOf(db, [...byRoom.keys()], userIds)
  for (const intervals of Map.groupBy(rows, ({ roomId, userId }) => `${roomId} ${userId}`).values()) {
    const last = intervals.at(-1)
    if (last === undefined) continue
    const { roomId, userId, to } = last
    const { first = 0n, last: newest = 0n } = byRoom.get(roomId) ?? {}
    // Not those who left long ago.
    if (to !== null && to < first) continue
    for (const connection of listeners.ofUser(userId)) {
      const isNew = connection.isWelcome && !connection.rooms.has(roomId)
      listeners.enter(connection, roomId, intervals)
      if (isNew) connection.push({ kind: 'room.entered', roomId, lastSeq: Number(to ?? newest) })
    }
  }
}

function dropLeavers(listeners: Listeners, roomId: RoomId): void {
  for (const connection of listeners.inRoom(roomId)) {
    if (connection.rooms.get(roomId)?.some(({ to }) => to === null)) continue
    connection.push({ kind: 'room.left', roomId })
    listeners.leave(connection, roomId)
  }
}

/** In frames that say which numbers they cover: for who left, not beyond that. */
function tell(connection: Connection, { roomId, events, last }: RoomNews): void {
  const intervals = connection.rooms.get(roomId) ?? []
  const view = { viewerId: connection.userId, intervals, blocked: connection.blocked }
  const end = endOf(intervals, last)
  const within = events.filter(({ seq }) => seq <= end)
  for (let at = 0; at < within.length; at += maxInFrame) {
    const part = within.slice(at, at + maxInFrame)
    const [from, to] = [Number(part[0]?.seq ?? 1n) - 1, Number(part.at(-1)?.seq ?? 0n)]
    const seen = part.flatMap((one) => seenBy(view, one) ?? [])
    connection.push({ kind: 'room.range', roomId, from, to, lastSeq: Number(end), events: seen })
  }
}
